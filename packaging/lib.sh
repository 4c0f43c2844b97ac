# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What quickstart, demo and test share: steps with times, missing packages, failure with a reason.
# Sourced, never run. Expects `root` (the source tree) to be set.

# What a build of everything but the tests needs.
# shellcheck disable=SC2034
build_packages=(build-essential cmake ninja-build pkg-config libuv1-dev libjansson-dev
  libmicrohttpd-dev zlib1g-dev libxxhash-dev libpcre2-dev libsystemd-dev
  libpq-dev)
# It is better with these, and does without where they are not to be had.
# shellcheck disable=SC2034
optional_packages=(libisal-dev)

# shellcheck disable=SC2034
if [[ -t 1 && -z ${NO_COLOR:-} && ${CI:-} != true ]]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' red='' green='' plain=''
fi

die() {
  printf '%s%s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

# as_root COMMAND...: as it is for root, through sudo for others.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "This needs root and there is no sudo: $*"
  fi
}

# missing_packages PACKAGE...: prints those that are not installed. Asks no network.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      printf '%s\n' "$package"
  done
}

# may_install: packages can be installed by who runs this.
may_install() {
  ((EUID == 0)) || command -v sudo >/dev/null
}

# install_packages PACKAGE...: apt-get for what is missing. Services that a package brings are started
# neither now nor at the next boot: their ports and folders are none of ours to take.
install_packages() {
  command -v apt-get >/dev/null ||
    die "Only Debian's packages are known here. Install these by your own means: $*"
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    echo "all of $# packages are there"
    return
  fi
  may_install ||
    die "Not installed: ${missing[*]}. As root: apt-get install --no-install-recommends ${missing[*]}"
  echo "installing ${missing[*]}"
  # A service that was there before is somebody's.
  local package units=/lib/systemd/system
  local -a fresh=()
  for package in "${missing[@]}"; do
    [[ -e $units/$package.service ]] || fresh+=("$package.service")
  done
  apt_install "${missing[@]}" || return
  command -v systemctl >/dev/null || return 0
  for package in "${fresh[@]}"; do
    [[ ! -e $units/$package ]] || as_root systemctl --quiet disable "$package" || true
  done
}

# install_optional PACKAGE...: those that apt has; says which it has not.
install_optional() {
  local package
  for package in "$@"; do
    if [[ -z $(missing_packages "$package") ]]; then
      continue
    elif may_install && apt-cache show "$package" >/dev/null 2>&1 && apt_install "$package"; then
      continue
    fi
    echo "going on without $package, which is not to be had here"
  done
}

lock_s=300
# apt_update: only `install` knows how to wait for the lock of another process that installs.
apt_update() {
  local said status
  local until=$((SECONDS + lock_s))
  while :; do
    status=0
    said=$(as_root env LC_ALL=C apt-get -q update 2>&1) || status=$?
    printf '%s\n' "$said"
    [[ $status != 0 && $said == *"Could not get lock"* && $SECONDS -lt $until ]] || return "$status"
    sleep 1
  done
}

# apt_install PACKAGE...: while it runs no service is started; in a process of its own, so that however it
# ends, by Ctrl-C, too, the policy goes.
apt_install() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    as_root sh -c "printf '#!/bin/sh\n# Of statgate, while it installs packages.\nexit 101\n' >$policy && chmod 755 $policy" || exit
  fi
  {
    apt_update && as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
      --no-install-recommends -o Dpkg::Use-Pty=0 -o "DPkg::Lock::Timeout=$lock_s" "$@"
  } </dev/null
)

# now_us: the time in microseconds; seconds_since MICROSECONDS: what passed since, as text.
now_us() {
  printf '%s' "${EPOCHREALTIME/[.,]/}"
}
seconds_since() {
  local ms=$((($(now_us) - $1) / 1000))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# ---- steps, numbered and timed ----

# begin TITLE and end, around each of $steps.
step=0
begin() {
  step=$((step + 1))
  step_started=$(now_us)
  # shellcheck disable=SC2154
  printf '%s[%d/%d] %s%s\n' "$bold" "$step" "$steps" "$*" "$plain"
}
end() {
  printf '      %sdone%s, %s\n' "$green" "$plain" "$(seconds_since "$step_started")"
}
indent() {
  sed -u 's/^/      /'
}

# build_programs FOLDER: all but tests and benchmarks. In `root`.
build_programs() {
  mkdir -p "$1"
  if ! { cmake --preset release -B "$1" -DSTATGATE_TESTS=OFF -DSTATGATE_BENCH=OFF &&
    cmake --build "$1" --parallel "$(nproc)"; } >"$1/build.log" 2>&1; then
    tail -n 60 "$1/build.log" | indent
    die "The build failed; all of its output: $1/build.log"
  fi
  tail -n 1 "$1/build.log" | indent
}

# port_is_taken PORT: somebody listens there on 127.0.0.1.
port_is_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
