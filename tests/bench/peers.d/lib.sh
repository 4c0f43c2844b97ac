# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# For tests/bench/peers and its peers. A file PEER.sh sets `title` and `window`, the seconds of a round (at least what
# passes until numbers are shown), and has
#
#   peer_find      is it to be had? Else false, with the reason in `why`
#   peer_start     start it in the current folder, for $series series; wait until it answers
#   peer_ways      measure_way for each way to send to it
#   peer_totals    of an exposition on the standard input: how many series, and the sum of their counters

stop() {
  printf 'peers: %s\n' "$*" >&2
  exit 1
}
note() {
  printf 'peers: %s\n' "$*" >&2
}

build_release() {
  build=$source_tree/build/release
  note "building $build"
  {
    cmake -S "$source_tree" --preset release -DSTATGATE_BENCH=ON && cmake --build "$build"
  } >"$source_tree/build/peers.log" 2>&1 || stop "the build failed: see build/peers.log"
}

# ---- Debian's packages, unpacked ----

# unpack PACKAGE...: with what they need and this machine has not; false, and `why`, when they are not to be had.
unpack() {
  unpacked=$build/peers
  local missing said=$work/apt.log
  mkdir -p "$unpacked/packages"
  command -v apt-get >/dev/null || { why="not installed, and there is no apt-get" && return 1; }
  if ! missing=$(apt_needs "$@" 2>"$said"); then
    ((EUID != 0)) || apt-get update >/dev/null 2>&1 || true
    missing=$(apt_needs "$@" 2>"$said") || { why="not installed; apt: $(apt_said "$said")" && return 1; }
  fi
  local package
  for package in $missing; do
    [[ ! -e $unpacked/packages/$package.there ]] || continue
    note "unpacking $package"
    (cd "$unpacked/packages" && apt-get download "$package" && dpkg-deb -x "$package"_*.deb "$unpacked") >"$said" 2>&1 ||
      { why="not installed; apt: $(apt_said "$said")" && return 1; }
    touch "$unpacked/packages/$package.there"
  done
  local folders=("$unpacked"/usr/lib/*-linux-gnu)
  export LD_LIBRARY_PATH=${folders[0]}
}
apt_needs() { # PACKAGE...: those, and what they need, that are not installed
  local plan
  plan=$(LC_ALL=C apt-get -s --no-install-recommends install "$@") || return
  awk '/^Inst/ { print $2 }' <<<"$plan"
}
apt_said() { # FILE: its first error
  sed -n 's/^E: //p' "$1" | head -n 1
}

# find_program NAME: sets `program`; unpacked or installed.
find_program() {
  for program in "${unpacked:-/nowhere}"/usr/{sbin,bin}/"$1" "$(command -v "$1")" /usr/sbin/"$1"; do
    [[ ! -x $program ]] || return 0
  done
  why="not installed, and Debian has no package of it"
  return 1
}

# ---- receivers ----

receivers=() # their processes, which are ours

# receiver COMMAND...: starts it; it ends with this shell whatever happens.
receiver() {
  setpriv --pdeathsig KILL -- "$@" </dev/null >>receiver.log 2>&1 &
  receivers+=($!)
}
end_receivers() {
  local pid
  for pid in "${receivers[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
  done
  for pid in "${receivers[@]}"; do
    for _ in {1..100}; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  receivers=()
}
clean_up() {
  local status=$?
  end_load
  end_receivers
  [[ $BASHPID != "$$" ]] || rm -rf "$work"
  exit "$status"
}

free_port() { # sets `port`: one that neither TCP nor UDP has
  for ((port = 20000 + RANDOM % 10000; ; port++)); do
    [[ -n $(ss -Hltun "sport = :$port") ]] || return 0
  done
}
free_ports() { # sets `statsd`, for datagrams, and `port`, for the page of numbers
  free_port
  statsd=$port
  free_port
}
answers() {
  curl -fsS -o /dev/null --max-time 5 "$url" 2>/dev/null
}
# wait_until SECONDS COMMAND...
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || { note "$title: not within time: $*" && tail -n 5 receiver.log >&2 && return 1; }
    sleep 0.1
  done
}

# measure_udp [WORD...]: the two ways of UDP; the words are bench_load's.
measure_udp() {
  local load=$build/tests/bench/bench_load
  measure_way "$title, UDP, a line a datagram" "$load" udp "$statsd" "$processes" "$series" "$@" &&
    measure_way "$title, UDP, packed datagrams" "$load" udp "$statsd" "$processes" "$series" "$@" packed
}

# ---- what they cost ----

cpu_ns() { # PID...: of all their threads
  local pid
  for pid in "$@"; do
    cat "/proc/$pid/task/"*/schedstat
  done | awk '{ ns += $1 } END { printf "%.0f\n", ns }'
}
idle_ns() { # of a second without samples
  local before after
  sleep 1
  before=$(cpu_ns "${receivers[@]}")
  sleep "$window"
  after=$(cpu_ns "${receivers[@]}")
  per $((after - before)) "$window"
}
per() { # TOTAL COUNT
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'
}
sleep_until() { # BEGIN SECONDS: after it
  sleep "$(awk -v a="$1" -v b="$2" -v now="$EPOCHREALTIME" 'BEGIN { d = a + b - now; print (d > 0 ? d : 0) }')"
}
memory_mb() { # resident memory, that which others share in equal parts
  local pid
  for pid in "${receivers[@]}"; do
    cat "/proc/$pid/smaps_rollup"
  done | awk -v files="$(peer_files)" '/^Pss:/ { kb += $2 } END { printf "%.1f", kb / 1024 + files / 1048576 }'
}
peer_files() { # bytes of files that are memory, too
  echo 0
}

accept='application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
scrape() { # CURL_ARGUMENT...: as Prometheus asks
  curl -fsS --max-time 300 -H "Accept: $accept" "$@" "$url"
}
scrape_ms() { # CURL_ARGUMENT...
  scrape -o scraped -w '%{time_total}' "$@" | awk '{ printf "%.2f", $1 * 1e3 }'
}
state() { # "SERIES TOTAL", as they are shown
  scrape -o state && peer_totals <state
}

# ---- senders ----

load_in='' load_out='' load_pid=''

# start_load COMMAND...: processes that send what they are ordered to.
start_load() {
  # shellcheck disable=SC2034
  coproc sending { exec setpriv --pdeathsig KILL -- "$@" 2>>load.log; }
  # shellcheck disable=SC2154
  load_pid=$sending_PID
  # Those of a coprocess are closed in subshells, their copies are not.
  exec {load_out}<&"${sending[0]}" {load_in}>&"${sending[1]}"
}
order() { # WORD...: prints "GIVEN LOST CPU_NS"
  local answer
  echo "$*" >&"$load_in"
  read -r answer <&"$load_out" || { cat load.log >&2 && return 1; }
  echo "$answer"
}
end_load() {
  [[ -n $load_pid ]] || return 0
  exec {load_in}>&- {load_out}<&- || true
  kill -TERM "$load_pid" 2>/dev/null || true
  wait "$load_pid" 2>/dev/null || true
  load_pid=''
}

# meet_all: each series once, until all are there; what a receiver loses of them is sent again. False when two minutes
# are not enough.
meet_all() {
  local there=0 deadline=$((SECONDS + 120))
  while ((there < series)); do
    if ((SECONDS > deadline)); then
      echo "$title|of $series series it showed $there after two minutes, so no more was measured with them" >>"$work/absent"
      return 1
    fi
    order "all $((rate / 2))" >/dev/null
    sleep "$((window > 4 ? window : 1))"
    read -r there _ < <(state)
  done
}

# settled: the total, once it does not change any more from one time that it is shown to the next.
settled() {
  local now before=-1
  for _ in 1 2 3 4 5 6; do
    read -r _ now < <(state)
    ((now != before)) || break
    before=$now
    sleep "$((window > 4 ? window : 2))"
  done
  echo "$now"
}

# missing BASE GIVEN: samples that are not in the total, when it no longer grows to BASE + GIVEN.
missing() {
  local now begun=$SECONDS
  while :; do
    read -r _ now < <(state)
    if ((now >= $1 + $2 || SECONDS - begun > 2 * window)); then
      echo $(($1 + $2 - now))
      return
    fi
    sleep 0.5
  done
}

row() { # TITLE WHAT VALUE
  echo "$1|$series|$2|$3" >>"$work/rows"
  note "$1, $series series: $2 $3"
}

# ---- tables ----

machine() {
  local model
  model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1 | sed 's/(R)\|(TM)//g')
  echo "${model:-$(uname -m)}, $(nproc) cores, Linux $(uname -r | grep -oE '^[0-9]+\.[0-9]+')"
}

tables() {
  local name why
  echo "Measured on $(date -u +%Y-%m-%d), $(machine): $processes processes that give $((rate)) counts a second each;"
  echo "medians of $rounds rounds, with the least and the most."
  echo
  awk -v sizes="${sizes[*]}" -v part=samples -f "$here/peers.d/tables.awk" "$work/rows"
  echo
  awk -v sizes="${sizes[*]}" -v part=series -f "$here/peers.d/tables.awk" "$work/rows"
  [[ -s $work/absent ]] || return 0
  echo
  echo "| not measured | |"
  echo "| --- | --- |"
  while IFS='|' read -r name why; do
    echo "| $name | $why |"
  done <"$work/absent"
}

# put_tables PAGE: between its two marks.
put_tables() {
  grep -q '^<!-- peers' "$1" || stop "$1 has no place for the tables"
  awk -v tables="$work/tables" '
    /^<!-- \/peers/ { inside = 0 }
    !inside { print }
    /^<!-- peers/ { inside = 1; print ""; while ((getline line < tables) > 0) print line; print "" }' "$1" >"$work/page"
  cat "$work/page" >"$1"
}
