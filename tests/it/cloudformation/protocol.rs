//! The protocols of the three services: forms and XML of CloudFormation, JSON of CodeDeploy, CBOR or JSON of CloudWatch.

use super::call::{Call, Refusal};
use super::xml;
use crate::codedeploy::cbor;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::http::request::Parts;
use serde_json::{Value, json};

const OF_CODEDEPLOY: &str = "CodeDeploy_20141006.";
const OF_CLOUDWATCH: &str = "GraniteServiceVersion20100801.";
const CBOR_PATH: &str = "/service/GraniteServiceVersion20100801/operation/";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Query,
    /// Of CodeDeploy.
    Json,
    /// Of CloudWatch.
    OtherJson,
    Cbor,
}

fn header<'p>(parts: &'p Parts, name: &str) -> &'p str {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

impl Protocol {
    pub fn of(parts: &Parts) -> Self {
        match header(parts, "x-amz-target") {
            "" if parts.headers.contains_key("smithy-protocol") => Self::Cbor,
            "" => Self::Query,
            target if target.starts_with(OF_CLOUDWATCH) => Self::OtherJson,
            _ => Self::Json,
        }
    }

    /// The name under which requests are signed.
    const fn service(self) -> &'static str {
        match self {
            Self::Query => "cloudformation",
            Self::Json => "codedeploy",
            Self::OtherJson | Self::Cbor => "monitoring",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Query => "application/x-www-form-urlencoded",
            Self::Json => "application/x-amz-json-1.1",
            Self::OtherJson => "application/x-amz-json-1.0",
            Self::Cbor => "application/cbor",
        }
    }

    /// The action of a document.
    fn action(self, parts: &Parts) -> &str {
        let (text, prefix) = match self {
            Self::Cbor => (parts.uri.path(), CBOR_PATH),
            Self::Json => (header(parts, "x-amz-target"), OF_CODEDEPLOY),
            Self::OtherJson => (header(parts, "x-amz-target"), OF_CLOUDWATCH),
            Self::Query => ("", ""),
        };
        text.strip_prefix(prefix).unwrap_or_default()
    }

    pub fn read_call(self, parts: &Parts, body: &[u8]) -> Result<Call, Refusal> {
        let (authorization, kind) = (header(parts, "authorization"), header(parts, "content-type"));
        let scope = format!("/{}/aws4_request", self.service());
        if !authorization.starts_with("AWS4-HMAC-SHA256 ") || !authorization.contains(&scope) {
            return Err((403, "MissingAuthenticationToken".to_owned(), format!("not signed for {}", self.service())));
        }
        if !kind.starts_with(self.content_type()) {
            return Err((400, "MalformedInput".to_owned(), format!("content type {kind}")));
        }
        let access_key =
            authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("");
        let unreadable = |error: String| -> Refusal { (400, "SerializationException".to_owned(), error) };
        let document = match self {
            Self::Query => return Call::parse(&String::from_utf8_lossy(body), access_key),
            Self::Json | Self::OtherJson => {
                serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))?
            }
            Self::Cbor => cbor::decode(body).map_err(|error| unreadable(error.to_string()))?,
        };
        Ok(Call::of_document(self.action(parts), document, access_key))
    }

    pub fn answer(self, action: &str, result: Option<&Value>) -> Response<Full<Bytes>> {
        let empty = json!({});
        match self {
            Self::Query => reply(200, "text/xml", xml::answer(action, result)),
            Self::Json | Self::OtherJson => reply(200, self.content_type(), result.unwrap_or(&empty).to_string()),
            Self::Cbor => cbor_reply(200, result.unwrap_or(&empty)),
        }
    }

    pub fn refuse(self, refusal: &Refusal) -> Response<Full<Bytes>> {
        let (status, code, message) = refusal;
        match self {
            Self::Query => reply(*status, "text/xml", xml::refusal(refusal)),
            Self::Json | Self::OtherJson => {
                reply(*status, self.content_type(), json!({"__type": code, "message": message}).to_string())
            }
            Self::Cbor => cbor_reply(*status, &json!({"__type": code, "message": message})),
        }
    }
}

pub fn reply(status: u16, kind: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header("x-amzn-requestid", "REQ-CFN-1");
    builder.header("content-type", kind).body(Full::new(body.into())).unwrap()
}

fn cbor_reply(status: u16, value: &Value) -> Response<Full<Bytes>> {
    let mut response = reply(status, Protocol::Cbor.content_type(), cbor::encode(value));
    response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor".parse().unwrap());
    response
}
