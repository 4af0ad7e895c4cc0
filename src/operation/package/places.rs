//! Where the objects of each target go, and the stores of their buckets.

use crate::facts::Failure;
use crate::operation::{Cloud, Region, World};
use crate::package::{Buckets, Destination};
use crate::settings::{BucketChoice, ObjectSettings, PackageSettings, Target};
use std::collections::BTreeSet;

/// The destination of each target, in their order, and the region of its bucket.
pub struct Places<R> {
    pub destinations: Vec<Destination>,
    regions: Vec<R>,
}

impl<R: Region> Places<R> {
    /// Resolves them. Makes no call, unless something goes to the managed bucket, whose name it asks for.
    /// `uploads_something`: whether a bucket is needed.
    pub async fn find(
        settings: &PackageSettings,
        uploads_something: bool,
        world: &World<'_, impl Cloud<Region = R>>,
    ) -> Result<Self, Failure> {
        let mut places = Self { destinations: Vec::new(), regions: Vec::new() };
        for target in &settings.targets {
            let region = world.cloud.region(&settings.aws_for(target)).await?;
            places.destinations.push(Destination {
                target: target.name.clone(),
                bucket: match choice(target, settings, uploads_something)? {
                    Some(BucketChoice::Named(bucket)) => Some(bucket.clone()),
                    Some(BucketChoice::Managed) => Some(region.managed_bucket(world.reporter.as_ref()).await?),
                    None => None,
                },
                prefix: target.prefix.clone(),
                endpoint: region.endpoint().clone(),
            });
            places.regions.push(region);
        }
        Ok(places)
    }

    /// The names of all regions, each once.
    pub fn region_names(&self) -> BTreeSet<String> {
        self.regions.iter().filter_map(Region::name).collect()
    }

    /// The store of each bucket.
    pub fn buckets(&self, objects: &ObjectSettings) -> Buckets<R::Objects> {
        let mut stores: Vec<(String, R::Objects)> = Vec::new();
        for (destination, region) in self.destinations.iter().zip(&self.regions) {
            let Some(bucket) = &destination.bucket else { continue };
            if stores.iter().all(|(other, _)| other != bucket) {
                stores.push((bucket.clone(), region.objects(objects)));
            }
        }
        stores.into_iter().collect()
    }
}

/// The bucket of a target, if one is needed. A dry run does not ask for the managed one.
fn choice<'a>(
    target: &'a Target,
    settings: &PackageSettings,
    uploads_something: bool,
) -> Result<Option<&'a BucketChoice>, Failure> {
    let uploads = uploads_something && !settings.dry_run;
    match &target.bucket {
        Some(BucketChoice::Managed) if !uploads => Ok(None),
        Some(choice) => Ok(Some(choice)),
        None if uploads => Err(settings.no_bucket()),
        None => Ok(None),
    }
}
