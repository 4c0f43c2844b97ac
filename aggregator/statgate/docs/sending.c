/* How to send: letters, an example of each kind, other names on the wire. */
#include "machines/job_event.h"
#include "statgate/docs/example.h"
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"
#include "statgate/terminal.h"

/* What is sent in the same way. */
enum sent {
    SENT_COUNTER,
    SENT_READING,
    SENT_GAUGE,
    SENT_UPDOWN,
    SENT_HISTOGRAM,
    SENT_SUMMARY,
    SENT_RELAYED,
    SENT_INFO,
    SENT_STATESET,
    SENT_ATTEMPTS,
    SENT_REPORTED, /* breaker of attempts */
    SENT_JOBS,
    SENT_COUNT
};

static const struct {
    const char *name;
    const char *letters;
    const char *sample;
} kinds[SENT_COUNT] = {
    [SENT_COUNTER] = {"Counter", "`c`", "adds its value, which is not negative"},
    [SENT_READING] = {"Counter of readings", "`g`", "is the process's own total"},
    [SENT_GAUGE] = {"Gauge", "`g`", "sets the value"},
    [SENT_UPDOWN] = {"UpDownCounter", "`c`, `g`", "adds its value, of either sign"},
    [SENT_HISTOGRAM] = {"Histogram", "`h`, `d`, `ms`", "is one observation"},
    [SENT_SUMMARY] = {"Summary", "`h`, `d`, `ms`", "is one observation"},
    [SENT_RELAYED] = {"Summary of a process", "`g`", "is what the process computed"},
    [SENT_INFO] = {"Info", "`g`", "is 1: its labels now describe the process"},
    [SENT_STATESET] = {"StateSet", "`g`", "selects a state with 1, deselects it with 0"},
    [SENT_ATTEMPTS] = {"Attempts", "`a`", "is the outcome of one attempt"},
    [SENT_REPORTED] = {"Breaker of attempts", "`b`", "is the state that it enters"},
    [SENT_JOBS] = {"Jobs", "`j`", "is an event of the job whose id is in `i:`"},
};

static bool is_of(const struct catalog_family *family, enum sent kind) {
    if (family->source != SOURCE_DATAGRAMS)
        return false;
    switch (family->type) {
    case FAMILY_COUNTER:
        return kind == (family->merge == MERGE_NONE ? SENT_COUNTER : SENT_READING);
    case FAMILY_GAUGE:
        return kind == SENT_GAUGE;
    case FAMILY_UPDOWNCOUNTER:
        return kind == SENT_UPDOWN;
    case FAMILY_HISTOGRAM:
        return kind == SENT_HISTOGRAM;
    case FAMILY_SUMMARY:
        return kind == (family_is_relayed(family) ? SENT_RELAYED : SENT_SUMMARY);
    case FAMILY_INFO:
        return kind == SENT_INFO;
    case FAMILY_STATESET:
        return kind == SENT_STATESET;
    case FAMILY_ATTEMPTS:
        return kind == SENT_ATTEMPTS ||
               (kind == SENT_REPORTED && family->attempts->breaker.reported);
    case FAMILY_JOBS:
        return kind == SENT_JOBS;
    case FAMILY_TYPE_COUNT:
        break;
    }
    return false;
}

/* ---- an example ---- */

static bool put_tag(struct strbuf *out, const struct catalog_label *label, bool *first) {
    if (label->kind == LABEL_CONST)
        return true;
    char text[CATALOG_VALUE_MAX + 1];
    const char *value = docs_example(label, text);
    if (value == NULL && label->default_value >= 0)
        return true;
    strbuf_puts(out, *first ? "|#" : ",");
    *first = false;
    strbuf_printf(out, "%s:", label->name);
    if (value != NULL)
        terminal_put_visible(out, value, strlen(value));
    else
        strbuf_puts(out, "...");
    return value != NULL;
}

/* The fields behind value and letter. False: a value had to be left open. */
static bool put_tags(struct strbuf *out, const struct catalog_family *family, const char *extra) {
    bool first = true;
    bool whole = true;
    for (uint32_t i = 0; i < family->label_count; i++)
        whole &= put_tag(out, &family->labels[i], &first);
    if (family->state_label != NULL)
        whole &= put_tag(out, family->state_label, &first);
    if (extra != NULL)
        strbuf_printf(out, "%s%s", first ? "|#" : ",", extra);
    return whole;
}

/* "NAME:VALUE|LETTER|#labels" */
static bool put_line(struct strbuf *out, const struct catalog_family *family, const char *value) {
    strbuf_printf(out, "%s:%s", family->name, value);
    const bool whole = put_tags(out, family, NULL);
    strbuf_putc(out, '\n');
    return whole;
}

static bool put_observation(struct strbuf *out, const struct catalog_family *family) {
    strbuf_printf(out, "%s:", family->name);
    if (family->bucket_count > 0)
        terminal_put_number(out, family->buckets[family->bucket_count / 2]);
    else
        strbuf_puts(out, "0.25");
    strbuf_puts(out, "|h");
    const bool whole = put_tags(out, family, NULL);
    strbuf_putc(out, '\n');
    return whole;
}

/* A number for each quantile would be long; one shows how. */
static bool put_relayed(struct strbuf *out, const struct catalog_family *family) {
    struct strbuf quantile;
    strbuf_init(&quantile);
    strbuf_puts(&quantile, "quantile:");
    terminal_put_number(&quantile, family->quantiles[family->quantile_count / 2]);
    strbuf_printf(out, "%s:0.25|g", family->name);
    const bool whole = put_tags(out, family, strbuf_cstr(&quantile));
    strbuf_printf(out, "\n%s_sum:7.5|g", family->name);
    (void)put_tags(out, family, NULL);
    strbuf_printf(out, "\n%s_count:30|g", family->name);
    (void)put_tags(out, family, NULL);
    strbuf_putc(out, '\n');
    out->failed |= quantile.failed;
    strbuf_done(&quantile);
    return whole;
}

static bool put_attempts(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog_attempts *attempts = family->attempts;
    bool whole = true;
    for (uint32_t i = 0; i < attempts->word_count; i += attempts->success_count) {
        strbuf_printf(out, "%s:%s|a", family->name, attempts->words[i]);
        whole &= put_tags(out, family, NULL);
        strbuf_putc(out, '\n');
        if (i > 0)
            break; /* one of each: a success, a failure */
    }
    return whole;
}

static bool put_jobs(struct strbuf *out, const struct catalog_family *family) {
    bool whole = true;
    for (int i = 0; i <= JOB_EVENT_SUCCEEDED; i++) { /* a good job's life */
        strbuf_printf(out, "%s:%s|j", family->name, job_event_text((enum job_event)i));
        whole &= put_tags(out, family, NULL);
        strbuf_puts(out, "|i:7f3a\n");
    }
    return whole;
}

static bool put_example(struct strbuf *out, const struct catalog_family *family, enum sent kind) {
    switch (kind) {
    case SENT_COUNTER:
    case SENT_INFO:
    case SENT_STATESET:
        return put_line(out, family, kind == SENT_COUNTER ? "1|c" : "1|g");
    case SENT_UPDOWN:
        return put_line(out, family, "1|c") && put_line(out, family, "-1|c");
    case SENT_READING:
    case SENT_GAUGE:
        return put_line(out, family, "42|g");
    case SENT_HISTOGRAM:
    case SENT_SUMMARY:
        return put_observation(out, family);
    case SENT_RELAYED:
        return put_relayed(out, family);
    case SENT_ATTEMPTS:
        return put_attempts(out, family);
    case SENT_REPORTED:
        return put_line(out, family, "open|b");
    case SENT_JOBS:
        return put_jobs(out, family);
    case SENT_COUNT:
        break;
    }
    return false;
}

/* Of the first family for which every value is known; one with labels shows more. */
static void put_best_example(struct strbuf *out, const struct catalog *catalog, enum sent kind) {
    struct strbuf text;
    const struct catalog_family *best = NULL;
    int most = -1;
    strbuf_init(&text);
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (!is_of(family, kind))
            continue;
        strbuf_clear(&text);
        const bool whole = put_example(&text, family, kind);
        const int worth = (whole ? 2 : 0) + (family->label_count > 0 ? 1 : 0);
        best = worth > most ? family : best;
        most = worth > most ? worth : most;
    }
    if (best != NULL)
        (void)put_example(out, best, kind);
    out->failed |= text.failed;
    strbuf_done(&text);
}

static bool has_kind(const struct catalog *catalog, enum sent kind) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (is_of(&catalog->families[i], kind))
            return true;
    return false;
}

/* Some value goes with its sender; a reading stays in the total. */
static bool has_owned(const struct catalog *catalog) {
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->source == SOURCE_DATAGRAMS && family_is_owned(family) &&
            family->merge != MERGE_READING)
            return true;
    }
    return false;
}

static void put_letters(struct strbuf *out, const struct catalog *catalog) {
    strbuf_puts(out, "| Kind | Letters | A sample |\n|---|---|---|\n");
    for (int kind = 0; kind < SENT_COUNT; kind++)
        if (has_kind(catalog, (enum sent)kind))
            strbuf_printf(out, "| %s | %s | %s |\n", kinds[kind].name, kinds[kind].letters,
                          kinds[kind].sample);
    if (has_kind(catalog, SENT_HISTOGRAM) || has_kind(catalog, SENT_SUMMARY))
        strbuf_puts(out,
                    "\nAn observation with `ms` is divided by 1000 for a series in seconds.\n");
}

/* ---- attempts, jobs ---- */

static void put_breaker(struct strbuf *out, const struct catalog_breaker *breaker) {
    if (!breaker->declared) {
        strbuf_puts(out, "none");
    } else if (breaker->reported) {
        strbuf_puts(out, "the services' own, as they report it");
    } else {
        docs_put_count(out, breaker->open_after);
        strbuf_puts(out, " failures in a row open it, ");
        docs_put_seconds(out, breaker->cooldown_ms);
        strbuf_puts(out, " later it is half-open, ");
        docs_put_count(out, breaker->probes);
        strbuf_printf(out, " success%s it", breaker->probes == 1 ? " closes" : "es close");
    }
}

static void put_events(struct strbuf *out) {
    strbuf_puts(out, "\nEvents of a job: ");
    for (int i = 0; i < JOB_EVENT_COUNT; i++) {
        docs_put_code(out, job_event_text((enum job_event)i));
        strbuf_puts(out, i == JOB_EVENT_STARTED ? ", then " : ", ");
    }
    strbuf_puts(out, "or ");
    docs_put_code(out, job_event_text(JOB_EVENT_QUEUED));
    strbuf_puts(out, " again.\n");
}

static void put_machines(struct strbuf *out, const struct catalog *catalog) {
    if (has_kind(catalog, SENT_ATTEMPTS))
        strbuf_puts(out, "\n| Attempts | Success | Failure | Breaker |\n|---|---|---|---|\n");
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const struct catalog_attempts *attempts = family->attempts;
        if (attempts == NULL)
            continue;
        strbuf_puts(out, "| ");
        docs_put_code(out, family->name);
        strbuf_puts(out, " | ");
        docs_put_codes(out, attempts->words, attempts->success_count);
        strbuf_puts(out, " | ");
        docs_put_codes(out, attempts->words + attempts->success_count,
                       attempts->word_count - attempts->success_count);
        strbuf_puts(out, " | ");
        put_breaker(out, &attempts->breaker);
        strbuf_puts(out, " |\n");
    }
    if (has_kind(catalog, SENT_JOBS))
        put_events(out);
}

static void put_aliases(struct strbuf *out, const struct catalog *catalog) {
    bool any = false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->alias_count == 0 || family->source != SOURCE_DATAGRAMS)
            continue;
        if (!any)
            strbuf_puts(out, "\n| Series | Further names on the wire |\n|---|---|\n");
        any = true;
        strbuf_puts(out, "| ");
        docs_put_code(out, family->name);
        strbuf_puts(out, " | ");
        docs_put_codes(out, family->aliases, family->alias_count);
        strbuf_puts(out, " |\n");
    }
}

void docs_write_sending(struct strbuf *out, const struct catalog *catalog, int level) {
    bool any = false;
    for (int kind = 0; kind < SENT_COUNT; kind++)
        any |= has_kind(catalog, (enum sent)kind);
    if (!any)
        return;
    docs_put_heading(out, level, "How to send");
    put_letters(out, catalog);
    strbuf_puts(out, "\n```text\n");
    for (int kind = 0; kind < SENT_COUNT; kind++)
        put_best_example(out, catalog, (enum sent)kind);
    strbuf_puts(out, "```\n\n`statgate send LINE` sends a line, `statgate explain LINE` shows what "
                     "becomes of it.\n");
    if (has_owned(catalog))
        strbuf_puts(out, "A value that belongs to a process disappears when it ends: from "
                         "`statgate send` at once.\n");
    if (has_kind(catalog, SENT_JOBS))
        strbuf_puts(out, "A job is lost when the process that sent its `started` ends: from "
                         "`statgate send` at once.\n");
    put_machines(out, catalog);
    put_aliases(out, catalog);
}
