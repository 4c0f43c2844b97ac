/* SPDX-License-Identifier: MIT */
/* statgate.hpp with STATGATE_NOOP, and noop.c as C++. Exit code 0: all as expected. */
#define STATGATE_NOOP
#include <statgate.hpp>

namespace {
bool used() {
    using namespace std::chrono_literals;
    statgate::client metrics("/nowhere");
    statgate::counter hits(metrics, "a_total", {{"k", "v,w"}});
    statgate::histogram seconds(metrics, "a_seconds");
    statgate::attempts attempts(metrics, "a");
    statgate::flusher flusher;
    statgate::shared_counter shared(flusher, "a_total", {{"k", "v"}});
    return metrics.count("a_total", 1, {{"k", "a|b"}}) && metrics.state("a", "on", {{"k", "v"}}) &&
           metrics.job("a", "started", "1") && hits.add() && seconds.observe(1ms) &&
           attempts.report("worked") && shared && shared.add() && metrics.flush_wait(1s) &&
           metrics.lost() == 0;
}
} // namespace

int main() {
    return used() ? 0 : 1;
}
