#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The command from outside: its output agrees with the daemon and with promtool; and what is
# installed besides the programs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

catalog=$scenarios/catalogs/basic.json

# run CODE ARGUMENT...: statgate, with this exit code; output in $work/out and $work/err.
run() {
  local code=$1 status=0
  shift
  "$statgate" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  expect_eq "exit code of statgate $* (it said: $(head -c 1000 "$work/err"))" "$status" "$code"
}

# ---- check ----
run 0 check "$catalog"
expect_contains "the table" "$(cat "$work/out")" 'shop_orders_total'
run 0 check --json "$catalog" "$root/packaging/catalogs"
bound=$(jq .total.bound "$work/out")
expect_eq "ok" "$(jq .ok "$work/out")" true
expect_eq "the bound is the sum of the families'" \
  "$(jq '[.services[].families[].bound] | add' "$work/out")" "$bound"
expect_eq "services" "$(jq -r '[.services[].service] | join(" ")' "$work/out")" \
  'connaisseur demo gallery-api gallery-microservices gallery-ml imgforge imgsrv inference shop statgate'
STATGATE_CATALOG=$catalog run 0 check
run 2 check --catalog "$catalog" "$catalog"
run 2 check "$work/none.json" "$catalog"
[[ ! -s $work/out ]] || fail "a refused set has a table"
run 2 check --json "$work/none.json"
expect_eq "errors in JSON" "$(jq -c '[.ok, (.errors | length), .services]' "$work/out")" '[false,1,[]]'

# The README's catalog is one, and a bound is as it says.
awk '/^```json$/ { take = 1; next } /^```/ { take = 0 } take' "$root/README.md" >"$work/readme.json"
run 0 check --json "$work/readme.json"
expect_eq "the README's example" \
  "$(jq '.services[].families[] | select(.name == "shop_requests_total").bound' "$work/out")" 500

# Its first program compiles as it says, and is received.
awk '/^```c$/ { on = ++n == 1; next } /^```/ { on = 0 } on' "$root/README.md" >"$work/first.c"
start_daemon --catalog "$root/packaging/catalogs/demo.json"
"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I "$root/client" -o "$work/first" "$work/first.c" || fail "the README's program does not compile"
STATGATE_SOCKET=$socket "$work/first"
expect_metric 'demo_requests_total{outcome="ok"}' 1
expect_metric 'demo_request_duration_seconds_count{outcome="ok"}' 1
stop_daemon

# The daemon counts alike.
start_daemon --catalog "$catalog" --catalog "$root/packaging/catalogs"
scrape >"$work/of_itself"
pages="/metrics /metrics/SERVICE /healthz /readyz $(json /debug '.views[].path')"
grep -q "at most $bound series" "$log" || fail "statgated does not count $bound series: $(cat "$log")"
stop_daemon

# ---- explain: the same verdicts as the daemon's, line by line ----
# expect_agreement CATALOG: of the lines in $work/lines; leaves the daemon running. With a second word
# a process of this name sends them, and lives on.
expect_agreement() {
  local status=0 total explained
  "$statgate" explain --catalog "$1" --json - <"$work/lines" >"$work/explained" || status=$?
  expect_eq "exit code of explain with rejected lines" "$status" 1
  expect_eq "objects" "$(jq -s length "$work/explained")" "$(wc -l <"$work/lines" | tr -d ' ')"
  start_daemon --catalog "$1"
  if (($# > 1)); then
    start_sender "$2"
    send_as "$2" "$(cat "$work/lines")"
  else
    "$statgate" send --socket "$socket" --raw --quiet - <"$work/lines" >"$work/out" 2>&1 ||
      fail "send --raw: $(cat "$work/out")"
    [[ ! -s $work/out ]] || fail "quiet is not quiet: $(cat "$work/out")"
  fi
  total='[.accepted, .folded, .rejected, .ignored] | tojson'
  explained=$(jq -s "map(.samples) | {accepted: (map(.accepted) | add), folded: (map(.folded) | add),
    rejected: (map(.rejected) | add), ignored: (map(.ignored) | add)} | $total" "$work/explained")
  expect_json /debug/senders ".total | $total" "$(jq -r . <<<"$explained")"
  # Reasons of whole lines; bad values of packed ones are identified by their number.
  expect_json /debug/rejections '.by_reason | with_entries(select(.value > 0)) | to_entries | sort_by(.key)
    | map("\(.key)=\(.value)") | join(" ")' "$(jq -rs '
    [.[] | {reason: (if .verdict == "rejected" then .reason else "bad_value" end), n: .samples.rejected}
     | select(.n > 0)] | group_by(.reason) | map("\(.[0].reason)=\(map(.n) | add)") | join(" ")' "$work/explained")"
  expect_sums
}
cat >"$work/lines" <<'LINES'
shop_visits_total:1|c
shop_visits_total:1:x:-2|c|@0.5
shop_visits_total:1|g
shop_orders_total:1|c|#outcome:ok,env:a,host:b
shop_orders_total:1|c|#outcome:ok,env:a
shop_orders_total:1|c|#outcome:lost
shop_orders_total:1|c
shop_orders_total:1|c|#outcome:ok,outcome:ok
shop_basket_items:7|g|#shop:west
shop_basket_items:7|g|#shop
shop_customers:-3|c
shop_checkout_duration_seconds:20|ms|#till:2
shop_checkout_duration_seconds:-20|h|#till:2
shop_visit_total:1|c
shop_visits_total:1|c|@0
broken
_e{1,1}:a|b
_sc|up|0
datadog.dogstatsd.client.metrics:3|c
LINES
expect_agreement "$catalog"
while IFS= read -r line; do
  [[ $line == shop_checkout* ]] || metric_is "${line% *}" "${line##* }" ||
    fail "explain shows $line, the daemon $last"
done < <(jq -rs '[.[].exposed[]] | map({key: (. | sub(" [^ ]*$"; "")), value: .}) | from_entries | .[]' "$work/explained")

# ---- send ----
STATGATE_SOCKET=$socket run 0 send 'shop_visits_total:1|c' 'shop_visits_total:2:3|c'
expect_eq "what was sent" "$(cat "$work/out")" "sent 2 lines (3 samples) in 1 datagram to $socket"
before=$(json /debug/senders .total.samples)
run 2 send --socket "$socket" 'shop_visits_total:1|c' 'nonsense'
expect_contains "the place" "$(cat "$work/err")" '        ^'
expect_eq "samples after a refused line" "$(json /debug/senders .total.samples)" "$before"
seq 5000 | sed 's/.*/shop_visits_total:1|c/' | "$statgate" send --socket "$socket" - >"$work/out"
expect_contains "five thousand lines" "$(cat "$work/out")" 'sent 5000 lines (5000 samples)'
expect_json /debug/senders .total.samples $((before + 5000))
expect_sums
stop_daemon
run 1 send --socket "$socket" 'shop_visits_total:1|c'
expect_contains "no daemon" "$(cat "$work/err")" "$socket: no socket there"
if [[ ! -e /run/statgate/statgate.sock ]]; then
  XDG_RUNTIME_DIR=$work/no run 1 send 'shop_visits_total:1|c'
  for place in /run/statgate/statgate.sock "$work/no/statgate.sock" "/tmp/statgate-$UID/statgate.sock"; do
    expect_contains "the places that were tried" "$(cat "$work/err")" "  $place: "
  done
fi

# ---- output that nobody takes ----
"$statgate" check "$root/packaging/catalogs/imgforge.json" 2>"$work/err" | head -n 1 >/dev/null
[[ ! -s $work/err ]] || fail "a closed pipe makes it say $(cat "$work/err")"
status=0
"$statgate" check "$catalog" >/dev/full 2>&1 || status=$?
expect_eq "exit code with a full disk" "$status" 1

# ---- the same for what belongs to a process, attempts and jobs, until that process ends ----
cat >"$work/machines.json" <<'JSON'
{"statgate": 1, "service": "machines",
 "families": {
  "m_mode": {"type": "stateset", "help": "x.", "labels": {"m_mode": ["on", "off"]}},
  "m_active": {"type": "updowncounter", "owner": "process", "floor": 0, "help": "x."},
  "m_info": {"type": "info", "help": "x.", "labels": {"version": {"pattern": "semver", "max": 3}}},
  "m_gc_seconds": {"type": "summary", "reading": "absolute", "quantiles": [0.5, 1], "help": "x."},
  "m_ticks_total": {"type": "counter", "reading": "absolute", "help": "x."}},
 "attempts": {
  "m_sync": {"labels": {"target": ["a", "b"]}, "success": ["ok"], "failure": ["error"],
   "breaker": {"open_after": 2, "cooldown_s": 3600}, "expose": ["circuit_state", "circuit_transitions_total"]},
  "m_own": {"success": ["ok"], "failure": ["error"], "breaker": "reported"}},
 "jobs": {"m_job": {"max_live": 2, "names": {"waiting_seconds": null, "running_seconds": null}}}}
JSON
cat >"$work/lines" <<'LINES'
m_mode:1|g|#m_mode:on
m_mode:1|g|#m_mode:of
m_mode:2|g|#m_mode:on
m_active:3:-1|g
m_info:1|g|#version:1.2.3
m_info:2|g|#version:1.2.3
m_gc_seconds:1|g|#quantile:0.7
m_gc_seconds_count:1.5|g
m_gc_seconds_sum:1.5|g
m_ticks_total:5:-1:3|g
m_sync:ok:error|a|#target:a
m_sync:error|a|#target:a
m_sync:open|b|#target:a
m_sync:fine|a|#target:b
m_sync_attempts_total:1|c|#target:a,outcome:ok
m_own:open:open:closed|b
m_job:queued|j|i:1
m_job:queued|j|i:1
m_job:started|j|i:2
m_job:queued|j|i:3
m_job:queued|j
m_job:canceled|j|i:1
m_job:canceled:lost|j|i:1
LINES
expect_agreement "$work/machines.json" writer
while IFS= read -r line; do
  metric_is "${line% *}" "${line##* }" || fail "explain shows $line, the daemon $last"
done < <(jq -rs '[.[].exposed[] | select(test("^m_.*_(timestamp|age)_seconds") | not)]
  | map({key: (. | sub(" [^ ]*$"; "")), value: .}) | from_entries | .[]' "$work/explained")
kill_sender writer
expect_metric m_active 0
expect_metric m_ticks_total 8
expect_metric 'm_info{version="1.2.3"}' absent
expect_metric m_gc_seconds_sum absent
expect_metric 'm_job_finished_total{outcome="lost"}' 1
if command -v promtool >/dev/null; then
  scrape >"$work/metrics"
  promtool check metrics <"$work/metrics" >"$work/promtool" 2>&1 || true
  ! grep '^m_' "$work/promtool" || fail "promtool complains of derived names"
  run 0 check --json "$work/machines.json"
  expect_eq "warnings about derived names" "$(jq -c .warnings "$work/out")" '[]'
fi
stop_daemon

# ---- names: a warning wherever promtool has a complaint, and only there ----
if command -v promtool >/dev/null; then
  names=(a a_s a_ms_x a_sec_total a_minutes a_kilobytes a_kelvins thermometers_read a_kilometers a_b a_B_x
    milliseconds a_bits_x camelCase a_total a_count a_sum a_bucket a_gauge a_counter_x counter_x a_histogram
    gauged a_seconds a_ratio_h a_dd a_bytes_total a_MB)
  summaries=(c_seconds c_count c_bucket c_s)
  for name in "${names[@]}"; do
    printf '# HELP %s x.\n# TYPE %s gauge\n%s{fooBar="1"} 1\n' "$name" "$name" "$name"
  done >"$work/metrics"
  for name in "${summaries[@]}"; do
    printf '# HELP %s x.\n# TYPE %s summary\n%s{quantile="0.5"} 1\n%s_sum 1\n%s_count 1\n' \
      "$name" "$name" "$name" "$name" "$name"
  done >>"$work/metrics"
  promtool check metrics <"$work/metrics" >"$work/promtool" 2>&1 || true
  jq -n '{statgate: 1, service: "names", families:
    ($ARGS.positional | map({(.): (if startswith("c_") then {type: "summary", help: "x.", quantiles: [0.5]}
      else {type: "gauge", help: "x.", labels: {fooBar: ["1"]}} end)}) | add)}' \
    --args "${names[@]}" "${summaries[@]}" >"$work/names.json"
  run 0 check --json "$work/names.json"
  diff -u <(grep -v 'label names' "$work/promtool" | cut -d' ' -f1 | sort | uniq -c) \
    <(jq -r '.warnings[] | select(contains("/labels/") | not) | capture("/families/(?<name>[^:]*):").name' \
      "$work/out" | sort | uniq -c) || fail "promtool complains of other names"
fi

# ---- what is installed ----
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >"$work/install.log" 2>&1 || fail "$(tail "$work/install.log")"
share=$prefix/share
for file in man/man1/statgate.1 man/man5/statgate-catalog.5 man/man8/statgated.8 \
  statgate/catalogs/demo.json statgate/catalogs/catalog.schema.json \
  bash-completion/completions/statgate bash-completion/completions/statgated; do
  [[ -s $share/$file ]] || fail "$file is not installed"
done
"$prefix/sbin/statgated" --version >"$work/out" || fail "the installed daemon has no version"
expect_eq "the installed daemon" "$(head -n 1 "$work/out")" "statgated $("$statgate" version | sed -n 's/^statgate //p')"
grep -qxE 'gzip by (ISA-L|zlib) [0-9.]+' "$work/out" || fail "by what does it compress? $(<"$work/out")"
expect_eq "the installed command" "$("$prefix/bin/statgate" version)" "$("$statgate" --version)"
expect_eq "what was built, in the metrics" "$(sed -n 's/^statgate_build_info{\(.*\)} 1$/\1/p' "$work/of_itself")" \
  "$(sed -nE '1{s/.* (.*)/version="\1"/;h}; s/^commit ([^,]*).*/commit="\1"/p; s/^built with (.*)/features="\1"/p; ${g;p}' "$work/out" | paste -sd,)"
# A cron job loads none of the daemon's libraries.
ldd "$prefix/bin/statgate" | grep -E 'lib(pq|uv|microhttpd|systemd)\.' && fail "statgate loads a library of the daemon"
"$prefix/bin/statgate" check "$share/statgate/catalogs" >/dev/null 2>&1 || fail "the installed catalogs are refused"
for name in connaisseur gallery imgforge imgsrv inference; do
  "$prefix/bin/statgate" check --config "$share/statgate/systems/$name/statgate.json" >"$work/out" 2>&1 ||
    fail "the installed deployment file of $name is refused: $(<"$work/out")"
done
# Links of installed pages lead to installed files.
while IFS=: read -r page link; do
  [[ -e ${page%/*}/${link%%#*} ]] || fail "${page#"$share/"} leads to $link, which is not installed"
done < <(find "$share/statgate" -name '*.md' -exec grep -Eo '\]\([^):#][^):]*\)' {} + | sed 's/](//; s/)$//')
for path in $pages; do
  grep -q "^\.It Pa $path\$" "$share/man/man8/statgated.8" || fail "statgated(8) lacks $path"
done
if command -v mandoc >/dev/null; then
  # Whether other manuals are installed here does not matter.
  mandoc -Tlint "$share"/man/man?/* 2>&1 | grep -v 'mandoc\.db\|referenced manual not found' >"$work/lint" || true
  [[ ! -s $work/lint ]] || fail "mandoc complains: $(cat "$work/lint")"
  for page in $(grep -rho '^\.Xr statgate[a-z-]* [158]' "$share/man" | cut -d' ' -f2,3 | tr ' ' . | sort -u); do
    [[ -e $share/man/man${page##*.}/$page ]] || fail "a manual refers to $page"
  done
fi
# A cell that is too wide for its column slips to the right, under another.
if command -v man >/dev/null && command -v groff >/dev/null; then
  for page in "$share"/man/man?/*; do
    slipped=$(MANWIDTH=80 MANPAGER=cat man -l "$page" 2>/dev/null | col -bx | grep -n '^ \{40,\}[[:alnum:]]') || true
    [[ -z $slipped ]] || fail "${page##*/}: cells that slipped: $slipped"
  done
fi
# The synopsis has every flag that --help lists.
for command in check send run job explain docs gen doctor top tail learn series rejections senders breakers jobs queries events reload forget; do
  synopsis=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$share/man/man1/statgate.1" | sed -n "/^\.Cm $command\$/,/^\.Nm\$/p")
  for flag in $("$statgate" "$command" --help | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do
    [[ $flag == help || $flag == version || $synopsis == *"Fl -$flag"* ]] || fail "the synopsis of statgate $command lacks --$flag"
  done
done

# complete WORD...: what bash would offer for the last word.
complete_words() {
  (
    set +eu
    # shellcheck source=/dev/null
    source "$share/bash-completion/completions/$(basename "$1")"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _statgate "$1"
    echo "${COMPREPLY[*]}"
  )
}
expect_eq "commands" "$(complete_words "$statgate" '')" 'check send run job explain docs gen doctor top tail learn series rejections senders breakers jobs queries events reload forget help version'
expect_eq "a command" "$(complete_words "$statgate" ex)" explain
expect_eq "help" "$(complete_words "$statgate" help se)" 'send series senders'
expect_eq "flags of send" "$(complete_words "$statgate" send --)" '--socket= --raw --check --quiet --help --version'
expect_eq "a flag" "$(complete_words "$statgated" --metrics-l)" '--metrics-listen='
expect_eq "a switch" "$(complete_words "$statgated" --deep)" '--deep-queue'
expect_eq "words behind =" "$(complete_words "$statgated" --log-format '=')" 'console json'
expect_eq "a word behind =" "$(complete_words "$statgated" --log-format '=' js)" json
expect_eq "a word of its own" "$(complete_words "$statgated" --log-level wa)" warn
expect_eq "a switch's words" "$(complete_words "$statgated" --created '=' o)" 'on off'
expect_eq "a file" "$(complete_words "$statgate" check "$work/nam")" "$work/names.json"
expect_eq "a catalog" "$(complete_words "$statgate" docs "$work/nam")" "$work/names.json"
expect_eq "a language" "$(complete_words "$statgate" gen '')" c
expect_eq "the catalog of gen" "$(complete_words "$statgate" gen c "$work/nam")" "$work/names.json"
expect_contains "commands to run" "$(complete_words "$statgate" run --job x -- printen)" printenv
expect_eq "its file" "$(complete_words "$statgate" run --job x -- cat "$work/nam")" "$work/names.json"
expect_eq "a file behind =" "$(complete_words "$statgate" explain --catalog = "$work/nam")" "$work/names.json"
expect_eq "a user" "$(complete_words "$statgate" explain --uid roo)" root
for program in "$statgated" "$statgate check" "$statgate explain" "$statgate reload" "$statgate forget" "$statgate docs" "$statgate gen" "$statgate rejections" "$statgate events"; do
  # shellcheck disable=SC2086
  offered=$(complete_words $program --)
  # shellcheck disable=SC2086
  for flag in $($program --help | grep -o '^  --[a-z-]*'); do
    [[ " $offered" == *" $flag"* ]] || fail "$program: $flag is not offered"
  done
done
