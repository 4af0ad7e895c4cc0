//! How a property spells the location of an object.

use crate::facts::{S3Endpoint, S3Location};
use crate::template::{NewValue, Node};

/// The spelling of a location in a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `s3://bucket/key`.
    Uri,
    /// The path-style `https` URL.
    Url,
    /// A mapping with these keys.
    Fields {
        bucket: &'static str,
        key: &'static str,
        /// `None` if the property takes no version.
        version: Option<&'static str>,
    },
}

impl Form {
    /// The value that a template gets for an object.
    pub fn value(self, location: &S3Location, endpoint: &S3Endpoint) -> NewValue {
        self.value_with_key(location, endpoint, NewValue::Text(location.key.clone()))
    }

    /// The location that a mapping spells out as text. A property that takes a URI takes a mapping too.
    pub fn read_mapping(self, value: Node<'_>) -> Option<S3Location> {
        let (bucket, key, version) = match self {
            Self::Fields { bucket, key, version } => (bucket, key, version),
            Self::Uri | Self::Url => ("Bucket", "Key", Some("Version")),
        };
        let text = |name: &str| value.get(name).and_then(Node::as_str).map(str::to_owned);
        Some(S3Location { version: version.and_then(text), ..S3Location::new(text(bucket)?, text(key)?) })
    }

    /// The same with another value for the key, in a form that has the key apart.
    pub fn value_with_key(self, location: &S3Location, endpoint: &S3Endpoint, object_key: NewValue) -> NewValue {
        match self {
            Self::Uri => NewValue::Text(location.uri()),
            Self::Url => NewValue::Text(location.url(endpoint)),
            Self::Fields { bucket, key, version } => {
                let mut fields =
                    vec![(bucket.to_owned(), NewValue::Text(location.bucket.clone())), (key.to_owned(), object_key)];
                if let (Some(name), Some(value)) = (version, &location.version) {
                    fields.push((name.to_owned(), NewValue::Text(value.clone())));
                }
                NewValue::Mapping(fields)
            }
        }
    }
}
