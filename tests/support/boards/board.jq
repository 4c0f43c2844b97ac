# SPDX-License-Identifier: MIT
# A Grafana board as its queries: what Grafana makes of its variables before it asks Prometheus.
#
#   jq -L FOLDER 'include "board"; queries({instance: ["web1:9600"]}; 15)' dashboard.json

# The panels of a board, those in collapsed rows, too, without the rows.
def panels:
  [.panels[] | if .type == "row" then .panels[]? else . end];

# The value of a variable that may have several, as Grafana writes it into a regular expression
# inside quotes: special characters escaped, and the backslashes once more for PromQL.
def in_regex:
  gsub("(?<c>[\\\\^$*+?.()|{}\\[\\]/])"; "\\\\" + .c);

# {NAME: TEXT} for every variable: the chosen values, else all of them, else the default.
def variables($chosen):
  [.templating.list[]
    | select(.type == "query" or .type == "textbox" or .type == "custom")
    | {key: .name,
       value: (if .type == "query" and $chosen[.name] then
                 [$chosen[.name][] | in_regex] | if length == 1 then .[0] else "(" + join("|") + ")" end
               elif $chosen[.name] then $chosen[.name][0]
               elif .includeAll then .allValue
               elif .type == "textbox" then .query
               else .current.value end)}]
  | from_entries;

# {NAME: [METRIC, LABEL]} of the variables that take the values of a label.
def label_variables:
  [.templating.list[] | select(.type == "query")
    | {key: .name, value: (.query.query | capture("^label_values\\((?<metric>[^,]+), *(?<label>[a-z_]+)\\)$") | [.metric, .label])}]
  | from_entries;

# Longest names first, lest $instance be taken for $in.
def expand($values):
  reduce ($values | to_entries | sort_by(-(.key | length))[]) as $v (.;
    split("${" + $v.key + "}") | join($v.value) | split("$" + $v.key) | join($v.value));

# Each query of each panel. interval_s is that between two scrapes: a rate's window is four of them, as
# Grafana has it for a range short enough to show every scrape.
def queries($chosen; $interval_s):
  (variables($chosen) + {
    __rate_interval: "\($interval_s * 4)s",
    __interval: "\($interval_s)s"
  }) as $values
  | [panels[] | . as $panel | .targets[]
      | {panel: $panel.id, title: $panel.title, type: $panel.type, refId, legendFormat,
         instant: (.instant == true), expr: (.expr | expand($values))}];
