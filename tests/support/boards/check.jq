# SPDX-License-Identifier: MIT
# Says what is wrong with a Grafana board, a line each; nothing is said of a good one.
#
#   jq -r -L FOLDER --argjson families '["requests_total", ...]' -f check.jq dashboard.json
#
# families: the names of samples that there can be, those of histograms with _bucket, _sum and _count.
include "board";

def source: {type: "prometheus", uid: "${datasource}"};
def where: "panel \(.id) (\(.title))";
def duplicates: group_by(.) | map(select(length > 1) | .[0]);

# The metrics that an expression names: its words, but for strings, matchers, windows, groupings and functions.
def metrics:
  gsub("\"[^\"]*\""; "") | gsub("\\{[^}]*\\}"; " ") | gsub("\\[[^\\]]*\\]"; " ")
  | gsub("\\b(by|without|on|ignoring|group_left|group_right) *\\([^)]*\\)"; " ")
  | [match("[$]?[a-zA-Z_:][a-zA-Z0-9_:]*(?! *\\()\\b(?! *\\()"; "g").string | select(startswith("$") or . == "and" or . == "or" or . == "unless" or . == "bool" | not)];

def overlap($a; $b):
  $a.x < $b.x + $b.w and $b.x < $a.x + $a.w and $a.y < $b.y + $b.h and $b.y < $a.y + $a.h;

. as $board
| panels as $panels
| [.templating.list[].name] as $names
| (.panels + [.panels[].panels[]?]) as $all
| [$panels[].targets[].expr] as $exprs
| [
  # What an import needs.
  (if .id == null and (.uid // "" | test("^[a-z0-9-]{3,40}$")) then empty else "id has to be null, uid fixed" end),
  (["title", "description", "tags", "refresh", "time", "schemaVersion"][] | select($board[.] == null or $board[.] == "" or $board[.] == []) | "no \(.)"),
  (if .schemaVersion >= 36 then empty else "an old schemaVersion" end),
  (if [.__inputs[] | select(.name == "DS_PROMETHEUS" and .type == "datasource" and .pluginId == "prometheus")] != [] then empty else "an import does not ask for a data source" end),
  (([.__requires[] | select(.type == "panel") | .id] | sort) as $have | ([$panels[].type] | unique) as $need
    | if $have == $need then empty else "__requires has the panels \($have), used are \($need)" end),

  # Data sources and variables.
  (if [.templating.list[] | select(.name == "datasource" and .type == "datasource" and .query == "prometheus" and .current.value == "${DS_PROMETHEUS}")] != [] then empty
    else "no variable for the data source" end),
  ($panels[] | select(.datasource != source) | "\(where): its data source is not the variable"),
  ($panels[] | where as $where | .targets[] | select(.datasource != source) | "\($where), query \(.refId): its data source is not the variable"),
  (.templating.list[] | select(.type == "query" or .type == "adhoc") | select(.datasource != source) | "variable \(.name): its data source is not the variable"),
  ($names | duplicates[] | "two variables \(.)"),
  (.templating.list[] | select(.type == "query" or .type == "textbox") | .name | . as $name
    | select([$exprs[] | select(test("[$]\\{?" + $name + "\\b"))] == []) | "no query uses the variable \(.)"),
  (label_variables | to_entries[] | select(.value[0] as $m | [$families[], "node_memory_MemTotal_bytes"] | index($m) | not) | "variable \(.key): no family \(.value[0])"),
  (queries({}; 15)[] | select(.expr | test("[$]")) | "panel \(.panel), query \(.refId): an unknown variable in \(.expr)"),

  # Panels.
  ([$all[].id] | duplicates[] | "two panels with the id \(.)"),
  ($panels[] | select((.title // "") == "" or (.description // "" | length < 12 or (endswith(".") | not))) | "\(where): no title, or no description in sentences"),
  ($panels[] | select((.fieldConfig.defaults.unit // "") == "") | "\(where): no unit"),
  ($panels[] | select((.targets | length) == 0) | "\(where): no query"),
  ($panels[] | where as $where | [.targets[].refId] | duplicates[] | "\($where): two queries \(.)"),
  ($panels[] | where as $where | .targets[] | select((.legendFormat // "") == "") | "\($where), query \(.refId): no legend"),
  ($all[] | select(.gridPos | .x < 0 or .w < 1 or .h < 1 or .x + .w > 24) | "\(where): outside of the 24 columns"),
  (.panels | range(length) as $i | range($i + 1; length) as $j | select(overlap(.[$i].gridPos; .[$j].gridPos)) | "\(.[$i] | where) and \(.[$j] | where) overlap"),

  # Metrics.
  ($panels[] | where as $where | .targets[] | .expr | metrics[] | select(startswith("node_") | not) | select(. as $m | $families | index($m) | not) | "\($where): no family \(.)")
] | .[]
