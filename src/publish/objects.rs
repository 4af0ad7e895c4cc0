//! Whether the objects that are published are there.

use super::applications::NamedObjects;
use super::problem;
use crate::facts::{Event, Failure, PublishEvent, Reason, Reporter, S3Location, ServiceError};
use futures_util::stream::{self, StreamExt};

/// Objects that are looked up at the same time.
const LOOKUPS_AT_ONCE: usize = 16;

/// Looks at each object, with the most bytes that the service takes. An answer that leaves open whether an object is
/// there, such as a 403, is reported; the service decides. The failure lists all that are missing.
pub async fn check(
    objects: &[(S3Location, Option<u64>)],
    store: &impl NamedObjects,
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    let looks = stream::iter(objects).map(|(location, most)| async move {
        match store.size(location).await {
            Ok(None) => Err(problem::missing_object(location)),
            Ok(Some(bytes)) => match most {
                Some(most) if bytes > *most => Err(problem::object_too_large(location, bytes, *most)),
                Some(_) | None => Ok(()),
            },
            Err(error) if leaves_open(&error) => {
                let location = location.clone();
                reporter.report(Event::Publish(PublishEvent::ObjectNotChecked { location, error }));
                Ok(())
            }
            Err(error) => Err(Failure::from(error)),
        }
    });
    let looked: Vec<Result<(), Failure>> = looks.buffered(LOOKUPS_AT_ONCE).collect().await;
    Failure::all(looked.into_iter().filter_map(Result::err).collect()).map_or(Ok(()), Err)
}

/// A bucket of another account or region may refuse us and not the service.
fn leaves_open(error: &ServiceError) -> bool {
    match error.reason {
        Reason::AccessDenied | Reason::Rejected | Reason::WrongRegion(_) => true,
        Reason::NotFound
        | Reason::ExpiredCredentials
        | Reason::NoCredentials
        | Reason::WrongCredentials
        | Reason::Throttled
        | Reason::Unavailable
        | Reason::Network
        | Reason::Corrupt
        | Reason::InvalidState => false,
    }
}
