#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A compressed page above 10 MB: curl, wget, python-requests, Node, Go and Chromium get the bytes that it has uncompressed.
# Which codings a client may ask for; slow readers, and readers that go away in the middle.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3

mkdir "$work/catalogs" "$work/browser"
cp "$scenarios/catalogs/basic.json" "$work/catalogs/"
jq -n '{statgate: 1, service: "large", max_series: 150000, families: {large_total: {type: "counter", help: "Of a large page.", zeros: true,
  labels: {a: [range(400) | "value-\(.)"], b: [range(350) | "quite-a-long-value-of-this-label-and-more-\(.)"]}}}}' >"$work/catalogs/large.json"
start_daemon --catalog "$work/catalogs"
"$(program statgate-fill)" lines "$socket" 'large_total:12345|c|#a:value-{400},b:quite-a-long-value-of-this-label-and-more-{50}'
is_filled() {
  [[ $(scrape /metrics/large | grep -c ' 12345$') == 20000 ]]
}
wait_for is_filled || fail "the values do not come"
page=$url/metrics/large
scrape /metrics/large >"$work/plain"
length=$(stat -c %s "$work/plain")
((length > 10000000)) || fail "the page has $length bytes only"
sum=$(sha256sum <"$work/plain" | cut -d' ' -f1)
say "$length bytes, compressed by $("$statgated" --version | sed -n 's/^gzip by //p')"

# ---- readers ----
missing=()
# reader NAME COMMAND...: prints coding, sum and length of the page.
reader() {
  local name=$1 got
  shift
  got=$(timeout 500 "$@" 2>"$work/$name.log") || fail "$name fails"
  expect_eq "what $name reads" "$got" "gzip $sum $length"
}
# has NAME COMMAND...: false and noted when the command does not succeed: the reader is not installed.
has() {
  local name=$1
  shift
  "$@" >/dev/null 2>&1 || { missing+=("$name"); return 1; }
}
# put_sum FILE CODING: no coding is identity.
put_sum() {
  printf '%s %s %d\n' "${2:-identity}" "$(sha256sum <"$1" | cut -d' ' -f1)" "$(stat -c %s "$1")"
}
by_curl() {
  curl -fsS --compressed -H 'Accept: text/plain' -D "$work/head" -o "$work/got" "$page"
  put_sum "$work/got" "$(sed -n 's/^content-encoding: *\([a-z]*\).*/\1/Ip' "$work/head")"
}
by_wget() {
  wget -q -S --compression=gzip --header 'Accept: text/plain' -O "$work/got" "$page" 2>"$work/head"
  put_sum "$work/got" "$(sed -n 's/^ *content-encoding: *\([a-z]*\).*/\1/Ip' "$work/head")"
}
export -f by_curl by_wget put_sum
export work page
reader curl bash -ec by_curl
# One member, to the last byte.
curl -fsS -H 'Accept-Encoding: gzip' -o "$work/packed" "$page"
python3 - "$work/packed" <<'PY' || fail "it is not one gzip member"
import sys, zlib
member = zlib.decompressobj(31)
member.decompress(open(sys.argv[1], 'rb').read())
sys.exit(not member.eof or member.unused_data != b'')
PY
packed=$(stat -c %s "$work/packed")
((packed * 5 < length)) || fail "$packed bytes compressed"
if has wget command -v wget; then reader wget bash -ec by_wget; fi
if has python3-requests /usr/bin/python3 -c 'import requests'; then
  reader requests /usr/bin/python3 "$scenarios/readers/by_requests.py" "$page"
fi
if has node command -v node; then
  reader fetch node "$scenarios/readers/by_fetch.js" "$page"
  reader node node "$scenarios/readers/by_http.js" "$page"
fi
if has golang-go command -v go; then
  GO111MODULE=off GOFLAGS='' GOCACHE="$build/go-cache" go build -o "$work/by_net_http" "$scenarios/readers/by_net_http.go"
  reader go "$work/by_net_http" "$page"
fi
if has chromium command -v chromium; then
  TMPDIR=$work/browser reader chromium python3 "$scenarios/readers/by_chromium.py" "$page" "$work/browser"
fi

# ---- codings ----
# coding ACCEPTED [CURL ARGUMENT...]: the coding of an answer.
coding() {
  local accepted=$1
  shift
  curl -fsS -o /dev/null -D - "$@" -H "Accept-Encoding: $accepted" "$url/metrics/shop" |
    awk 'tolower($1) == "content-encoding:" { sub(/\r/, ""); found = $2 } END { print found == "" ? "identity" : found }'
}
while IFS='|' read -r accepted expected; do
  expect_eq "the coding of GET for '$accepted'" "$(coding "$accepted")" "$expected"
  expect_eq "the coding of HEAD for '$accepted'" "$(coding "$accepted" --head)" "$expected"
done <<'CASES'
gzip|gzip
gzip;q=0|identity
gzip;q=0.001|gzip
deflate, gzip;q=0.5, br|gzip
identity, gzip;q=0.5|identity
identity;q=0.5, gzip;q=0.4|identity
identity;q=0.5, gzip|gzip
*|gzip
*;q=0|identity
br|identity
CASES

# ---- slow readers ----
curl -fsS --limit-rate 400k -H 'Accept-Encoding: gzip' "$page" | gzip -dc | sha256sum | cut -d' ' -f1 >"$work/slow"
expect_eq "what a slow reader gets" "$(<"$work/slow")" "$sum"
descriptors() {
  find "/proc/$daemon_pid/fd" -mindepth 1 | wc -l
}
before=$(descriptors)
mkfifo "$work/slow.in"
python3 "$scenarios/readers/slow.py" "$port" /metrics/large 60 <"$work/slow.in" >"$work/slow.out" 2>"$work/slow.log" &
helpers+=("$!")
exec {slow_in}>"$work/slow.in"
wait_for test -s "$work/slow.out" || fail "slow readers get no answer"
compressed=$(<"$work/slow.out")
held=$(printf %.0f "$(metric statgate_http_answer_bytes)")
((compressed > 0)) || fail "nobody gets a compressed page"
# Those least slices that are beyond the account are of 16 KiB.
((held <= (16 << 20) + 60 * (16 << 10))) || fail "answers hold $held bytes"
read -r _ got _ < <(by_curl)
expect_eq "what curl reads beside slow readers" "$got" "$sum"
say "$compressed of 60 slow readers get it compressed; they hold $held bytes"
exec {slow_in}>&-
let_go() {
  held=$(printf %.0f "$(metric statgate_http_answer_bytes)")
  ((held < 1000000)) && (($(descriptors) <= before))
}
wait_for let_go || fail "$held bytes and $(descriptors) descriptors are held after readers have gone, $before descriptors before"
for ((n = 0; n < 30; n++)); do
  curl -fsS -H 'Accept-Encoding: gzip' "$page" 2>/dev/null | head -c $((n * 9000)) >/dev/null || true
done
wait_for let_go || fail "$held bytes and $(descriptors) descriptors are held after readers have gone, $before descriptors before"
reader curl bash -ec by_curl
expect_metric statgate_crash_skipped_datagrams_total 0
stop_daemon

# ---- the other library ----
if [[ $("$statgated" --version) == *'gzip by ISA-L'* ]]; then
  statgated=$(program statgated-zlib)
  [[ $("$statgated" --version) == *'gzip by zlib'* ]] || fail "by another library: $("$statgated" --version)"
  start_daemon --catalog "$work/catalogs"
  page=$url/metrics/large
  scrape /metrics/large >"$work/plain"
  length=$(stat -c %s "$work/plain")
  sum=$(sha256sum <"$work/plain" | cut -d' ' -f1)
  ((length > 10000000)) || fail "the page has $length bytes only"
  reader curl bash -ec by_curl
  stop_daemon
fi

((${#missing[@]} == 0)) || { say "not installed: ${missing[*]}"; exit 77; }
