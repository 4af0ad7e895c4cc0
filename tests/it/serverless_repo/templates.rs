//! Templates that the repository prepares for CloudFormation.

use super::service::{CREATED, Refusal, State, text};
use serde_json::{Value, json};

/// A template that was asked for.
pub struct Prepared {
    /// As it is answered, without the status.
    members: Value,
    /// Its status at the looks that are left; the last one stays.
    statuses: Vec<&'static str>,
}

impl State {
    pub fn create_template(&mut self, input: &Value) -> Result<(u16, Value), Refusal> {
        let (_, found) = self.get(input)?;
        let (id, version) = (text(input, "applicationId"), text(&found["version"], "semanticVersion"));
        let number = self.templates.len();
        let link = self.link(format!("# {id} {version}"));
        let members = json!({
            "applicationId": id, "semanticVersion": version, "creationTime": CREATED,
            "expirationTime": "2026-11-30T13:00:00Z",
            "templateId": format!("00000000-0000-4000-8000-{number:012}"), "templateUrl": link,
        });
        self.templates.push(Prepared { members, statuses: self.preparation.clone() });
        Ok((201, self.look(number)))
    }

    pub fn template_again(&mut self, input: &Value) -> Result<(u16, Value), Refusal> {
        let wanted = text(input, "templateId");
        match self.templates.iter().position(|it| text(&it.members, "templateId") == wanted) {
            Some(number) => Ok((200, self.look(number))),
            None => Err((404, "NotFoundException", format!("No template {wanted} found"))),
        }
    }

    /// A look moves the template on.
    fn look(&mut self, number: usize) -> Value {
        let Prepared { members, statuses } = &mut self.templates[number];
        let status = if statuses.len() > 1 { statuses.remove(0) } else { statuses[0] };
        let mut answer = members.clone();
        answer["status"] = json!(status);
        answer
    }
}
