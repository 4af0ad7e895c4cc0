#!/usr/bin/env bash
# The only step of the action: installs samstep and runs it. samstep itself writes annotations, outputs and the summary.
set -euo pipefail

# An annotation, and the exit code of a wrong call. The characters would end it, or start another command.
refuse() {
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    echo "::error::${text//$'\n'/%0A}" >&2
    exit 2
}

command=${COMMAND:-package}
case $command in
package) ;;
deploy) [ -z "${TARGETS:-}" ] || refuse "the input \`target\` is one of package: deploy each place in a step of its own" ;;
*) refuse "the input \`command\` is \`$command\`, not package or deploy" ;;
esac
# One argument a line: a value may contain spaces, and no line is read by a shell.
arguments=()
while IFS= read -r line; do
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    # A flag with a space behind its name, or another flag behind its value.
    if [[ $line =~ ^--?[A-Za-z][A-Za-z0-9-]*[[:space:]] || $line =~ ^-.*[[:space:]]--[A-Za-z] ]]; then
        refuse "the input \`arguments\` takes one argument a line, and \`$line\` is several: put each flag on a line of its own, and write a value as --flag=value"
    fi
    [ -z "$line" ] || arguments+=("$line")
done <<<"${ARGUMENTS:-}"

# GITHUB_ACTION_REPOSITORY is empty in a composite action; the runner unpacks it to _actions/OWNER/REPOSITORY/TAG. If the
# action is part of the workflow's own repository, there is no such path, and install.sh asks for the input `releases`.
if [ -z "${SAMSTEP_RELEASES:-}" ] && [[ ${GITHUB_ACTION_PATH:-} =~ /_actions/([^/]+/[^/]+)/ ]]; then
    export SAMSTEP_RELEASES="${GITHUB_SERVER_URL:-https://github.com}/${BASH_REMATCH[1]}/releases/download"
fi
# Later steps run in other folders, and the output `template` is for them.
case ${SAMSTEP_OUTPUT_TEMPLATE_FILE:-} in
'' | - | /*) ;;
*) export SAMSTEP_OUTPUT_TEMPLATE_FILE="$PWD/$SAMSTEP_OUTPUT_TEMPLATE_FILE" ;;
esac
# The input takes one target a line; samstep takes commas.
targets=$(tr -s ', \t\n' ',' <<<"${TARGETS:-}")
targets=${targets#,}
export SAMSTEP_TARGET=${targets%,}

install=$(dirname "${BASH_SOURCE[0]}")/install.sh
samstep=$(bash "$install" "$INSTALL_VERSION" ${INSTALL_SHA256:+"$INSTALL_SHA256"})
# It is a setting of the installation only, and samstep warns about variables that it does not know.
unset SAMSTEP_RELEASES
exec "$samstep" "$command" ${arguments[@]+"${arguments[@]}"}
