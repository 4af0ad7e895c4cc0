#!/usr/bin/env bash
# The one step of the action: installs samstep and packages. The executable itself writes annotations, outputs and the
# summary.
set -euo pipefail

# GITHUB_ACTION_REPOSITORY is empty in a composite action; the runner unpacks it to _actions/OWNER/REPOSITORY/TAG. Where
# the action is part of the workflow's own repository, that does not tell, and install.sh asks for the input.
if [ -z "${SAMSTEP_RELEASES:-}" ] && [[ ${GITHUB_ACTION_PATH:-} =~ /_actions/([^/]+/[^/]+)/ ]]; then
    export SAMSTEP_RELEASES="${GITHUB_SERVER_URL:-https://github.com}/${BASH_REMATCH[1]}/releases/download"
fi
# Later steps run in folders of their own: the output `template` is for all of them.
case ${SAMSTEP_OUTPUT_TEMPLATE_FILE:-} in
'' | - | /*) ;;
*) export SAMSTEP_OUTPUT_TEMPLATE_FILE="$PWD/$SAMSTEP_OUTPUT_TEMPLATE_FILE" ;;
esac
install=$(dirname "${BASH_SOURCE[0]}")/install.sh
samstep=$(bash "$install" "$INSTALL_VERSION" ${INSTALL_SHA256:+"$INSTALL_SHA256"})
# It is an option of the installation alone; samstep warns of variables that it does not know.
unset SAMSTEP_RELEASES

arguments=()
while IFS= read -r argument; do
    [ -z "$argument" ] || arguments+=("$argument")
done <<<"${ARGUMENTS:-}"
exec "$samstep" package ${arguments[@]+"${arguments[@]}"}
