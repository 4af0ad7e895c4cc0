//! The region of AWS that an unknown name most likely stands for.

use super::nearest;

/// Regions as of November 2026, for advice only: a region that is younger works as well.
const KNOWN: [&str; 43] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-west-1",
    "us-west-2",
];

/// The nearest known region to a name that is none; `None` if it is one, or nothing is near.
pub fn nearest_region(name: &str) -> Option<String> {
    nearest(name, KNOWN.iter().map(|known| (*known).to_owned())).filter(|_| !is_known_region(name))
}

pub fn is_known_region(name: &str) -> bool {
    KNOWN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::nearest_region;

    #[test]
    fn a_name_that_is_no_region_has_a_nearest_one() {
        let rows = [
            ("eu-west-1", None),
            ("EU-WEST-1", Some("eu-west-1")),
            ("eu_west_1", Some("eu-west-1")),
            ("euwest1", Some("eu-west-1")),
            ("eu-west-1a", Some("eu-west-1")),
            ("us-esat-1", Some("us-east-1")),
            ("eu-central", Some("eu-central-1")),
            ("ireland", None),
            ("", None),
        ];
        for (name, expected) in rows {
            assert_eq!(nearest_region(name).as_deref(), expected, "{name}");
        }
    }
}
