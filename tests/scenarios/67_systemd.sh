#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A real systemd with the unit that ships, installed as SYSTEMD.md says: ready, reload, a refused reload, deaths, a
# hang, restart, stop and start, another boot of the host; and the unit of a sender is known.
# shellcheck disable=SC2016  # what `inside` runs expands there
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systemd.sh"

# ---- a host with what SYSTEMD.md says ----
page=$root/packaging/doc/SYSTEMD.md
# block TEXT: the printed block that holds it.
block() {
  awk -v text="$1" '/^```/ { if (open && found) exit; open = !open; found = 0; block = ""; next }
    open { block = block $0 "\n"; found = found || index($0, text) } END { printf "%s", block }' "$page"
}
block 'systemd-sysusers' | sed '/^cmake --install/d' >"$work/prepare"
grep -q '^systemd-tmpfiles' "$work/prepare" || fail "SYSTEMD.md does not say how to prepare a host"
cat >"$work/install" <<SH
#!/usr/bin/env bash
set -euo pipefail
DESTDIR=\$1 cmake --install "$build" --prefix /usr/local >"$work/installed" 2>&1
[[ ! -e \$1/etc/statgate ]] || exit 0 # another boot of the same host
cp "$work/prepare" "$root/tests/support/postgres.sh" "\$1/root/"
# A build with sanitizers looks for leaks by a system call that the unit refuses.
mkdir -p "\$1/etc/systemd/system/statgated.service.d"
printf '[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\n' >"\$1/etc/systemd/system/statgated.service.d/sanitized.conf"
chroot "\$1" bash -euc 'bash -eu /root/prepare; useradd --system --no-create-home --groups statgate-senders web'
rm -f "\$1/etc/machine-id"
chroot "\$1" systemd-machine-id-setup
SH
chmod +x "$work/install"

boot

# ---- what it shows ----
shown() { inside curl -fsS --max-time 5 http://127.0.0.1:9464/metrics | awk -v key="$1" 'index($0, key " ") == 1 { print $NF; found = 1 } END { exit !found }'; }
shows() { last=$(shown "$1" 2>/dev/null) && [[ $last == "$2" ]]; }
expect_shown() { wait_for shows "$@" || fail "$1 is '$last' and not $2: $(inside journalctl --no-pager -o cat -u statgated | tail -n 20)"; }
images='processed_images_total{format="png"}'
sent=0
count() {
  inside runuser -u web -- statgate send --socket /run/statgate/statgate.sock 'processed_images_total:1|c|#format:png' >/dev/null
  sent=$((sent + 1))
}
restarts() { expect_shown "statgate_restarts_total{cause=\"$1\"}" "$2"; }
is_another() { last=$(main_pid) && ((last > 0)) && [[ $last != "$1" ]]; }

expect_eq "what it is exposed to" "$(inside systemd-analyze security --offline=true --threshold=20 /usr/local/lib/systemd/system/statgated.service >/dev/null 2>&1 || echo above 2.0)" ""
inside systemctl enable --now statgated 2>/dev/null || fail "statgated does not start: $(inside journalctl --no-pager -o cat -u statgated)"
expect_eq "state" "$(inside systemctl is-active statgated)" active
count
expect_shown "$images" 1
[[ $(inside systemctl show --property StatusText --value statgated) == Receiving* ]] || fail "the unit shows no status"
expect_eq "who may not send" "$(inside runuser -u nobody -- statgate send --socket /run/statgate/statgate.sock 'm:1|c' >/dev/null 2>&1 || echo refused)" refused

# Who sent runs in a unit.
inside systemd-run --quiet --wait --unit=importer --uid=web statgate send --socket /run/statgate/statgate.sock 'processed_images_total:1|c|#format:png' >/dev/null 2>&1
sent=$((sent + 1))
expect_eq "unit of a sender" "$(inside curl -fsS 'http://127.0.0.1:9464/debug/senders' | jq -r '[.. | .unit? // empty] | unique | join(" ")')" importer.service

# ---- a death, ten deaths ----
for ((i = 1; i <= 10; i++)); do
  before=$(main_pid)
  inside kill -KILL "$before"
  wait_for is_another "$before" || fail "systemd does not start it again"
  count
  expect_shown "$images" "$sent"
done
restarts crash 10

# ---- reload: another process, or an error of systemctl ----
change() { inside bash -euc "jq '$1' /etc/statgate/catalog.d/imgforge.json >/tmp/changed && cp /tmp/changed /etc/statgate/catalog.d/imgforge.json"; }
for ((i = 1; i <= 3; i++)); do
  before=$(main_pid)
  change ".families.added_${i}_total = {type: \"counter\", help: \"A.\"}"
  inside systemctl reload statgated || fail "reload $i is refused: $(inside journalctl --no-pager -o cat -u statgated | tail)"
  wait_for is_another "$before" || fail "after a reload the main process is still $before"
  expect_shown "added_${i}_total" 0
  count
  expect_shown "$images" "$sent"
done
restarts reload 3
before=$(main_pid)
inside sh -c 'cp /etc/statgate/catalog.d/imgforge.json /tmp/good; echo "{" >/etc/statgate/catalog.d/imgforge.json'
! inside systemctl reload statgated 2>/dev/null || fail "systemctl has no error of a refused file"
wait_for is_another "$before" || fail "a refused file keeps the reload from the rest"
is_logged() { inside journalctl --no-pager -o cat -p err -u statgated _PID="$before" | grep -q '^\[reload\] taken, but not all files are in force'; }
wait_for is_logged || fail "the journal has no error of the refused file: $(inside journalctl --no-pager -u statgated | tail -n 3)"
expect_shown statgate_config_last_reload_successful 0
count
expect_shown "$images" "$sent"
before=$(main_pid)
inside cp /tmp/good /etc/statgate/catalog.d/imgforge.json
inside kill -KILL "$before"
wait_for is_another "$before" || fail "systemd does not start it again"
count
expect_shown "$images" "$sent"
restarts crash 11

# ---- PostgreSQL, by its socket and by TCP ----
inside bash -eu -s <<'SH'
/root/postgres.sh start /srv/pg
/root/postgres.sh stop /srv/pg
echo "listen_addresses = '127.0.0.1'" >>/srv/pg/data/postgresql.conf
echo "host all all 127.0.0.1/32 trust" >>/srv/pg/data/pg_hba.conf
/root/postgres.sh start /srv/pg
printf '[near]\nhost=/srv/pg\ndbname=postgres\nuser=statgate\n[far]\nhost=127.0.0.1\ndbname=postgres\nuser=statgate\n' >/etc/statgate/pg_service.conf
cat >/etc/statgate/catalog.d/stock.json <<'JSON'
{"statgate": 1, "service": "stock",
 "databases": {"near": {"conninfo": "service=near"}, "far": {"conninfo": "service=far"}},
 "families": {"stock_near": {"type": "gauge", "help": "A."}, "stock_far": {"type": "gauge", "help": "B."}},
 "queries": [{"database": "near", "sql": "SELECT 7 AS n", "values": {"stock_near": "n"}},
             {"database": "far", "sql": "SELECT 8 AS n", "values": {"stock_far": "n"}}]}
JSON
cat >/etc/statgate/catalog.d/nightly.json <<'JSON'
{"statgate": 1, "service": "host", "jobs": {"nightly": {"every_s": 86400}}}
JSON
SH
inside systemctl reload statgated || fail "a reload is refused: $(inside journalctl --no-pager -o cat -u statgated | tail)"
expect_queried() { expect_shown stock_near 7 && expect_shown stock_far 8; }
expect_queried

# ---- a service that is a job, by a drop-in; systemd sees how its command ends ----
inside bash -eu -s <<'SH'
mkdir -p /etc/systemd/system/nightly.service.d
printf '[Service]\nType=oneshot\nExecStart=/bin/sh -c "exit 3"\n' >/etc/systemd/system/nightly.service
printf '[Service]\nExecStart=\nExecStart=/usr/local/bin/statgate run --job nightly -- /bin/sh -c "exit 3"\nKillMode=mixed\n' \
  >/etc/systemd/system/nightly.service.d/job.conf
systemctl daemon-reload
systemctl start nightly || true
SH
expect_eq "how the service ended" "$(inside systemctl show --property ExecMainStatus --value nightly)" 3
expect_shown nightly_last_exit_status 3
expect_shown 'nightly_finished_total{outcome="failed"}' 1
expect_shown 'statgate_job_problem{labels="(none)",name="nightly",service="host"}' 1

# ---- a successor that hangs ----
before=$(main_pid)
inside systemctl reload statgated || fail "a reload is refused"
wait_for is_another "$before" || fail "after a reload the main process is still $before"
before=$(main_pid)
inside kill -STOP "$before"
wait_for is_another "$before" || fail "systemd does not end a daemon that hangs"
count
expect_shown "$images" "$sent"
restarts crash 12

# ---- restart, stop and start, another boot ----
inside systemctl restart statgated
count
expect_shown "$images" "$sent"

# ---- the narrower unit of a host that is scraped locally, with the depth of all its sockets ----
queue() { inside curl -fsS http://127.0.0.1:9464/debug/ingress | jq -r '.sockets[0] | "\(.queue_capacity) \(.queue_source)"'; }
expect_eq "the queue" "$(queue)" "2048 own"
block 'IPAddressDeny' >"$work/local.conf"
inside bash -euc 'cat >/etc/systemd/system/statgated.service.d/local.conf' <"$work/local.conf"
inside bash -c 'echo 2048 >/proc/sys/net/unix/max_dgram_qlen'
inside systemctl daemon-reload
inside systemctl restart statgated
count
expect_shown "$images" "$sent"
expect_queried
inside rm /run/statgate/statgate.sock
is_bound_again() { [[ $(queue) == "2048 host sysctl" ]]; }
wait_for is_bound_again || fail "the queue is $(queue)"
before=$(main_pid)
inside systemctl reload statgated || fail "a reload is refused: $(inside journalctl --no-pager -o cat -u statgated | tail)"
wait_for is_another "$before" || fail "after a reload the main process is still $before"
count
expect_shown "$images" "$sent"
inside rm /etc/systemd/system/statgated.service.d/local.conf
inside systemctl daemon-reload
restarts state_file 2

inside systemctl stop statgated
expect_eq "exit code of a stop" "$(inside systemctl show --property ExecMainStatus --value statgated)" 0
inside systemctl start statgated
restarts state_file 3
inside systemctl poweroff 2>/dev/null || true
wait_for is_gone "$host" || fail "the host does not go down"
boot
inside systemctl start statgated
count
expect_shown "$images" "$sent"
restarts state_file 4
expect_shown nightly_last_exit_status 3
expect_eq "resets" "$(inside journalctl --no-pager -o cat -u statgated | grep -c 'statgate-restore\|kept aside' || true)" 0
say "$(inside systemctl --version | sed -n 1p): $sent counts over 11 deaths, a hang, 6 reloads, a restart, a stop and another boot"
