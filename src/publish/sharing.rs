//! Who may deploy an application: our own statements in its policy. Statements of others stay.

use super::application_id::is_account;
use super::applications::PolicyStatement;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The ids of our statements. The service documents no pattern; IAM takes letters and digits.
const ACCOUNTS: &str = "SamstepAccounts";
const ORGANIZATIONS: &str = "SamstepOrganizations";
const PUBLIC: &str = "SamstepPublic";

const DEPLOY: &str = "Deploy";
/// Lets accounts of an organization leave the sharing, which the service asks for.
const UNSHARE: &str = "UnshareApplication";
const EVERYBODY: &str = "*";

/// With whom an application is shared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sharing {
    pub accounts: BTreeSet<AccountId>,
    pub organizations: BTreeSet<OrganizationId>,
    pub is_public: bool,
}

/// The id of an account: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId(String);

impl FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        is_account(text).then(|| Self(text.to_owned())).ok_or_else(|| "an account id has 12 digits".to_owned())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of an organization in AWS Organizations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrganizationId(String);

impl FromStr for OrganizationId {
    type Err = String;

    /// `o-` and 10 to 32 lower-case letters or digits (Organizations API, `OrganizationId`).
    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("o-").unwrap_or_default();
        let is_good = (10..=32).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        is_good.then(|| Self(text.to_owned())).ok_or_else(|| {
            "an organization id is o- and 10 to 32 lower-case letters or digits, such as o-a1b2c3d4e5".to_owned()
        })
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Sharing {
    /// The policy with our statements in place of those that we wrote before; `None` if that changes nothing.
    pub fn policy(&self, present: &[PolicyStatement]) -> Option<Vec<PolicyStatement>> {
        let is_ours =
            |it: &&PolicyStatement| it.id.as_deref().is_some_and(|id| [ACCOUNTS, ORGANIZATIONS, PUBLIC].contains(&id));
        let (ours, others): (Vec<_>, Vec<_>) = present.iter().partition(is_ours);
        let wanted = self.statements();
        let is_there = |it: &PolicyStatement| ours.contains(&it);
        if ours.len() == wanted.len() && wanted.iter().all(is_there) {
            return None;
        }
        Some(others.into_iter().cloned().chain(wanted).collect())
    }

    fn statements(&self) -> Vec<PolicyStatement> {
        let texts = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect();
        let accounts: BTreeSet<String> = self.accounts.iter().map(ToString::to_string).collect();
        let organizations: BTreeSet<String> = self.organizations.iter().map(ToString::to_string).collect();
        let statement = |id: &str, principals: BTreeSet<String>, organizations, actions: &[&str]| PolicyStatement {
            id: Some(id.to_owned()),
            principals,
            organizations,
            actions: texts(actions),
        };
        let everybody = || BTreeSet::from([EVERYBODY.to_owned()]);
        let of_accounts = (!accounts.is_empty()).then(|| statement(ACCOUNTS, accounts, BTreeSet::new(), &[DEPLOY]));
        let of_organizations = (!organizations.is_empty())
            .then(|| statement(ORGANIZATIONS, everybody(), organizations, &[DEPLOY, UNSHARE]));
        let public = self.is_public.then(|| statement(PUBLIC, everybody(), BTreeSet::new(), &[DEPLOY]));
        [of_accounts, of_organizations, public].into_iter().flatten().collect()
    }

    /// Whom the statements name, in words.
    pub fn with(&self) -> Vec<String> {
        let accounts = self.accounts.iter().map(|account| format!("account {account}"));
        let organizations = self.organizations.iter().map(|id| format!("organization {id}"));
        let everybody = self.is_public.then(|| "everybody".to_owned());
        accounts.chain(organizations).chain(everybody).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, OrganizationId, Sharing};
    use crate::publish::applications::PolicyStatement;
    use std::collections::BTreeSet;

    fn statement(id: Option<&str>, principals: &[&str], organizations: &[&str], actions: &[&str]) -> PolicyStatement {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        PolicyStatement {
            id: id.map(str::to_owned),
            principals: set(principals),
            organizations: set(organizations),
            actions: set(actions),
        }
    }

    fn sharing(accounts: &[&str], organizations: &[&str], is_public: bool) -> Sharing {
        Sharing {
            accounts: accounts.iter().map(|it| it.parse::<AccountId>().unwrap()).collect(),
            organizations: organizations.iter().map(|it| it.parse::<OrganizationId>().unwrap()).collect(),
            is_public,
        }
    }

    #[test]
    fn our_statements_are_replaced_and_others_stay() {
        let theirs = statement(None, &["444455556666"], &[], &["Deploy"]);
        let named = statement(Some("console"), &["*"], &[], &["GetApplication"]);
        let old = statement(Some("SamstepAccounts"), &["777788889999"], &[], &["Deploy"]);
        let accounts = statement(Some("SamstepAccounts"), &["111122223333"], &[], &["Deploy"]);
        let organization =
            statement(Some("SamstepOrganizations"), &["*"], &["o-a1b2c3d4e5"], &["Deploy", "UnshareApplication"]);
        let public = statement(Some("SamstepPublic"), &["*"], &[], &["Deploy"]);
        let all = sharing(&["111122223333"], &["o-a1b2c3d4e5"], true);
        let rows = [
            ("into an empty policy", all.clone(), vec![], Some(vec![&accounts, &organization, &public])),
            (
                "beside others",
                sharing(&["111122223333"], &[], false),
                vec![&theirs, &old, &named],
                Some(vec![&theirs, &named, &accounts]),
            ),
            (
                "no longer public",
                sharing(&["111122223333"], &[], false),
                vec![&accounts, &public],
                Some(vec![&accounts]),
            ),
            ("the same in another order", all, vec![&public, &organization, &theirs, &accounts], None),
        ];
        for (name, sharing, present, expected) in rows {
            let present: Vec<_> = present.into_iter().cloned().collect();
            let expected = expected.map(|it| it.into_iter().cloned().collect::<Vec<_>>());
            assert_eq!(sharing.policy(&present), expected, "{name}");
        }
    }

    #[test]
    fn ids_are_checked() {
        let accounts = ["111122223333", "11112222333", "11112222333x", "*"].map(|it| it.parse::<AccountId>().is_ok());
        assert_eq!(accounts, [true, false, false, false]);
        let ids =
            ["o-a1b2c3d4e5", "o-short", "a1b2c3d4e5", "o-A1B2C3D4E5"].map(|it| it.parse::<OrganizationId>().is_ok());
        assert_eq!(ids, [true, false, false, false]);
        let with = sharing(&["111122223333"], &["o-a1b2c3d4e5"], true).with();
        assert_eq!(with, ["account 111122223333", "organization o-a1b2c3d4e5", "everybody"]);
        assert_eq!(BTreeSet::from_iter(with).len(), 3);
    }
}
