#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A database that does not answer at all, a server that is stopped or a proxy that swallows every byte, holds one
# scrape; from then on all else is there at once, and people are told which database is not waited for. Once it
# answers, the next scrape has its rows.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/postgres.sh"
need_tools python3 jq

start_postgres
pg_port=$(basename "$(echo "$pg"/.s.PGSQL.[0-9]*[0-9])" | sed 's/.*\.//')
free_port
proxy_port=$port
# Between daemon and server; while the file is there, it takes connections and bytes and passes nothing on.
cat >"$work/swallow.py" <<'PY'
import asyncio, os, sys

async def passes(reader, writer):
    while data := await reader.read(65536):
        while os.path.exists(sys.argv[3]):
            await asyncio.sleep(0.02)
        writer.write(data)
        await writer.drain()
    writer.close()

async def connected(reader, writer):
    there, here = await asyncio.open_unix_connection(sys.argv[2])
    await asyncio.gather(passes(reader, here), passes(there, writer), return_exceptions=True)

async def main():
    async with await asyncio.start_server(connected, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()

asyncio.run(main())
PY
helper python3 "$work/swallow.py" "$proxy_port" "$pg/.s.PGSQL.$pg_port" "$work/swallow"
wait_for port_is_taken "$proxy_port" || fail "no proxy"
service direct "host=$pg" dbname=postgres user=statgate
service proxied host=127.0.0.1 "port=$proxy_port" dbname=postgres user=statgate sslmode=disable gssencmode=disable
for name in direct proxied; do
  jq -n --arg name "$name" '
    {statgate: 1, service: $name, databases: {main: {conninfo: "service=\($name)", connections: 2}},
     families: ([range(4) | {"\($name)_q\(.)": {type: "gauge", help: "From a query."}}] | add),
     queries: [range(4) | {sql: "SELECT \(.) AS n", values: {"\($name)_q\(.)": "n"}, timeout_s: 2,
       cache_s: (if . == 3 then 3600 else 0 end)}]}' >"$work/$name.json"
done
jq -n '{statgate: 1, service: "plain", families: {plain_total: {type: "counter", help: "Sent."}}}' >"$work/plain.json"
catalogs=(--catalog "$work/direct.json" --catalog "$work/proxied.json" --catalog "$work/plain.json")
start_daemon "${catalogs[@]}"
send 'plain_total:1|c'

# page_within SECONDS: one scrape of all services, to $work/scraped; sets took, and slow if it took longer.
page_within() {
  took=$(curl -fsS -o "$work/scraped" -w '%{time_total}' --max-time "$hang_s" -H 'X-Prometheus-Scrape-Timeout-Seconds: 10' \
    -H 'Accept: text/plain;version=0.0.4' "$url/metrics")
  slow=$(awk -v took="$took" -v most="$1" 'BEGIN { print (took > most) }')
}
# shown NAME: how many of its four queries have rows.
shown() {
  grep -cE "^$1_q[0-3] [0-3]\$" "$work/scraped" || true
}
# hung NAME OTHER: ten scrapes while that database does not answer.
hung() {
  local i held=0
  for ((i = 0; i < 10; i++)); do
    page_within 5
    held=$((held + slow))
    sample plain_total <"$work/scraped" | grep -qx 1 || fail "plain_total is missing while $1 is silent"
    [[ $(sample "$1_q3" <"$work/scraped") == 3 ]] || fail "rows that are good for an hour are gone: $1_q3"
    ((i == 0)) || expect_eq "families of $1, which is silent" "$(shown "$1")" 1
    ((i == 0)) || expect_eq "statgate_query_up of $1_q0" "$(sample "statgate_query_up{query=\"$1_q0\"}" <"$work/scraped")" 0
    expect_eq "families of $2 beside $1" "$(shown "$2")" 4
    sleep 0.5
  done
  say "$1 is silent: $held of 10 scrapes took more than five seconds"
  [[ $held -le 1 ]] || fail "$held of 10 scrapes waited for $1, which is known to be silent"
}
needs() {
  json /debug/status "[.problems[] | select(.kind == \"query_down\" and .service == \"$1\") | .text] | join(\" \")"
}
has_events() { # SERVICE FILTER
  [[ $(json "/debug/events?kind=query_down&service=$1" "[.events[] | select(.name == \"main\" and ($2))] | length") -ge 1 ]]
}
# told NAME: who looks learns which database it is.
told() {
  grep -qF "database main of $1 does not answer, so its families show nothing and scrapes do not wait for it" "$log" || fail "the log does not say that $1 is silent"
  wait_for has_events "$1" '.over == false and (.text | contains("does not answer"))' || fail "no event"
  expect_contains "problems" "$(needs "$1")" "database main of $1 does not answer, so "
  expect_json /debug/queries ".databases[] | select(.service == \"$1\") | .silent" true
  expect_contains "statgate queries" "$("$statgate" queries --daemon "127.0.0.1:$port")" "not waited for: "
}
answers() {
  [[ $(json /debug/queries ".databases[] | select(.service == \"$1\") | .silent") == false ]]
}
# back NAME: without a scrape, it is found; the next one has all.
back() {
  wait_for answers "$1" || fail "$1 answers, and nobody noticed"
  page_within 10
  expect_eq "families of $1 in the scrape after it was found" "$(shown "$1")" 4
  grep -qF "database main of $1 answers again" "$log" || fail "the log does not say that $1 answers"
  wait_for has_events "$1" '.over' || fail "the event goes on"
  expect_eq "problems" "$(needs "$1")" ""
}
sessions() {
  sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'statgate'"
}

page_within 10
expect_eq "families of direct" "$(shown direct)" 4
expect_eq "families of proxied" "$(shown proxied)" 4

# ---- a proxy that swallows: connecting works as far as the proxy ----
touch "$work/swallow"
hung proxied direct
told proxied
rm "$work/swallow"
back proxied

# ---- the server is stopped, for both; one of them is looked at ----
mapfile -t server < <(postmaster=$(head -n 1 "$pg/data/postmaster.pid"); echo "$postmaster"; children_of "$postmaster")
kill -STOP "${server[@]}"
page_within 1
page_within 1
held=0
for ((i = 0; i < 10; i++)); do
  page_within 1
  held=$((held + slow))
  expect_eq "plain_total" "$(sample plain_total <"$work/scraped")" 1
  expect_eq "cached rows" "$(shown direct) $(shown proxied)" "1 1"
  sleep 0.3
done
say "the server is stopped: $held of 10 scrapes took more than a second"
[[ $held == 0 ]] || fail "$held scrapes waited"
told direct

# A reload meanwhile is taken, and the new daemon knows which databases are not waited for.
begin_reload "$daemon_pid"
end_reload taken "while databases are silent"
daemon_pid=$(sed -n 's/.*\[reload\] process \([0-9]*\) took over.*/\1/p' "$log" | tail -n 1)
daemons+=("$daemon_pid")
expect_json /debug/queries '[.databases[] | select(.silent)] | length' 2
for ((i = 0; i < 5; i++)); do
  page_within 2
  [[ $slow == 0 ]] || fail "a scrape of the new daemon took $took s"
  expect_eq "plain_total after the reload" "$(sample plain_total <"$work/scraped")" 1
done
silent() {
  json /debug/queries '[.databases[] | select(.silent) | .service] | join(" ")'
}
kill -KILL "$daemon_pid"
expect_metric 'statgate_restarts_total{cause="crash"}' 1
expect_eq "silent after a crash" "$(silent)" "direct proxied"
page_within 2
[[ $slow == 0 ]] || fail "the first scrape after a crash took $took s"
daemon_pid=$(daemon_of "$supervisor_pid")
# With another connection string it may be another database.
jq '.databases.main.conninfo += " application_name=elsewhere"' "$work/direct.json" >"$work/changed" && mv "$work/changed" "$work/direct.json"
begin_reload "$daemon_pid"
end_reload taken "with another connection string"
expect_eq "silent with another connection string" "$(silent)" "proxied"
page_within 10
expect_eq "plain_total, behind a database that is asked" "$(sample plain_total <"$work/scraped")" 1
daemon_pid=$(daemon_of "$supervisor_pid")
daemons+=("$daemon_pid")
kill -CONT "${server[@]}"
back direct
wait_for answers proxied || fail "proxied answers, and nobody noticed"
page_within 10
expect_eq "families" "$(shown direct) $(shown proxied)" "4 4"
few_sessions() { [[ $(sessions) -le 4 ]]; }
wait_for few_sessions || fail "$(sessions) sessions are left of attempts and probes"
kill -TERM "$daemon_pid"
wait_for is_gone "$daemon_pid" || fail "the daemon does not end"
