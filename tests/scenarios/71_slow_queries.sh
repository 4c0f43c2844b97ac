#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Queries that wait for a lock delay no others: of nine tables all but one are locked, and the
# rows of that one are in every scrape, over a database with its usual connections and over one whose
# role may have one connection only. What is absent has statgate_query_up 0.
#
# With STATGATE_TEST_LONG=1: each of the nine in turn, 20 scrapes each, and two of them with scrapes
# of 5 and of 10 s.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"

tables=9
start_postgres
sql "CREATE ROLE single LOGIN CONNECTION LIMIT 1; GRANT pg_read_all_data TO single;
     $(for ((i = 0; i < tables; i++)); do echo "CREATE TABLE t$i (id int); INSERT INTO t$i SELECT generate_series(1, $i + 1);"; done)"
service many "host=$pg" dbname=postgres user=statgate
service one "host=$pg" dbname=postgres user=single
for name in many one; do
  jq -n --arg name "$name" --argjson tables "$tables" '
    {statgate: 1, service: $name, databases: {main: {conninfo: "service=\($name)"}},
     families: ([range($tables) | {"\($name)_t\(.)": {type: "gauge", help: "Rows of a table."}}] | add),
     queries: [range($tables) | {sql: "SELECT count(*) AS n FROM t\(.)", values: {"\($name)_t\(.)": "n"}}]}' \
    >"$work/$name.json"
done
start_daemon --catalog "$work/many.json" --catalog "$work/one.json"

# scrape_within SECONDS: both services and the daemon's own metrics, in one exposition for a client that waits so long,
# to $work/scraped.
scrape_within() {
  curl -fsS --max-time "$hang_s" -o "$work/scraped" -H "X-Prometheus-Scrape-Timeout-Seconds: $1" \
    -H 'Accept: text/plain;version=0.0.4' "$url/metrics" || fail "no exposition"
}
all_good() {
  scrape_within 10
  [[ $(grep -cE '^statgate_query_up\{.*\} 1$' "$work/scraped") == $((2 * tables)) ]]
}

# shown NAME: how many of the service's families are there. A family is there, with the rows of now,
# exactly when its query is up.
shown() {
  awk -v name="$1" -v tables="$tables" '
    { value[$1] = $2 }
    END {
      for (i = 0; i < tables; i++) {
        family = name "_t" i
        up = value["statgate_query_up{query=\"" family "\"}"]
        if ((family in value) ? up != 1 || value[family] != i + 1 : up != 0) {
          print family " is \x27" value[family] "\x27, its query_up " up
          exit
        }
        shown += family in value
      }
      print shown + 0
    }' "$work/scraped"
}

# choose TABLE SECONDS SCRAPES: all but this table are locked.
choose() {
  local i n locked=() first=0
  wait_for all_good || fail "not all queries are good without locks: $(grep '^statgate_query_up' "$work/scraped")"
  for ((i = 0; i < tables; i++)); do
    ((i == $1)) || locked+=("t$i")
  done
  lock_tables "${locked[@]}"
  for ((n = 1; n <= $3; n++)); do
    scrape_within "$2"
    expect_eq "families of many in scrape $n, with t$1 free" "$(shown many)" 1
    expect_eq "many_t$1, which is free, in scrape $n" "$(sample "many_t$1" <"$work/scraped")" $(($1 + 1))
    # One connection has time for all nine in the first scrape, unless the machine is very busy; from
    # then on it is known which of them wait.
    if ((n == 1)); then
      [[ $(shown one) == 1 ]] && first=1
      [[ $(shown one) == [01] ]] || fail "families of one in scrape 1: $(shown one)"
      continue
    fi
    expect_eq "families of one in scrape $n, with t$1 free" "$(shown one)" 1
    expect_eq "one_t$1, which is free, in scrape $n" "$(sample "one_t$1" <"$work/scraped")" $(($1 + 1))
  done
  unlock_tables
  say "t$1 free, $2 s: in $3 of $3 scrapes; over one connection in $((first + $3 - 1))"
}

if [[ -n $long ]]; then
  for ((t = 0; t < tables; t++)); do
    choose "$t" 2 20
  done
  choose 0 5 20
  choose $((tables - 1)) 10 20
else
  choose 0 2 2
  choose $((tables - 1)) 2 3
fi

expect_eq "connections of a role that may have one" "$(json /debug/queries '.databases[] | select(.service == "one") | .connected')" 1
expect_contains "why there are no more" "$(json /debug/queries '.databases[] | select(.service == "one") | .message')" "too many connections"
expect_eq "queries that failed for want of a connection" "$(json /debug/queries '[.queries[].errors | .connect + .connection_lost] | add')" 0
connected=$(json /debug/queries '.databases[] | select(.service == "many") | .connected')
((connected == 8)) || fail "$connected connections, though nine queries waited"
say "$(scrape /metrics/statgate | grep -E '^statgate_slow_callbacks_total')"
stop_daemon
