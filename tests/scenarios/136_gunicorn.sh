#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# gunicorn with 48 workers that serve an unchanged prometheus_client program by the drop-in, and a second application with the same
# families beside it. Workers end after some requests, are ended and killed; the daemon reloads and is killed. What the workers
# counted in files of their own is on the page: all of it, but for what killed workers held. With --long for ten minutes.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq curl gunicorn
need_python prometheus_client
seconds=12
[[ -z $long ]] || seconds=600
export PYTHONPATH=$root/client/python:$scenarios PYTHONDONTWRITEBYTECODE=1
STATGATE_LIBRARY=$(dirname "$statgated")/../client/libstatgate.so.0
export STATGATE_LIBRARY

# Catalogs, and an endpoint each, from the registry.
cd "$work"
pages=()
for service in shop other; do
  free_port
  pages[${#pages[@]}]=http://127.0.0.1:$port/metrics
  TRUTH=$work "$python" -m statgate.catalog gunicorn_shop:app --service "$service" --output "$service.json" \
    --write-config statgate.json --listen "127.0.0.1:$port" 2>>guesses || fail "$(tail -3 guesses)"
done
"$statgate" check --config statgate.json >check.log || fail "$(<check.log)"
start_daemon --config "$work/statgate.json"

# serve SERVICE WORKERS: gunicorn; sets port and master.
serve() {
  mkdir "$work/$1.truth"
  free_port
  TRUTH=$work/$1.truth STATGATE_SERVICE=$1 STATGATE_SOCKET=$socket STATGATE_PROMETHEUS=1 gunicorn --workers "$2" --max-requests 250 --max-requests-jitter 50 \
    --bind "127.0.0.1:$port" --config "$work/gunicorn.conf.py" gunicorn_shop:app >"$1.log" 2>&1 &
  master=$!
  helpers+=("$master")
}
# As the .pth of an installed package does.
echo 'import statgate._start' >"$work/gunicorn.conf.py"
serve other 2
other_port=$port
serve shop 48
workers() { children_of "$master" | wc -l; }
has_workers() { (($(workers) >= 48)); }
wait_for has_workers || fail "no 48 workers: $(tail -3 shop.log)"

# sum_at PAGE FAMILY [PATTERN]
sum_at() { curl -fsS "$1" | awk -v family="$2" -v like="${3:-}" 'index($0, family) == 1 && $0 ~ like { sum += $2 } END { printf "%.0f", sum }'; }
truth_is() { # PAGE FOLDER
  read -r ok bad _ < <("$python" "$scenarios/gunicorn_load.py" truth "$2")
  last="$(sum_at "$1" shop_requests_total 'code="200"') $(sum_at "$1" shop_requests_total 'code="404"') $(sum_at "$1" shop_request_seconds_count)"
  [[ $last == "$ok $bad $((ok + bad))" ]]
}

# ---- without kill -9: exact ----
"$python" "$scenarios/gunicorn_load.py" load "$port" "$seconds" >load.out &
load=$!
"$python" "$scenarios/gunicorn_load.py" load "$other_port" 3 >other.out &
helpers+=("$load" "$!")
for ((turn = 0; turn < seconds / 2; turn++)); do
  sleep 1.5
  kill -TERM "$(children_of "$master" | shuf -n 1)" || true
  case $((turn % 3)) in
  0) kill -HUP "$supervisor_pid" ;;
  1) kill -KILL "$(daemon_of "$supervisor_pid")" ;;
  esac
done
wait "$load"
wait_for truth_is "${pages[1]}" other.truth || fail "the other application: $last, counted $ok and $bad"
wait_for truth_is "${pages[0]}" shop.truth || fail "the page has $last, the workers counted $ok and $bad"
say "$(<load.out) requests, $(find shop.truth -type f | wc -l) workers, $((turn / 3)) daemons killed: all $((ok + bad)) counted"

# ---- with kill -9 ----
"$python" "$scenarios/gunicorn_load.py" load "$port" "$seconds" >load.out &
load=$!
helpers+=("$load")
killed=()
for ((turn = 0; turn < seconds / 2; turn++)); do
  sleep 1.5
  for victim in $(children_of "$master" | shuf -n 3); do
    ! kill -KILL "$victim" 2>/dev/null || killed+=("$victim")
  done
done
wait "$load"
is_settled() {
  before=$(sum_at "${pages[0]}" shop_requests_total)
  sleep 2
  [[ $(sum_at "${pages[0]}" shop_requests_total) == "$before" ]]
}
wait_for is_settled || fail "the count does not come to rest"
read -r ok bad late < <("$python" "$scenarios/gunicorn_load.py" truth shop.truth "${killed[@]}")
missing=$((ok + bad - before))
((missing >= 0 && missing <= late)) || fail "$missing of $((ok + bad)) are missing; the killed had counted $late in their last five seconds"
say "${#killed[@]} workers killed: $missing of $((ok + bad)) missing; these workers counted $late in their last five seconds"

# A gauge of each live worker, none of a dead one: those that had a request.
gauge_is() {
  last=$(sum_at "${pages[0]}" shop_workers) live=0
  for pid in $(children_of "$master"); do compgen -G "shop.truth/$pid.*" >/dev/null && live=$((live + 1)); done
  ((last == live))
}
wait_for gauge_is || fail "shop_workers is $last, $live workers live"
expect_eq "files of the drop-in" "$(find "$work" -name '*.db')" ''
kill -TERM "$master"
