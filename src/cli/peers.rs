//! What the peers have and this program does not: what is taken and passed over, what is refused, and why.

use clap::{Arg, ArgAction, Command};

/// Variables of the peers, with the flag that they stand for.
pub const VARIABLES: [(&str, &str); 2] = [("SAM_TEMPLATE_FILE", "template-file"), ("SAM_DEBUG", "debug")];
/// Keys of sam's own configuration that are about other commands or about features which this program does without.
pub const KEYS_OF_SAM: [&str; 55] = [
    "add_host",
    "base_dir",
    "beta_features",
    "build_dir",
    "build_image",
    "build_in_source",
    "cache_dir",
    "cached",
    "capabilities",
    "code",
    "confirm_changeset",
    "container_env_var",
    "container_env_var_file",
    "dependency_layer",
    "disable_rollback",
    "docker_network",
    "docker_volume_basedir",
    "env_vars",
    "event",
    "exclude",
    "express",
    "fail_on_empty_changeset",
    "fail_on_same_version",
    "force_image_build",
    "guided",
    "hook_name",
    "host",
    "image_repositories",
    "image_repository",
    "layer_cache_basedir",
    "lint",
    "log_file",
    "max_wait_duration",
    "mount_with",
    "no_execute_changeset",
    "no_prompts",
    "notification_arns",
    "on_failure",
    "output",
    "parallel",
    "parameter_overrides",
    "port",
    "resolve_image_repos",
    "save_params",
    "semantic_version",
    "shutdown",
    "skip_pull_image",
    "skip_prepare_infra",
    "stack_name",
    "tags",
    "telemetry",
    "use_container",
    "warm_containers",
    "watch",
    "watch_exclude",
];

/// The key under which sam is told to sign. Unlike the others it is not passed over: code would ship unsigned.
pub const SIGNING_PROFILES: &str = "signing_profiles";
/// Why code is not signed.
pub const NOT_SIGNED: &str = "code is not signed by samstep";
/// What to do about that.
pub const PACKAGE_UNSIGNED: &str = "take it out to package unsigned code";
const NO_IMAGES: &str = "images are not packaged by samstep";

/// Flags of the peers that change nothing of what `package` does, there as here.
const WITHOUT_EFFECT: [&str; 5] =
    ["beta-features", "no-beta-features", "no-cli-auto-prompt", "no-cli-pager", "no-paginate"];

/// Flags of the peers that would change something, each with the reason why there is none, and what to do.
const UNSUPPORTED: [(&str, &str, &str); 9] = [
    ("cli-auto-prompt", "no question is ever asked", "leave it out"),
    ("image-repositories", NO_IMAGES, PUSH_IMAGES),
    ("image-repository", NO_IMAGES, PUSH_IMAGES),
    ("no-sign-request", "every request is signed", "leave it out; give the run credentials"),
    ("no-verify-ssl", "certificates are always checked", "trust the authority of a proxy with --ca-bundle"),
    ("query", "standard output is not filtered", "leave it out, or read --manifest or --output-json"),
    ("resolve-image-repos", NO_IMAGES, PUSH_IMAGES),
    ("save-params", "configuration files are never written", "leave it out, and write samconfig.toml by hand"),
    ("signing-profiles", NOT_SIGNED, PACKAGE_UNSIGNED),
];
const PUSH_IMAGES: &str = "push the image beforehand and name it in the template";

/// Adds what has no effect, where a line of the peers may have it.
pub fn with_ignored(command: Command) -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).hide(true);
    WITHOUT_EFFECT.into_iter().fold(command, |command, name| command.arg(flag(name)))
}

/// Why a flag of the peers is not supported, and what to do. `None` of any other text.
pub fn unsupported(flag: &str) -> Option<(&'static str, &'static str)> {
    let known = UNSUPPORTED.iter().find(|(name, ..)| flag.strip_prefix("--") == Some(name));
    known.map(|(_, why, hint)| (*why, *hint))
}
