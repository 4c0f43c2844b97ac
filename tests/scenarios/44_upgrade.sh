#!/usr/bin/env bash
# Under load to another version and back: its objects are of another version, with a field more and one less. Nothing
# is lost or reset.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/load.sh"

rounds=3
[[ -z $long ]] || rounds=50

prepare_load
versions=("$statgated" "$(program statgated-other)")
mkdir "$work/bin"
statgated=$work/bin/statgated

# install_version NUMBER: as packages do, beside and then over the former one.
install_version() {
  cp "${versions[$1]}" "$statgated.new"
  mv "$statgated.new" "$statgated"
  version=$("$statgated" --version)
  version=${version#statgated }
}
has_version() {
  scrape >"$work/page" && grep -q "^statgate_build_info{.*version=\"$version\"" "$work/page"
}

manager_options=(--restart)
install_version 0
start_managed "${load_catalogs[@]}" --created
readies=1
start_load 667

for ((i = 1; i <= rounds; i++)); do
  for number in 1 0; do
    install_version "$number"
    tell_manager kill
    readies=$((readies + 1))
    managed_ready "$readies"
    wait_for 15 has_version || fail "version $version is not there after a death"
  done
done
expect_metric 'statgate_restarts_total{cause="crash"}' $((2 * rounds))
end_load
say "$((2 * rounds)) deaths with another version after each: $load_summary; $load_failed scrapes failed"
