//! Ids of licences in the list of SPDX.

use crate::text::nearest;

/// Whether SPDX has a licence with this id, spelled like this.
pub fn is_known(id: &str) -> bool {
    spdx::license_id(id).is_some_and(|license| license.name == id)
}

/// The id that one most likely stands for.
pub fn nearest_id(id: &str) -> Option<String> {
    nearest(id, spdx::identifiers::LICENSES.iter().map(|license| license.name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{is_known, nearest_id};

    #[test]
    fn ids_are_those_of_spdx() {
        let rows = [
            ("MIT", true, Some("MIT")),
            ("Apache-2.0", true, Some("Apache-2.0")),
            ("GPL-3.0-or-later", true, Some("GPL-3.0-or-later")),
            ("mit", false, Some("MIT")),
            ("Apache 2.0", false, Some("Apache-2.0")),
            ("Proprietary-of-Acme", false, None),
        ];
        for (id, known, nearest) in rows {
            assert_eq!((is_known(id), nearest_id(id).as_deref()), (known, nearest), "{id}");
        }
    }
}
