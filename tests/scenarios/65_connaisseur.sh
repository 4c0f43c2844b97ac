#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The deployment of Connaisseur against the example on its page about metrics: what one process
# sends shows on its endpoint as in that example, byte for byte, with the endpoint's own metrics,
# and without what was never sent.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$scenarios/systems.sh"
own_network "$@"

golden=$scenarios/data/connaisseur.prom # the page's exposition
start_system connaisseur
endpoint=http://127.0.0.1:8080

# Before anything is sent no series with labels exists: no combination is made up. The endpoint's
# own metrics are there from the start: this is the first scrape, and it is being served.
url=$endpoint scrape >"$work/before"
! grep -v '^promhttp_' "$work/before" | grep '^[^#].*{' || fail "a series exists that nobody sent"
expect_eq "scrapes before the first" "$(sample 'promhttp_metric_handler_requests_total{code="200"}' <"$work/before")" 0
expect_eq "scrapes that are being served" "$(sample promhttp_metric_handler_requests_in_flight <"$work/before")" 1

# The exposition as a process would send it. What Connaisseur counts is a counter; what the runtime
# and the kernel say is a reading.
samples() {
  tr -d '"' <"$1" | sed -nE '/^#/d; /^promhttp_/d; s/^(connaisseur_[a-z_]+)\{(.*)\} (.*)$/\1:\3|c|#\2/p; t
    s/^(connaisseur_[a-z_]+) (.*)$/\1:\2|c/p; t
    s/^([a-z_]+)\{(.*)\} (.*)$/\1:\3|g|#\2/p; t
    s/^([a-z_]+) (.*)$/\1:\2|g/p' | tr '=' ':'
}
mapfile -t lines < <(samples "$golden")
((${#lines[@]} == $(grep -Evc '^(#|promhttp_)' "$golden"))) || fail "not every line of the exposition was understood"
start_sender app
send_as app "${lines[@]}"
expect_json /debug/senders '.total | "\(.accepted) \(.rejected) \(.folded)"' "${#lines[@]} 0 0"

# The page is of a second scrape: one was served before it.
url=$endpoint scrape >"$work/text"
diff "$golden" "$work/text" >"$work/difference" || fail "the exposition differs: $(head -20 "$work/difference")"

# A validator that the configuration does not bound, a reason of a newer version, and an invalid
# timeout.
send_as app 'connaisseur_validations_failed_total:1|c|#type:sigstore,validator_name:new' \
  'connaisseur_validations_skipped_total:1|c|#reason:because,type:cosign,validator_name:new' \
  'connaisseur_requests_denied_total:1|c|#timeout:true' \
  'connaisseur_requests_denied_total:1|c|#timeout:maybe' \
  "$(for i in $(seq 40); do echo "connaisseur_validations_successful_total:1|c|#type:cosign,validator_name:v$i"; done)"
expect_json /debug/rejections .total 1
url=$endpoint expect_metric 'connaisseur_validations_failed_total{type="other",validator_name="new"}' 1
url=$endpoint expect_metric 'connaisseur_validations_skipped_total{reason="other",type="cosign",validator_name="new"}' 1
url=$endpoint expect_metric 'connaisseur_requests_denied_total{timeout="true"}' 1
url=$endpoint expect_metric 'connaisseur_requests_denied_total{timeout="maybe"}' absent
# Of 32 places one is dockerhub's.
url=$endpoint expect_metric 'connaisseur_validations_successful_total{type="cosign",validator_name="other"}' 9

# What was counted stays with the host, what the process was goes with it. The daemon's own process_*
# are on its own page, and say something else.
kill_sender app
url=$endpoint expect_metric go_threads absent
url=$endpoint expect_metric process_cpu_seconds_total absent
url=$endpoint expect_metric 'go_info{version="go1.25.8"}' absent
url=$endpoint expect_metric connaisseur_requests_total 7
[[ $(metric process_start_time_seconds) != absent ]] || fail "the daemon's own page lacks its process"
expect_sums
stop_daemon
