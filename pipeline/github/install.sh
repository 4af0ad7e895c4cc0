#!/usr/bin/env bash
# Fetches one release of samstep, checks it against a checksum, and prints where the executable is.
#
#   install.sh VERSION [SHA256]
#
# SHA256 is that of samstep-VERSION-MACHINE-linux.tar.gz; without it, SHA256SUMS beside the archive is believed, which
# guards against a broken download but not against whoever can write there.
# SAMSTEP_RELEASES is the URL of the folder of releases; below it stands vVERSION/FILE, as on GitHub.
# Ends with 75 when the same may work a moment later, 2 when it was called wrongly, and 1 otherwise.
set -euo pipefail

fail() {
    if [ "${GITHUB_ACTIONS:-}" = true ]; then
        # An annotation, which the log shows too. What stands for itself there would end it or begin another command.
        local text=${1//'%'/%25}
        text=${text//$'\r'/%0D}
        echo "::error::${text//$'\n'/%0A}" >&2
    else
        echo "error: $1" >&2
    fi
    exit "${2:-1}"
}

[ $# -ge 1 ] && [ $# -le 2 ] || fail "usage: install.sh VERSION [SHA256]" 2
version=${1#v}
expected=${2:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "\`$version\` is not a version such as 1.2.3" 2
[[ $expected =~ ^([0-9a-f]{64})?$ ]] || fail "the checksum is not 64 hexadecimal digits in lower case" 2
[ -n "${SAMSTEP_RELEASES:-}" ] || fail "nothing says where releases are: give the input \`releases\` or SAMSTEP_RELEASES" 2
[ "$(uname -s)" = Linux ] || fail "there is no release for $(uname -s)"
case $(uname -m) in
x86_64 | amd64) machine=x86_64 ;;
aarch64 | arm64) machine=aarch64 ;;
*) fail "there is no release for $(uname -m)" ;;
esac

name=samstep-$version-$machine-linux
folder=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/samstep-$version-$machine
mkdir -p "$folder"
fetch() {
    local url=$SAMSTEP_RELEASES/v$version/$1 answer ended=0
    answer=$(curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --output "$folder/$1" \
        --write-out '%{http_code}' "$url") || ended=$?
    case $ended:$answer in
    0:*) ;;
    # No address, no connection, one that broke or was too slow; a server that has too much to do or is ill.
    [567]:* | 16:* | 18:* | 28:* | 35:* | 52:* | 55:* | 56:* | 92:* | 22:408 | 22:425 | 22:429 | 22:5??)
        fail "cannot fetch $1 of version $version at the moment" 75
        ;;
    22:*) fail "cannot fetch $1 of version $version: $url answers $answer" ;;
    *) fail "cannot fetch $1 of version $version: curl ended with $ended" ;;
    esac
}

fetch "$name.tar.gz"
if [ -z "$expected" ]; then
    fetch SHA256SUMS
    expected=$(awk -v file="$name.tar.gz" '$2 == file { print $1 }' "$folder/SHA256SUMS")
    [[ $expected =~ ^[0-9a-f]{64}$ ]] || fail "SHA256SUMS of version $version does not name $name.tar.gz"
fi
if ! echo "$expected  $folder/$name.tar.gz" | sha256sum --check --strict --status; then
    rm -f "$folder/$name.tar.gz"
    fail "$name.tar.gz is not the file whose checksum is $expected"
fi
tar -xzf "$folder/$name.tar.gz" -C "$folder" "$name/samstep"
echo "$folder/$name/samstep"
