//! A log without words of its own: a terminal, Jenkins, Azure.

use super::{BAD, Build, GOOD, STREAMS};
use crate::host_environments::{AZURE, CODEBUILD, Dump, JENKINS, LOCAL};
use insta::assert_snapshot;

#[test]
fn a_log_without_words_of_its_own_has_whole_lines() {
    let hosts = [LOCAL, CODEBUILD, JENKINS, AZURE];
    let told = |template: &str, host: Dump| {
        let build = Build::of(template);
        let ended = build.run(host, &[]).end();
        build.told(&ended, &STREAMS)
    };
    for host in hosts {
        assert_eq!(told(GOOD, host), told(GOOD, LOCAL), "{}", host.0);
        assert_eq!(told(BAD, host), told(BAD, LOCAL), "{}", host.0);
    }
    assert_snapshot!(told(GOOD, LOCAL), @"
    exit 0
    --- stdout
    Successfully packaged artifacts and wrote output template to file packaged.yaml.
    --- stderr
    warning: Web is an image, which is left as it is
      --> template.yaml:10:17
       |
    10 |       ImageUri: web:latest
       |                 ^^^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Api
    Wrote packaged.yaml
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    ");
    assert_snapshot!(told(BAD, LOCAL), @"
    exit 2
    --- stdout
    --- stderr
    error: Worker.CodeUri: worker.zip: no such file or folder
     --> template.yaml:8:27
      |
    8 |     Properties: {CodeUri: worker.zip}
      |                           ^^^^^^^^^^
      |
      = help: paths are relative to the folder of the template that holds them

     --> template.yaml:5:16
      |
    5 |       CodeUri: ./srv
      |                ^^^^^
      |
      = help: the nearest name there is src; paths are relative to the folder of the template that holds them
    error: template.yaml:5:16: Api.CodeUri: srv: no such file or folder (and 1 more problem)
    ");
}
