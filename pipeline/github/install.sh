#!/usr/bin/env bash
# Downloads one release of samstep into a fresh folder, checks it against a checksum, and prints the path of the executable.
#
#   install.sh VERSION [SHA256]
#
# SHA256 is the checksum of samstep-VERSION-MACHINE-SYSTEM.tar.gz. Without it, SHA256SUMS beside the archive decides: that
# detects a broken download, but not a changed release.
# SAMSTEP_RELEASES is the URL of the folder of releases, with vVERSION/FILE below it, as on GitHub. It is https; http is
# accepted for this machine only.
# INSTALL_TIMEOUT is the time in seconds that one download may take (default 300); it is tried four times within it. A
# download that stands still for 30 seconds is broken off.
# Exit codes: 75 if the same may succeed later, 2 if it was called wrongly, 1 otherwise.
set -euo pipefail

fail() {
    if [ "${GITHUB_ACTIONS:-}" = true ]; then
        # An annotation. These characters would end it, or start another command.
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
releases=${SAMSTEP_RELEASES:-}
timeout=${INSTALL_TIMEOUT:-300}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "\`$version\` is not a version such as 1.2.3" 2
[[ $expected =~ ^([0-9a-f]{64})?$ ]] || fail "the checksum is not 64 hexadecimal digits in lower case" 2
[[ $timeout =~ ^[1-9][0-9]{0,4}$ ]] || fail "INSTALL_TIMEOUT is \`$timeout\`, not a number of seconds" 2
[ -n "$releases" ] || fail "no URL of releases: set the input \`releases\` or SAMSTEP_RELEASES" 2
case $releases in
https://*) protocol='=https' ;;
http://127.0.0.1[:/]* | http://localhost[:/]*) protocol='=http,https' ;;
*) fail "releases are downloaded by https only, not from \`$releases\`" 2 ;;
esac
case $(uname -s):$(uname -m) in
Linux:x86_64 | Linux:amd64) platform=x86_64-linux ;;
Linux:aarch64 | Linux:arm64) platform=aarch64-linux ;;
Darwin:arm64) platform=aarch64-macos ;;
*) fail "there is no release for $(uname -s) on $(uname -m)" ;;
esac

name=samstep-$version-$platform
# A folder that did not exist before: nothing in it was put there by others.
folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/samstep-XXXXXXXX") || fail "cannot create a temporary folder"
installed=
trap '[ -n "$installed" ] || rm -rf "$folder"' EXIT

fetch() {
    local url=$releases/v$version/$1 status ended=0 stall=30
    [ "$timeout" -ge "$stall" ] || stall=$timeout
    status=$(curl --fail --silent --show-error --location --proto "$protocol" --proto-redir '=https' --tlsv1.2 \
        --connect-timeout "$stall" --speed-limit 1000 --speed-time "$stall" --max-time "$timeout" \
        --retry 3 --retry-max-time "$timeout" --output "$folder/$1" --write-out '%{http_code}' "$url") || ended=$?
    case $ended:$status in
    0:*) ;;
    # Name not resolved, no connection, connection lost or too slow; the server is overloaded or broken.
    [567]:* | 16:* | 18:* | 28:* | 35:* | 52:* | 55:* | 56:* | 92:* | 22:408 | 22:425 | 22:429 | 22:5??)
        fail "cannot download $1 of version $version at the moment" 75
        ;;
    22:*) fail "cannot download $1 of version $version: $url answers $status" ;;
    *) fail "cannot download $1 of version $version: curl ended with $ended" ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi
}

fetch "$name.tar.gz"
if [ -z "$expected" ]; then
    fetch SHA256SUMS
    expected=$(awk -v file="$name.tar.gz" '$2 == file { print $1 }' "$folder/SHA256SUMS")
    [[ $expected =~ ^[0-9a-f]{64}$ ]] || fail "SHA256SUMS of version $version does not name $name.tar.gz"
fi
actual=$(sha256 "$folder/$name.tar.gz")
[ "${actual%% *}" = "$expected" ] || fail "$name.tar.gz is not the file whose checksum is $expected"
tar -xzf "$folder/$name.tar.gz" -C "$folder" "$name/samstep"
installed=yes
echo "$folder/$name/samstep"
