/* SPDX-License-Identifier: MIT */
#include "daemon_page.h"
#include "assertions.h"

struct breakers breakers;
struct breaker_page *writer;
char page_path[128];

void daemon_page_declare(struct breakers *all, const char *service, const char *name,
                         char *labels) {
    breakers_init(all);
    breakers_declare(all, breakers_service(all, service, NULL), name, NULL, labels);
    breakers_ready(all);
}

void daemon_page_clock(uint64_t later_ms) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    fake.beat_now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 + later_ms;
}

void daemon_page_init(const char *service, const char *name, char *labels) {
    fixture_init();
    snprintf(page_path, sizeof page_path, "%s/s.breakers", fixture_folder);
    daemon_page_declare(&breakers, service, name, labels);
}

void daemon_page_open(void) {
    struct error error;
    writer = breaker_page_open(page_path, NULL, 0, &breakers.set, breakers.breakers_jobs, &error);
    cr_assert(writer != NULL, "%s", error.text);
}

void daemon_page_open_shared(const char *socket_path) {
    struct error error;
    writer =
        breaker_page_open(page_path, socket_path, 0, &breakers.set, breakers.breakers_jobs, &error);
    cr_assert(writer != NULL, "%s", error.text);
    cr_assert(eq(str, (char *)(uintptr_t)breaker_page_without_tickets(writer), ""));
}

void daemon_page_done(void) {
    breaker_page_close(writer);
    breakers_done(&breakers);
    fixture_done();
}
