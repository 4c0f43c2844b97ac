#include "postgres/collector.h"

#include <unistd.h>

uint64_t collector_now_ns(void) {
    return uv_hrtime();
}

int64_t collector_mono_ms(const struct postgres *postgres) {
    return postgres->options.clock(postgres->options.arg).mono_ms;
}

uint64_t collector_ns_at(const struct postgres *postgres, int64_t mono_ms, uint64_t now_ns) {
    const int64_t left_ms = mono_ms - collector_mono_ms(postgres);
    return left_ms > 0 ? now_ns + (uint64_t)left_ms * NS_PER_MS : now_ns;
}

void collector_report(struct postgres *postgres, struct news *about,
                      const struct postgres_news *news) {
    const struct postgres_options *options = &postgres->options;
    if (options->report == NULL || postgres->closing)
        return;
    if (news_take(about, news->good, collector_mono_ms(postgres)))
        options->report(options->arg, news);
}

void collector_forget_leaving(struct postgres *postgres) {
    for (size_t i = 0; i < postgres->leaving_count; i++)
        (void)close(postgres->leaving[i].fd);
    postgres->leaving_count = 0;
}

void collector_free(struct postgres *postgres) {
    const struct memory *memory = postgres->memory;
    for (size_t i = 0; i < postgres->database_count; i++)
        memory_release(memory, postgres->databases[i].connections);
    memory_release(memory, postgres->databases);
    object_table_done(&postgres->handed, memory);
    memory_release(memory, postgres->runs);
    memory_release(memory, postgres->columns);
    memory_release(memory, postgres->kinds);
    memory_release(memory, postgres->leaving);
    memory_release(memory, postgres);
}

void collector_handle_closed(void *arg) {
    struct postgres *postgres = arg;
    uv_handle_t *timer = (uv_handle_t *)&postgres->timer;
    if (!postgres->closing)
        return;
    if (postgres->open_handles == 1 && !uv_is_closing(timer))
        uv_close(timer, collector_on_closed);
    if (postgres->open_handles > 0)
        return;
    void (*closed)(void *closed_arg) = postgres->closed;
    void *closed_arg = postgres->closed_arg;
    collector_free(postgres);
    if (closed != NULL)
        closed(closed_arg);
}

void collector_on_closed(uv_handle_t *handle) {
    struct postgres *postgres = handle->data;
    postgres->open_handles--;
    collector_handle_closed(postgres);
}
