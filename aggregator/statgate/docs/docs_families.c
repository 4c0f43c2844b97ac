/* SPDX-License-Identifier: MIT */
/* docs_families.c - the sections of a family on the reference page. */
#include "statgate/docs/docs_private.h"

#include "base/terminal.h"
#include "breakers_jobs/breakers_jobs.h"
#include "sg_proto.h"

/* ---- bounds: The section on bounds: how many series there can be. ---- */

/* Write "method 8 × path 6 = 48". */
static void put_product(struct strbuf *out, const struct catalog_family *family) {
    if (family->label_count == 0)
        strbuf_puts(out, "1");
    for (uint32_t i = 0; i < family->label_count; i++)
        docs_put(out, "{text}{code} {count}", i == 0 ? "" : " × ", family->labels[i].name,
                 family->labels[i].bound);
    if (family->label_count > 1)
        docs_put(out, " = {count}", family->combinations);
}

/* Write what one more series becomes if max_series cuts the family. */
static void put_beyond(struct strbuf *out, const struct catalog_family *family) {
    if (family->bound >= family->combinations) {
        strbuf_puts(out, "–");
        return;
    }
    if (family->reserved == 0) {
        strbuf_puts(out, "rejected");
        return;
    }
    const char *before = "";
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->otherwise < 0)
            continue;
        docs_put(out, "{text}{code} = {code}", before, label->name,
                 label->values[label->otherwise].text);
        before = ", ";
    }
}

/* Whether the family has one series with one line. */
static bool is_plain(const struct catalog_family *family) {
    return family->label_count == 0 && family->bound == 1 && family->lines == 1;
}

static void put_row(struct strbuf *out, const struct catalog_family *family) {
    docs_put(out, "| {code}", family->name);
    if (!family_has_lines(family))
        docs_put(out, " ({text})", family->kind->type);
    strbuf_puts(out, " | ");
    put_product(out, family);
    if (family->jobs != NULL)
        docs_put(out, "; {n} live jobs", family->jobs->max_live);
    docs_put(out, " | {count} | {count} | ", family->bound, family->lines);
    put_beyond(out, family);
    strbuf_puts(out, " |\n");
}

void docs_write_bounds(struct strbuf *out, const struct catalog *catalog, int level) {
    bool breakers_jobs = false;
    bool whole = false; /* a row ends with a dash */
    for (size_t i = 0; i < catalog->family_count; i++) {
        breakers_jobs |= !family_has_lines(&catalog->families[i]);
        whole |= catalog->families[i].bound >= catalog->families[i].combinations;
    }
    docs_put_heading(out, level, "Bounds");
    strbuf_puts(out, "Whatever is sent, there are never more series than this. `statgate check` "
                     "shows the memory.\n");
    if (breakers_jobs)
        strbuf_puts(out, "Attempts and jobs have one place for each combination of their labels, "
                         "which is not exposed.\n");
    if (whole)
        strbuf_puts(out, "– under *One more becomes* means that every combination of allowed "
                         "values has its place.\n");
    strbuf_puts(out, "\n| Series | Label values | Most series | Most sample lines | One more "
                     "becomes |\n|---|---|---:|---:|---|\n");
    uint64_t plain = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const bool apart = !is_plain(&catalog->families[i]);
        plain += apart ? 0 : 1;
        if (apart)
            put_row(out, &catalog->families[i]);
    }
    if (plain > 0)
        docs_put(out, "| {text} | 1 each | {count} | {count} | – |\n",
                 plain == catalog->family_count ? "all" : "all others", plain, plain);
    docs_put(out, "| **All** | | **{count}** | **{count}** | |\n", catalog->bound, catalog->lines);
}

/* ---- buckets: The section on buckets of histograms and quantiles of summaries. ---- */

static void put_numbers(struct strbuf *out, const double *numbers, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        docs_put(out, "{text}{number}", i == 0 ? "" : ", ", numbers[i]);
}

void docs_write_buckets(struct strbuf *out, const struct catalog *catalog, int level) {
    struct docs_groups groups;
    docs_groups_init(&groups);
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const enum kind_items items = family->kind->items;
        if (items != ITEMS_BUCKETS && items != ITEMS_QUANTILES)
            continue;
        if (items == ITEMS_BUCKETS) {
            strbuf_puts(&groups.keys, "Buckets: ");
            put_numbers(&groups.keys, family->buckets, family->bucket_count);
            strbuf_puts(&groups.keys, ", +Inf");
            if (family->allow_negative)
                strbuf_puts(&groups.keys, "; negative values, too, so no `_sum`");
        } else if (family->quantile_count == 0) {
            strbuf_puts(&groups.keys, "No quantiles, only `_count` and `_sum`");
        } else {
            strbuf_puts(&groups.keys, "Quantiles: ");
            put_numbers(&groups.keys, family->quantiles, family->quantile_count);
            if (family_is_relayed(family))
                strbuf_puts(&groups.keys, ", as the process computes them");
            else
                docs_put(&groups.keys, ", of the last {seconds}, within 1 %", family->window_ms);
        }
        docs_groups_add(&groups, family);
    }
    if (groups.count > 0) {
        docs_put_heading(out, level, "Buckets and quantiles");
        strbuf_puts(out, "| Upper bounds, or quantiles | Series |\n|---|---|\n");
        docs_groups_write(&groups, out, SHORTEN_NOTHING);
    }
    docs_groups_done(&groups);
}

/* ---- presence: The section on presence: when a series exists, in words. ---- */

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
    if (family->has_absent)
        docs_put(out, "; {number} removes the sender's", family->absent);
}

static void put_last_write(struct strbuf *out, const struct catalog_family *family) {
    put_start(out, family);
    if (family->has_absent)
        docs_put(out, "; {number} removes it", family->absent);
    if (family->ttl_ms > 0)
        docs_put(out, "; removed when not written for {seconds}", family->ttl_ms);
}

/* ---- whose it is ---- */

/* Write the presence of values that belong to no process. */
static void put_unowned(struct strbuf *out, const struct catalog_family *family) {
    const bool is_sum = starts_at_zero(family);
    if (is_sum)
        put_start(out, family);
    else
        put_last_write(out, family);
    if (family_has_window(family))
        docs_put(out, "; quantiles while something was observed in the last {seconds}",
                 family->window_ms);
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
    else if (family == jobs->parts[JOBS_LAST_SUCCESS])
        strbuf_puts(out, "from the first success");
    else if (family == jobs->parts[JOBS_LAST_EXIT] || family == jobs->parts[JOBS_LAST_DURATION])
        strbuf_puts(out, "from the first end");
    else if (family == jobs->parts[JOBS_NEXT_START])
        strbuf_puts(out, "for a job that has times");
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

/* ---- queries: The section on values that are read from databases. ---- */

/* The SQL of queries and the connection are never shown, because more people may read the page
 * than the catalog. */
void docs_write_queries(struct strbuf *out, const struct catalog *catalog, int level) {
    if (catalog->query_count == 0)
        return;
    docs_put_heading(out, level, "Read when scraped");
    strbuf_puts(out, "Queries run for each scrape. `statgate_query_up` is 0 for one that fails, "
                     "and its series are absent.\n\n"
                     "| Query | Database | Shown again for | At most | Series |\n"
                     "|---|---|---|---|---|\n");
    for (size_t i = 0; i < catalog->query_count; i++) {
        const struct catalog_query *query = &catalog->queries[i];
        docs_put(out, "| {code} | {code} | ", query->name, query->database->name);
        if (query->cache_ms > 0)
            docs_put(out, "{seconds}", query->cache_ms);
        else
            strbuf_puts(out, "–");
        docs_put(out, " | {seconds}, {n} rows | ", query->timeout_ms, query->max_rows);
        for (size_t j = 0; j < query->value_count; j++)
            docs_put(out, "{text}{code}", j == 0 ? "" : ", ", query->values[j].family->name);
        strbuf_puts(out, " |\n");
    }
}

/* ---- sending ----
 * The section on sending: letters, an example for each kind, other names on the wire.
 */

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

/* One of a few well-known words that the pattern matches, or NULL. */
static const char *matching_word(const struct pattern *pattern) {
    static const char *const words[] = {
        "example", "8080",   "200",   "GET /", "/",   "1",
        "a",       "v1.4.2", "1.4.2", "go1",   "eu1", "6c84fb90-12c4-11e1-840d-7b25c5ee775a"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (catalog_pattern_match(pattern, words[i], strlen(words[i])))
            return words[i];
    return NULL;
}

/* A value that the label accepts, as on the wire; NULL: none was found. */
static const char *example_of(const struct catalog_label *label) {
    const char *text = label->kind == LABEL_PATTERN ? matching_word(label->pattern) : NULL;
    for (uint32_t i = 0; i < label->value_count && text == NULL; i++)
        if ((int32_t)i != label->otherwise && label->values[i].len > 0)
            text = catalog_label_wire(label, i);
    if (text == NULL && label->otherwise >= 0)
        text = catalog_label_wire(label, (uint32_t)label->otherwise);
    return text;
}

static bool put_tag(struct strbuf *out, const struct catalog_label *label, bool *first) {
    if (label->kind == LABEL_CONST)
        return true;
    const char *value = example_of(label);
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
    if (family->quantile_count > 0) {
        strbuf_puts(&quantile, "quantile:");
        terminal_put_number(&quantile, family->quantiles[family->quantile_count / 2]);
        strbuf_printf(out, "%s:0.25|g", family->name);
        (void)put_tags(out, family, strbuf_cstr(&quantile));
        strbuf_putc(out, '\n');
    }
    strbuf_printf(out, "%s_sum:7.5|g", family->name);
    const bool whole = put_tags(out, family, NULL);
    strbuf_printf(out, "\n%s_count:30|g", family->name);
    (void)put_tags(out, family, NULL);
    strbuf_putc(out, '\n');
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

static bool sending_put_plain(struct strbuf *out, const struct catalog_family *family) {
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
    return sending_put_plain(out, family);
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
        docs_put(out, "{text}{code}", before, sg_letter_text((enum sg_letter)letter));
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

static void put_rules(struct strbuf *out, const struct catalog_breaker *breaker) {
    const char * or = "";
    if (breaker->open_after > 0) {
        docs_put(out, "{n} failures in a row", breaker->open_after);
        or = ", or ";
    }
    if (breaker->failure_ratio > 0) {
        docs_put(out, "{text}{number} % failures", or, breaker->failure_ratio * 100);
        or = ", or ";
    }
    if (breaker->slow_ratio > 0) {
        docs_put(out, "{text}{number} % attempts of {seconds} or longer", or,
                 breaker->slow_ratio * 100, breaker->slow_ms);
    }
    if (breaker->failure_ratio > 0 || breaker->slow_ratio > 0)
        docs_put(out, " among at least {n} in {seconds}", breaker->min_attempts,
                 breaker->window_ms);
    strbuf_puts(out, " open it");
    if (breaker->agree > 1)
        docs_put(out, " if {n} processes failed in {seconds}", breaker->agree, breaker->window_ms);
    docs_put(out, ", {seconds} later it is half-open", breaker->cooldown_ms);
    if (breaker->cooldown_factor > 1)
        docs_put(out, " ({number} times as long after each failed probe, at most {seconds})",
                 breaker->cooldown_factor, breaker->cooldown_max_ms);
    docs_put(out, ", {n} success{text} it", breaker->probes,
             breaker->probes == 1 ? " closes" : "es close");
}

static void put_breaker(struct strbuf *out, const struct catalog_breaker *breaker) {
    if (!breaker->declared) {
        strbuf_puts(out, "none");
    } else if (breaker->reported) {
        strbuf_puts(out, "the services' own, as they report it");
    } else {
        put_rules(out, breaker);
    }
}

static void put_events(struct strbuf *out) {
    strbuf_puts(out, "\nEvents of a job: ");
    for (int i = 0; i < JOB_EVENT_COUNT; i++)
        docs_put(out, "{code}{text}", job_event_text((enum job_event)i),
                 i == JOB_EVENT_STARTED ? ", then " : ", ");
    docs_put(out, "or {code} again.\n", job_event_text(JOB_EVENT_QUEUED));
}

/* When a job is due. */
static void put_due(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog_duty *duty = &family->jobs->duty;
    if (duty->every_ms > 0)
        docs_put(out, "a success each {seconds}", duty->every_ms);
    if (duty->schedule != NULL)
        docs_put(out, "{code}", duty->schedule->text);
    bool first = true;
    for (uint32_t i = 0; duty->by_value != NULL && i < family->labels[duty->label].value_count; i++)
        if (duty->by_value[i] != NULL) {
            docs_put(out, "{text}{code}: {code}", first ? "" : "; ",
                     family->labels[duty->label].values[i].text, duty->by_value[i]->text);
            first = false;
        }
    if (duty->zone != NULL)
        docs_put(out, "{text}{text}", " in ",
                 duty->zone->name[0] != '\0' ? duty->zone->name : "the host's time zone");
    if (!catalog_duty_has_times(duty))
        strbuf_puts(out, "–");
}

static void put_duties(struct strbuf *out, const struct catalog *catalog) {
    bool any = false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->jobs == NULL || !family->jobs->duty.declared)
            continue;
        if (!any)
            strbuf_puts(out,
                        "\n| Jobs | Due | Ends within | A problem after |\n|---|---|---|---|\n");
        any = true;
        docs_put(out, "| {code} | ", family->name);
        put_due(out, family);
        strbuf_puts(out, " | ");
        if (family->jobs->duty.finish_within_ms > 0)
            docs_put(out, "{seconds}", family->jobs->duty.finish_within_ms);
        else
            strbuf_puts(out, "–");
        docs_put(out, " | {n} in a row |\n", family->jobs->duty.alert_after);
    }
}

static void put_machines(struct strbuf *out, const struct catalog *catalog) {
    if (has_letter(catalog, SG_LETTER_A))
        strbuf_puts(out, "\n| Attempts | Success | Failure | Breaker |\n|---|---|---|---|\n");
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const struct catalog_attempts *attempts = family->attempts;
        if (attempts == NULL)
            continue;
        docs_put(out, "| {code} | ", family->name);
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
    put_duties(out, catalog);
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
        docs_put(out, "| {code} | ", family->name);
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

/* ---- series ----
 * The section on series: each with its type, labels and meaning, by metric group.
 */

static void put_labels(struct strbuf *out, const struct catalog_family *family) {
    const char *before = "";
    for (uint32_t i = 0; i < family->label_count; i++, before = ", ")
        docs_put(out, "{text}{code}", before, family->labels[i].name);
    if (family->state_label != NULL)
        docs_put(out, "{text}{code}", before, family->state_label->name);
    else if (family->label_count == 0)
        strbuf_puts(out, "none");
}

/* ---- what it says ---- */

static void put_help(struct strbuf *out, const char *help) {
    const size_t len = strlen(help);
    docs_put_prose(out, help);
    if (len > 0)
        strbuf_puts(out, strchr(".!?", help[len - 1]) != NULL ? " " : ". ");
}

/* Write sentences, with a blank after each but the last. */
static void put_description(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog_family *origin = catalog_family_origin(family);
    const size_t begun = out->len;
    put_help(out, family->help);
    if (family->unit != NULL && strcasestr(family->help, family->unit) == NULL)
        docs_put(out, "Unit: {prose}. ", family->unit);
    if (origin != NULL)
        docs_put(out, "From {text} {code}. ", family->section, origin->name);
    if (family->source == SOURCE_QUERY)
        strbuf_puts(out, "Read when scraped. ");
    if (out->len > begun)
        out->len--;
}

/* Whether the family is in the group, or in none if `group` is NULL. */
static bool is_in(const struct catalog_family *family, const char *group) {
    if (!family_has_lines(family) || family->group == NULL || group == NULL)
        return family_has_lines(family) && family->group == NULL && group == NULL;
    return strcmp(family->group, group) == 0;
}

static void put_group(struct strbuf *out, const struct catalog *catalog, const char *group) {
    bool any = false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (!is_in(family, group))
            continue;
        if (!any)
            strbuf_puts(out, "| Series | Type | Labels | Description |\n|---|---|---|---|\n");
        any = true;
        docs_put(out, "| {code} | {text} | ", family->name, family->kind->title);
        put_labels(out, family);
        strbuf_puts(out, " | ");
        put_description(out, family);
        strbuf_puts(out, " |\n");
    }
}

/* The next group in byte order after `group` (NULL: the first); NULL after the last. */
static const char *next_group(const struct catalog *catalog, const char *group) {
    const char *next = NULL;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        const char *other = family_has_lines(family) ? family->group : NULL;
        if (other != NULL && (group == NULL || strcmp(other, group) > 0) &&
            (next == NULL || strcmp(other, next) < 0))
            next = other;
    }
    return next;
}

static bool has_ungrouped(const struct catalog *catalog) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (is_in(&catalog->families[i], NULL))
            return true;
    return false;
}

/* Write the groups that may be chosen but have no series here. */
static void put_empty_groups(struct strbuf *out, const struct catalog *catalog) {
    const char *before = "\nGroups without series: ";
    for (size_t i = 0; i < catalog->group_count; i++) {
        bool empty = true;
        for (size_t j = 0; j < catalog->family_count; j++)
            empty &= !is_in(&catalog->families[j], catalog->groups[i]);
        if (!empty)
            continue;
        docs_put(out, "{text}{code}", before, catalog->groups[i]);
        before = ", ";
    }
    if (before[0] == ',')
        strbuf_puts(out, ".\n");
}

void docs_write_series(struct strbuf *out, const struct catalog *catalog, int level) {
    const char *group = next_group(catalog, NULL);
    docs_put_heading(out, level, "Series");
    if (group != NULL && !has_ungrouped(catalog))
        strbuf_puts(out, "By metric group: the settings `include` and `exclude` choose which are "
                         "exposed.\n");
    else if (group != NULL)
        strbuf_puts(out, "First those that are always exposed, then by metric group: the settings "
                         "`include` and `exclude` choose which of\nthese are.\n\n");
    put_group(out, catalog, NULL);
    for (; group != NULL; group = next_group(catalog, group)) {
        docs_put_heading(out, level + 1, group);
        put_group(out, catalog, group);
    }
    put_empty_groups(out, catalog);
}
