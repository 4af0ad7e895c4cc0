//! Paths in a template that cannot be packaged: each is said with its place, before the network is touched.

use crate::bad_case::{Case, function, said_offline};
use insta::assert_snapshot;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Root reads everything, unless it gives up the capabilities by which it does.
const WITHOUT_RIGHTS: [&str; 3] = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"];

/// Takes the right to read from a file or folder.
fn unreadable(case: Case, path: &'static str) -> Case {
    let mut is_root = false;
    let case = case.with(|folder| {
        fs::set_permissions(folder.join(path), fs::Permissions::from_mode(0o000)).unwrap();
        is_root = fs::metadata(folder.join(path)).is_ok() && fs::File::open(folder.join(path)).is_ok();
    });
    if is_root { case.under(&WITHOUT_RIGHTS) } else { case }
}

fn pipe(folder: &Path) {
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_path_that_cannot_be_packaged_is_shown_where_it_stands() {
    let link = |path: &'static str| move |folder: &Path| symlink("gone", folder.join(path)).unwrap();
    let socket = |folder: &Path| drop(UnixListener::bind(folder.join("sock")).unwrap());
    let empty = |folder: &Path| fs::create_dir_all(folder.join("empty/inside")).unwrap();
    let named = |name, code: &str| Case::new(name).template(function(code));
    let two = format!(
        "{}  Other:\n    Type: AWS::Lambda::LayerVersion\n    Properties: {{Content: gone}}\n",
        function("gone")
    );
    let child =
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n";
    assert_snapshot!(said_offline(vec![
        named("missing", "nowhere"),
        named("missing by a letter", "srcs"),
        Case::new("two missing").template(two),
        Case::new("missing in a nested template").template(child).file("child.yaml", function("nowhere")),
        named("a broken link", "link").with(link("link")),
        Case::new("a broken link inside").with(link("src/link")),
        Case::new("a link to itself").with(|folder| symlink("loop", folder.join("src/loop")).unwrap()),
        named("a socket", "sock").with(socket),
        named("a pipe", "pipe").with(pipe),
        named("a device", "/dev/zero"),
        Case::new("a pipe inside").with(|folder| pipe(&folder.join("src"))),
        unreadable(Case::new("an unreadable folder"), "src"),
        unreadable(Case::new("an unreadable file inside"), "src/app.py"),
        unreadable(named("an unreadable file", "src/app.py"), "src/app.py"),
        named("an empty folder", "empty").with(empty),
        Case::new("a folder of which everything is ignored").file("src/.samignore", "*\n"),
        Case::new("a template that names a folder").template(child.replace("child.yaml", "src")),
    ]), @"
    == missing: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: nowhere # the code
      |                ^^^^^^^
      |
      = help: paths are relative to the folder of the template that holds them
    error: template.yaml:5:16: Orders.CodeUri: nowhere: no such file or folder

    == missing by a letter: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: srcs # the code
      |                ^^^^
      |
      = help: the nearest name there is src; paths are relative to the folder of the template that holds them
    error: template.yaml:5:16: Orders.CodeUri: srcs: no such file or folder

    == two missing: 2
    error: Other.Content: gone: no such file or folder
     --> template.yaml:8:27
      |
    8 |     Properties: {Content: gone}
      |                           ^^^^
      |
      = help: paths are relative to the folder of the template that holds them

     --> template.yaml:5:16
      |
    5 |       CodeUri: gone # the code
      |                ^^^^
      |
      = help: paths are relative to the folder of the template that holds them
    error: template.yaml:5:16: Orders.CodeUri: gone: no such file or folder (and 1 more problem)

    == missing in a nested template: 2
     --> child.yaml:5:16
      |
    5 |       CodeUri: nowhere # the code
      |                ^^^^^^^
      |
      = help: paths are relative to the folder of the template that holds them
    error: child.yaml:5:16: Child/Orders.CodeUri: nowhere: no such file or folder

    == a broken link: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: link # the code
      |                ^^^^
      |
      = help: repair the link or name what it should point at
    error: template.yaml:5:16: Orders.CodeUri: link: the symbolic link points at gone, which does not exist

    == a broken link inside: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: src # the code
      |                ^^^
      |
      = help: remove the link, exclude it in .samignore, or keep links as links (--symlinks preserve)
    error: template.yaml:5:16: Orders.CodeUri: cannot follow the symbolic link src/link: its target gone does not exist

    == a link to itself: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: src # the code
      |                ^^^
      |
      = help: remove the link, exclude it in .samignore, or keep links as links (--symlinks preserve)
    error: template.yaml:5:16: Orders.CodeUri: cannot follow the symbolic link src/loop to loop: Too many levels of symbolic links (os error 40)

    == a socket: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: sock # the code
      |                ^^^^
      |
      = help: name a file or a folder
    error: template.yaml:5:16: Orders.CodeUri: sock is a socket, neither a file nor a folder

    == a pipe: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: pipe # the code
      |                ^^^^
      |
      = help: name a file or a folder
    error: template.yaml:5:16: Orders.CodeUri: pipe is a named pipe, neither a file nor a folder

    == a device: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: /dev/zero # the code
      |                ^^^^^^^^^
      |
      = help: name a file or a folder
    error: template.yaml:5:16: Orders.CodeUri: /dev/zero is a device, neither a file nor a folder

    == a pipe inside: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: src # the code
      |                ^^^
      |
      = help: remove it, or exclude it in the folder's .samignore
    error: template.yaml:5:16: Orders.CodeUri: cannot archive src/pipe: it is a named pipe

    == an unreadable folder: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: src # the code
      |                ^^^
      |
      = help: make it readable, or exclude it in the folder's .samignore
    error: template.yaml:5:16: Orders.CodeUri: cannot read src: Permission denied (os error 13)

    == an unreadable file inside: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: src # the code
      |                ^^^
      |
      = help: make it readable, or exclude it in the folder's .samignore
    error: template.yaml:5:16: Orders.CodeUri: cannot read src/app.py: Permission denied (os error 13)

    == an unreadable file: 2
     --> template.yaml:5:16
      |
    5 |       CodeUri: src/app.py # the code
      |                ^^^^^^^^^^
      |
      = help: make it readable for the user of this run
    error: template.yaml:5:16: Orders.CodeUri: cannot read src/app.py: Permission denied (os error 13)

    == an empty folder: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: empty # the code
      |                ^^^^^
      |
      = help: run the build first if it fills the folder, or look at its .samignore
    error: template.yaml:5:16: Orders.CodeUri: empty: the folder holds no file to archive

    == a folder of which everything is ignored: 2
    Found 1 artifact in template.yaml (1 object)
     --> template.yaml:5:16
      |
    5 |       CodeUri: src # the code
      |                ^^^
      |
      = help: run the build first if it fills the folder, or look at its .samignore
    error: template.yaml:5:16: Orders.CodeUri: src: the folder holds no file to archive

    == a template that names a folder: 2
     --> template.yaml:5:20
      |
    5 |       TemplateURL: src
      |                    ^^^
      |
      = help: name the file itself
    error: template.yaml:5:20: Child.TemplateURL: src is a folder, not a template
    ");
}

#[test]
fn a_file_that_is_read_is_not_written_over() {
    let child =
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n";
    let to = |name, path| Case::new(name).flags(&["--output-template-file", path]);
    let manifest = Case::new("the code, by the manifest").template(function("src/app.py"));
    let named =
        |name, flags: &[&'static str]| Case::new(name).template(child).file("child.yaml", function("src")).flags(flags);
    assert_snapshot!(said_offline(vec![
        to("the template", "template.yaml"),
        to("the template by another path", "src/../template.yaml"),
        named("a nested template", &["--output-template-file", "child.yaml"]),
        manifest.flags(&["--manifest", "src/app.py"]),
        to("the template in a preview", "template.yaml").flags(&["--output-template-file", "template.yaml", "--dry-run"]),
    ]), @"
    == the template: 2
      help: name another file for what this run writes
    error: cannot write template.yaml: this run reads it as the template

    == the template by another path: 2
      help: name another file for what this run writes
    error: cannot write src/../template.yaml: this run reads it as the template

    == a nested template: 2
      help: name another file for what this run writes
    error: cannot write child.yaml: this run reads it as a nested template

    == the code, by the manifest: 2
      help: name another file for what this run writes
    error: cannot write src/app.py: this run reads it as Orders.CodeUri

    == the template in a preview: 2
      help: name another file for what this run writes
    error: cannot write template.yaml: this run reads it as the template
    ");
}
