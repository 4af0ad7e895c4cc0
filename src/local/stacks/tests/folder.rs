//! The files of stacks: damaged, linked, and shared by several processes.

use super::{QUEUE, Story};
use crate::deploy::{StackRequest, Stacks};
use crate::facts::{Ended, FailureKind};
use std::fs;
use std::path::PathBuf;

fn state_file(story: &Story) -> PathBuf {
    story.folder.path().join("stacks/us-east-1/app.json")
}

#[tokio::test]
async fn a_damaged_file_is_one_clear_error_and_stays() {
    let rows =
        [("cut short", "{\n  \"name\": ", "damaged at 2:"), ("another document", "[\"hunter2\"]", "damaged at 1:")];
    for (name, text, expected) in rows {
        let story = Story::new();
        story.deploy(QUEUE).await.verdict();
        fs::write(state_file(&story), text).unwrap();
        let deployment = story.deploy(QUEUE).await;
        let failure = deployment.failure();
        let cause = failure.cause();
        assert!(cause.contains(&state_file(&story).display().to_string()), "{name}: {cause}");
        assert!(cause.contains(expected) && cause.ends_with("; delete it to begin anew"), "{name}: {cause}");
        assert!(!cause.contains("hunter2") && failure.kind == FailureKind::Failed, "{name}: {cause}");
        assert_eq!(fs::read_to_string(state_file(&story)).unwrap(), text, "{name}");
    }
}

#[tokio::test]
async fn a_file_over_its_limit_is_not_read() {
    let story = Story::new();
    story.deploy(QUEUE).await.verdict();
    fs::File::create(state_file(&story)).unwrap().set_len((64 << 20) + 1).unwrap();
    let deployment = story.deploy(QUEUE).await;
    assert!(deployment.failure().cause().contains("it has more than"), "{}", deployment.failure().cause());
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_read_or_written_through_a_link() {
    use std::os::unix::fs::symlink;
    for link in ["stacks", "stacks/us-east-1", "stacks/us-east-1/app.json", "stacks/.key"] {
        let (story, elsewhere) = (Story::new(), tempfile::tempdir().unwrap());
        let target = match link.contains('.') {
            true => elsewhere.path().join("target"),
            false => elsewhere.path().to_path_buf(),
        };
        if link.contains('.') {
            fs::write(&target, "kept").unwrap();
        }
        let path = story.folder.path().join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(&target, &path).unwrap();
        let deployment = story.deploy(QUEUE).await;
        assert_eq!(deployment.failure().kind, FailureKind::Failed, "{link}");
        let left: Vec<_> = fs::read_dir(elsewhere.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.iter().all(|path| fs::read(path).unwrap() == b"kept"), "{link}: {left:?}");
    }
}

#[tokio::test]
async fn the_same_deployments_give_the_same_file_for_their_owner_alone() {
    let (one, other) = (Story::new(), Story::new());
    for story in [&one, &other] {
        story.deploy(QUEUE).await.verdict();
        story.deploy(&QUEUE.replace("Queue:", "Other:")).await.verdict();
    }
    assert_eq!(one.file(), other.file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(state_file(&one)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(one.folder.path().join("stacks/us-east-1")).unwrap().count(), 1);
}

#[test]
fn two_rehearsals_at_once_leave_a_file_that_can_be_read() {
    let story = Story::new();
    let templates = [QUEUE.to_owned(), QUEUE.replace("Queue:", "Other:")];
    std::thread::scope(|scope| {
        for template in &templates {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for _ in 0..20 {
                    // The one may overtake the other; what it finds is whole.
                    if let Err(failure) = runtime.block_on(story.deploy(template)).outcome {
                        assert!(!failure.cause().contains("damaged"), "{}", failure.cause());
                    }
                }
            });
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(story.deploy(&templates[0])).verdict();
    let last = runtime.block_on(story.deploy(&templates[0]));
    assert_eq!(last.verdict().ended, Ended::NoChanges);
}

#[tokio::test]
async fn a_stack_goes_unless_it_is_protected() {
    let story = Story::new();
    story.deploy(QUEUE).await.verdict();
    let stacks = story.stacks();
    let id = stacks.stack("app").await.unwrap().unwrap().id;
    let request = StackRequest { stack: id.clone(), role_arn: None, token: "t".to_owned() };
    stacks.protect(&id, true).await.unwrap();
    assert!(stacks.delete_stack(&request).await.unwrap_err().to_string().contains("TerminationProtection"));
    stacks.protect(&id, false).await.unwrap();
    stacks.set_policy(&id, "{}").await.unwrap();
    assert!(stacks.roll_back(&request).await.is_err());
    stacks.delete_stack(&request).await.unwrap();
    assert_eq!(stacks.stack(&id).await.unwrap(), None);
    assert!(!state_file(&story).exists());
    for name in ["../app", "", "a/b"] {
        assert_eq!(stacks.stack(name).await.unwrap(), None, "{name}");
        assert!(stacks.protect(name, true).await.is_err(), "{name}");
    }
}
