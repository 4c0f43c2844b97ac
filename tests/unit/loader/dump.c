/* SPDX-License-Identifier: MIT */
#include "dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"

/* Of longer lists only the ends are shown. */
enum { SHOWN_MAX = 12 };

static void put_quoted(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    for (; *text; text++) {
        if (*text == '\n')
            strbuf_puts(out, "\\n");
        else
            strbuf_putc(out, *text);
    }
    strbuf_putc(out, '"');
}

static void dump_value(struct strbuf *out, const struct catalog_label *label, uint32_t id) {
    const struct catalog_value *value = &label->values[id];
    const char *wire = catalog_label_wire(label, id);
    strbuf_printf(out, "    %" PRIu32 " ", id);
    put_quoted(out, value->text);
    if (strcmp(wire, value->text) != 0) {
        strbuf_puts(out, " on the wire ");
        put_quoted(out, wire);
    }
    strbuf_puts(out, value->plain ? "\n" : " (escaped)\n");
}

static void dump_label(struct strbuf *out, const struct catalog_label *label) {
    static const char *const kinds[] = {
        [LABEL_VALUES] = "values", [LABEL_PATTERN] = "pattern", [LABEL_CONST] = "const"};
    strbuf_printf(out, "  label %s: %s, bound %" PRIu64, label->name, kinds[label->kind],
                  label->bound);
    if (label->kind == LABEL_PATTERN)
        strbuf_printf(out, ", max %" PRIu32, label->max);
    if (label->templates)
        strbuf_puts(out, ", templates");
    if (label->variable)
        strbuf_printf(out, ", of %s", label->variable);
    if (label->otherwise >= 0)
        strbuf_printf(out, ", otherwise %d", (int)label->otherwise);
    if (label->default_value >= 0)
        strbuf_printf(out, ", default %d", (int)label->default_value);
    strbuf_putc(out, '\n');
    for (uint32_t id = 0; id < label->value_count; id++) {
        if (label->value_count > SHOWN_MAX && id == SHOWN_MAX / 2) {
            strbuf_puts(out, "    ...\n");
            id = label->value_count - SHOWN_MAX / 2;
        }
        dump_value(out, label, id);
    }
}

static void dump_numbers(struct strbuf *out, const char *name, const double *numbers,
                         uint32_t count) {
    if (count == 0)
        return;
    strbuf_printf(out, "  %s", name);
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(out, " %.15g", numbers[i]);
}

/* Derived families, by their part: a pointer that leads to the wrong one would show here. */
static void dump_parts(struct strbuf *out, const struct catalog_family *const *parts, int count,
                       const char *(*key)(int part)) {
    for (int i = 0; i < count; i++)
        strbuf_printf(out, "  part %s: %s\n", key(i), parts[i] ? parts[i]->name : "-");
}

static const char *attempts_key(int part) {
    return catalog_attempts_part_key((enum attempts_part)part);
}

static const char *jobs_key(int part) {
    return catalog_jobs_part_key((enum jobs_part)part);
}

/* The numbers that the file gives, or that are not the ones for a key left out. */
static void dump_breaker(struct strbuf *out, const struct catalog_breaker *breaker) {
    strbuf_puts(out, "  breaker");
    for (size_t i = 0; i < CATALOG_BREAKER_KEYS; i++) {
        const struct catalog_key *key = &catalog_breaker_keys[i];
        const double number = catalog_number(breaker, key);
        const double left_out = catalog_number(&catalog_breaker_defaults, key);
        if (!(number <= left_out && number >= left_out))
            strbuf_printf(out, " %s %g", key->key, number);
    }
    strbuf_putc(out, '\n');
}

static void dump_schedule(struct strbuf *out, const char *value,
                          const struct catalog_schedule *schedule) {
    strbuf_printf(out,
                  "  schedule%s %s: minutes %" PRIx64 " hours %" PRIx32 " days %" PRIx32
                  " months %x week days %x%s%s\n",
                  value, schedule->text, schedule->schedule.minutes, schedule->schedule.hours,
                  schedule->schedule.days, (unsigned)schedule->schedule.months,
                  (unsigned)schedule->schedule.week_days,
                  schedule->schedule.any_day ? ", any day" : "",
                  schedule->schedule.any_week_day ? ", any day of the week" : "");
}

static void dump_duty(struct strbuf *out, const struct catalog_family *family,
                      const struct catalog_duty *duty) {
    strbuf_puts(out, "  duty");
    for (size_t i = 0; i < CATALOG_DUTY_KEYS; i++)
        strbuf_printf(out, " %s %g", catalog_duty_keys[i].key,
                      catalog_number(duty, &catalog_duty_keys[i]));
    strbuf_printf(out, "%s%s\n", duty->zone != NULL ? " in " : "",
                  duty->zone == NULL            ? ""
                  : duty->zone->name[0] == '\0' ? "the host's zone"
                                                : duty->zone->name);
    if (duty->schedule != NULL)
        dump_schedule(out, "", duty->schedule);
    for (uint32_t i = 0; duty->by_value != NULL && i < family->labels[duty->label].value_count; i++)
        if (duty->by_value[i] != NULL) {
            char value[128];
            (void)snprintf(value, sizeof value, " %s:%s", family->labels[duty->label].name,
                           family->labels[duty->label].values[i].text);
            dump_schedule(out, value, duty->by_value[i]);
        }
}

static void dump_attempts(struct strbuf *out, const struct catalog_attempts *attempts) {
    const struct catalog_breaker *breaker = &attempts->breaker;
    for (uint32_t i = 0; i < attempts->word_count; i++)
        strbuf_printf(out, "  %s \"%s\"\n", i < attempts->success_count ? "success" : "failure",
                      attempts->words[i]);
    if (breaker->reported)
        strbuf_puts(out, "  breaker reported\n");
    else if (breaker->declared)
        dump_breaker(out, breaker);
    if (attempts->expected_ms > 0)
        strbuf_printf(out, "  expected each %" PRId64 " ms\n", attempts->expected_ms);
    dump_parts(out, attempts->parts, ATTEMPTS_PART_COUNT, attempts_key);
}

/* Writes how a family's values belong to processes, where they come from, and their state. */
static void dump_state(struct strbuf *out, const struct catalog_family *family) {
    static const char *const merges[] = {
        [MERGE_NONE] = "none",        [MERGE_SUM] = "sum",
        [MERGE_MIN] = "min",          [MERGE_MAX] = "max",
        [MERGE_READING] = "readings", [MERGE_READING_DROP] = "readings of the living",
        [MERGE_LATEST] = "latest"};
    if (family_is_owned(family))
        strbuf_printf(out, "  merge %s\n", merges[family->merge]);
    if (family->body_words > 0)
        strbuf_printf(out, "  body %" PRIu32 " words\n", family->body_words);
    if (family->source == SOURCE_DERIVED)
        strbuf_printf(out, "  derived from /%s/%s, %s\n", family->section, family->key,
                      family->part_key);
    if (family->source == SOURCE_QUERY)
        strbuf_printf(out, "  from query %s\n", family->query->name);
    if (family->quantile_count > 0) {
        dump_numbers(out, "quantiles", family->quantiles, family->quantile_count);
        strbuf_putc(out, '\n');
    }
    if (family->window_ms > 0)
        strbuf_printf(out, "  window %" PRId64 " ms\n", family->window_ms);
    if (family->attempts)
        dump_attempts(out, family->attempts);
    if (family->jobs) {
        strbuf_printf(out, "  live jobs %" PRIu32 ", state label %s\n", family->jobs->max_live,
                      family->jobs->state_label);
        if (family->jobs->duty.declared)
            dump_duty(out, family, &family->jobs->duty);
        dump_parts(out, family->jobs->parts, JOBS_PART_COUNT, jobs_key);
    }
}

static void dump_family(struct strbuf *out, const struct catalog_family *family) {
    strbuf_printf(out, "%s %s\n", family->kind->type, family->name);
    strbuf_printf(out,
                  "  bound %" PRIu64 " of %" PRIu64 ", reserved %" PRIu64 ", lines %" PRIu64
                  ", index %" PRIu32 "\n",
                  family->bound, family->combinations, family->reserved, family->lines,
                  family->index);
    if (!family->exposed)
        strbuf_puts(out, "  not exposed\n");
    if (family->help[0] != '\0') {
        strbuf_puts(out, "  help ");
        put_quoted(out, family->help);
        strbuf_putc(out, '\n');
    }
    if (family->unit)
        strbuf_printf(out, "  unit %s\n", family->unit);
    if (family->group)
        strbuf_printf(out, "  group %s\n", family->group);
    for (size_t i = 0; i < family->alias_count; i++)
        strbuf_printf(out, "  alias %s\n", family->aliases[i]);
    if (family->ms_scale != 1)
        strbuf_printf(out, "  ms_scale %.15g\n", family->ms_scale);
    if (family->zeros)
        strbuf_printf(out, "  zeros %" PRIu64 "\n", catalog_family_zeros(family));
    if (family->has_floor)
        strbuf_printf(out, "  floor %.15g\n", family->floor);
    if (family->has_absent)
        strbuf_printf(out, "  absent %.15g\n", family->absent);
    if (family->ttl_ms)
        strbuf_printf(out, "  ttl_ms %" PRId64 "\n", family->ttl_ms);
    if (family->bucket_count > 0) {
        dump_numbers(out, "buckets", family->buckets, family->bucket_count);
        strbuf_puts(out, family->allow_negative ? " (negative)\n" : "\n");
    }
    dump_state(out, family);
    if (family->state_label) {
        strbuf_puts(out, "  states in\n");
        dump_label(out, family->state_label);
    }
    for (uint32_t i = 0; i < family->label_count; i++)
        dump_label(out, &family->labels[i]);
}

static void dump_query(struct strbuf *out, const struct catalog_query *query) {
    static const char *const combines[] = {[COMBINE_REFUSE] = "refuse",
                                           [COMBINE_SUM] = "sum",
                                           [COMBINE_MIN] = "min",
                                           [COMBINE_MAX] = "max"};
    strbuf_printf(out, "query %s of %s, index %" PRId32 "\n", query->name, query->database->name,
                  (int32_t)query->index);
    strbuf_puts(out, "  sql ");
    put_quoted(out, query->sql);
    strbuf_printf(
        out, "\n  timeout %" PRId64 " ms, cache %" PRId64 " ms, rows %" PRIu32 ", combine %s\n",
        query->timeout_ms, query->cache_ms, query->max_rows, combines[query->combine]);
    for (size_t i = 0; i < query->label_count; i++)
        strbuf_printf(out, "  label %s from %s\n", query->labels[i].label, query->labels[i].column);
    for (size_t i = 0; i < query->value_count; i++)
        strbuf_printf(out, "  value %s from %s\n", query->values[i].family->name,
                      query->values[i].column);
}

void dump_catalog(struct strbuf *out, const struct catalog *catalog) {
    strbuf_printf(out, "service %s\n", catalog->service);
    strbuf_printf(out, "bound %" PRIu64 " of at most %" PRIu64 ", lines %" PRIu64 "\n",
                  catalog->bound, catalog->max_series, catalog->lines);
    if (catalog->socket)
        strbuf_printf(out, "socket %s\n", catalog->socket);
    for (size_t i = 0; i < catalog->resource_count; i++)
        strbuf_printf(out, "resource %s=%s\n", catalog->resource[i].key,
                      catalog->resource[i].value);
    for (size_t i = 0; i < catalog->scope_count; i++)
        strbuf_printf(out, "scope %s=%s\n", catalog->scope[i].key, catalog->scope[i].value);
    for (size_t i = 0; i < catalog->group_count; i++)
        strbuf_printf(out, "group %s\n", catalog->groups[i]);
    for (size_t i = 0; i < catalog->ignore_label_count; i++)
        strbuf_printf(out, "ignore %s\n", catalog->ignore_labels[i]);
    if (catalog->senders_restricted)
        strbuf_puts(out, "senders restricted\n");
    for (size_t i = 0; i < catalog->uid_count; i++)
        strbuf_printf(out, "uid %" PRIu32 "\n", catalog->uids[i]);
    for (size_t i = 0; i < catalog->gid_count; i++)
        strbuf_printf(out, "gid %" PRIu32 "\n", catalog->gids[i]);
    for (size_t i = 0; i < catalog->family_count; i++)
        dump_family(out, &catalog->families[i]);
    for (size_t i = 0; i < catalog->database_count; i++)
        strbuf_printf(out, "database %s, index %" PRIu32 ", connections %" PRIu32 ", \"%s\"\n",
                      catalog->databases[i].name, catalog->databases[i].index,
                      catalog->databases[i].connections, catalog->databases[i].conninfo);
    for (size_t i = 0; i < catalog->query_count; i++)
        dump_query(out, &catalog->queries[i]);
}
