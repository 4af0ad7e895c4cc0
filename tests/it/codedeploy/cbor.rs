//! CBOR of the Smithy RPC v2 protocol as JSON, and the other way: CloudWatch speaks nothing else with current SDKs.

use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Value, json};

/// The document of an answer.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    write(&mut encoder, value).expect("a vector takes everything");
    encoder.into_writer()
}

fn write(
    encoder: &mut Encoder<Vec<u8>>,
    value: &Value,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    match value {
        Value::Null => encoder.null()?.ok(),
        Value::Bool(flag) => encoder.bool(*flag)?.ok(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => encoder.i64(whole)?.ok(),
            None => encoder.f64(number.as_f64().unwrap_or_default())?.ok(),
        },
        Value::String(text) => encoder.str(text)?.ok(),
        Value::Array(items) => {
            encoder.array(items.len() as u64)?;
            items.iter().try_for_each(|item| write(encoder, item))
        }
        Value::Object(members) => {
            encoder.map(members.len() as u64)?;
            members.iter().try_for_each(|(name, value)| {
                encoder.str(name)?;
                write(encoder, value)
            })
        }
    }
}

/// The document of a request. An empty one is an empty object.
pub fn decode(bytes: &[u8]) -> Result<Value, Error> {
    match bytes.is_empty() {
        true => Ok(json!({})),
        false => read(&mut Decoder::new(bytes)),
    }
}

fn read(decoder: &mut Decoder<'_>) -> Result<Value, Error> {
    Ok(match decoder.datatype()? {
        Type::Map | Type::MapIndef => {
            let length = decoder.map()?;
            let mut members = Map::new();
            while has_more(decoder, length, members.len())? {
                let name = text(decoder)?;
                members.insert(name, read(decoder)?);
            }
            Value::Object(members)
        }
        Type::Array | Type::ArrayIndef => {
            let length = decoder.array()?;
            let mut items = Vec::new();
            while has_more(decoder, length, items.len())? {
                items.push(read(decoder)?);
            }
            Value::Array(items)
        }
        Type::String | Type::StringIndef => Value::String(text(decoder)?),
        Type::Bool => json!(decoder.bool()?),
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::F32 | Type::F64 => json!(decoder.f64()?),
        Type::Tag => {
            decoder.tag()?;
            read(decoder)?
        }
        _ => json!(decoder.i64()?),
    })
}

fn text(decoder: &mut Decoder<'_>) -> Result<String, Error> {
    decoder.str_iter()?.collect()
}

/// Whether a list or map goes on; takes the end of one without a length.
fn has_more(decoder: &mut Decoder<'_>, length: Option<u64>, read: usize) -> Result<bool, Error> {
    match length {
        Some(length) => Ok((read as u64) < length),
        None if decoder.datatype()? == Type::Break => decoder.skip().map(|()| false),
        None => Ok(true),
    }
}
