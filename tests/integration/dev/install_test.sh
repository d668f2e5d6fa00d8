#!/usr/bin/env bash
# install_test.sh DEV: `./dev install` on machines that are made of stand-ins: their dpkg-query, apt-get, id and sudo.
set -euo pipefail
dev=$1
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
failures=0

# A machine: stand-ins that read the files `installed`, `uid`, `apt_status` and write `apt_calls`.
new_machine() {
  rm -rf "${box:?}"/*
  mkdir "$box/bin"
  local program
  for program in bash cat dirname env grep mktemp readlink rm; do ln -s "$(command -v "$program")" "$box/bin/"; done
  printf '#!/bin/bash\n[ "$1" = -W ] && grep -qx "$4" %q/installed && echo -n "ii "\n' "$box" >"$box/bin/dpkg-query"
  printf '#!/bin/bash\ncat %q/uid\n' "$box" >"$box/bin/id"
  printf '#!/bin/bash\necho "$*" >>%q/apt_calls\n[ "$1" = update ] || exit "$(cat %q/apt_status)"\n' "$box" "$box" >"$box/bin/apt-get"
  chmod +x "$box"/bin/{dpkg-query,id,apt-get}
  sed -n '/^readonly PACKAGES=(/,/^)/p' "$dev" | sed '1d;$d' | tr -s ' ' '\n' | sed '/^$/d' >"$box/packages"
  cp "$box/packages" "$box/installed"
  echo 0 >"$box/uid"
  echo 0 >"$box/apt_status"
  : >"$box/apt_calls"
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n' >"$box/system"
}

remove() { sed -i "/^$1\$/d" "$box/installed"; }
give_sudo() {
  printf '#!/bin/bash\necho "sudo $*" >>%q/apt_calls\nexec "$@"\n' "$box" >"$box/bin/sudo"
  chmod +x "$box/bin/sudo"
}

install() {
  status=0
  PATH="$box/bin" VELETA_SYSTEM_FILE="$box/system" bash "$dev" install >"$box/output" 2>&1 || status=$?
}

fail() { printf 'FAILED %s: %s\n%s\n' "$1" "$2" "$(cat "$box/output" "$box/apt_calls")" >&2; failures=$((failures + 1)); }
expect_status() { [ "$status" = "$2" ] || fail "$1" "exit status $status, not $2"; }
expect_says() { grep -qF -- "$2" "$box/output" || fail "$1" "does not say '$2'"; }
expect_apt() { grep -qE -- "$2" "$box/apt_calls" || fail "$1" "apt-get was not called as '$2'"; }
expect_no_apt() { [ ! -s "$box/apt_calls" ] || fail "$1" "apt-get was called"; }

new_machine; install
expect_status "all installed" 0
expect_no_apt "all installed"
[ ! -s "$box/output" ] || fail "all installed" "is not quiet"

new_machine; remove mold; remove ccache; install
expect_status "two missing" 0
expect_says "two missing" "installing 2 Debian packages: ccache mold"
expect_apt "two missing" "^install .*--no-remove .*ccache mold$"

new_machine; remove mold; echo libboost1.74-dev >>"$box/installed"; install
expect_status "Boost 1.74" 1
expect_says "Boost 1.74" "libboost1.74-dev is installed"
expect_says "Boost 1.74" "docker run"
expect_no_apt "Boost 1.74"

new_machine; remove mold; printf 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"\n' >"$box/system"; install
expect_status "another system" 1
expect_says "another system" "this is Ubuntu 24.04"
expect_says "another system" "not installed: mold"
expect_says "another system" "debian:12 ./dev install"
expect_no_apt "another system"

new_machine; remove mold; echo 1000 >"$box/uid"; install
expect_status "no root, no sudo" 1
expect_says "no root, no sudo" "needs root or sudo"
expect_no_apt "no root, no sudo"

new_machine; remove mold; echo 1000 >"$box/uid"; give_sudo; install
expect_status "sudo" 0
expect_apt "sudo" "^sudo env DEBIAN_FRONTEND=noninteractive apt-get install .* mold$"

new_machine; remove mold; echo 100 >"$box/apt_status"; install
expect_status "apt-get refuses" 1
expect_says "apt-get refuses" "could not be installed"

echo "$failures failures"
[ "$failures" = 0 ]
