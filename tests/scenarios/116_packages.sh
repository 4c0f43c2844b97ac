#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The Debian packages on a host with a real systemd: installed, sent to by a member of the group and refused to others, upgraded
# under load by reload and by restart without a loss or a reset, an upgrade that cannot read the values, and a purge. Builds
# the packages, so it runs only with STATGATE_TEST_LONG=1.
# shellcheck disable=SC2016  # what `inside` runs expands there
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ ${STATGATE_TEST_LONG:-} == 1 ]] || { say "only in the long form: it builds the packages"; exit 77; }
source "$scenarios/systemd.sh"
need_tools dpkg-buildpackage dh lintian

"$root/packaging/deb" "$work/debs" >"$work/deb.log" 2>&1 || fail "packaging/deb: $(tail -n 30 "$work/deb.log")"
deb=$(echo "$work"/debs/statgate_*.deb)
# again VERSION COMMAND...: the package once more as another version, changed by the command in its tree.
again() {
  rm -rf "$work/tree"
  dpkg-deb -R "$deb" "$work/tree"
  sed -i "s/^Version: .*/Version: $1/" "$work/tree/DEBIAN/control"
  (cd "$work/tree" && "${@:2}")
  dpkg-deb -b "$work/tree" "$work/debs/again-$1.deb" >/dev/null
}
again 0.1.0-2 true
unit=lib/systemd/system/statgated.service
again 0.1.0-3 sed -i 's/^RestartSec=5/RestartSec=4/' $unit
again 0.1.0-4 sed -i 's/"1"/"0"/; s/not 1)/not 0)/' DEBIAN/preinst

cat >"$work/install" <<SH
#!/usr/bin/env bash
set -euo pipefail
mkdir -p "\$1/debs"
cp "$work"/debs/*.deb "\$1/debs"
rm "\$1"/debs/*dbgsym*
rm -f "\$1/etc/machine-id" "\$1/usr/sbin/policy-rc.d"
chroot "\$1" systemd-machine-id-setup
SH
chmod +x "$work/install"
boot

install_debs() { inside bash -c "dpkg -i $*" >"$work/dpkg.log" 2>&1 || fail "dpkg: $(<"$work/dpkg.log")"; }
shown() { inside curl -fsS --max-time 5 http://127.0.0.1:9464/metrics | awk -v key="$1" 'index($0, key) == 1 { sum += $NF; found = 1 } END { printf "%d", sum; exit !found }'; }
send_as() { inside runuser -u "$1" -- statgate send 'burst_total:0|c|#series:0' 2>&1; }
files() { inside find /etc/statgate /run/statgate /var/lib/statgate /usr/sbin/statgated 2>/dev/null | sort; }

expect_eq "files before" "$(files)" ""
install_debs '/debs/*statgate*_0.1.0-1_*.deb'
expect_eq "after the installation" "$(inside systemctl is-active statgated)" active
expect_eq "readiness without a catalog" "$(inside curl -fsS http://127.0.0.1:9464/readyz)" ready
inside bash -c 'cat >/etc/statgate/catalog.d/burst.json' <"$scenarios/catalogs/burst.json"
inside systemctl reload statgated || fail "no reload: $(inside journalctl --no-pager -o cat -u statgated | tail)"
inside useradd --system --no-create-home --groups statgate-senders web
expect_contains "a member" "$(send_as web)" "sent 1 line"
expect_eq "a member in Python, by the installed library" "$(inside runuser -u web -- python3 -c '
import statgate
with statgate.Client() as client:
    print(type(client._sender).__name__, client.count("burst_total", 0, series="0"), client.flush(10), client.lost)')" "Library True True 0"
expect_contains "an outsider" "$(send_as nobody)" "the group statgate-senders may send (mode 0660); join it: sudo usermod -aG statgate-senders nobody"

# ---- upgrades under load: by reload, and by restart ----
inside runuser -u web -- "$(program statgate-burst)" /run/statgate/statgate.sock 2 400000 50 10000 >"$work/burst" 2>&1 &
burst=$!
helpers+=("$burst")
has_some() { (($(shown burst_total) > 20000)); }
wait_for has_some || fail "nothing arrives"
before=$(main_pid)
install_debs /debs/again-0.1.0-2.deb
[[ $(main_pid) != "$before" ]] || fail "the upgrade left the old program"
expect_eq "upgrades by reload" "$(shown 'statgate_restarts_total{cause="reload"}')" 2
before=$(main_pid)
install_debs /debs/again-0.1.0-3.deb
[[ $(main_pid) != "$before" ]] || fail "the upgrade left the old unit"
expect_eq "the unit" "$(inside systemctl show --property RestartUSec --value statgated)" 4s
wait "$burst" || fail "statgate-burst: $(<"$work/burst")"
expect_eq "lost samples" "$(jq .lost "$work/burst")" 0
expect_eq "samples" "$(shown burst_total)" "$(jq .given "$work/burst")"
expect_eq "deaths" "$(shown 'statgate_restarts_total{cause="crash"}')" 0

# ---- one that cannot read the values says so first ----
install_debs /debs/again-0.1.0-4.deb
expect_contains "dpkg" "$(<"$work/dpkg.log")" "cannot read what the installed one keeps (layout 1, not 0)"

# ---- a purge ----
# In a container with control groups of version 1, systemd does not wait for a main process that a reload has named.
inside systemctl restart statgated
inside dpkg --purge statgate libstatgate-dev python3-statgate libstatgate0 >"$work/dpkg.log" 2>&1 || fail "dpkg: $(<"$work/dpkg.log")"
expect_eq "what is left" "$(files | tr '\n' ' ')" "/etc/statgate /etc/statgate/catalog.d /etc/statgate/catalog.d/burst.json /run/statgate /run/statgate/statgate.breakers /var/lib/statgate /var/lib/statgate/values "
inside getent passwd statgate >/dev/null || fail "the user is gone"
inside getent group statgate-senders >/dev/null || fail "the group is gone"
say "$(jq -c '{given, lost}' "$work/burst") over an upgrade by reload and one by restart"
