#include "statgated/daemon.h"

#include "ingress/ingress.h"

struct store_time daemon_now(void) {
    return ingress_now();
}

struct store_time daemon_clock(void *arg) {
    (void)arg;
    return daemon_now();
}

bool daemon_is_answering(const struct daemon *daemon) {
    return daemon->http != NULL && http_server_is_inside(daemon->http);
}

uint64_t daemon_no_memory(const struct daemon *daemon) {
    return http_server_no_memory(daemon->http) +
           (daemon->control != NULL ? control_no_memory(daemon->control) : 0);
}
