/* The section on sending: letters, an example for each kind, other names on the wire. */
#include "base/terminal.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "sg_proto.h"
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

/* A way of sending: samples of a kind, or reports of breakers that services run themselves. */
struct way {
    const struct kind_row *kind;
    bool reports;
};

enum { WAYS = 2 * KIND_COUNT };

static struct way way_at(size_t index) {
    return (struct way){.kind = &catalog_kind_rows[index / 2], .reports = index % 2 == 1};
}

static bool is_sent(const struct catalog_family *family, struct way way) {
    if (family->source != SOURCE_DATAGRAMS || family->kind != way.kind)
        return false;
    return !way.reports || (family->attempts != NULL && family->attempts->breaker.reported);
}

static bool has_way(const struct catalog *catalog, struct way way) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (is_sent(&catalog->families[i], way))
            return true;
    return false;
}

/* Whether some family takes this letter. */
static bool has_letter(const struct catalog *catalog, enum sg_letter letter) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (catalog->families[i].source == SOURCE_DATAGRAMS &&
            (catalog->families[i].kind->letters >> letter & 1u))
            return true;
    return false;
}

/* ---- an example ---- */

static bool put_tag(struct strbuf *out, const struct catalog_label *label, bool *first) {
    if (label->kind == LABEL_CONST)
        return true;
    char text[CATALOG_VALUE_MAX + 1];
    const char *value = catalog_example(label, text);
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

/* Write the fields after value and letter. False: a value had to be left open. */
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

/* Write "NAME:VALUE|LETTER|#labels". False: a value had to be left open. */
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

/* Write a line for one quantile as an example, and lines for the sum and the count. */
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
            break; /* one success and one failure */
    }
    return whole;
}

static bool put_jobs(struct strbuf *out, const struct catalog_family *family) {
    bool whole = true;
    for (int i = 0; i <= JOB_EVENT_SUCCEEDED; i++) { /* the life of a successful job */
        strbuf_printf(out, "%s:%s|j", family->name, job_event_text((enum job_event)i));
        whole &= put_tags(out, family, NULL);
        strbuf_puts(out, "|i:7f3a\n");
    }
    return whole;
}

static bool put_plain(struct strbuf *out, const struct catalog_family *family) {
    const char *const *examples = family->kind->examples;
    bool whole = true;
    for (size_t i = 0; whole && i < KIND_EXAMPLES_MAX && examples[i] != NULL; i++)
        whole = put_line(out, family, examples[i]);
    return whole;
}

static bool put_example(struct strbuf *out, const struct catalog_family *family, bool reports) {
    if (reports)
        return put_line(out, family, "open|b");
    if (family->attempts != NULL)
        return put_attempts(out, family);
    if (family->jobs != NULL)
        return put_jobs(out, family);
    if (family_is_relayed(family))
        return put_relayed(out, family);
    if (family->kind->letters >> SG_LETTER_H & 1u)
        return put_observation(out, family);
    return put_plain(out, family);
}

/* Write the example of the best family: preferably one whose values are all known, then one with
 * labels, then the first. */
static void put_best_example(struct strbuf *out, const struct catalog *catalog, struct way way) {
    struct strbuf text;
    const struct catalog_family *best = NULL;
    int most = -1;
    strbuf_init(&text);
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (!is_sent(family, way))
            continue;
        strbuf_clear(&text);
        const bool whole = put_example(&text, family, way.reports);
        const int worth = (whole ? 2 : 0) + (family->label_count > 0 ? 1 : 0);
        best = worth > most ? family : best;
        most = worth > most ? worth : most;
    }
    if (best != NULL)
        (void)put_example(out, best, way.reports);
    out->failed |= text.failed;
    strbuf_done(&text);
}

/* Whether some family's values disappear with their sender. Readings do not: they stay in the
 * total. */
static bool has_owned(const struct catalog *catalog) {
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->source == SOURCE_DATAGRAMS && family_is_owned(family) &&
            family->merge != MERGE_READING)
            return true;
    }
    return false;
}

/* Write the letters of a kind, without the letter of reports. */
static void put_kind_letters(struct strbuf *out, const struct kind_row *kind) {
    const char *before = "";
    for (int letter = 0; letter < SG_LETTER_COUNT; letter++) {
        if (letter == SG_LETTER_B || !(kind->letters >> letter & 1u))
            continue;
        strbuf_puts(out, before);
        docs_put_code(out, sg_letter_text((enum sg_letter)letter));
        before = ", ";
    }
}

static void put_way(struct strbuf *out, struct way way) {
    if (way.reports) {
        strbuf_puts(out, "| Breaker of attempts | `b` | is the state that it enters |\n");
        return;
    }
    strbuf_printf(out, "| %s | ", way.kind->name);
    put_kind_letters(out, way.kind);
    strbuf_printf(out, " | %s |\n", way.kind->sample);
}

static void put_letters(struct strbuf *out, const struct catalog *catalog) {
    strbuf_puts(out, "| Kind | Letters | A sample |\n|---|---|---|\n");
    for (size_t i = 0; i < WAYS; i++)
        if (has_way(catalog, way_at(i)))
            put_way(out, way_at(i));
    if (has_letter(catalog, SG_LETTER_MS))
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
    if (has_letter(catalog, SG_LETTER_A))
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
    if (has_letter(catalog, SG_LETTER_J))
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
    for (size_t i = 0; i < WAYS; i++)
        any |= has_way(catalog, way_at(i));
    if (!any)
        return;
    docs_put_heading(out, level, "How to send");
    put_letters(out, catalog);
    strbuf_puts(out, "\n```text\n");
    for (size_t i = 0; i < WAYS; i++)
        put_best_example(out, catalog, way_at(i));
    strbuf_puts(out, "```\n\n`statgate send LINE` sends a line, `statgate explain LINE` shows what "
                     "becomes of it.\n");
    if (has_owned(catalog))
        strbuf_puts(out, "A value that belongs to a process disappears when it ends: from "
                         "`statgate send` at once.\n");
    if (has_letter(catalog, SG_LETTER_J))
        strbuf_puts(out, "A job is lost when the process that sent its `started` ends: from "
                         "`statgate send` at once.\n");
    put_machines(out, catalog);
    put_aliases(out, catalog);
}
