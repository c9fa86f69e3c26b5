#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages of the named groups, if any is missing: packages.sh GROUP...
#
# Root is needed only when something is missing. Servers that come with packages are not started
# (a temporary policy-rc.d forbids it) and, under systemd, not left enabled either: the lab runs
# them by itself, in namespaces of its own. Safe to repeat after any interruption.
set -eu

build_packages='binutils cmake gcc libc-ares-dev libc6-dev libcurl4-openssl-dev libhivex-dev
    libjansson-dev libkrb5-dev libldap-dev libssl-dev libxml2-dev libzstd-dev ninja-build
    pkg-config zlib1g-dev'
lab_packages='apache2 dnsmasq-base eatmydata faketime hostname iproute2 krb5-admin-server krb5-kdc
    krb5-user ldap-utils ldb-tools libapache2-mod-auth-gssapi libsasl2-modules-gssapi-mit mount
    openssl
    python3 python3-samba samba samba-ad-dc samba-ad-provision samba-dsdb-modules
    samba-vfs-modules util-linux winbind'
test_packages='clang-format-14 libcmocka-dev libhivex-bin mandoc python3 python3-hivex
    python3-jsonschema shellcheck tshark zstd'
fuzz_packages='clang libclang-rt-14-dev libcmocka-dev llvm python3'
bench_packages='bind9-dnsutils curl gcc krb5-user ldap-utils libhivex-bin libpcap-dev lnav
    mawk python3-hivex ripgrep slapd sqlite3 tcpdump tcpflow tshark'

# Where packages ask whether they may start a server.
policy=/usr/sbin/policy-rc.d
mark='# Written by ccmprobe while it installs packages; not needed afterwards. Packages:'
waits=300

fail() {
    echo "packages: $*" >&2
    exit 1
}

# Prints the packages of the groups, one a line.
wanted() {
    for group in "$@"; do
        case $group in
        build) echo "$build_packages" ;;
        lab) echo "$lab_packages" ;;
        test) echo "$test_packages" ;;
        fuzz) echo "$fuzz_packages" ;;
        bench) echo "$bench_packages" ;;
        *) return 1 ;;
        esac
    done | tr -s ' ' '\n' | sed '/^$/d' | sort -u
}

# Prints those of the given packages that are not installed whole. dpkg-query fails for unknown
# ones and says so on stderr; both only mean "not installed".
missing() {
    # shellcheck disable=SC2016 # the ${...} are dpkg's
    present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) || :
    for package in "$@"; do
        printf '%s\n' "$present" | grep -qxF "installed $package" || echo "$package"
    done
}

one_line() {
    tr '\n' ' ' | sed 's/ *$//'
}

# The packages of an installation that was killed before it could tidy up.
interrupted() {
    if [ -f "$policy" ]; then
        sed -n "s/^$mark//p" "$policy" | tr ' ' '\n' | grep -E '^[a-z0-9][a-z0-9+.-]*$' || :
    fi
}

forbid_starts() {
    if [ -e "$policy" ] && ! grep -qF "$mark" "$policy"; then
        echo "packages: $policy exists and decides whether servers are started"
        return
    fi
    # Renamed into place: a half-written policy would let servers start.
    printf '#!/bin/sh\n%s %s\nexit 101\n' "$mark" "$*" >"$policy.ccmprobe"
    chmod 755 "$policy.ccmprobe"
    mv "$policy.ccmprobe" "$policy"
}

allow_starts() {
    rm -f "$policy.ccmprobe"
    if [ -f "$policy" ] && grep -qF "$mark" "$policy"; then
        rm -f "$policy"
    fi
}

# Prints the units of a package that can be enabled (a template, name@, cannot).
units_of() {
    dpkg -L "$1" 2>/dev/null |
        sed -nE 's#^(/usr)?/lib/systemd/system/([^/@]+\.(service|socket|timer|path))$#\2#p'
}

# Switches off the systemd units of the packages that this installation brought.
disable_units() {
    command -v systemctl >/dev/null 2>&1 || return 0
    now=
    if [ -d /run/systemd/system ]; then
        now=--now
    fi
    for package in "$@"; do
        for unit in $(units_of "$package"); do
            if systemctl is-enabled --quiet "$unit" 2>/dev/null ||
                systemctl is-active --quiet "$unit" 2>/dev/null; then
                echo "packages: disabling $unit, which came with $package"
                # shellcheck disable=SC2086 # no word or one
                systemctl disable $now --quiet "$unit" 2>/dev/null </dev/null || :
            fi
        done
    done
}

# shellcheck disable=SC2317 # called by the trap
tidy_up() {
    status=$?
    trap - EXIT
    # shellcheck disable=SC2086 # a list of names
    disable_units $new
    allow_starts
    rm -f "$log"
    exit "$status"
}

# apt ARGUMENT...: apt-get, whose many lines matter only when it fails.
apt() {
    apt-get -o DPkg::Lock::Timeout="$waits" -o Dpkg::Options::=--force-confdef \
        -o Dpkg::Options::=--force-confold "$@" </dev/null >>"$log" 2>&1 9<&-
}

fail_apt() {
    tail -n 30 "$log" >&2
    fail "$*"
}

install_as_root() {
    # One installation at a time, so that nobody takes away another's policy-rc.d.
    exec 9<"$(dirname "$policy")"
    flock 9
    absent=$(missing "$@" | one_line)
    new=$(interrupted | one_line)
    [ -n "$absent$new" ] || return 0
    new=$(printf '%s %s' "$absent" "$new" | tr -s ' ' '\n' | sort -u | one_line)

    export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1
    log=$(mktemp)
    trap tidy_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    forbid_starts "$new"
    [ -n "$absent" ] || exit 0

    echo "packages: installing $absent (this may take minutes)" >&2
    # What an interrupted installation left half done. Errors of either are those of apt-get below.
    dpkg --configure -a --force-confdef --force-confold </dev/null >/dev/null 2>&1 9<&- || :
    apt -qq check || apt -qq -y --no-remove --fix-broken install || :
    # shellcheck disable=SC2086 # a list of names
    set -- -qq -y --no-remove --no-install-recommends install $absent
    # A machine that never read the package lists, or read them too long ago, reads them now.
    if ! apt -s "$@" || ! apt "$@"; then
        apt -qq update || fail_apt "the package lists cannot be read"
        apt "$@" || fail_apt "cannot install $absent"
    fi
}

[ $# -gt 0 ] || fail "usage: packages.sh GROUP..."
for group in "$@"; do
    case $group in
    build | lab | test | fuzz | bench) ;;
    *) fail "no package group is called '$group'" ;;
    esac
done
list=$(wanted "$@")
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "packages: not Debian; taken for installed: $(echo "$list" | one_line)" >&2
    exit 0
fi
# shellcheck disable=SC2046,SC2086 # lists of names
absent=$(missing $list | one_line)
[ -n "$absent$(interrupted)" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
    # shellcheck disable=SC2086 # a list of names
    install_as_root $list
elif command -v sudo >/dev/null 2>&1; then
    echo "packages: using sudo; missing: ${absent:-nothing, but $policy was left behind}" >&2
    exec sudo sh "$0" "$@"
elif [ -n "$absent" ]; then
    fail "missing Debian packages; as root: apt-get install --no-install-recommends $absent"
fi
