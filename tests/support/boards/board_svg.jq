# SPDX-License-Identifier: MIT
# Draws a Grafana board from the answers to its queries, as one SVG, in Grafana's light colours.
# Input: {board, from, to, results: [{panel, legendFormat, series: [{metric, values: [[TIME, "VALUE"], ...]}]}]}.
# Known: time series (lines, stacks, thresholds, a second axis, logarithmic), stat, gauge, bar gauge,
# rows, and colours and units by name. What it does not know is drawn as nothing, not wrongly.

def width: 1200;
def column: width / 24;
def unit_height: 25;
def gap: 8;
def text_color: "#24292e";
def faint: "#6e7178";

# ---- small things ----

def px: . * 10 | round / 10;
def esc: tostring | @html;
def put($x; $y; $size; $color; $anchor; $more):
  "<text x=\"\($x | px)\" y=\"\($y | px)\" font-size=\"\($size)\" fill=\"\($color)\""
  + (if $anchor == "start" then "" else " text-anchor=\"\($anchor)\"" end) + $more + ">\(. | esc)</text>";

# Estimated, for a sans-serif face: no font is at hand.
def text_width($size):
  [explode[] | if . == 105 or . == 108 or . == 106 or (. >= 44 and . <= 47) or . == 32 or . == 58 or . == 124 then 0.3
               elif . == 109 or . == 119 or . == 77 or . == 87 or . == 37 then 0.86 elif . >= 65 and . <= 90 then 0.69 else 0.56 end]
  | (add // 0) * $size;
def shorten($size; $most):
  if text_width($size) <= $most then . else
    . as $text | [range(1; length)] | map(select(($text[0:.] + "…" | text_width($size)) <= $most)) | (last // 0) as $keep | $text[0:$keep] + "…"
  end;

def named_color:
  {green: "#56A64B", red: "#E02F44", blue: "#3274D9", orange: "#FF780A", purple: "#A352CC", yellow: "#F2CC0C", "super-light-green": "#96D98D", transparent: "none"}[.] // .;
def palette: ["#3274D9", "#FF780A", "#56A64B", "#A352CC", "#E02F44", "#F2CC0C", "#37A2A8", "#8F6B4A", "#6C7A89", "#B877D9"];

# ---- numbers with units ----

def digits:
  if . == 0 then "0" else
    (fabs | log10 | floor) as $e | (if $e >= 2 then 1 elif $e == 1 then 10 elif $e == 0 then 100 else pow(10; 2 - $e) end) as $f
    | . * $f | round / $f | tostring
  end;
def scaled($base; $names):
  (reduce range(0; ($names | length) - 1) as $i ({v: ., n: 0}; if (.v | fabs) >= $base then {v: (.v / $base), n: ($i + 1)} else . end))
  | (.v | digits) + $names[.n];
def seconds:
  fabs as $a
  | if $a == 0 then "0 s" elif $a < 0.001 then (. * 1e6 | digits) + " µs" elif $a < 1 then (. * 1000 | digits) + " ms" elif $a < 90 then digits + " s"
    elif $a < 5400 then (. / 60 | digits) + " min" elif $a < 172800 then (. / 3600 | digits) + " h" else (. / 86400 | digits) + " d" end;
def in_unit($unit):
  if $unit == "percentunit" then (. * 100 | digits) + " %"
  elif $unit == "s" then seconds
  elif $unit == "ms" then . / 1000 | seconds
  elif $unit == "bytes" then scaled(1024; [" B", " KiB", " MiB", " GiB", " TiB", " PiB"])
  elif $unit == "Bps" then scaled(1000; [" B/s", " kB/s", " MB/s", " GB/s"])
  elif $unit == "reqps" then scaled(1000; ["", " K", " M"]) + " req/s"
  elif $unit == "ops" then scaled(1000; ["", " K", " M"]) + " /s"
  else scaled(1000; ["", " K", " M", " B"]) end;

# ---- series ----

def number: if . == "NaN" or . == "+Inf" or . == "-Inf" then null else tonumber end;

# The name in the legend.
def named($format):
  . as $metric | reduce ($metric | keys[]) as $k ($format; split("{{" + $k + "}}") | join($metric[$k])) | gsub("\\{\\{[^}]*\\}\\}"; "");

def matches($matcher):
  if $matcher.id == "byName" then . == $matcher.options
  elif $matcher.id == "byRegexp" then test($matcher.options | ltrimstr("/") | rtrimstr("/")) else false end;

# The series of a panel with names, colours and what overrides say of them.
def series_of($panel; $results):
  [$results[] | select(.panel == $panel.id) | .legendFormat as $format | .series | sort_by(.metric | tostring)[]
    | {name: (.metric | named($format)), points: [.values[] | [.[0], (.[1] | number)]]}]
  | to_entries
  | map(.key as $i | .value | .name as $name
    | reduce ($panel.fieldConfig.overrides[] | select(.matcher as $m | $name | matches($m)) | .properties[]) as $p
        ({unit: $panel.fieldConfig.defaults.unit, right: false, dash: false,
          color: ($panel.fieldConfig.defaults.color.fixedColor // palette[$i % (palette | length)])} + .;
         if $p.id == "color" then .color = ($p.value.fixedColor | named_color)
         elif $p.id == "unit" then .unit = $p.value
         elif $p.id == "custom.axisPlacement" then .right = ($p.value == "right")
         elif $p.id == "max" then .max = $p.value
         elif $p.id == "custom.lineStyle" then .dash = true
         else . end));

# [[[t, v], ...], ...]: broken where a value is missing.
def segments($step):
  reduce .[] as $p ([[]];
    if $p[1] == null then (if .[-1] == [] then . else . + [[]] end)
    elif .[-1] != [] and $p[0] - .[-1][-1][0] > $step * 1.5 then . + [[$p]]
    else .[-1] += [$p] end)
  | map(select(length > 0));

# Stacks them: each point stands on the sum of the series before it.
def stacked:
  reduce .[] as $s ({below: {}, out: []};
    .below as $below
    | ($s.points | map(select(.[1] != null) | [.[0], ($below[.[0] | tostring] // 0), .[1]])) as $points
    | .out += [$s + {points: ($points | map([.[0], .[1] + .[2]])), floor: ($points | map([.[0], .[1]]))}]
    | .below += ($points | map({key: (.[0] | tostring), value: (.[1] + .[2])}) | from_entries))
  | .out;

# ---- axes ----

# Steps that are round in what the ticks will be labelled in: KiB, minutes, hours.
def nice_step($span; $count; $unit):
  ($span / $count) as $raw
  | (if $unit == "bytes" then pow(1024; $raw | if . < 1 then 0 else log2 / 10 | floor end)
     elif $unit == "s" then (if $span >= 172800 then 86400 elif $span >= 5400 then 3600 elif $span >= 90 then 60 else 1 end)
     elif $unit == "ms" then (if $span >= 5400000 then 3600000 elif $span >= 90000 then 60000 else 1 end)
     else 1 end) as $base
  | ($raw / $base) as $r | pow(10; $r | log10 | floor) as $p
  | ([1, 2, 2.5, 5, 10] | map(. * $p) | map(select(. >= $r * 0.999)) | first) * $base;

def axis($values; $low; $high; $unit):
  ($values | min // 0) as $min | ($values | max // 1) as $max
  | (if $low != null then $low else ([$min, 0] | min) end) as $bottom
  | (if $high != null then $high elif $max <= $bottom then $bottom + 1 else $max * 1.05 end) as $top
  | nice_step($top - $bottom; 4; $unit) as $step
  | {bottom: $bottom, top: (if $high != null then $high else ($top / $step | ceil) * $step end), step: $step}
  | . + {ticks: [range(0; 12) as $i | .bottom + $i * .step | select(. <= $top + $step)]} | .top as $t | .ticks |= map(select(. <= $t * 1.0001));

def log_axis($values):
  ([$values[] | select(. > 0)] | min // 1 | log10 | floor) as $a | ($values | max // 10 | log10 | ceil) as $b
  | {log: true, bottom: $a, top: ([$b, $a + 1] | max), ticks: [range($a; ([$b, $a + 1] | max) + 1)]};

def at_y($axis; $y0; $y1):
  (if $axis.log then (if . > 0 then log10 else $axis.bottom end) else . end)
  | ([[., $axis.top] | min, $axis.bottom] | max) as $v
  | $y1 - ($v - $axis.bottom) / ($axis.top - $axis.bottom) * ($y1 - $y0);

# ---- panels ----

def box($panel):
  $panel.gridPos | {x: (.x * column + gap / 2), y: (.y * unit_height + gap / 2), w: (.w * column - gap), h: (.h * unit_height - gap)};

def frame($b; $title):
  "<rect x=\"\($b.x | px)\" y=\"\($b.y | px)\" width=\"\($b.w | px)\" height=\"\($b.h | px)\" rx=\"3\" fill=\"#fff\" stroke=\"#dcdee3\"/>",
  ($title | shorten(12.5; $b.w - 20) | put($b.x + 10; $b.y + 19; 12.5; text_color; "start"; " font-weight=\"600\""));

# The legend's lines, from the bottom: [[{item, x}], ...], no more than $most lines.
def legend_lines($items; $w; $most):
  reduce $items[] as $i ([[]];
    ($i.name | shorten(11; $w - 30)) as $name | ($name | text_width(11) + 34) as $need
    | (.[-1] | if . == [] then 0 else .[-1].end end) as $x
    | if $x > 0 and $x + $need > $w then . + [[{item: $i, name: $name, x: 0, end: $need}]]
      else .[-1] += [{item: $i, name: $name, x: $x, end: ($x + $need)}] end)
  | if length > $most then ([.[$most:][][]] | length) as $rest | .[0:$most]
      | .[-1] |= .[0:-1] | .[-1] += [{item: {color: "none"}, name: "+ \($rest + 1) more", x: (.[-1][-1].end // 0), end: 0}]
    else . end;

def polyline($axis; $y0; $y1; $x):
  map("\(.[0] | $x[0] + (. - $x[2]) / ($x[3] - $x[2]) * ($x[1] - $x[0]) | px),\(.[1] | at_y($axis; $y0; $y1) | px)") | join(" ");

def threshold($panel):
  if ($panel.fieldConfig.defaults.custom.thresholdsStyle.mode // "off") == "off" then []
  else [$panel.fieldConfig.defaults.thresholds.steps[] | select(.value != null)] end;

def lines($panel; $results; $from; $to; $step):
  box($panel) as $b | $panel.fieldConfig.defaults as $d
  | (series_of($panel; $results)) as $plain
  | (($d.custom.stacking.mode // "none") == "normal") as $stack
  | (if $stack then $plain | stacked else $plain end) as $series
  | legend_lines($series; $b.w - 20; 3) as $legend
  | ([$series[] | select(.right | not) | .points[][1] | select(. != null)] + [threshold($panel)[].value]) as $left
  | [$series[] | select(.right) | .points[][1] | select(. != null)] as $right
  | (if $d.custom.scaleDistribution.type == "log" then log_axis($left) else axis($left; $d.min; $d.max // ([$series[].max // empty] | max); $d.unit) end) as $a
  | ([$series[] | select(.right) | .unit] | first) as $right_unit
  | axis($right; 0; null; $right_unit) as $ar
  | def tick($axis; $unit): (if $axis.log then pow(10; .) else . end) | in_unit($unit);
    ([$a.ticks[] | tick($a; $d.unit) | text_width(10.5)] | max) as $left_w
  | (if $right_unit then [$ar.ticks[] | tick($ar; $right_unit) | text_width(10.5)] | max + 10 else 0 end) as $right_w
  | ($b.y + 32) as $y0 | ($b.y + $b.h - 26 - 16 * ($legend | length)) as $y1
  | [$b.x + 18 + $left_w, $b.x + $b.w - 12 - $right_w, $from, $to] as $x
  | frame($b; $panel.title),
    ($a.ticks[] | . as $v | (if $a.log then pow(10; .) else . end | at_y($a; $y0; $y1)) as $y
      | "<path d=\"M\($x[0] | px) \($y | px)H\($x[1] | px)\" stroke=\"#eceef1\"/>",
        ($v | tick($a; $d.unit) | put($x[0] - 6; $y + 3.5; 10.5; faint; "end"; ""))),
    (if $right_unit then $ar.ticks[] | . as $v | at_y($ar; $y0; $y1) as $y | $v | tick($ar; $right_unit) | put($x[1] + 6; $y + 3.5; 10.5; faint; "start"; "") else empty end),
    (([60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400] | map(select(. >= ($to - $from) / ($b.w / 70))) | first // 86400) as $dt
      | range(($from / $dt | ceil); ($to / $dt | floor) + 1) * $dt
      | . as $t | ($x[0] + (. - $from) / ($to - $from) * ($x[1] - $x[0])) as $tx
      | select($tx > $x[0] + 12 and $tx < $x[1] - 8)
      | "<path d=\"M\($tx | px) \($y0 | px)V\($y1 | px)\" stroke=\"#f3f4f6\"/>", ($t | strftime("%H:%M") | put($tx; $y1 + 15; 10.5; faint; "middle"; ""))),
    (if $stack then
       ($series[] | select(.points != .floor)
        | "<polygon points=\"\(.points | polyline($a; $y0; $y1; $x)) \(.floor | reverse | polyline($a; $y0; $y1; $x))\" fill=\"\(.color)\" fill-opacity=\".4\" stroke=\"\(.color)\" stroke-width=\".8\"/>")
     else
       ($series[] | . as $s | (if .right then $ar else $a end) as $axis | .points | segments($step)[]
        | "<polyline points=\"\(polyline($axis; $y0; $y1; $x))\" fill=\"none\" stroke=\"\($s.color)\" stroke-width=\"1.5\"\(if $s.dash then " stroke-dasharray=\"6 4\"" else "" end)/>")
     end),
    (threshold($panel)[] | (.value | at_y($a; $y0; $y1)) as $y
      | "<path d=\"M\($x[0] | px) \($y | px)H\($x[1] | px)\" stroke=\"\(.color | named_color)\" stroke-width=\"1.5\" stroke-dasharray=\"8 6\"/>"),
    (if $series == [] then "No data" | put($b.x + $b.w / 2; ($y0 + $y1) / 2; 13; faint; "middle"; "") else empty end),
    ($legend | to_entries[] | .key as $line | .value[] | ($b.x + 12 + .x) as $lx | ($y1 + 33 + 16 * $line) as $ly
      | (if .item.color == "none" then empty else
          "<path d=\"M\($lx | px) \($ly - 4 | px)h14\" stroke=\"\(.item.color)\" stroke-width=\"3\"\(if .item.dash then " stroke-dasharray=\"5 3\"" else "" end)/>" end),
        (.name | put($lx + 19; $ly; 11; text_color; "start"; "")));

def last_value: [.points[][1] | select(. != null)] | last;

# The colour of the highest step that a value has reached.
def step_color($panel):
  . as $v | [$panel.fieldConfig.defaults.thresholds.steps[] | select(.value == null or .value <= $v)] | last | .color | named_color;

def stat($panel; $results; $from; $to):
  box($panel) as $b | (series_of($panel; $results) | first) as $s | ($s | if . then last_value else null end) as $v
  | frame($b; $panel.title),
    (if $v == null then "No data" | put($b.x + $b.w / 2; $b.y + $b.h / 2 + 10; 15; faint; "middle"; "") else
      ($v | step_color($panel)) as $color
      | axis([$s.points[][1] | select(. != null)]; 0; null; "short") as $a
      | [$b.x + 1, $b.x + $b.w - 1, $from, $to] as $x | ($b.y + $b.h - 24) as $y0 | ($b.y + $b.h - 1) as $y1
      | ([$s.points[] | select(.[1] != null)] | if length > 1 then
          "<polygon points=\"\(polyline($a; $y0; $y1; $x)) \([.[-1], .[0]] | map([.[0], 0]) | polyline($a; $y0; $y1; $x))\" fill=\"\($color)\" fill-opacity=\".18\"/>"
        else empty end),
        ($v | in_unit($s.unit) | put($b.x + $b.w / 2; $b.y + $b.h / 2 + 14; ([26, 26 * ($b.w - 24) / text_width(26)] | min | floor); $color; "middle"; " font-weight=\"600\""))
    end);

def gauge($panel; $results):
  box($panel) as $b | (series_of($panel; $results) | first) as $s | ($s | if . then last_value else null end) as $v
  | ($b.x + $b.w / 2) as $cx | ($b.y + $b.h - 14) as $cy | ([$b.h - 44, $b.w / 2 - 14] | min) as $r
  | def arc($share; $color): ((1 - $share) * 3.14159265) as $t
      | "<path d=\"M\($cx - $r | px) \($cy | px)A\($r | px) \($r | px) 0 0 1 \($cx + $r * ($t | cos) | px) \($cy - $r * ($t | sin) | px)\" fill=\"none\" stroke=\"\($color)\" stroke-width=\"11\"/>";
    frame($b; $panel.title),
    (if $v == null then "No data" | put($cx; $cy - 8; 15; faint; "middle"; "") else
      arc(1; "#e9ebee"), arc([[$v / ($panel.fieldConfig.defaults.max // 1), 1] | min, 0.001] | max; $v | step_color($panel)),
      ($v | in_unit($s.unit) | put($cx; $cy; 15; $v | step_color($panel); "middle"; " font-weight=\"600\""))
    end);

def bars($panel; $results):
  box($panel) as $b | ([series_of($panel; $results)[] | {name, unit, v: last_value} | select(.v != null)] | sort_by(-.v)) as $bars
  | ([$bars[].v] | max // 1) as $max | ([$bars[].v | in_unit($panel.fieldConfig.defaults.unit) | text_width(11)] | max // 0) as $value_w
  | ([($b.h - 40) / ([$bars | length, 1] | max), 24] | min) as $pitch | ($b.w * 0.34) as $name_w
  | frame($b; $panel.title),
    ($bars | to_entries[] | ($b.y + 32 + .key * $pitch) as $y | .value as $v | ($b.x + 12 + $name_w) as $x0 | ($b.w - 32 - $name_w - $value_w) as $w
      | ($v.name | shorten(10.5; $name_w - 4) | put($b.x + 10; $y + $pitch / 2 + 4; 10.5; text_color; "start"; "")),
        "<rect x=\"\($x0 | px)\" y=\"\($y + 2 | px)\" width=\"\($w | px)\" height=\"\($pitch - 4 | px)\" fill=\"#f1f2f4\"/>",
        "<rect x=\"\($x0 | px)\" y=\"\($y + 2 | px)\" width=\"\($w * $v.v / $max | px)\" height=\"\($pitch - 4 | px)\" fill=\"\($v.v | step_color($panel))\"/>",
        ($v.v | in_unit($v.unit) | put($b.x + $b.w - 10; $y + $pitch / 2 + 4; 11; text_color; "end"; "")));

def row_title($panel):
  box($panel) as $b | "⌄  " + $panel.title | put($b.x + 4; $b.y + $b.h - 3; 13.5; text_color; "start"; " font-weight=\"600\"");

. as $in
| ([.board.panels[].gridPos | .y + .h] | max * unit_height) as $height
| "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \($height + 48)\" font-family=\"Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif\">",
  "<title>\(.board.title | esc)</title>",
  "<rect width=\"\(width)\" height=\"\($height + 48)\" fill=\"#f4f5f7\"/>",
  (.board.title | put(8; 28; 18; text_color; "start"; " font-weight=\"600\"")),
  ("\(.from | strftime("%Y-%m-%d %H:%M")) to \(.to | strftime("%H:%M")) UTC" | put(width - 8; 27; 12; faint; "end"; "")),
  "<g transform=\"translate(0 40)\">",
  (.board.panels[] | . as $panel
    | if .type == "row" then row_title(.)
      elif .type == "timeseries" then lines(.; $in.results; $in.from; $in.to; $in.step)
      elif .type == "stat" then stat(.; $in.results; $in.from; $in.to)
      elif .type == "gauge" then gauge(.; $in.results)
      elif .type == "bargauge" then bars(.; $in.results)
      else empty end),
  "</g></svg>"
