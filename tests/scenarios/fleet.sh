# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For scenarios about several hosts: a daemon on each, a load of its own for each, and what must come
# out when a server asks over all of them. Sourced behind lib.sh.
#
#   source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#   source "$scenarios/fleet.sh"
#   three_hosts "$@"               # own_hosts, and for each start_host, make_load, send_round
#   send_round north               # once more
#   truth sum status_codes_total status:200 1 north
#
# A host is a network namespace with an address of its own on a bridge, and a daemon on the usual
# port. Who may not make namespaces gets hosts that are ports of 127.0.0.1; all else is the same.

# own_hosts "$@": runs the scenario again in a network and mount namespace of its own, so that nothing
# of it is seen outside and all of it ends with it. Sets fleet to "namespaces" or "ports".
own_hosts() {
  if [[ ${fleet_stage:-} == namespaces ]]; then
    fleet=namespaces
    mount -t tmpfs tmpfs /run
    mkdir -p /run/netns
    ip link set lo up
    ip link add hosts type bridge
    ip addr add 10.77.0.1/24 dev hosts
    ip link set hosts up
    return
  fi
  fleet=ports
  ((EUID == 0)) && command -v ip >/dev/null || return 0
  unshare --net --mount bash -c 'mount -t tmpfs tmpfs /run && mkdir -p /run/netns && ip netns add probe &&
    ip link add probe type veth peer name probed netns probe && ip link add hosts type bridge' >/dev/null 2>&1 || return 0
  # shellcheck disable=SC2154
  rm -rf "$work"
  fleet_stage=namespaces exec unshare --net --mount bash "$0" "$@"
}

# ---- hosts ----

declare -A address=() host_socket=() host_pid=() rounds=() lost_rounds=()

# place_host NAME: its namespace and address, once.
place_host() {
  local name=$1 number=$((11 + ${#address[@]}))
  [[ -z ${address[$name]:-} ]] || return 0
  if [[ $fleet == ports ]]; then
    free_port
    # shellcheck disable=SC2154
    address[$name]=127.0.0.1:$port
  else
    ip netns add "$name"
    ip link add "to-$name" type veth peer name eth0 netns "$name"
    ip link set "to-$name" master hosts up
    ip -n "$name" addr add "10.77.0.$number/24" dev eth0
    ip -n "$name" link set lo up
    ip -n "$name" link set eth0 up
    address[$name]=10.77.0.$number:9464
    export no_proxy=$no_proxy,10.77.0.$number
    export NO_PROXY=$no_proxy
  fi
  # shellcheck disable=SC2154
  host_socket[$name]=$work/$name.sock
}

# start_host NAME ARGUMENT...: its daemon, and waits until it answers on the host's address. Sets
# host_pid[NAME]; a daemon starts with no rounds, those before it are lost_rounds. lib.sh's send, scrape and json speak to the host that was started last.
start_host() {
  local name=$1
  shift
  place_host "$name"
  socket=${host_socket[$name]}
  url=http://${address[$name]}
  # shellcheck disable=SC2034
  launcher=()
  [[ $fleet == ports ]] || launcher=(ip netns exec "$name")
  launch_daemon --socket "$socket" --metrics-listen "${address[$name]}" "$@"
  # shellcheck disable=SC2034,SC2154
  host_pid[$name]=$daemon_pid
  lost_rounds[$name]=$((${lost_rounds[$name]:-0} + ${rounds[$name]:-0}))
  rounds[$name]=0
  # shellcheck disable=SC2034
  launcher=()
  wait_for is_ready || fail "$name was not ready"
}

# three_hosts "$@": hosts of its own, north, south and west, with the catalogs of imgforge and inference
# (hosts and catalogs are set to these), each with a load of its own, of which one round was sent; lists them.
three_hosts() {
  local host
  own_hosts "$@"
  # shellcheck disable=SC2154
  say "hosts are $fleet"
  hosts=(north south west)
  # shellcheck disable=SC2154
  catalogs=(--catalog "$root/packaging/catalogs/imgforge.json" --catalog "$root/packaging/catalogs/inference.json")
  for host in "${hosts[@]}"; do
    start_host "$host" "${catalogs[@]}"
  done
  make_load north 7 1
  make_load south 1007 3
  make_load west 2007 8
  send_round "${hosts[@]}"
  list_hosts "${hosts[@]}"
}

# speak_to NAME: send, scrape, json and expect_metric are about this host from now on.
speak_to() {
  socket=${host_socket[$1]}
  # shellcheck disable=SC2034
  url=http://${address[$1]}
}

# ---- the load ----

# make_load NAME SEED SCALE: $work/NAME.load, one datagram in the services imgforge and inference: SCALE
# hundred requests (at most ten, a line is short), of a mix that depends on the seed, with durations that no two
# hosts have alike.
make_load() {
  awk -v seed="$2" -v scale="$3" '
    function random() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
    function durations(name, labels, count, mean, i, packed) {
      for (i = 0; i < count; i++) packed = packed sprintf(":%.4f", -mean * log(1 - random()) + 0.00005)
      printf "%s%s|h|#%s\n", name, packed, labels
    }
    function count(name, labels, n) { printf "%s:%d|c|#%s\n", name, n, labels }
    BEGIN {
      count("status_codes_total", "status:200", 100 * scale)
      count("status_codes_total", "status:404", 1 + int(20 * random()))
      count("status_codes_total", "status:502", 1 + int(9 * random()))
      count("cache_hits_total", "cache_type:memory", 1 + int(80 * random() * scale))
      count("cache_misses_total", "cache_type:memory", 1 + int(30 * random() * scale))
      count("processed_images_total", "format:webp", 40 * scale)
      durations("image_processing_duration_seconds", "format:jpeg", 60 * scale, 0.08 + 0.3 * random())
      durations("image_processing_duration_seconds", "format:webp", 40 * scale, 0.3 + random())
      durations("source_image_fetch_duration_seconds", "", 50 * scale, 0.02 + 0.1 * random())
      count("job_queue_depth", "model:m,version:v1", 1 + int(50 * random()))
    }' | sed 's/|#$//' >"$work/$1.load"
}

# send_round NAME...: one round of its load to each.
send_round() {
  local name
  for name in "$@"; do
    socat -u -b 65536 - "UNIX-SENDTO:${host_socket[$name]}" <"$work/$name.load"
    rounds[$name]=$((rounds[$name] + 1))
  done
}

# truth WHAT FAMILY LABEL WEIGHT NAME ...: what one round of each named host, times its weight, comes to,
# from the lines that were sent; LABEL may be empty. WHAT is sum (of counters), count (of observations),
# total (sum of observations), or a quantile, which is read off the catalog's buckets as
# histogram_quantile is defined: linear within the bucket that holds it, from 0 in the first.
truth() {
  local what=$1 family=$2 label=$3 operands=()
  shift 3
  while (($# > 1)); do
    operands+=("weight=$1" "$work/$2.load")
    shift 2
  done
  # shellcheck disable=SC2154
  [[ -s $work/bounds ]] || jq -r '.families | to_entries[] | select(.value.buckets) |
    [.key, .value.buckets[]] | map(tostring) | join("|")' "$root/packaging/catalogs/imgforge.json" >"$work/bounds"
  awk -F'|' -v what="$what" -v family="$family" -v label="$label" '
    FNR == NR { if ($1 == family) { last = NF - 1; for (i = 1; i <= last; i++) bound[i] = $(i + 1) } next }
    { n = split($1, value, ":")
      if (value[1] != family || (label != "" && index("," substr($3, 2) ",", "," label ",") == 0)) next
      for (i = 2; i <= n; i++) {
        sum += weight * value[i]
        count += weight
        for (b = 1; b <= last && value[i] + 0 > bound[b] + 0; b++) continue
        inside[b] += weight
      } }
    END {
      if (what == "sum" || what == "total") { printf "%.17g\n", sum; exit }
      if (what == "count") { printf "%.17g\n", count; exit }
      rank = what * count
      for (b = 1; b <= last && below + inside[b] < rank; b++) below += inside[b]
      lower = b > 1 ? bound[b - 1] : 0
      printf "%.17g\n", (b > last) ? bound[last] : lower + (bound[b] - lower) * (rank - below) / inside[b]
    }' "$work/bounds" "${operands[@]}"
}

# ---- asking the server that scrapes them ----

# list_hosts NAME...: the file that file_sd_configs reads, $work/hosts.json: a target each, with its name
# as the label host.
list_hosts() {
  local name
  for name in "$@"; do
    jq -n --arg a "${address[$name]}" --arg h "$name" '{targets: [$a], labels: {host: $h}}'
  done | jq -s . >"$work/hosts.new"
  mv "$work/hosts.new" "$work/hosts.json"
}

# ask EXPRESSION [TIME]: the result of $server, as JSON; an error for a query that it refuses.
ask() {
  # shellcheck disable=SC2154
  curl -sS --max-time 5 "$server/api/v1/query" --data-urlencode "query=$1" ${2:+--data-urlencode "time=$2"} |
    jq -c 'if .status == "success" then .data.result else error(.error) end'
}

# answer EXPRESSION [TIME]: the value of a result of one series; "absent" for none, "several" for more.
answer() {
  ask "$@" | jq -r 'if length > 1 then "several" else .[0].value[1] // "absent" end'
}

# close NUMBER NUMBER: equal but for the rounding of some additions; words are compared as words.
close() {
  same "$1" "$2" || awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a == a + 0 && d <= 1e-9 * b) }'
}
answer_is() {
  last=$(answer "$1" 2>&1) && close "$last" "$2"
}

# expect_answer EXPRESSION VALUE:.
expect_answer() {
  wait_for answer_is "$1" "$2" || fail "$1 is '$last', expected '$2'"
}

# rounds_of NAME...: operands of truth, a line each: every host with the rounds that were sent to it since
# its daemon started.
rounds_of() {
  local name
  for name in "$@"; do
    printf '%s\n' "${rounds[$name]}" "$name"
  done
}

# whole_window MOMENT WINDOW: looks at each host's samples in the WINDOW seconds up to that time. True when they
# cover it to both ends and rounds arrived within, so that a rate over it is the increase divided by the time
# from its first sample to its last. Sets rise, operands of truth: each host with the rounds that arrived in the
# window, divided by that time. A host that restarted within it had more rounds before than it has now.
whole_window() {
  local moment=$1 window=$2 samples name span seen covered
  samples=$(ask "status_codes_total{status=\"200\"}[${window}s]" "$moment" 2>/dev/null) || return 1
  rise=()
  while read -r name span seen covered; do
    [[ $covered == true ]] || return 1
    rise+=("$(awk -v sent="$((rounds[$name] + ${lost_rounds[$name]:-0}))" -v seen="$seen" -v one="$(truth sum status_codes_total status:200 1 "$name")" \
      -v span="$span" 'BEGIN { printf "%.17g", (sent - seen / one) / span }')" "$name")
    [[ ${rise[-2]} != 0 ]] || return 1
  done < <(jq -r --argjson window "$window" --argjson moment "$moment" '.[] | select(.values | length > 1) |
    (.values | map(.[0])) as $t | ($t[-1] - $t[0] | . * 1000 | round / 1000) as $span | (1.1 * $span / ($t | length - 1)) as $gap |
    [.metric.host, $span, .values[0][1], ($t[0] - ($moment - $window) < $gap and $moment - $t[-1] < $gap)] | @tsv' <<<"$samples")
  ((${#rise[@]} > 0))
}
