# shellcheck shell=bash
# What quickstart, demo and test share: steps with times, missing packages, failure with a reason.
# Sourced, never run. Expects `root` (the source tree) to be set.

# What a build of everything but the tests needs.
# shellcheck disable=SC2034
build_packages=(build-essential cmake ninja-build pkg-config libuv1-dev libjansson-dev
  libmicrohttpd-dev zlib1g-dev libxxhash-dev libpcre2-dev libsystemd-dev
  libpq-dev)

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

# install_packages PACKAGE...: apt-get for what is missing. Services that a package brings are not
# started: their ports and folders are none of ours to take.
install_packages() {
  command -v apt-get >/dev/null ||
    die "Only Debian's packages are known here. Install these by your own means: $*"
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    echo "all of $# packages are there"
    return
  fi
  echo "installing ${missing[*]}"
  local policy=/usr/sbin/policy-rc.d made=
  if [[ ! -e $policy ]]; then
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
    made=1
  fi
  local status=0
  {
    as_root apt-get -q update &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
        --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
  } </dev/null || status=$?
  [[ -z $made ]] || as_root rm -f "$policy"
  return "$status"
}

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
