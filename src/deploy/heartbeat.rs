//! A sign of life where nothing else is said for a minute.

use super::context::Context;
use super::phase::Run;
use crate::facts::{Activity, DeployEvent, OpenResource, StillRunning};
use std::time::Duration;

const SILENCE: Duration = Duration::from_secs(60);

/// Reports what is open, if nothing was said for a minute.
pub fn beat<S>(ctx: &Context<'_, S>, run: &mut Run, stack: &str, activity: Activity, open: Vec<OpenResource>) {
    if ctx.now.since(run.said) < SILENCE {
        return;
    }
    let (stack, since, now) = (stack.to_owned(), run.began, ctx.now);
    ctx.report(run, DeployEvent::StillRunning(StillRunning { stack, since, now, activity, open }));
}
