/* The section on presence: when a series exists, in words. */
#include "base/terminal.h"
#include "statgate/docs/groups.h"
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

/* ---- from when on ---- */

static bool has_pattern(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            return true;
    return false;
}

static bool is_labelled(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind != LABEL_CONST)
            return true;
    return false;
}

static bool can_fold(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].otherwise >= 0)
            return true;
    return false;
}

static bool is_reading(const struct catalog_family *family) {
    return family->merge == MERGE_READING || family->merge == MERGE_READING_DROP;
}

/* Whether the series has a value before the first sample: an empty sum, 0. */
static bool starts_at_zero(const struct catalog_family *family) {
    return family->kind->starts == STARTS_AT_ZERO;
}

static void put_start(struct strbuf *out, const struct catalog_family *family) {
    const bool declared = family->zeros || (!is_labelled(family) && starts_at_zero(family));
    if (!declared || has_pattern(family))
        strbuf_printf(out, "from the first %s", is_reading(family) ? "reading" : "sample");
    else if (can_fold(family))
        strbuf_puts(out, "from the start, at 0; with what another label value becomes, from the "
                         "first sample");
    else
        strbuf_puts(out, "from the start, at 0");
}

static void put_live(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "while a process lives that sent one");
    if (!family->has_absent)
        return;
    strbuf_puts(out, "; ");
    terminal_put_number(out, family->absent);
    strbuf_puts(out, " removes the sender's");
}

static void put_last_write(struct strbuf *out, const struct catalog_family *family) {
    put_start(out, family);
    if (family->has_absent) {
        strbuf_puts(out, "; ");
        terminal_put_number(out, family->absent);
        strbuf_puts(out, " removes it");
    }
    if (family->ttl_ms > 0) {
        strbuf_puts(out, "; removed when not written for ");
        docs_put_seconds(out, family->ttl_ms);
    }
}

/* ---- whose it is ---- */

/* Write the presence of values that belong to no process. */
static void put_unowned(struct strbuf *out, const struct catalog_family *family) {
    const bool is_sum = starts_at_zero(family);
    if (is_sum)
        put_start(out, family);
    else
        put_last_write(out, family);
    if (family->kind->has_window) {
        strbuf_puts(out, "; quantiles while something was observed in the last ");
        docs_put_seconds(out, family->window_ms);
    }
    strbuf_printf(out, " | %s | stays",
                  is_sum ? "what all processes sent, together" : "what was sent last");
}

static void put_presence(struct strbuf *out, const struct catalog_family *family) {
    switch (family->merge) {
    case MERGE_SUM:
    case MERGE_MIN:
    case MERGE_MAX:
        if (starts_at_zero(family)) {
            put_start(out, family);
            strbuf_puts(out, " | sum of what live processes have | its share goes");
            return;
        }
        put_live(out, family);
        strbuf_printf(out, " | %s over live processes | its value goes",
                      family->merge == MERGE_SUM   ? "sum"
                      : family->merge == MERGE_MIN ? "least"
                                                   : "greatest");
        return;
    case MERGE_READING:
        put_start(out, family);
        strbuf_puts(out, " | sum of the readings of all processes | its last reading stays");
        return;
    case MERGE_READING_DROP:
        strbuf_puts(out, "while a process lives that sent one | sum of the readings of live "
                         "processes | its reading goes");
        return;
    case MERGE_LATEST:
        put_live(out, family);
        strbuf_puts(out, " | what the latest live process sent | that of the one before shows");
        return;
    case MERGE_NONE:
        put_unowned(out, family);
        return;
    }
}

/* ---- derived ones ---- */

static const char *attempts_presence(const struct catalog_family *family,
                                     const struct catalog_attempts *attempts) {
    if (family == attempts->parts[ATTEMPTS_LAST_SUCCESS])
        return "from the first success";
    if (family == attempts->parts[ATTEMPTS_LAST_ERROR])
        return "from the first failure";
    return "from the start, at 0";
}

static void put_derived(struct strbuf *out, const struct catalog_family *family,
                        const struct catalog_family *origin) {
    if (origin->attempts != NULL) {
        strbuf_printf(out, "%s | from attempts of all processes | stays",
                      attempts_presence(family, origin->attempts));
        return;
    }
    const struct catalog_jobs *jobs = origin->jobs;
    if (family == jobs->parts[JOBS_OLDEST_QUEUED])
        strbuf_puts(out, "while a job waits");
    else if (family == jobs->parts[JOBS_OLDEST_RUNNING])
        strbuf_puts(out, "while a job runs");
    else if (family->kind->items == ITEMS_BUCKETS && is_labelled(family))
        strbuf_puts(out, "from the first such job");
    else
        strbuf_puts(out, "from the start, at 0");
    strbuf_puts(out, " | from jobs of all processes | its running jobs end as `lost`");
}

void docs_write_presence(struct strbuf *out, const struct catalog *catalog, int level) {
    struct docs_groups groups;
    docs_groups_init(&groups);
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const struct catalog_family *origin = catalog_family_origin(family);
        if (!family_has_lines(family))
            continue;
        if (family->source == SOURCE_QUERY)
            strbuf_puts(&groups.keys, "while a row has it; not while the query fails | what the "
                                      "database holds | –");
        else if (origin != NULL)
            put_derived(&groups.keys, family, origin);
        else
            put_presence(&groups.keys, family);
        docs_groups_add(&groups, family);
    }
    docs_put_heading(out, level, "When a series exists");
    strbuf_puts(out, "| Exists | Shows | When a process ends | Series |\n|---|---|---|---|\n");
    docs_groups_write(&groups, out, SHORTEN_REST);
    docs_groups_done(&groups);
}
