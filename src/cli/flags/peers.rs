//! Options of the peers that samstep does not have: what happens to each on the command line and in a samconfig.

use Treatment::{Ignored, Refused, Unknown};

/// A spelling of the peers.
pub struct PeerSpelling {
    /// As a flag, without hyphens in front.
    name: &'static str,
    typed: Treatment,
    in_samconfig: Treatment,
}

/// What happens to a spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Like any unknown text.
    Unknown,
    /// Accepted: it does not change what `package` does, or another command of sam reads it.
    Ignored,
    /// An error: ignoring it would change the result.
    Refused { why: &'static str, hint: &'static str },
}

const NO_IMAGES: Treatment = Refused {
    why: "images are not packaged by samstep",
    hint: "push the image beforehand and name it in the template",
};
const NOT_SIGNED: Treatment =
    Refused { why: "code is not signed by samstep", hint: "take it out to package unsigned code" };

const fn both(name: &'static str, typed: Treatment, in_samconfig: Treatment) -> PeerSpelling {
    PeerSpelling { name, typed, in_samconfig }
}

const fn typed(name: &'static str, typed: Treatment) -> PeerSpelling {
    both(name, typed, Unknown)
}

const fn refused(name: &'static str, why: &'static str, hint: &'static str) -> PeerSpelling {
    typed(name, Refused { why, hint })
}

/// A key that sam reads for other commands.
const fn other_command(name: &'static str) -> PeerSpelling {
    both(name, Unknown, Ignored)
}

/// All known spellings. A signing profile in a samconfig is refused, because code would ship unsigned.
static PEER_SPELLINGS: &[PeerSpelling] = &[
    both("beta-features", Ignored, Ignored),
    typed("no-beta-features", Ignored),
    typed("no-cli-auto-prompt", Ignored),
    typed("no-cli-pager", Ignored),
    typed("no-paginate", Ignored),
    refused("cli-auto-prompt", "no question is ever asked", "leave it out"),
    refused("no-sign-request", "every request is signed", "leave it out; give the run credentials"),
    refused("no-verify-ssl", "certificates are always checked", "trust the authority of a proxy with --ca-bundle"),
    refused("query", "standard output is not filtered", "leave it out, or read --manifest or --output-json"),
    both(
        "guided",
        Refused { why: "no question is ever asked", hint: "leave it out, and give the options that it asks for" },
        Ignored,
    ),
    both("image-repositories", NO_IMAGES, Ignored),
    both("image-repository", NO_IMAGES, Ignored),
    both("resolve-image-repos", NO_IMAGES, Ignored),
    both(
        "save-params",
        Refused {
            why: "configuration files are never written",
            hint: "leave it out, and write samconfig.toml by hand",
        },
        Ignored,
    ),
    both("signing-profiles", NOT_SIGNED, NOT_SIGNED),
    other_command("add-host"),
    other_command("base-dir"),
    other_command("build-dir"),
    other_command("build-image"),
    other_command("build-in-source"),
    other_command("cache-dir"),
    other_command("cached"),
    other_command("capabilities"),
    other_command("code"),
    other_command("confirm-changeset"),
    other_command("container-env-var"),
    other_command("container-env-var-file"),
    other_command("dependency-layer"),
    other_command("disable-rollback"),
    other_command("docker-network"),
    other_command("docker-volume-basedir"),
    other_command("env-vars"),
    other_command("event"),
    other_command("exclude"),
    other_command("express"),
    other_command("fail-on-empty-changeset"),
    other_command("fail-on-same-version"),
    other_command("force-image-build"),
    other_command("hook-name"),
    other_command("host"),
    other_command("layer-cache-basedir"),
    other_command("lint"),
    other_command("log-file"),
    other_command("max-wait-duration"),
    other_command("mount-with"),
    other_command("no-execute-changeset"),
    other_command("no-prompts"),
    other_command("notification-arns"),
    other_command("on-failure"),
    other_command("output"),
    other_command("parallel"),
    other_command("parameter-overrides"),
    other_command("port"),
    other_command("semantic-version"),
    other_command("shutdown"),
    other_command("skip-prepare-infra"),
    other_command("skip-pull-image"),
    other_command("stack-name"),
    other_command("tags"),
    other_command("telemetry"),
    other_command("use-container"),
    other_command("warm-containers"),
    other_command("watch"),
    other_command("watch-exclude"),
];

/// What happens to a flag of the peers that is typed after `samstep package` or `samstep deploy`.
pub fn typed_treatment(name: &str) -> Treatment {
    find(name).map_or(Unknown, |spelling| spelling.typed)
}

/// What happens to a key of a samconfig that is no flag of samstep.
pub fn key_treatment(key: &str) -> Treatment {
    find(&key.replace('_', "-")).filter(|_| !key.contains('-')).map_or(Unknown, |spelling| spelling.in_samconfig)
}

/// The flags that are accepted and ignored.
pub fn ignored_flags() -> impl Iterator<Item = &'static str> {
    PEER_SPELLINGS.iter().filter(|spelling| spelling.typed == Ignored).map(|spelling| spelling.name)
}

fn find(name: &str) -> Option<&'static PeerSpelling> {
    PEER_SPELLINGS.iter().find(|spelling| spelling.name == name)
}

/// The spellings that are known as flags.
#[cfg(test)]
pub fn typed_names() -> impl Iterator<Item = &'static str> {
    PEER_SPELLINGS.iter().filter(|spelling| spelling.typed != Unknown).map(|spelling| spelling.name)
}
