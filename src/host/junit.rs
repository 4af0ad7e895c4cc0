//! Findings as test cases of JUnit XML, which fills the report tabs of CodeBuild, GitLab and Jenkins.

use super::finding::{Finding, Severity};
use crate::facts::Redactor;
use crate::text::one_line;

use std::collections::HashMap;
use std::path::PathBuf;

/// Number of cases that CodeBuild accepts in a report.
const LIMIT: usize = 500;

/// The report of a run. A problem is a failed case, a warning a skipped one; a run that succeeded is a case too.
pub fn report(findings: &[Finding], succeeded: bool, redactor: &Redactor) -> String {
    let run = succeeded.then(|| case("samstep", "run", None, "")).into_iter();
    let mut seen = HashMap::new();
    let of_findings = findings.iter().map(|finding| of_finding(finding, &mut seen, redactor));
    let cases: Vec<String> = run.chain(of_findings).take(LIMIT).collect();
    let shown = &findings[..findings.len().min(LIMIT - usize::from(succeeded))];
    let failures = shown.iter().filter(|finding| finding.severity == Severity::Error).count();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"samstep\" tests=\"{}\" \
         failures=\"{failures}\" errors=\"0\" skipped=\"{}\" time=\"0\">\n{}  </testsuite>\n</testsuites>\n",
        cases.len(),
        shown.len() - failures,
        cases.concat()
    )
}

/// Whether a text is a [`report`].
pub fn is_ours(text: &str) -> bool {
    text.contains("<testsuites>\n  <testsuite name=\"samstep\"")
}

/// Hosts follow a case from run to run by class and name, so neither holds anything that differs between runs; a number
/// distinguishes cases that share both.
fn of_finding(finding: &Finding, seen: &mut HashMap<(Option<PathBuf>, String), u32>, redactor: &Redactor) -> String {
    let path = finding.place.as_ref().map(|place| place.path.clone());
    let count = seen.entry((path, finding.name.clone())).and_modify(|count| *count += 1).or_insert(1);
    let name = if *count == 1 { finding.name.clone() } else { format!("{} ({count})", finding.name) };
    let clean = |text: &str| escaped(&one_line(&redactor.redact(text)));
    let message = clean(&finding.message);
    let place = finding.place.as_ref().map(|place| clean(&place.to_string()));
    let file = finding.place.as_ref().map(|place| clean(&place.path.display().to_string()));
    let hint = finding.hint.as_ref().map(|hint| format!("\nhelp: {}", clean(hint))).unwrap_or_default();
    let text = format!("{message}{}{hint}", place.map(|place| format!("\n{place}")).unwrap_or_default());
    let body = match finding.severity {
        Severity::Error => format!("      <failure message=\"{message}\" type=\"error\">{text}</failure>\n"),
        Severity::Warning => {
            format!("      <skipped message=\"warning: {message}\"/>\n      <system-out>{text}</system-out>\n")
        }
    };
    case(file.as_deref().unwrap_or("samstep"), &clean(&name), file.as_deref(), &body)
}

fn case(class: &str, name: &str, file: Option<&str>, body: &str) -> String {
    let file = file.map(|file| format!(" file=\"{file}\"")).unwrap_or_default();
    let start = format!("    <testcase classname=\"{class}\" name=\"{name}\"{file} time=\"0\"");
    if body.is_empty() { format!("{start}/>\n") } else { format!("{start}>\n{body}    </testcase>\n") }
}

/// Text and attribute values; characters that XML 1.0 does not have are question marks.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            _ => out.push(letter),
        }
        out
    })
}
