#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The page at / in a browser: how it looks, that everybody can use it, clicks, keys, search, copy, live values, the way back,
# without script, behind a token and a proxy, without a daemon, and what it costs with 100,000 series. Pictures stay in BUILD/page.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools chromium python3
axe=''
if "$scenarios/clients/prepare_axe" "$build/clients" >"$work/axe.log" 2>&1; then
  axe=$build/clients/axe/node_modules/axe-core/axe.min.js
fi
pictures=$build/page
mkdir -p "$pictures" "$work/browser" "$work/second"
# walk FOLDER STEP...: in a browser of its own.
walk() {
  TMPDIR=$1 "$root/tests/support/page_walk.py" "$1" "$pictures" "$axe" "${@:2}"
}

# ---- a daemon to which nobody has sent, and one in trouble ----
start_daemon --no-supervisor --catalog "$scenarios/catalogs/page.json"
start_sender till bank bike
for outcome in ok ok ok failed; do
  send_as till "shop_orders_total:12|c|#outcome:$outcome" 'shop_checkout_duration_seconds:0.07:0.2:0.3:0.4:0.8:3:12|h|#till:1' \
    'shop_wait_seconds:3:4:5:40|h' 'shop_temperature_celsius:21.5|g'
done
send_as till 'shop_visitors_total:1|c|#who:<script>alert(1)</script>' 'shop_visitors_total:1|c|#who:<img src=x onerror=alert(2)>'
send_as till $'shop_visitors_total:1|c|#who:\xe2\x80\xaegnp.exe' $'shop_visitors_total:1|c|#who:\xf0\x9f\xa6\x8a fox'
send_as till "shop_visitors_total:1|c|#who:$(printf 'a%.0s' {1..200})"
send_as till 'shop_orders_total:1|c|#outcome:lost' 'shop_ordres_total:1|c|#outcome:ok' '"><img src=x onerror=alert(3)>:1|c'
send_as bank 'shop_payment:timeout|a|#bank:north' 'shop_payment:timeout|a|#bank:north' 'shop_payment:refused|a|#bank:north' \
  'shop_payment:paid|a|#bank:south'
send_as bike 'shop_delivery:started|j|#by:bike|i:7f3a' 'shop_delivery:started|j|#by:bike|i:81c0'
runs() {
  [[ $(metric 'shop_delivery_jobs{by="bike",state="running"}') == 2 ]]
}
wait_for runs || fail "no job runs"
is_lost() {
  [[ $(metric 'shop_delivery_finished_total{by="bike",outcome="lost"}') == 2 ]]
}
kill_sender bike
wait_for is_lost || fail "no job was lost"
first_pid=$daemon_pid first_url=$url first_socket=$socket

start_daemon --catalog "$scenarios/catalogs/page_large.json"
"$(program statgate-fill)" lines "$socket" 'large_items_total:1|c|#a:{800},b:{100}' 'large_seconds:0.3|h|#a:{200},b:{100}'
is_filled() {
  [[ $(metric 'statgate_series{service="large"}') -ge 100000 ]]
}
wait_for is_filled || fail "the series do not come"
large_url=$url

# What a person does is mostly waiting for the page's next look: two browsers at a time.
walk "$work/second" use "$first_url" "$first_socket" >"$work/use.log" 2>&1 &
use_pid=$!
helpers+=("$use_pid")
walk "$work/browser" looks "$first_url" -- hostile "$first_url" -- plain "$first_url" -- below "$first_url" \
  -- large "$url" / -- large "$url" '/?service=large' -- large "$url" '/?service=large&family=large_items_total' \
  -- large "$url" '/?service=large&family=large_seconds' || fail "the page is not as it should be"
wait "$use_pid" || fail "the page is not as it should be: $(<"$work/use.log")"
say "$(<"$work/use.log")"
echo secret >"$work/token"
start_daemon --catalog "$scenarios/catalogs/page_large.json" --debug-token-file "$work/token"
walk "$work/browser" token "$url" secret -- gone "$first_url" "$first_pid" || fail "the page is not as it should be"
url=$large_url
say "$(json /debug/ingress '.answering | "\(.callbacks) callbacks, the longest of those slow by the wall \(.longest_cpu_ns / 1000) us of CPU time"')"

[[ -n $axe ]] || { say "axe is not to be had: $(tail -n 1 "$work/axe.log")"; exit 77; }
