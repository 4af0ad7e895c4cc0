#!/usr/bin/env bash
# The one step of the action: installs samstep and packages. The executable itself writes annotations, outputs and the
# summary.
set -euo pipefail

if [ -z "${SAMSTEP_RELEASES:-}" ]; then
    # GITHUB_ACTION_REPOSITORY is empty in a composite action; the runner unpacks it to _actions/OWNER/REPOSITORY/TAG.
    [[ ${GITHUB_ACTION_PATH:-} =~ /_actions/([^/]+/[^/]+)/ ]] || {
        echo "error: the input \`releases\` is needed where the action is part of the workflow's own repository" >&2
        exit 2
    }
    export SAMSTEP_RELEASES="${GITHUB_SERVER_URL:-https://github.com}/${BASH_REMATCH[1]}/releases/download"
fi
install=$(dirname "${BASH_SOURCE[0]}")/install.sh
samstep=$(bash "$install" "$INSTALL_VERSION" ${INSTALL_SHA256:+"$INSTALL_SHA256"})

arguments=()
while IFS= read -r argument; do
    [ -z "$argument" ] || arguments+=("$argument")
done <<<"${ARGUMENTS:-}"
exec "$samstep" package ${arguments[@]+"${arguments[@]}"}
