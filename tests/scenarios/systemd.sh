# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154  # lib.sh sets them
# A host with a systemd of its own (tests/support/systemd_host.sh), with what the program $work/install puts there. To be
# sourced after lib.sh; sets a trap that ends the host.

need_tools unshare nsenter pivot_root jq

# is_removed FOLDER: of control groups, once no process is in them any more.
is_removed() {
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [[ ! -d $1 ]]
}
end_host() {
  local pid group
  ! pid=$(cat "$work/host/systemd" 2>/dev/null) || kill -KILL "$pid" 2>/dev/null
  while read -r group; do
    watch_for 10 is_removed "$group" || true
  done < <(cat "$work/host/groups" 2>/dev/null)
}
trap 'status=$?; end_host; umount "$work/host" 2>/dev/null; clean_up "$status"' EXIT
mkdir "$work/host"
mount -t tmpfs tmpfs "$work/host" 2>/dev/null || { say "mounts are refused"; exit 77; }

# inside COMMAND...: on that host.
inside() { nsenter -t "$(<"$work/host/systemd")" --all --root --wdns=/ -- "$@"; }
knows_systemd() {
  [[ ! -e $work/host/refused ]] || { say "$(<"$work/host/refused")"; exit 77; }
  pgrep -P "$host" -x systemd >"$work/host/systemd"
}
is_up() { [[ $(inside systemctl is-system-running 2>/dev/null) == @(running|degraded) ]]; }
boot() {
  rm -f "$work/host/systemd" "$work/host/refused"
  helper "$root/tests/support/systemd_host.sh" "$work/host" "$work/install"
  host=$helper_pid
  wait_for knows_systemd || fail "no systemd runs: $(cat "$work"/*.log)"
  wait_for is_up || fail "systemd does not get up"
}
main_pid() { inside systemctl show --property MainPID --value statgated; }
