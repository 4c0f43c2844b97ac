# SPDX-License-Identifier: MIT
# The tables of tests/bench/peers, from lines "TITLE|SERIES|WHAT|VALUE": medians, with the least and the most where
# these differ. `sizes` are the numbers of series, `part` is "samples" or "series".
BEGIN {
  FS = "|"
  count = split(sizes, size, " ")
}
{
  if (!($1 in seen)) {
    seen[$1] = 1
    titles[++title_count] = $1
  }
  key = $1 SUBSEP $2 SUBSEP $3
  values[key, ++number[key]] = $4 + 0
}

# Three digits at most, thousands apart.
function shown(value,    text, whole) {
  if (value < 0)
    return value > -0.5 ? "0" : "-" shown(-value)
  text = value >= 100 ? sprintf("%.0f", value) : value >= 10 ? sprintf("%.1f", value) : sprintf("%.2f", value)
  if (text ~ /\./)
    sub(/\.?0+$/, "", text)
  for (whole = ""; length(text) > 3 && text !~ /\./; text = substr(text, 1, length(text) - 3))
    whole = "," substr(text, length(text) - 2) whole
  return text whole
}

function cell(title, series, what,    key, n, i, j, swap, sorted) {
  key = title SUBSEP series SUBSEP what
  n = number[key]
  if (n == 0)
    return "–"
  for (i = 1; i <= n; i++)
    sorted[i] = values[key, i]
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && sorted[j - 1] > sorted[j]; j--) {
      swap = sorted[j]
      sorted[j] = sorted[j - 1]
      sorted[j - 1] = swap
    }
  # A receiver that took less than without samples took nothing that could be measured.
  if (sorted[int((n + 1) / 2)] < 0)
    return "0"
  i = shown(sorted[int((n + 1) / 2)])
  return shown(sorted[1]) == shown(sorted[n]) ? i : i " (" shown(sorted[1]) " to " shown(sorted[n]) ")"
}

function has(title, words, n,    i, j) {
  for (i = 1; i <= n; i++)
    for (j = 1; j <= count; j++)
      if (number[title, size[j], words[i]] > 0)
        return 1
  return 0
}

END {
  n = part == "samples" ? split("sender receiver lost", what, " ") : split("idle memory plain gzip", what, " ")
  head = part == "samples" ? "| a count, by way of" : "| "
  names["sender"] = "sender, ns"
  names["receiver"] = "receiver, ns"
  names["lost"] = "lost, %"
  names["idle"] = "idle, % of a core"
  names["memory"] = "memory, MB"
  names["plain"] = "scrape, ms"
  names["gzip"] = "with gzip, ms"
  rule = "| ---"
  for (j = 1; j <= count; j++)
    for (i = 1; i <= n; i++) {
      head = head " | " (i == 1 ? shown(size[j]) " series: " : "") names[what[i]]
      rule = rule " | ---"
    }
  print head " |"
  print rule " |"
  for (t = 1; t <= title_count; t++) {
    if (!has(titles[t], what, n))
      continue
    line = "| " titles[t]
    for (j = 1; j <= count; j++)
      for (i = 1; i <= n; i++)
        line = line " | " cell(titles[t], size[j], what[i])
    print line " |"
  }
}
