//! A host whose clock is wrong by an hour: AWS refuses what it signs until it goes by the clock of the service.

use crate::clock::Clock;
use crate::job::{World, source};
use crate::job_service::JobService;
use crate::s3_server::{Answer, Fault};
use crate::worker::{FUNCTION_NAME, Services};

const HOUR: f64 = 3600.0;

#[test]
fn a_job_is_done_by_the_clock_of_the_services() {
    for (name, ahead) in [("ours is behind", HOUR), ("ours is ahead", -HOUR)] {
        let world = World::new(&[], &source());
        let clock = Clock { ahead };
        world.s3.go_by(clock);
        world.jobs.go_by(clock);
        let ended = world.run().end();
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        world.result("PutJobSuccessResult");
    }
}

#[test]
fn code_that_is_there_is_found_by_the_clock_of_the_service() {
    let world = World::new(&[], &source());
    world.run().end().ok();
    world.s3.forget_requests();
    let again = World { jobs: JobService::with_job(&world.job), ..world };
    let clock = Clock { ahead: HOUR };
    again.s3.go_by(clock);
    again.jobs.go_by(clock);
    again.run().end().ok();
    let uploads: Vec<_> = again.s3.writes().into_iter().filter(|write| write.contains("/code/")).collect();
    assert!(uploads.is_empty(), "{uploads:?}");
}

#[test]
fn a_worker_takes_jobs_by_the_clock_of_the_service() {
    let services = Services::new();
    let ids = [services.queue(1, &[]), services.queue(2, &[])];
    let clock = Clock { ahead: -HOUR };
    services.s3.go_by(clock);
    services.jobs.go_by(clock);
    let ended = services.worker(&["--once", "--concurrency", "1"]).env(FUNCTION_NAME, "worker").end().ok();
    assert!(ids.iter().all(|id| services.jobs.results()[id] == 1), "{}", ended.stderr);
    let counted = ended.stdout.matches("\"JobsSucceeded\":1.0").count();
    assert_eq!(counted, ids.len(), "{}", ended.stdout);
}

#[test]
fn a_time_that_a_service_refuses_for_good_is_one_failure_that_tells_why() {
    let world = World::new(&[], &source());
    world.s3.fault(Fault::new("GET", "/artifacts/", Answer::Error(403, "RequestTimeTooSkewed", Vec::new())));
    let ended = world.run().end();
    assert_eq!(ended.code, 77, "{}", ended.stderr);
    let failure = world.result("PutJobFailureResult")["failureDetails"].clone();
    assert_eq!(failure["type"], "PermissionError");
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains("RequestTimeTooSkewed") && message.contains("set the clock"), "{message}");
}
