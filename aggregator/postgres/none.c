/* SPDX-License-Identifier: MIT */
/* none.c - postgres.h in a build without libpq: no database can be reached, and each says why. */
#include <stdio.h>

#include "postgres/postgres.h"

static const char why[] = "this statgated was built without libpq";

struct postgres {
    const struct memory *memory;
    struct postgres_options options;
    bool reported;
};

struct postgres *postgres_new(const struct memory *memory, const struct postgres_options *options) {
    struct postgres *postgres = memory_alloc(memory, sizeof *postgres);
    *postgres = (struct postgres){memory, *options, false};
    return postgres;
}

uint64_t postgres_object_bytes(const struct catalog_set *set) {
    (void)set;
    return 0;
}

void postgres_restore(struct postgres *postgres, const struct image *image,
                      const struct match *match) {
    (void)postgres;
    (void)image;
    (void)match;
}

void postgres_close(struct postgres *postgres, void (*closed)(void *arg), void *arg) {
    if (postgres != NULL)
        memory_release(postgres->memory, postgres);
    if (closed != NULL)
        closed(arg);
}

void postgres_retire(struct postgres *postgres, bool retiring) {
    (void)postgres;
    (void)retiring;
}

void postgres_await_retired(struct postgres *postgres) {
    (void)postgres;
}

/* Nothing is ever due. The first scrape reports each database. */
bool postgres_fresh(struct postgres *postgres, const uint32_t *queries, size_t count,
                    uint64_t within_ms, struct postgres_wait *wait) {
    const struct postgres_options *options = &postgres->options;
    (void)queries;
    (void)within_ms;
    (void)wait;
    for (size_t i = 0; !postgres->reported && count > 0 && i < options->set->database_count; i++) {
        const struct postgres_news news = {.database = options->set->databases[i],
                                           .error = POSTGRES_CONNECT,
                                           .sqlstate = "",
                                           .message = why};
        if (options->report != NULL)
            options->report(options->arg, &news);
    }
    postgres->reported = postgres->reported || count > 0;
    return false;
}

void postgres_forget(struct postgres *postgres, struct postgres_wait *wait) {
    (void)postgres;
    (void)wait;
}

size_t postgres_count(const struct postgres *postgres) {
    return postgres->options.set->query_count;
}

void postgres_at(const struct postgres *postgres, size_t index, struct postgres_view *ret_view) {
    *ret_view = (struct postgres_view){.query = postgres->options.set->queries[index],
                                       .error = POSTGRES_CONNECT};
    (void)error_set(&ret_view->message, "%s", why);
}

size_t postgres_database_count(const struct postgres *postgres) {
    return postgres->options.set->database_count;
}

void postgres_database_at(const struct postgres *postgres, size_t index,
                          struct postgres_database_view *ret_view) {
    *ret_view =
        (struct postgres_database_view){.database = postgres->options.set->databases[index]};
    (void)error_set(&ret_view->message, "%s", why);
}

void postgres_check_database(const struct catalog_set *set, const struct catalog_database *database,
                             unsigned timeout_s, struct postgres_check *ret_checks,
                             size_t max_checks, struct postgres_database_check *ret_database) {
    (void)set;
    (void)database;
    (void)timeout_s;
    (void)ret_checks;
    (void)max_checks;
    *ret_database = (struct postgres_database_check){0};
    (void)error_set(&ret_database->error, "%s", why);
}
