# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For scenarios about Grafana boards. Sourced behind lib.sh and systems.sh.
#
#   expect_sound BOARD SAMPLE_NAMES   # the file alone
#   expect_data BOARD                 # every query, as Grafana would send it to `prometheus`
#   expect_thresholds BOARD           # its dashed lines against the rules that `prometheus` has loaded
#   expect_picture BOARD              # the drawing of it

# shellcheck disable=SC2154
boards=$root/tests/support/boards
interval_s=1
node_exporter=0 # whether one runs: queries of its metrics are for hosts that have it

board_jq() {
  jq -r -L "$boards" "$@"
}

# ---- the files themselves ----

# sample_names CATALOG...: what their families expose, as JSON.
sample_names() {
  jq -c -s '[.[].families // {} | to_entries[]
    | if .value.type == "histogram" then .key + ("_bucket", "_sum", "_count") else .key end]' "$@"
}

# expect_sound BOARD SAMPLE_NAMES
expect_sound() {
  local faults
  faults=$(board_jq --argjson families "$2" -f "$boards/check.jq" "$1") || fail "$1 is no board"
  [[ -z $faults ]] || fail "${1#"$root/"}: $faults"
}

# expect_all_shown BOARD CATALOG...: every family of the catalogs is on the board.
expect_all_shown() {
  local board=$1 missing
  shift
  missing=$(jq -r -n --slurpfile board "$board" '[inputs.families | keys[]]
    | map(select(. as $f | [$board[0].panels[].targets[]?.expr | select(contains($f))] == [])) | join(" ")' "$@")
  [[ -z $missing ]] || fail "${board#"$root/"} does not show $missing"
}

# ---- with data ----

# expect_thresholds BOARD: a dashed line across a panel is the threshold of the alert that its description
# names: the same number, or what is left to 1 (hits for misses), is in the alert's expression.
expect_thresholds() {
  local panel alert value
  while IFS=$'\t' read -r panel alert value; do
    [[ -n $alert ]] || fail "$panel has a line, but names no alert"
    # shellcheck disable=SC2016
    curl -fsS --max-time 5 "$prometheus/api/v1/rules" | jq -e --arg alert "$alert" --argjson value "$value" '
      [.data.groups[].rules[] | select(.name == $alert) | .query | scan("[^a-zA-Z0-9_.]([0-9.]+)\\b")[0] | tonumber
        | . == $value or ((1 - . - $value) | fabs) < 1e-9] | any' >/dev/null ||
      fail "$panel: $value is no threshold of the alert $alert"
  done < <(board_jq 'include "board"; panels[] | select((.fieldConfig.defaults.custom.thresholdsStyle.mode // "off") != "off")
    | [.title, (.description | capture("Dashed: .*alert (?<a>[A-Z][A-Za-z]+)").a? // ""), .fieldConfig.defaults.thresholds.steps[1].value] | @tsv' "$1")
}

# Whether a query gives a series with a number. With `refused`, a line that no catalog knows comes in meanwhile.
refused=
query_has_number() {
  [[ -z $refused ]] || send "$refused"
  last=$(curl -sS --max-time 5 "$prometheus/api/v1/query" --data-urlencode "query=$1" 2>&1)
  [[ $last =~ \"value\":\[[0-9.]+,\"[-0-9] ]]
}

# choices BOARD: what Grafana fills its variables with, {NAME: [VALUE, ...]}.
choices() {
  local name metric label values=()
  while IFS=$'\t' read -r name metric label; do
    ((node_exporter)) || [[ $metric != node_* ]] || continue
    values+=("$(curl -fsS --max-time 5 -G "$prometheus/api/v1/label/$label/values" --data-urlencode "match[]=$metric" |
      jq -c --arg name "$name" '{($name): .data}')")
  done < <(board_jq 'include "board"; label_variables | to_entries[] | [.key, .value[]] | @tsv' "$1")
  printf '%s\n' "${values[@]}" | jq -c -s 'add // {}'
}

# expect_data BOARD: every query, with All for the variables, and with each of their values chosen by name.
expect_data() {
  local board=$1 panel expr chosen count=0 name
  while IFS=$'\x1f' read -r panel expr; do
    if [[ $expr == *node_* ]] && ! ((node_exporter)); then
      say "not run, for want of prometheus-node-exporter: $panel"
      continue
    fi
    wait_for query_has_number "$expr" || fail "$panel: no data for $expr: $last"
    count=$((count + 1))
  done < <(board_jq --argjson interval "$interval_s" \
    'include "board"; queries({}; $interval)[] | "\(.title) (\(.refId))\u001f\(.expr)"' "$board")
  ((count > 0)) || fail "$board has no queries"
  chosen=$(choices "$board")
  for name in $(jq -r 'to_entries[] | select(.value == []) | .key' <<<"$chosen"); do
    fail "the variable $name has no values to choose from"
  done
  while IFS= read -r expr; do
    [[ $expr != *node_* ]] || ((node_exporter)) || continue
    wait_for query_has_number "$expr" || fail "no data for $expr: $last"
  done < <(board_jq --argjson interval "$interval_s" --argjson chosen "$chosen" \
    'include "board"; queries($chosen; $interval) - queries({}; $interval) | unique_by(.expr)[].expr' "$board")
  say "${board#"$root/"}: $count queries with data"
}

picture_is_full() {
  "$boards/draw" "$1" "$prometheus" 1 "$interval_s" >"$work/board.svg" 2>"$work/draw.log" || fail "draw: $(<"$work/draw.log")"
  last=$(grep -c '>No data<' "$work/board.svg")
  ((last == 0))
}

# expect_picture BOARD: the preview that is drawn from the same answers has all of its panels; those of
# the last minute need more than the one scrape that an instant query is content with.
expect_picture() {
  wait_for picture_is_full "$1" || fail "$last panels of the picture are without data"
  expect_eq "frames in the picture" "$(grep -c 'rx="3"' "$work/board.svg")" "$(board_jq 'include "board"; panels | length' "$1")"
  [[ $(tail -n 1 "$work/board.svg") == '</g></svg>' ]] || fail "the picture is not whole"
  ! grep -nE 'NaN|null|="[^"]*inf' "$work/board.svg" || fail "the picture has points that are no numbers"
}
