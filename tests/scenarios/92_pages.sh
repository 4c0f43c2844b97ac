#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The commands of the other pages, as printed and in that order; and the pieces of catalogs on the page about
# catalogs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/pages.sh"
need_tools prometheus promtool go npm psql curl jq
own_machine "$@"

# ---- pieces of catalogs ----
# whole FILE: a catalog around it: around members of a catalog, families, or labels.
whole() {
  local piece
  piece=$(<"$1")
  if [[ $piece == '{'* ]]; then
    printf '%s' "$piece"
  elif [[ $piece =~ ^\"(families|attempts|jobs)\": ]]; then
    printf '{"statgate": 1, "service": "s", %s}' "$piece"
  elif [[ $piece == *'"type"'* ]]; then
    printf '{"statgate": 1, "service": "s", "families": {%s}}' "$piece"
  else
    printf '{"statgate": 1, "service": "s", "families": {"a_total": {"type": "counter", "labels": {%s}}}}' "$piece"
  fi
}
page=packaging/doc/CATALOGS.md
blocks "$root/$page" "$work/catalogs"
printf 'north\nsouth\n' >"$work/tenants.txt" # which a piece lists its values in
count=0
for block in "$work/catalogs"/*.json; do
  whole "$block" >"$work/whole.json"
  "$statgate" check --exclude statgate_process "$work/whole.json" >"$work/check.out" 2>&1 ||
    fail "$page: $(<"$work/check.out"): $(<"$block")"
  count=$((count + 1))
done
((count >= 8)) || fail "$page has only $count pieces of catalogs"
say "$page: $count pieces of catalogs"

# ---- a PostgreSQL where Debian's has its socket ----
pg=$(mktemp -d /tmp/pg.XXXXXX)
"$root/tests/support/postgres.sh" start "$pg" $$
ln -s "$pg" /run/postgresql
as() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "host=$pg dbname=postgres user=$1" "${@:2}"
}
as statgate --command 'CREATE ROLE postgres SUPERUSER LOGIN'
# The page creates a role with the name of the test's own.
as postgres --command 'ALTER ROLE statgate RENAME TO test; CREATE TABLE orders (state text)'
cat "$work/catalogs"/*.sql | as postgres
installed='cmake --install build/release >/dev/null'

run_page packaging/systems/README.md
grep -qE 'ALERTS.*Imgforge(SourceFailures|ErrorSpike)' "$work/page.log" || fail "no alert of imgforge in what promtool prints"
run_page packaging/systems/DASHBOARDS.md
for name in imgforge connaisseur gallery inference; do run_page "packaging/systems/$name/README.md"; done
run_page packaging/systems/imgsrv/README.md "$installed"
run_page packaging/doc/SYSTEMD.md
getent group statgate-senders >/dev/null || fail "SYSTEMD.md has made no group"
[[ -s /etc/statgate/catalog.d/imgforge.json ]] || fail "SYSTEMD.md has installed no catalog"
