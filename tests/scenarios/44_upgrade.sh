#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Under load to another version and back, by reload and by death: its objects are of another version, with a field more
# and one less. Nothing is lost or reset.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/load.sh"

rounds=2
rate=40 # the kernel keeps some 277 datagrams of a sender, and a daemon may be away for seconds
[[ -z $long ]] || rounds=50

prepare_load
versions=("$statgated" "$(program statgated-other)")
mkdir "$work/bin"
statgated=$work/bin/statgated

# install NUMBER: as packages do, beside and then over the former one.
install_version() {
  cp "${versions[$1]}" "$statgated.new"
  mv "$statgated.new" "$statgated"
  version=$("$statgated" --version | head -n 1)
  version=${version#statgated }
}
has_version() {
  scrape >"$work/page" && grep -q "^statgate_build_info{.*version=\"$version\"" "$work/page"
}
install_version 0
start_daemon "${load_catalogs[@]}" --created
# The daemon is the only one: the one before has ended, whose child it is until then.
is_alone() {
  last=$(children_of "$supervisor_pid" | wc -l)
  ((last == 1)) && ! children_of "$(children_of "$supervisor_pid")" >/dev/null
}
start_load "$rate"

for ((i = 1; i <= rounds; i++)); do
  for number in 1 0; do
    install_version "$number"
    wait_for is_alone || fail "$last daemons long after a reload"
    begin_reload "$(children_of "$supervisor_pid")"
    end_reload taken "to $version"
    wait_for has_version || fail "version $version is not there after a reload"
  done
  for number in 1 0; do
    install_version "$number"
    wait_for is_alone || fail "$last daemons long after a reload"
    kill -KILL "$(children_of "$supervisor_pid")"
    wait_for has_version || fail "version $version is not there after a death"
  done
done
expect_metric 'statgate_restarts_total{cause="upgrade"}' $((2 * rounds))
expect_metric 'statgate_restarts_total{cause="crash"}' $((2 * rounds))
end_load
say "$((2 * rounds)) upgrades and downgrades by reload, as many by death: $load_summary; $load_failed scrapes failed"
