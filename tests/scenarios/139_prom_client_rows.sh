#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where a prom-client program shows other numbers by the drop-in: each row of the table in client/node/README.md, and what stays. The
# package as npm installs it. The catalogs that the clients for Node and Python write of equal registries are equal.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq node npm
need_python prometheus_client
"$scenarios/clients/prepare" "$build/clients" >"$work/prepare.log" 2>&1 || exit
rows=$build/clients/npm/rows.js
export STATGATE_UPDOWN=r_queue,r_other

printf '{"statgate": 1, "service": "none", "families": {"none": {"type": "gauge"}}}\n' >"$work/empty.json"
start_daemon --catalog "$work/empty.json"
export EMPTY_METRICS=$url/metrics
MAKE_CATALOG=1 node "$root/client/node/catalog.js" "$rows" --service rows --output "$work/rows.json" 2>"$work/guesses" || fail "$(<"$work/guesses")"
for guess in 'r:colon_total: left out: a name with a colon cannot be sent' 'r_omitted: left out: clusterMetrics() omits it' \
  "r_bare_total: prom-client's name is r_bare" 'r_mean: gauge of several processes: "merge": "max"' 'r_queue: "owner": "host"'; do
  expect_contains "the guesses" "$(<"$work/guesses")" "$guess"
done
start_daemon --catalog "$work/rows.json" --unix-stream "$work/stream.sock"
cp -r "$root/client/node" "$work/copy"
export OTHER_COPY=$work/copy/prometheus.js
DROP_IN=$root/client/node/prometheus.js STATGATE_SOCKET=$socket STATGATE_METRICS=$url/metrics timeout 300 node "$rows" 2>"$work/err" || fail "$(<"$work/err")"

# ---- as npm installs it ----
export NODE_PATH=$build/clients/npm/node_modules
mkdir "$work/app"
(cd "$work" && npm pack --silent "$root/client/node" >pack.log && cd app && npm install --silent --offline --no-audit --no-fund ../statgate-*.tgz) >"$work/npm.log" 2>&1 ||
  fail "npm: $(<"$work/npm.log")"
cat >"$work/app/app.js" <<'END'
const prom = require("prom-client");
new prom.Counter({ name: "r_fine_total", help: "Fractions." }).inc(Number(process.argv[2]));
END
cat >"$work/app/app.mjs" <<'END'
import "statgate/prometheus";
import prom from "prom-client";
new prom.Counter({ name: "r_bare", help: "A counter." }).inc(40);
END
before=$(metric r_fine_total)
(cd "$work/app" && STATGATE_SOCKET=$socket node --require statgate/prometheus app.js 8) || fail "node --require"
(cd "$work/app" && STATGATE_SOCKET=$socket node app.js 16) || fail "node"
wanted=$(jq -n "$before + 8")
expect_metric r_fine_total "$wanted"
before=$(metric r_bare_total)
ln -s "$NODE_PATH/prom-client" "$work/app/node_modules/prom-client" # import knows no NODE_PATH
(cd "$work/app" && STATGATE_SOCKET=$socket node app.mjs) || fail "an ES module"
wanted=$(jq -n "$before + 40")
expect_metric r_bare_total "$wanted"
(cd "$work/app" && node --require statgate/prometheus -e 0 && npx statgate-catalog ./app.js 2>/dev/null) | jq -e '.service == "app"' >/dev/null ||
  fail "npx statgate-catalog"
expect_eq "without prom-client" "$(cd "$work/app" && rm node_modules/prom-client && env -u NODE_PATH node -e 'require("statgate/prometheus")' 2>&1 | grep Error:)" \
  'Error: statgate/prometheus: the program has no prom-client'
stop_daemon

# ---- one catalog ----
cat >"$work/shop.js" <<'END'
const prom = require("prom-client");
const of = (kind, name, help, labelNames, more) => new prom[kind]({ name, help, labelNames, ...more });
of("Counter", "shop_orders_total", "Orders.", ["status", "country"]);
of("Gauge", "shop_open", "Open orders.", [], { aggregator: "sum" });
of("Gauge", "shop_newest", "Newest.", ["kind"], { aggregator: "max" });
of("Histogram", "shop_seconds", "Time.", ["route"], { buckets: [0.5, 1, 2.5] });
END
cat >"$work/shop.py" <<'END'
from prometheus_client import Counter, Gauge, Histogram
Counter("shop_orders", "Orders.", ["status", "country"])
Gauge("shop_open", "Open orders.", multiprocess_mode="livesum")
Gauge("shop_newest", "Newest.", ["kind"], multiprocess_mode="max")
Histogram("shop_seconds", "Time.", ["route"], buckets=(0.5, 1, 2.5))
END
wanted=$(<"$scenarios/data/shop_catalog.json")
# writes_golden CLIENT COMMAND...: what it writes, and the daemon's configuration.
writes_golden() {
  (cd "$work" && PYTHONPATH=$root/client/python PYTHONDONTWRITEBYTECODE=1 "${@:2}" --output shop.json --write-config config.json --listen 127.0.0.1:8000) \
    2>"$work/guesses" || fail "$1: $(<"$work/guesses")"
  expect_eq "the catalog of $1" "$(jq 'del(.. | .optional?)' "$work/shop.json")" "$wanted"
  expect_eq "the configuration of $1" "$(jq -c . "$work/config.json")" '{"catalog":["shop.json"],"endpoints":[{"listen":"127.0.0.1:8000","services":["shop"]}]}'
  expect_eq "guesses of $1" "$(wc -l <"$work/guesses")" 6
}
writes_golden Node node "$root/client/node/catalog.js" ./shop.js
rm "$work/config.json"
writes_golden Python "$python" -m statgate.catalog shop
writes_golden Python "$python" -m statgate.catalog shop # what is named already is not named twice
