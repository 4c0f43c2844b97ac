#include "statgated/daemon.h"

#include "host/clock.h"

struct store_time daemon_now(void) {
    const struct clock_now clock = clock_now();
    return (struct store_time){.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
}

struct store_time daemon_clock(void *arg) {
    (void)arg;
    return daemon_now();
}

bool daemon_is_answering(const struct daemon *daemon) {
    return daemon->http != NULL && http_server_is_inside(daemon->http);
}
