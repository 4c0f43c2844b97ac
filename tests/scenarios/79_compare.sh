#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The program that compares an exposition with a document's table: a matching page passes, and each
# kind of difference is reported in a sentence of its own, alone.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools promtool
need_python prometheus_client
compare=("$python" "$root/tests/support/compare_page.py")
cat >"$work/table.json" <<'JSON'
{"system": "shop", "endpoints": {"metrics": {"everywhere": {"scope": ["shop"]}, "families": {
  "shop_orders_total": {"type": "counter", "presence": "always", "help": "Orders, \\ and all.",
    "labels": {"outcome": {"values": ["ok", "error"], "complete": true}}},
  "shop_seconds": {"type": "histogram", "presence": "samples", "labels": {"route": {"pattern": "(GET|PUT) /.*"}}, "buckets": [0.5, 1]},
  "shop_gc": {"type": "summary", "presence": "samples", "quantiles": [0, 1]},
  "shop_share": {"type": "gauge", "presence": "used", "range": [0, 1]},
  "shop_info": {"type": "gauge", "presence": "always", "everywhere": false, "labels": {"version": "any"}}
}}}}
JSON
cat >"$work/good" <<'TEXT'
# HELP shop_gc Pauses.
# TYPE shop_gc summary
shop_gc{scope="shop",quantile="0"} 1e-05
shop_gc{scope="shop",quantile="1"} 0.25
shop_gc_sum{scope="shop"} 3.5
shop_gc_count{scope="shop"} 9
# A comment that says nothing.
# TYPE shop_info gauge
shop_info{version="1, \"two\" {3}\\"} 1
# HELP shop_orders_total Orders, \\ and all.
# TYPE shop_orders_total counter
shop_orders_total{outcome="error",scope="shop"} 0
shop_orders_total{outcome="ok",scope="shop"} 1e+06 1700000000000
# TYPE shop_seconds histogram
shop_seconds_bucket{route="GET /",scope="shop",le="0.5"} 1
shop_seconds_bucket{route="GET /",scope="shop",le="1"} 3
shop_seconds_bucket{route="GET /",scope="shop",le="+Inf"} 3
shop_seconds_sum{route="GET /",scope="shop"} 2
shop_seconds_count{route="GET /",scope="shop"} 3
shop_seconds_bucket{route="PUT /{name}",scope="shop",le="0.5"} 0
shop_seconds_bucket{route="PUT /{name}",scope="shop",le="1"} 0
shop_seconds_bucket{route="PUT /{name}",scope="shop",le="+Inf"} 1
shop_seconds_sum{route="PUT /{name}",scope="shop"} 7
shop_seconds_count{route="PUT /{name}",scope="shop"} 1
# TYPE shop_share gauge
shop_share{scope="shop"} 0.5
TEXT

# run CODE ARGUMENT...: output in $work/out.
run() {
  local code=$1 status=0
  shift
  "${compare[@]}" "$@" >"$work/out" 2>&1 || status=$?
  expect_eq "exit code for $* (it said: $(<"$work/out"))" "$status" "$code"
}
run 0 "$work/table.json" metrics "$work/good"
expect_eq "what it says" "$(<"$work/out")" 'good: 5 families, 18 samples, as the document says'

# wrong SED-SCRIPT SENTENCES: with that change it finds these differences, and no others. All pages are
# compared in one run, by find_all.
found=0
pages=()
: >"$work/expected"
wrong() {
  local page
  found=$((found + 1))
  page=$work/page$found
  sed -E "$1" "$work/good" >"$page"
  cmp -s "$work/good" "$page" && fail "$1 changes nothing"
  pages+=("$page")
  while IFS= read -r sentence; do
    printf '%s: %s\n' "${page##*/}" "$sentence"
  done <<<"$2" >>"$work/expected"
}
find_all() {
  run 1 "$@" "$work/table.json" metrics "${pages[@]}"
  diff -u "$work/expected" "$work/out" || fail "differences other than expected (above)"
  pages=()
  : >"$work/expected"
}
# Nothing missing, nothing more.
wrong '/shop_info/d' 'shop_info is missing'
wrong '/shop_share/d' 'shop_share is missing'
wrong '/^shop_gc/d' 'shop_gc is missing'
wrong '$ashop_new 1' 'shop_new is there, but not in the document'
# Types and texts.
wrong 's/(TYPE shop_share) gauge/\1 counter/' 'shop_share has the type counter, but gauge in the document'
wrong '/TYPE shop_info/d' 'shop_info has the type untyped, but gauge in the document'
wrong 's/shop_orders_total/shop_orders/' 'shop_orders_total is missing
shop_orders is there, but not in the document'
wrong 's/Orders, .*/Orders./' "shop_orders_total: its help is 'Orders.', in the document 'Orders, \\ and all.'"
wrong '/HELP shop_orders/d' "shop_orders_total: its help is '', in the document 'Orders, \\ and all.'"
# Labels.
wrong 's/shop_share\{[^}]*/&,zone="eu"/' 'shop_share{scope="shop",zone="eu"}: the document has no label zone'
wrong 's/shop_share\{[^}]*\}/shop_share/' 'shop_share{} lacks the label scope'
wrong 's/(shop_share\{scope=")shop/\1/' 'shop_share{scope=""}: scope="" is not among the values that the document lists'
wrong 's/(shop_info\{).*/\1scope="shop",version="1"} 1/' 'shop_info{scope="shop",version="1"}: the document has no label scope'
wrong 's/(version=").*"/\1"/' 'shop_info{version=""}: the label version is empty'
wrong 's/"PUT (.*scope)/"PATCH \1/' "$(for part in 'bucket 0.5' 'bucket 1' 'bucket +Inf' sum count; do
  read -r part le <<<"$part"
  # shellcheck disable=SC2016
  echo "shop_seconds_$part{route=\"PATCH /{name}\",scope=\"shop\"${le:+,le=\"$le\"}}: route=\"PATCH /{name}\" does not match (GET|PUT) /.*"
done)"
wrong '/outcome="error"/d' 'shop_orders_total has no series with outcome="error"'
wrong '$!{s/(shop_orders_total\{outcome=")ok/\1lost/}' 'shop_orders_total{outcome="lost",scope="shop"}: outcome="lost" is not among the values that the document lists
shop_orders_total has no series with outcome="ok"'
# Histograms and summaries.
wrong '/GET.*le="1"/d' 'shop_seconds: a series has the bounds [0.5], the document [0.5, 1]'
wrong 's/(GET.*le=")1"/\12"/' 'shop_seconds: a series has the bounds [0.5, 2.0], the document [0.5, 1]'
wrong 's/(GET.*le=")1"/\10.1"/' 'shop_seconds_bucket{route="GET /",scope="shop",le="0.1"} is out of order
shop_seconds: a series has the bounds [0.5, 0.1], the document [0.5, 1]'
wrong '/PUT.*Inf/{s/Inf"\} 1/Inf"} 0/}' 'shop_seconds_count{route="PUT /{name}",scope="shop"} is not the count of the last bucket'
wrong '/GET.*0\.5/{s/ 1$/ 4/}' 'shop_seconds_bucket{route="GET /",scope="shop",le="1"} has less than the bucket before'
wrong '/sum.*GET/d' 'shop_seconds_bucket{route="GET /",scope="shop",le="0.5"}: its series has no shop_seconds_sum'
wrong '/count.*PUT/d' 'shop_seconds_bucket{route="PUT /{name}",scope="shop",le="0.5"}: its series has no shop_seconds_count'
wrong '/GET.*Inf/d' 'shop_seconds: a series has no bucket +Inf'
wrong 's/(quantile=")1"/\10.99"/' 'shop_gc: a series has the bounds [0.0, 0.99], the document [0, 1]'
wrong '/quantile="1"/d' 'shop_gc: a series has the bounds [0.0], the document [0, 1]'
# Values.
wrong '/^shop_share/{s/0\.5$/NaN/}' 'shop_share{scope="shop"} is NaN'
wrong '/^shop_share/{s/0\.5$/1.5/}' "shop_share{scope=\"shop\"}: 1.5 is outside the document's range"
wrong '/^shop_orders.*ok/{s/ 1e.*/ -1/}' 'shop_orders_total{outcome="ok",scope="shop"}: no counter has the value -1'
# What is no exposition.
wrong '$!{/^shop_share/d};$aoops' 'no exposition: line 27: expected float as value, got ""'
wrong 's/^shop_share.*/& x/' 'no exposition: line 26: expected integer as timestamp, got "x"'
wrong '/^shop_share/{s/ 0\.5/ 0x1/}' 'no exposition: line 26: expected float as value, got "0x1"'
wrong '$ashop_info{version="2"} 1' 'no exposition: shop_info is in two places'
wrong '$ashop_seconds 1' 'no exposition: shop_seconds is in two places'
wrong '/^shop_share/p' 'no exposition: shop_share{scope="shop"} is there twice'
wrong 's/(shop_share\{scope="shop)"/\1/' "no exposition: line 26: label value \"shop} 0.5\" contains unescaped new-line"
wrong 's/^shop_share\{[^}]*/&,scope="x"/' 'no exposition: line 26: duplicate label names for metric "shop_share"'
wrong 's/(version=")/\1\\x/' "no exposition: line 9: invalid escape sequence '\\x'"
wrong 's/(TYPE shop_share) gauge/\1 info/' 'no exposition: line 25: unknown metric type "info"'
wrong '$a# TYPE shop_share gauge' 'no exposition: line 27: second TYPE line for metric name "shop_share", or TYPE reported after samples'
printf 'shop_info 1' >"$work/open"
pages+=("$work/open")
echo 'open: no exposition: line 1: unexpected end of input stream' >>"$work/expected"
find_all

# Before anything was sent: what is always there, and nothing of what wants a sample.
sed '/shop_gc/d; /shop_seconds/d; /shop_share/d' "$work/good" >"$work/idle"
run 0 --idle "$work/table.json" metrics "$work/idle"
run 1 "$work/table.json" metrics "$work/idle"
sed '/shop_gc/d; /shop_seconds/d' "$work/good" >"$work/idle" # shop_share may be there
run 0 --idle "$work/table.json" metrics "$work/idle"
mv "$work/idle" "$work/good"
wrong '/shop_info/d' 'shop_info is missing'
wrong '$a# TYPE shop_seconds histogram\nshop_seconds_bucket{route="GET /",scope="shop",le="0.5"} 0\
shop_seconds_bucket{route="GET /",scope="shop",le="1"} 0\nshop_seconds_bucket{route="GET /",scope="shop",le="+Inf"} 0\
shop_seconds_sum{route="GET /",scope="shop"} 0\nshop_seconds_count{route="GET /",scope="shop"} 0' \
  'shop_seconds is there, but nothing was sent yet'
find_all --idle
((found == 43)) || fail "$found differences were tried"

# A wrong table, or none.
run 2 "$work/table.json" another "$work/good"
run 2 "$work/none.json" metrics "$work/good"
run 2 "$work/table.json"
for change in 's/"presence": "used"/"presence": "often"/' 's/"range"/"ragne"/' 's/"type": "gauge", //' 's/"any"/"all"/'; do
  sed "$change" "$work/table.json" >"$work/wrong.json"
  run 2 "$work/wrong.json" metrics "$work/good"
done

# The tables that ship are whole, have no family on two endpoints of one system, where a sum would count
# it twice, and are such that the program takes them.
tables=$root/tests/systems
expect_eq "families of the documents; imgsrv's are 28 and its resource" \
  "$(jq -r '"\(.system) \([.endpoints[].families | keys[]] | length) \([.endpoints[].families | keys[]] | unique | length)"' \
    "$tables"/*.json | paste -sd,)" \
  'Connaisseur 47 47,Gallery 17 17,imgforge 8 8,imgsrv 29 29,inference service 6 6'
for table in "$tables"/*.json; do
  for endpoint in $(jq -r '.endpoints | keys[]' "$table"); do
    run 1 "$table" "$endpoint" "$work/good"
  done
done
