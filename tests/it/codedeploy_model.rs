//! The fake CodeDeploy and CloudWatch against AWS's own tools: botocore reads their answers, and knows every member and
//! word in them.

use crate::cloudformation::{CloudFormation, Script};
use crate::codedeploy::{ACTIONS, Fires, Routing, Shift};
use crate::stock_clients::drive;
use serde_json::json;

fn service() -> CloudFormation {
    let service = CloudFormation::start();
    service.follow_real_clock();
    let slow = Shift::of("Slow", Routing::Linear(10, 1)).before(1).watched_by("Errors", Fires::At(1_000_000));
    let quick = Shift::of("Quick", Routing::AllAtOnce).before(1).after(1);
    let shifts = [
        ("app", vec![slow, quick]),
        ("hook", vec![Shift::of("Hello", Routing::Canary(10, 5)).refused_after(1, "log")]),
        ("alarm", vec![Shift::of("Hello", Routing::Canary(10, 5)).watched_by("Latency", Fires::At(2))]),
    ];
    for (stack, shifts) in shifts {
        service.has(stack, "CREATE_COMPLETE");
        service.then_for(stack, shifts.into_iter().fold(Script::default(), Script::shifting));
    }
    service
}

#[test]
#[ignore = "installs boto3 and the AWS CLI from PyPI"]
fn stock_clients_take_the_fake_for_codedeploy() {
    let service = service();
    drive("codedeploy_model.py", &[service.url(), &json!(ACTIONS).to_string()]);
}
