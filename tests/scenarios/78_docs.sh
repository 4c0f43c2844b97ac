#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The reference pages of the five systems are what their catalogs say now, by the programs as they
# are built; and `statgate docs` says what is wrong, whatever it is.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
systems=$root/packaging/systems

# ---- the shipped pages ----
pages=0
for deployment in "$systems"/*/statgate.json; do
  folder=${deployment%/*}
  "$statgate" docs --config "$deployment" --check "$folder/METRICS.md" >"$work/out" 2>"$work/docs.log" ||
    fail "the page of ${folder##*/}: $(<"$work/docs.log")
or all of them: cmake --build BUILD --target docs"
  [[ ! -s $work/out && ! -s $work/docs.log ]] || fail "--check prints something though all is right"
  # Every family that check counts has its row, and nobody reads a connection there.
  families=$("$statgate" check --config "$deployment" --json 2>/dev/null |
    jq -r '.services[] | select(.internal | not) | .families[] | select(.type != "attempts" and .type != "jobs") | .name')
  [[ -n $families ]] || fail "no families in ${folder##*/}"
  for family in $families; do
    grep -q "^| \`$family\` | [A-Z]" "$folder/METRICS.md" || fail "no row for $family in ${folder##*/}"
  done
  grep -q 'conninfo\|service=' "$folder/METRICS.md" && fail "a connection shows in ${folder##*/}"
  # Every example line is accepted unchanged, by the deployment that the page is about. Each service has some.
  export IMMICH_TELEMETRY_INCLUDE=all # the page above is the same without it
  sed -n '/^```text$/,/^```$/p' "$folder/METRICS.md" | grep -v '^```' >"$work/lines" || fail "no example lines in ${folder##*/}"
  "$statgate" explain --config "$deployment" --json - <"$work/lines" >"$work/explained" 2>"$work/docs.log" ||
    fail "example lines of ${folder##*/}: $(<"$work/docs.log") $(jq -r 'select(.verdict == "rejected") | .line + ": " + .reason' "$work/explained")"
  expect_eq "accepted example lines of ${folder##*/}" "$(jq -s 'map(select(.verdict == "accepted" and .samples.accepted > 0)) | length' "$work/explained")" \
    "$(wc -l <"$work/lines")"
  expect_eq "services with example lines of ${folder##*/}" "$(jq -r .service "$work/explained" | sort -u | xargs)" \
    "$(jq -r '.catalog[]' "$deployment" | xargs -n 1 basename -s .json | sort | xargs)"
  pages=$((pages + 1))
done
expect_eq "pages" "$pages" 5
for service in gallery-api gallery-microservices gallery-ml; do
  grep -q "^## $service\$" "$systems/gallery/METRICS.md" || fail "no part for $service"
done

# ---- the pages for fleets: as many lines as check counts ----
"$statgate" check --json "$root/packaging/catalogs/imgforge.json" >"$work/check.json"
# page_has PAGE FILTER FORMAT: the page has the figure that jq finds in what check says.
page_has() {
  local lines text
  lines=$(jq "$2" "$work/check.json")
  # shellcheck disable=SC2059
  printf -v text "$3" "$lines"
  grep -qF -- "$text" "$root/packaging/$1" || fail "$1 does not say '$text'"
}
page_has FLEET.md '.total.lines' "sample_limit: %d"
page_has doc/CAPACITY.md '.services[] | select(.internal) | .lines' "the daemon itself %d)"

# ---- a catalog changes, and the page follows ----
cp "$root/packaging/catalogs/demo.json" "$work/demo.json"
"$statgate" docs --output "$work/METRICS.md" "$work/demo.json"
"$statgate" docs "$work/demo.json" | cmp - "$work/METRICS.md" || fail "the file is not what is printed"
before=$(stat -c '%i %Y' "$work/METRICS.md")
"$statgate" docs --output "$work/METRICS.md" "$work/demo.json"
expect_eq "a page that is right is left alone" "$(stat -c '%i %Y' "$work/METRICS.md")" "$before"

# refused CODE ARGUMENT...: `statgate docs` ends so, with a message and without a page.
refused() {
  local wanted=$1 code=0
  shift
  "$statgate" docs "$@" >"$work/out" 2>"$work/docs.log" || code=$?
  expect_eq "exit code of docs $*" "$code" "$wanted"
  [[ -s $work/docs.log ]] || fail "docs $*: no message"
  [[ ! -s $work/out ]] || fail "docs $*: prints a page"
}
# reported TEXT: the last message says so.
reported() {
  grep -qF -- "$1" "$work/docs.log" || fail "no '$1' in: $(<"$work/docs.log")"
}

sed -i 's/Page views; /Views of pages; /' "$work/demo.json"
refused 1 --check "$work/METRICS.md" "$work/demo.json"
reported "is stale from line "
"$statgate" docs --output "$work/METRICS.md" "$work/demo.json"
"$statgate" docs --check "$work/METRICS.md" "$work/demo.json"

# The same catalogs, from another folder and with another environment: the same page.
(cd "$work" && LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$statgate" docs ./demo.json) | cmp - "$work/METRICS.md" ||
  fail "the page depends on more than the catalogs"

# ---- errors ----
refused 2 "$work/none.json"
reported "$work/none.json: no such file or folder"
printf '{"statgate": 1, "service": "s", "families": {"a": {"type": "gauge", "unti": "x"}}}' >"$work/bad.json"
refused 2 "$work/bad.json"
reported "bad.json:1:69: /families/a/unti: unknown key"
printf '{"statgate": 1,' >"$work/bad.json"
refused 2 --check "$work/METRICS.md" "$work/bad.json" "$work/demo.json"
reported "bad.json:1:"
refused 1 --output "$work/nowhere/METRICS.md" "$work/demo.json"
reported "$work/nowhere/METRICS.md: No such file or directory"
refused 1 --output "$work" "$work/demo.json"
reported "not a regular file"
refused 1 --check "$work/none.md" "$work/demo.json"
reported "$work/none.md: No such file or directory"
if "$statgate" docs "$work/demo.json" 2>/dev/null >/dev/full; then
  fail "output that could not be written is no error"
fi
[[ -z $(find "$work" -name 'METRICS.md?*') ]] || fail "something is left beside the page"

# A disk without room leaves the old page as it was.
sed -i 's/Views of pages; /Seen pages; /' "$work/demo.json"
(
  ulimit -f 1
  trap '' XFSZ
  refused 1 --output "$work/METRICS.md" "$work/demo.json"
)
[[ $(grep -c 'Views of pages; ' "$work/METRICS.md") == 1 ]] || fail "half a page, or none"
[[ -z $(find "$work" -name 'METRICS.md?*') ]] || fail "something is left beside the page"
