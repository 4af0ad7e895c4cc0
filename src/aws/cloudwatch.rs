//! The states of CloudWatch alarms.

use super::call_log::CallLog;
use super::errors::Call;
use super::html_page::NoHtmlPage;
use crate::facts::{AlarmState, ServiceError, ShiftAlarm};
use crate::shift::actions;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, MetricAlarm, StateValue};

/// `DescribeAlarms` takes as many names, and its page has as many alarms.
const MAX_ALARMS: i32 = 100;

/// The CloudWatch client of a region.
#[derive(Clone)]
pub struct CloudWatch {
    pub(super) client: Client,
}

impl CloudWatch {
    /// Without the SDK's retries, as CodeDeploy.
    pub fn new(config: &SdkConfig) -> Self {
        let builder = Builder::from(config).retry_config(RetryConfig::disabled());
        Self { client: Client::from_conf(builder.interceptor(CallLog).interceptor(NoHtmlPage).build()) }
    }

    /// `DescribeAlarms` of at most 100 names. One that does not exist is left out.
    pub async fn describe(&self, names: &[String]) -> Result<Vec<ShiftAlarm>, ServiceError> {
        let call = Call::new(actions::DESCRIBE_ALARMS, format!("alarms {}", names.join(", ")));
        // Without types, it answers with metric alarms only.
        let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm];
        let request = self.client.describe_alarms().set_alarm_names(Some(names.to_vec()));
        let request = request.set_alarm_types(Some(types)).max_records(MAX_ALARMS);
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        let metric = answer.metric_alarms.unwrap_or_default().into_iter().filter_map(metric_alarm);
        let composite = answer.composite_alarms.unwrap_or_default().into_iter().filter_map(composite_alarm);
        Ok(metric.chain(composite).collect())
    }
}

fn metric_alarm(alarm: MetricAlarm) -> Option<ShiftAlarm> {
    let state = state(alarm.state_value.as_ref());
    Some(ShiftAlarm { name: alarm.alarm_name?, state, reason: reason(alarm.state_reason) })
}

fn composite_alarm(alarm: CompositeAlarm) -> Option<ShiftAlarm> {
    let state = state(alarm.state_value.as_ref());
    Some(ShiftAlarm { name: alarm.alarm_name?, state, reason: reason(alarm.state_reason) })
}

fn reason(reason: Option<String>) -> Option<String> {
    reason.filter(|reason| !reason.is_empty())
}

fn state(value: Option<&StateValue>) -> AlarmState {
    match value.map_or("", StateValue::as_str) {
        "OK" => AlarmState::Ok,
        "ALARM" => AlarmState::Alarm,
        "INSUFFICIENT_DATA" => AlarmState::InsufficientData,
        _ => AlarmState::Unknown,
    }
}
