#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A sender that claims impossible losses: they count nowhere, the sender is named, and the claims of
# others are still believed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_daemon --catalog "$scenarios/catalogs/basic.json"
start_sender honest liar
send_as honest 'shop_visits_total:1|c|q:a,8,7'
send_as liar 'shop_visits_total:1|c|q:1,9007199254740992,9007199254740991' \
  'shop_visits_total:1|c|q:b,1,0'
for handle in 2 3 4 5; do
  send_as liar "shop_visits_total:1|c|q:$handle,9007199254740992,9007199254740991"
done
expect_metric shop_visits_total 7
expect_metric statgate_client_lost_samples_total 7
expect_metric statgate_client_sent_samples_total 8
expect_metric statgate_client_implausible_reports_total 5
expect_json /debug/senders "[.senders[] | select(.pid == ${sender_pid[liar]}) | .implausible, .lost] | join(\" \")" '5 0'
expect_json /debug/senders "[.senders[] | select(.pid == ${sender_pid[honest]}) | .implausible, .lost] | join(\" \")" '0 7'
stop_daemon
