#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# HTTP from outside: access, pages and formats; TCP, a Unix socket, no listener.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

catalog=$scenarios/catalogs/basic.json
# shellcheck disable=SC2034
om='application/openmetrics-text; version=1.0.0; charset=utf-8'
# shellcheck disable=SC2034
om_utf8="$om; escaping=allow-utf-8"
text='text/plain; version=0.0.4; charset=utf-8'

# answer PATH [CURL ARGUMENT...]: sets code, headers (lower-case names, no CR) and the body's file
answer() {
  local path=$1
  shift
  code=$(curl -sS --max-time 10 -o "$work/body" -D "$work/headers" -w '%{http_code}' "$@" "$url$path")
  headers=$(tr -d '\r' <"$work/headers" | sed -E 's/^([A-Za-z-]+):/\L\1:/')
}
header() {
  sed -n "s/^$1: //p" <<<"$headers"
}
expect_answer() { # CODE PATH [CURL ARGUMENT...]
  local expected=$1
  shift
  answer "$@"
  expect_eq "status of $*" "$code" "$expected"
}

# How many TCP sockets the daemon listens on.
tcp_listeners() {
  find "/proc/$daemon_pid/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n' |
    grep -cxFf - <(awk '$4 == "0A" { print $10 }' /proc/net/tcp /proc/net/tcp6) || true
}

start_daemon --catalog "$catalog"
expect_eq "listening TCP sockets" "$(tcp_listeners)" 1
send 'shop_visits_total:3|c'
expect_metric shop_visits_total 3

# ---- negotiation: what real scrapers ask for ----
while IFS='|' read -r accept expected; do
  expect_answer 200 /metrics -H "Accept: $accept"
  expect_eq "Content-Type for '$accept'" "$(header content-type)" "${!expected}"
  [[ $expected != om* || $(tail -n 1 "$work/body") == '# EOF' ]] || fail "no # EOF at the end"
done <<'CASES'
application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1|om
application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2|om_utf8
text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5|text
application/openmetrics-text;version=1.0.0;q=0,text/plain|text
text/html,application/xhtml+xml,*/*;q=0.8|text
application/json|text
*/*|text
;;;,,q=|text
CASES
expect_answer 200 /metrics -H 'Accept:'
expect_eq "Content-Type without Accept" "$(header content-type)" "$text"
[[ ${headers,,} == *vary*accept* ]] || fail "no Vary: $headers"
length=$(header content-length)
expect_answer 200 /metrics -I
raw=$(printf 'HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' |
  timeout 5 socat -t 5 - "TCP:127.0.0.1:$port" | tr -d '\r' | sed -n '1,/^$/d;p')
expect_eq "HEAD's body" "$raw" ''
expect_eq "HEAD's Content-Type" "$(header content-type)" "$text"
[[ -n $length || -n $(header transfer-encoding) ]] || fail "GET has neither length nor chunks: $headers"

expect_answer 200 /metrics/shop -H 'Accept-Encoding: gzip'
expect_eq "Content-Encoding" "$(header content-encoding)" gzip
expect_eq "the unpacked body" "$(gzip -dc <"$work/body" | sha256sum)" "$(scrape /metrics/shop | sha256sum)"
expect_answer 200 /metrics/shop -H 'Accept-Encoding: gzip;q=0, identity'
expect_eq "Content-Encoding with gzip;q=0" "$(header content-encoding)" ''

# ---- missing pages and refused methods ----
expect_answer 404 /metrics/nobody
expect_answer 404 /nothing
expect_answer 404 /metricsx
expect_answer 404 '/debug/../etc/passwd' --path-as-is
expect_answer 404 /debug/series/x
for method in POST PUT DELETE PATCH OPTIONS; do
  expect_answer 405 /metrics -X "$method"
  expect_eq "Allow" "$(header allow)" 'GET, HEAD'
done
expect_answer 405 /metrics -d 'a=b'
for query in 'limit=0' 'limit=-1' 'limit=many' 'after=%00' 'after=junk' 'service=%zz' 'limt=5'; do
  expect_answer 400 "/debug/series?$query"
  [[ -s $work/body ]] || fail "400 for $query says nothing"
done
expect_answer 200 '/debug/series?limit=1'
next=$(jq -r .next "$work/body")
[[ $next != null ]] || fail "no next page after one series"
expect_answer 200 "/debug/series?limit=1&after=$(jq -rn --arg next "$next" '$next | @uri')"
jq -e . "$work/body" >/dev/null || fail "the second page is no JSON"
for view in /debug /debug/series /debug/rejections /debug/senders /debug/catalog /debug/ingress; do
  expect_answer 200 "$view"
  jq -e . "$work/body" >/dev/null || fail "$view is no JSON"
  [[ $(header content-type) == application/json* ]] || fail "$view: Content-Type $(header content-type)"
done
expect_answer 200 '/?line=shop_visits_total:x%7Cc' -H 'Accept: text/html'
expect_answer 200 / -H 'Accept: text/html'
[[ $(header content-type) == text/html* ]] || fail "/: Content-Type $(header content-type)"
expect_answer 200 /
[[ $(header content-type) == text/plain* ]] || fail "/ for curl: Content-Type $(header content-type)"
expect_contains "/ for curl" "$(cat "$work/body")" "127.0.0.1:$port/metrics  shop, statgate"
expect_answer 200 /healthz
# What is not HTTP ends in an error or a closed connection, and harms nobody.
for junk in $'\0\0\0\0' 'GET' $'GET / HTTP/9.9\r\n\r\n' $'\r\n\r\n\r\n' "GET /$(printf 'a%.0s' {1..20000}) HTTP/1.1"; do
  printf '%s\r\n\r\n' "$junk" | timeout 5 socat -T 2 - "TCP:127.0.0.1:$port" >/dev/null 2>&1 || true
done
expect_answer 200 /metrics
stop_daemon

# ---- a token covers everything but the two probes ----
printf 's3cret-token\n' >"$work/token"
chmod 600 "$work/token"
free_port
socket=$work/token.sock
url=http://127.0.0.1:$port
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port" --bearer-token-file "$work/token"
wait_for is_ready || fail "not ready with a token"
for path in /metrics /metrics/shop /debug/series / /nothing; do
  expect_answer 401 "$path"
  expect_eq "WWW-Authenticate of $path" "$(header www-authenticate | cut -d' ' -f1 | head -n 1)" Bearer
  expect_answer 401 "$path" -H 'Authorization: Bearer s3cret-toke'
  expect_answer 401 "$path" -H 'Authorization: Bearer s3cret-token2'
  expect_answer 401 "$path" -H 'Authorization: Basic czNjcmV0LXRva2Vu'
done
expect_answer 200 /metrics -H 'Authorization: Bearer s3cret-token'
expect_answer 200 /debug -H 'authorization: bearer s3cret-token'
expect_answer 200 /debug -u anybody:s3cret-token
expect_answer 401 /metrics -u anybody:s3cret-token
expect_answer 200 /healthz
expect_answer 200 /readyz
! grep -q s3cret "$log" || fail "the token is in the log"
! tr '\0' ' ' <"/proc/$daemon_pid/cmdline" | grep -q s3cret || fail "the token is on the command line"
stop_daemon

# ---- who may look ----
printf 'l00k-token\n' >"$work/look"
chmod 600 "$work/look"
free_port
url=http://127.0.0.1:$port
launch_daemon --catalog "$catalog" --socket "$work/look.sock" --metrics-listen "127.0.0.1:$port" \
  --bearer-token-file "$work/token" --debug-token-file "$work/look" --debug-hosts 'stats.example,.lan'
wait_for is_ready || fail "not ready with two tokens"
expect_answer 401 /debug -H 'Authorization: Bearer s3cret-token'
expect_answer 401 /metrics -H 'Authorization: Bearer l00k-token'
expect_answer 200 /metrics -H 'Authorization: Bearer s3cret-token' -H 'Host: any.example'
for name in "127.0.0.1:$port" '[::1]' localhost "$(hostname)" STATS.example. "box.lan:$port"; do
  expect_answer 200 /debug/series -u :l00k-token -H "Host: $name"
done
for name in evil.example localhost.evil.example example lan '127.0.0.1@evil.example'; do
  expect_answer 421 / -u :l00k-token -H "Host: $name"
  expect_contains "421 for $name" "$(cat "$work/body")" "\"$name\" in Host is not known"
done
expect_eq "policy of a refusal" "$(header content-security-policy | cut -d';' -f1)" "default-src 'none'"
stop_daemon

# ---- other hosts reach it, and nobody needs a token ----
free_port
url=http://127.0.0.1:$port
launch_daemon --catalog "$catalog" --socket "$work/open.sock" --metrics-listen "0.0.0.0:$port"
wait_for is_ready || fail "not ready for other hosts"
expect_contains "warning" "$(cat "$log")" "other hosts may read /debug on 0.0.0.0:$port"
printf 'secret_name:1|c\nshop_visits_total:1|c|#secret_label:x' | socat -u - "UNIX-SENDTO:$work/open.sock"
expect_answer 200 /debug/rejections
expect_eq "rejections" "$(jq .total "$work/body")" 2
expect_eq "their lines" "$(jq -c '[.recent[].line]' "$work/body")" '[null,null]'
! grep -q secret "$work/body" || fail "a text of a sender is shown to everybody"
stop_daemon

# ---- another path, debugging at an address of its own ----
free_port
debug_port=$port
free_port
url=http://127.0.0.1:$debug_port
launch_daemon --catalog "$catalog" --socket "$work/split.sock" --metrics-listen "127.0.0.1:$port" \
  --metrics-path /custom/m --debug-listen "127.0.0.1:$debug_port"
wait_for is_ready || fail "not ready with two listeners"
expect_answer 200 /debug/series
expect_answer 404 /custom/m
url=http://127.0.0.1:$port
expect_answer 200 /custom/m
expect_answer 200 /custom/m/shop
expect_answer 404 /metrics
expect_answer 404 /debug/series
expect_contains "404 where /debug is elsewhere" "$(cat "$work/body")" '/debug is at the address of debug_listen'
stop_daemon

# ---- a Unix socket, and none at all ----
url=http://localhost
launch_daemon --catalog "$catalog" --socket "$work/unix.sock" --metrics-listen "unix:$work/http.sock"
is_served() { curl -fsS -o /dev/null --max-time 2 --unix-socket "$work/http.sock" "$url/readyz" 2>/dev/null; }
wait_for is_served || fail "not served on a Unix socket"
expect_answer 200 /metrics --unix-socket "$work/http.sock"
stop_daemon
[[ ! -e $work/http.sock ]] || fail "the HTTP socket is still there after a clean end"

launch_daemon --catalog "$catalog" --socket "$work/none.sock" --metrics-listen ''
wait_for test -S "$work/none.sock" || fail "no socket without a listener"
printf 'shop_visits_total:1|c' | socat -u - "UNIX-SENDTO:$work/none.sock"
expect_eq "listening TCP sockets with an empty address" "$(tcp_listeners)" 0
stop_daemon
