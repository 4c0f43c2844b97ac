#!/usr/bin/env bash
# The bundled catalog for Connaisseur against the example on its page about metrics: what one process
# sends comes out as it stands there, byte for byte, without what was never sent.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The page's exposition, without promhttp_*, which tell about the HTTP endpoint.
golden=$scenarios/data/connaisseur.prom
# The service has process_* families of its own, so the daemon's make way.
start_daemon --catalog "$root/packaging/catalogs/connaisseur.json" --exclude statgate_process

# Before anything is sent no series with labels exists: no combination is made up.
scrape /metrics/connaisseur >"$work/before"
! grep '^[^#].*{' "$work/before" || fail "a series exists that nobody sent"

# The exposition as a process would send it. What Connaisseur counts is a counter; what the runtime
# and the kernel say is a reading.
samples() {
  tr -d '"' <"$1" | sed -nE '/^#/d; s/^(connaisseur_[a-z_]+)\{(.*)\} (.*)$/\1:\3|c|#\2/p; t
    s/^(connaisseur_[a-z_]+) (.*)$/\1:\2|c/p; t
    s/^([a-z_]+)\{(.*)\} (.*)$/\1:\3|g|#\2/p; t
    s/^([a-z_]+) (.*)$/\1:\2|g/p' | tr '=' ':'
}
mapfile -t lines < <(samples "$golden")
((${#lines[@]} == $(grep -vc '^#' "$golden"))) || fail "not every line of the exposition was understood"
start_sender app
send_as app "${lines[@]}"
expect_json /debug/rejections .total 0
expect_metric go_threads 8
expect_json /debug/senders .total.folded 0

scrape /metrics/connaisseur >"$work/text"
diff "$golden" "$work/text" >"$work/difference" || fail "the exposition differs: $(head -20 "$work/difference")"

# A validator that the configuration does not bound, and a timeout that is none.
send_as app 'connaisseur_validations_failed_total:1|c|#type:sigstore,validator_name:new' \
  'connaisseur_requests_denied_total:1|c|#timeout:true' \
  'connaisseur_requests_denied_total:1|c|#timeout:maybe' \
  "$(for i in $(seq 40); do echo "connaisseur_validations_successful_total:1|c|#type:cosign,validator_name:v$i"; done)"
expect_metric 'connaisseur_validations_failed_total{type="other",validator_name="new"}' 1
expect_metric 'connaisseur_requests_denied_total{timeout="true"}' 1
expect_metric 'connaisseur_requests_denied_total{timeout="maybe"}' absent
expect_json /debug/rejections .total 1
# Of 32 places one is dockerhub's.
expect_metric 'connaisseur_validations_successful_total{type="cosign",validator_name="other"}' 9

# What was counted stays with the host, what the process was goes with it.
kill_sender app
expect_metric go_threads absent
expect_metric process_cpu_seconds_total absent
expect_metric 'go_info{version="go1.25.8"}' absent
expect_metric connaisseur_requests_total 7
expect_sums
stop_daemon
