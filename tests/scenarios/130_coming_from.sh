#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each row of the tables of CLIENTS for who comes from another statsd: the line is sent to a daemon with the catalog above
# them, and what becomes of it is what the row says.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools jq python3

page=$root/packaging/doc/CLIENTS.md
python3 - "$page" "$work" <<'END'
import re, sys
page = open(sys.argv[1]).read()
part = page[page.index("## Coming from another statsd"):]
part = part[:part.index("\n## ", 3)]
open(sys.argv[2] + "/shop.json", "w").write(re.search(r"```json\n(.*?)```", part, re.S).group(1))
rows = re.findall(r"^\| (`.*?`) \| (.*?) \| .*\|$", part, re.M)
with open(sys.argv[2] + "/rows", "w") as out:
    for sent, here in rows:
        print(sent.strip("`").replace("\\|", "|"), here.replace("`", ""), sep="\t", file=out)
END
"$statgate" check "$work/shop.json" >/dev/null || fail "the catalog of the page is wrong"

judged() { [[ $(json /debug/senders '[.senders[] | .accepted + .folded + .rejected + .ignored] | add // 0') -ge 1 ]]; }
rows=0
while IFS=$'\t' read -r line here; do
  start_daemon --catalog "$work/shop.json"
  send "$line"
  wait_for judged || fail "$line: no verdict"
  case $here in
    ignored) expect_eq "$line" "$(json /debug/senders '[.senders[].ignored] | add')" 1 ;;
    refused:*) expect_eq "$line" "$(json /debug/rejections '.by_family[].reason')" "${here#refused: }" ;;
    *) scrape >"$work/page"; grep -qxF "$here" "$work/page" || fail "$line: no $here, but $(grep ^shop_ "$work/page")" ;;
  esac
  stop_daemon
  rows=$((rows + 1))
done <"$work/rows"
((rows >= 25)) || fail "only $rows rows were read"
say "$rows rows"
