/* SPDX-License-Identifier: MIT */
/* status.c - what needs attention, collected from the other tables. */
#include "status/status_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/terminal.h"

/* ==== problems ==== */

enum about { ABOUT_DAEMON, ABOUT_SERVICE, ABOUT_PROCESS };

static const struct {
    const char *text;
    const char *severity;
    enum about about;
    const char *link;     /* an address, or a section of the page */
    const char *sentence; /* NULL: a function below writes it */
    const char *todo;
} kinds[STATUS_KIND_COUNT] = {
#define KIND(name, text, severity, about, check, link, sentence, todo)                             \
    [STATUS_##name] = {text, severity, ABOUT_##about, link, sentence, todo},
#include "status/kinds.def"
#undef KIND
};

const char *status_kind_text(enum status_kind kind) {
    return kinds[kind].text;
}

const char *status_kind_severity(enum status_kind kind) {
    return kinds[kind].severity;
}

const char *status_kind_todo(enum status_kind kind) {
    return kinds[kind].todo;
}

static void set_about(struct status_problem *problem) {
    const enum about about = kinds[problem->kind].about;
    if (about == ABOUT_PROCESS && problem->who.pid > 0)
        (void)status_text_who(problem->about, sizeof problem->about, &problem->who);
    else if (about != ABOUT_DAEMON && problem->service != NULL)
        events_print(problem->about, sizeof problem->about, "service %s",
                     problem->service->service);
    else
        events_copy(problem->about, sizeof problem->about, "statgated");
}

static void put(struct status_problems *problems, size_t at, const struct status_problem *problem) {
    problems->items[at] = *problem;
    problems->of_kind[problem->kind]++;
    if (problem->about[0] == '\0')
        set_about(&problems->items[at]);
}

static enum status_kind most_frequent(const struct status_problems *problems) {
    int most = 0;
    for (int i = 1; i < STATUS_KIND_COUNT; i++)
        if (problems->of_kind[i] > problems->of_kind[most])
            most = i;
    return (enum status_kind)most;
}

static struct status_problem *least_of(struct status_problems *problems, enum status_kind kind) {
    struct status_problem *least = NULL;
    for (size_t i = 0; i < problems->count; i++) {
        struct status_problem *item = &problems->items[i];
        if (item->kind == kind && (least == NULL || item->count < least->count))
            least = item;
    }
    return least;
}

/* Choose the problem that gives way to a new one. NULL: the new one itself has no place. */
static struct status_problem *leaver_for(struct status_problems *problems,
                                         const struct status_problem *problem) {
    if (problems->of_kind[problem->kind] < STATUS_PROBLEMS_RESERVED)
        return least_of(problems, most_frequent(problems));
    struct status_problem *least = least_of(problems, problem->kind);
    return least->count < problem->count ? least : NULL;
}

void status_problems_add(struct status_problems *problems, const struct status_problem *problem) {
    if (problems->count < STATUS_PROBLEMS_MAX) {
        put(problems, problems->count++, problem);
        return;
    }
    struct status_problem *leaver = leaver_for(problems, problem);
    problems->left_out++;
    if (leaver == NULL)
        return;
    problems->of_kind[leaver->kind]--;
    put(problems, (size_t)(leaver - problems->items), problem);
}

/* Remove the problem at `at`; the last one takes its place. */
static void status_problems_remove(struct status_problems *problems, size_t at) {
    problems->of_kind[problems->items[at].kind]--;
    problems->items[at] = problems->items[--problems->count];
}

/* Find the problem of this kind with this key, or NULL. */
static struct status_problem *status_problems_find(struct status_problems *problems,
                                                   enum status_kind kind, uint64_t key) {
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].kind == kind && problems->items[i].key == key)
            return &problems->items[i];
    return NULL;
}

static int compare(const void *left, const void *right) {
    const struct status_problem *a = left;
    const struct status_problem *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    const int severities = strcmp(kinds[a->kind].severity, kinds[b->kind].severity);
    if (severities != 0)
        return severities; /* "critical" is before "warning" */
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->count < b->count) - (a->count > b->count);
}

void status_problems_sort(struct status_problems *problems) {
    struct status_problem *items = problems->items;
    qsort(items, problems->count, sizeof *items, compare);
    for (size_t i = 0; i < problems->count; i++) {
        size_t first = 0;
        while (strcmp(items[first].about, items[i].about) != 0)
            first++;
        items[i].group = first;
    }
    qsort(items, problems->count, sizeof *items, compare);
}

/* ==== link ==== */

/* Append a text, percent-encoded except for unreserved characters (RFC 3986, 2.3). */
static size_t put_encoded(char *out, size_t size, const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    enum { ENCODED = 3 };
    size_t len = 0;
    for (; *text != '\0' && len + ENCODED < size; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (strchr(plain, *text) != NULL) {
            out[len++] = *text;
            continue;
        }
        out[len++] = '%';
        out[len++] = digits[byte >> 4];
        out[len++] = digits[byte & 15];
    }
    out[len] = '\0';
    return len;
}

static size_t status_link_put(char *out, size_t size, const char *text) {
    const size_t len = strnlen(text, size - 1);
    memcpy(out, text, len);
    out[len] = '\0';
    return len;
}

static size_t put_parameter(char *out, size_t size, const char *before, const char *value) {
    const size_t len = status_link_put(out, size, before);
    return len + put_encoded(out + len, size - len, value);
}

void status_link_section(char *out, size_t size, const char *service, const char *family,
                         const char *section) {
    const bool is_list = service == NULL || family == NULL;
    size_t len = status_link_put(out, size, is_list ? "/?show=" : "/?");
    if (is_list)
        len += status_link_put(out + len, size - len, section);
    if (service != NULL)
        len += put_parameter(out + len, size - len, is_list ? "&service=" : "service=", service);
    if (!is_list) {
        len += put_parameter(out + len, size - len, "&family=", family);
        len += status_link_put(out + len, size - len, "#");
        (void)status_link_put(out + len, size - len, section);
    }
}

void status_link_sender(char *out, size_t size, int32_t pid) {
    (void)snprintf(out, size, "/?pid=%d#senders", (int)pid);
}

/* ==== status_text ==== */

const char *status_text_labels(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series) {
    size_t len = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < family->label_count && len + 1 < size; i++) {
        const struct catalog_value value =
            store_label_value(store, family, i, series_ids(family, series)[i]);
        if (value.len == 0)
            continue; /* this series lacks the label */
        const int more = snprintf(out + len, size - len, "%s%s=\"%.*s\"", len > 0 ? "," : "",
                                  family->labels[i].name, (int)value.len, value.text);
        len += more > 0 ? (size_t)more : 0;
    }
    return out;
}

const char *status_text_series(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series) {
    char labels[STATUS_LABELS_MAX];
    (void)status_text_labels(labels, sizeof labels, store, family, series);
    (void)snprintf(out, size, labels[0] != '\0' ? "%s{%s}" : "%s", family->name, labels);
    return out;
}

const char *status_text_who(char *out, size_t size, const struct who *who) {
    const char *comma = who->unit[0] != '\0' ? ", " : "";
    if (who->pid == 0 && who->uid == WHO_BY_UDP)
        (void)snprintf(out, size, "somebody by UDP");
    else if (who->pid == 0 && who->comm[0] != '\0') /* a command */
        (void)snprintf(out, size, "user %u with %s", (unsigned)who->uid, who->comm);
    else if (who->pid == 0)
        (void)snprintf(out, size, "an unknown process");
    else if (who->comm[0] == '\0')
        (void)snprintf(out, size, "process %d%s%s", (int)who->pid, comma, who->unit);
    else
        (void)snprintf(out, size, "%s (process %d%s%s)", who->comm, (int)who->pid, comma,
                       who->unit);
    return out;
}

void status_text_fact(char *out, size_t size, enum status_kind kind, const char *text) {
    const char *sentence = kinds[kind].sentence;
    const char *hole = strstr(sentence, "{}");
    if (hole == NULL)
        events_copy(out, size, sentence);
    else
        events_print(out, size, "%.*s%s%s", (int)(hole - sentence), sentence, text, hole + 2);
}

void status_text_query(char *out, size_t size, const struct status_query *query) {
    const bool away = query->away != NULL;
    events_print(out, size, "%s %s of %s %s, so its families show nothing%s: %s",
                 away ? "database" : "query", away ? query->away : query->name,
                 query->service->service,
                 !away           ? "fails"
                 : query->silent ? "does not answer"
                                 : "cannot be reached",
                 away && query->silent ? " and scrapes do not wait for it" : "", query->why);
}

void status_text_rejected(char *out, size_t size, const struct catalog *service,
                          const struct catalog_family *family, int label, enum sg_reject reason) {
    events_print(out, size, "samples%s%s%s%s are rejected%s%s: %s", family != NULL ? " of " : "",
                 family != NULL ? family->name : "", service != NULL ? " of " : "",
                 service != NULL ? service->service : "", label >= 0 ? ", label " : "",
                 label >= 0 ? family->labels[label].name : "", sg_reject_text(reason));
}

void status_text_breaker(char *out, size_t size, const char *series, const struct catalog *service,
                         enum breaker_state state, bool trial, const char *why,
                         const struct who *who) {
    static const char *const words[BREAKER_STATE_COUNT] = {
        [BREAKER_CLOSED] = "closed", [BREAKER_OPEN] = "open", [BREAKER_HALF_OPEN] = "half-open"};
    char by[STATUS_WHO_MAX];
    events_print(out, size, "the breaker of %s of %s %s %s: %s; %s by %s", series, service->service,
                 trial ? "is on trial and would be" : "is", words[state], why,
                 state == BREAKER_CLOSED ? "closed" : "opened",
                 status_text_who(by, sizeof by, who));
}

/* ==== things: Breakers, jobs, queries, scrapers, and recent incidents. ==== */

static void add(const struct status_step *step, const struct status_problem *problem) {
    status_problems_add(&step->status->problems, problem);
}

static const char *service_of(const struct status_problem *problem) {
    return problem->service != NULL ? problem->service->service : NULL;
}

static void status_link_problem(struct status_problem *problem, const char *section) {
    status_link_section(problem->link, sizeof problem->link, service_of(problem),
                        problem->family != NULL ? problem->family->name : NULL, section);
}

static void link_kind(struct status_problem *problem) {
    const char *link = kinds[problem->kind].link;
    if (*link == '/')
        events_copy(problem->link, sizeof problem->link, link);
    else
        status_link_problem(problem, link);
}

/* Hash the texts that identify a need to a key. */
static uint64_t key_of(const char *const *texts, size_t count) {
    uint64_t key = 0;
    for (size_t i = 0; i < count; i++)
        key = hash_bytes(texts[i], strlen(texts[i]), key);
    return key;
}

/* ---- facts ---- */

/* Add a problem with the sentence of its kind; `text` fills its hole. */
static void add_fact(const struct status_step *step, const char *text,
                     struct status_problem problem) {
    problem.label = -1;
    if (problem.count == 0)
        problem.count = 1;
    status_text_fact(problem.text, sizeof problem.text, problem.kind, text);
    link_kind(&problem);
    add(step, &problem);
}

/* `count` queries of the service: of one database that is away, or one alone. */
static void add_query(const struct status_step *step, const struct status_query *query,
                      size_t count) {
    const char *const about[] = {query->away != NULL ? query->away : query->name};
    struct status_problem problem = {.kind = STATUS_QUERY_DOWN,
                                     .service = query->service,
                                     .label = -1,
                                     .count = count,
                                     .key = key_of(about, 1),
                                     .since_ms = query->since_ms};
    if (query->away != NULL)
        events_print(problem.about, sizeof problem.about, "database %s", query->away);
    status_text_query(problem.text, sizeof problem.text, query);
    link_kind(&problem);
    add(step, &problem);
}

static bool is_of_same(const struct status_query *a, const struct status_query *b) {
    return a->away != NULL && b->away != NULL && a->service == b->service &&
           strcmp(a->away, b->away) == 0;
}

/* A database that is away is one problem, however many queries it has. */
static void add_queries(const struct status_step *step, const struct status_facts *facts) {
    for (size_t i = 0; i < facts->query_count; i++) {
        size_t before = 0;
        size_t count = 1;
        while (before < i && !is_of_same(&facts->queries[before], &facts->queries[i]))
            before++;
        for (size_t j = i + 1; before == i && j < facts->query_count; j++)
            count += is_of_same(&facts->queries[i], &facts->queries[j]);
        if (before == i)
            add_query(step, &facts->queries[i], count);
    }
}

static void add_scraper(const struct status_step *step, const struct scraper *scraper) {
    char gone[TERMINAL_DURATION_MAX];
    char interval[TERMINAL_DURATION_MAX];
    const char *const about[] = {scraper->page, scraper->client};
    struct status_problem problem = {.kind = STATUS_SCRAPER_AWAY,
                                     .label = -1,
                                     .key = key_of(about, 2),
                                     .count = (uint64_t)scraper->gone_ms / 1000,
                                     .since_ms = scraper->last_ms,
                                     .last_ms = scraper->last_ms};
    events_print(problem.text, sizeof problem.text,
                 "%s has not asked for %s for %s; it came every %s before", scraper->client,
                 scraper->page, terminal_duration(gone, scraper->gone_ms),
                 terminal_duration(interval, scraper->interval_ms));
    link_kind(&problem);
    add(step, &problem);
}

static void add_scrapers(const struct status_step *step, const struct scrapers *scrapers) {
    struct scraper scraper;
    for (size_t i = 0; scrapers_at(scrapers, i, step->now.mono_ms, &scraper); i++)
        if (scraper.away)
            add_scraper(step, &scraper);
}

static void add_full_queue(const struct status_step *step, const struct status_queue *queue) {
    enum { STANDS_OUT_PERCENT = 20 };
    char who[STATUS_WHO_MAX];
    const bool one = queue->who.pid > 0 && queue->percent >= STANDS_OUT_PERCENT;
    struct status_problem problem = {.kind = STATUS_QUEUE_FULL,
                                     .service = queue->service,
                                     .label = -1,
                                     .count = queue->percent,
                                     .since_ms = queue->since_ms,
                                     .last_ms = queue->last_ms};
    events_print(problem.text, sizeof problem.text, "the queue of %s%s is full: ",
                 queue->service != NULL ? "the socket of " : "the shared socket",
                 queue->service != NULL ? queue->service->service : "");
    const size_t len = strlen(problem.text);
    if (one) {
        problem.who = queue->who;
        events_print(problem.text + len, sizeof problem.text - len,
                     "%s sends at least %u %% of what arrives; ",
                     status_text_who(who, sizeof who, &queue->who), queue->percent);
        status_link_sender(problem.link, sizeof problem.link, queue->who.pid);
    } else {
        events_copy(problem.text + len, sizeof problem.text - len, "many processes send at once; ");
        link_kind(&problem);
    }
    const size_t end = strlen(problem.text);
    events_copy(problem.text + end, sizeof problem.text - end,
                "further sends of every process are refused, or wait");
    add(step, &problem);
}

/* Only the first remark of a catalog is said: all have one cause, and one remedy. */
static void add_lists(const struct status_step *step, const struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->remarks != NULL)
            add_fact(step, set->catalogs[i]->remarks->text,
                     (struct status_problem){
                         .kind = STATUS_LIST_WRONG, .service = set->catalogs[i], .key = i});
}

static void add_files(const struct status_step *step, const struct status_facts *facts) {
    char files[STATUS_TEXT_MAX];
    events_print(files, sizeof files, "%s%s", facts->changed_file,
                 facts->changed_count > 1 ? ", and those of others," : "");
    add_fact(step, files,
             (struct status_problem){.kind = STATUS_FILES_CHANGED,
                                     .count = facts->changed_count,
                                     .since_ms = facts->changed_ms,
                                     .last_ms = step->now.real_ms});
}

/* What the daemon says of itself. */
static void add_own(const struct status_step *step, const struct status_facts *facts) {
    const int64_t now_ms = step->now.real_ms;
    if (facts->not_ready != NULL)
        add_fact(step, facts->not_ready, (struct status_problem){.kind = STATUS_NOT_READY});
    if (facts->values_lost != NULL && now_ms - facts->started_ms <= STATUS_FRESH_MS)
        add_fact(step, facts->values_lost,
                 (struct status_problem){.kind = STATUS_VALUES_LOST,
                                         .since_ms = facts->started_ms,
                                         .last_ms = facts->started_ms});
    if (facts->reload_error != NULL)
        add_fact(step, facts->reload_error,
                 (struct status_problem){.kind = STATUS_RELOAD_REFUSED,
                                         .since_ms = facts->reload_ms,
                                         .last_ms = facts->reload_ms});
    if (facts->partly != NULL)
        add_fact(step, facts->partly,
                 (struct status_problem){.kind = STATUS_FILES_REFUSED,
                                         .count = facts->files_refused,
                                         .since_ms = facts->partly_ms,
                                         .last_ms = now_ms});
    if (facts->changed_file != NULL)
        add_files(step, facts);
    if (facts->supervisor_gone)
        add_fact(step, "", (struct status_problem){.kind = STATUS_SUPERVISOR_GONE});
    if (facts->state_wrong != NULL)
        add_fact(step, facts->state_wrong,
                 (struct status_problem){.kind = STATUS_STATE_FILE,
                                         .since_ms = facts->state_wrong_ms,
                                         .last_ms = now_ms});
    for (size_t i = 0; i < facts->awaited_count; i++)
        add_fact(step, facts->awaited[i],
                 (struct status_problem){.kind = STATUS_SERVICE_AWAITED,
                                         .key = key_of(&facts->awaited[i], 1)});
}

static void add_full_input(const struct status_step *step, const struct status_input *input) {
    struct status_problem problem = {.kind = STATUS_INPUT_LOSS,
                                     .label = -1,
                                     .count = input->dropped,
                                     .since_ms = input->since_ms,
                                     .last_ms = input->last_ms};
    events_print(problem.text, sizeof problem.text,
                 "datagrams to %s are lost, as the kernel has no room for them: %" PRIu64,
                 input->listen, input->dropped);
    link_kind(&problem);
    add(step, &problem);
}

/* Facts of the daemon, queries, scrapers: a few hundred items at most, all at once. */
static bool things_facts(const struct status_step *step) {
    enum { UNITS = 200 };
    const struct status_facts *facts = step->source->facts;
    if (facts == NULL)
        return true;
    add_own(step, facts);
    if (facts->full_queue.since_ms != 0)
        add_full_queue(step, &facts->full_queue);
    if (facts->full_input.since_ms != 0)
        add_full_input(step, &facts->full_input);
    add_lists(step, step->source->set);
    add_queries(step, facts);
    if (facts->scrapers != NULL)
        add_scrapers(step, facts->scrapers);
    status_spend(step, UNITS + 5 * (facts->query_count + facts->awaited_count) +
                           step->source->set->count);
    return true;
}

/* ---- attempts ---- */

enum { SERIES_MAX = 256 };

/* A problem of attempts or jobs with these labels, without a sentence; *ret_series names them. */
static struct status_problem problem_of(const struct status_step *step, enum status_kind kind,
                                        size_t index, const struct catalog_family *family,
                                        const struct series *series, char ret_series[SERIES_MAX]) {
    (void)status_text_series(ret_series, SERIES_MAX, step->source->store, family, series);
    return (struct status_problem){.kind = kind,
                                   .service = family->catalog,
                                   .family = family,
                                   .label = -1,
                                   .index = index,
                                   .key = index};
}

static void add_breaker(const struct status_step *step, size_t index,
                        const struct breakers_entry *breaker) {
    char series[SERIES_MAX];
    struct status_problem problem =
        problem_of(step, STATUS_BREAKER_OPEN, index, breaker->family, breaker->series, series);
    problem.count = breaker->consecutive_failures;
    problem.since_ms = breaker->since_ms;
    problem.last_ms = breaker->last_error_ms;
    problem.who =
        breaker->opened_by != NULL ? *breaker->opened_by : (struct who){.pid = breaker->last_pid};
    status_text_breaker(problem.text, sizeof problem.text, series, problem.service, breaker->state,
                        false, breaker->why != NULL ? breaker->why : "", &problem.who);
    link_kind(&problem);
    add(step, &problem);
}

/* Report a half-open breaker whose probes no process reports: it gives no tickets. */
static void add_silent(const struct status_step *step, size_t index,
                       const struct breakers_entry *breaker) {
    char series[SERIES_MAX];
    struct status_problem problem =
        problem_of(step, STATUS_PROBES_SILENT, index, breaker->family, breaker->series, series);
    problem.count = 1;
    problem.since_ms = breaker->since_ms;
    problem.last_ms = step->now.real_ms;
    events_print(
        problem.text, sizeof problem.text,
        "no process reports the probes of %s of %s, so each client may probe once in an epoch",
        series, problem.service->service);
    link_kind(&problem);
    add(step, &problem);
}

static int64_t last_attempt_ms(const struct status_step *step,
                               const struct breakers_entry *breaker) {
    const int64_t last_ms = breaker->last_success_ms > breaker->last_error_ms
                                ? breaker->last_success_ms
                                : breaker->last_error_ms;
    if (last_ms > 0 || step->source->facts == NULL)
        return last_ms;
    return step->source->facts->started_ms;
}

/* Report attempts that were expected at regular times and are late. */
static void look_for_overdue(const struct status_step *step, size_t index,
                             const struct breakers_entry *breaker) {
    const int64_t expected_ms = breaker->family->attempts->expected_ms;
    const int64_t last_ms = last_attempt_ms(step, breaker);
    char series[SERIES_MAX];
    char age[TERMINAL_DURATION_MAX];
    char expected[TERMINAL_DURATION_MAX];
    if (expected_ms == 0 || last_ms == 0 || step->now.real_ms - last_ms <= expected_ms)
        return;
    const int64_t late_ms = step->now.real_ms - last_ms - expected_ms;
    struct status_problem problem =
        problem_of(step, STATUS_JOB_OVERDUE, index, breaker->family, breaker->series, series);
    problem.count = (uint64_t)late_ms / 1000;
    problem.since_ms = last_ms + expected_ms;
    problem.last_ms = last_ms;
    problem.who.pid = breaker->last_pid;
    events_print(problem.text, sizeof problem.text,
                 "an attempt of %s is overdue by %s; one is expected every %s", series,
                 terminal_duration(age, late_ms), terminal_duration(expected, expected_ms));
    status_link_problem(&problem, "breakers");
    add(step, &problem);
}

/* Breakers that are not closed, and overdue attempts. */
static bool things_breakers(const struct status_step *step) {
    const struct breakers_jobs *breakers_jobs = step->source->breakers_jobs;
    const size_t count = breakers_jobs != NULL ? breakers_count(breakers_jobs) : 0;
    size_t *at = &step->status->walk.at;
    for (; *at < count; ++*at) {
        struct breakers_entry breaker;
        if (*step->budget == 0)
            return false;
        breakers_at(breakers_jobs, *at, &breaker);
        const bool runs = breaker.declared || breaker.family->attempts->breaker.reported;
        if (runs && breaker.state != BREAKER_CLOSED)
            add_breaker(step, *at, &breaker);
        if (breaker.unattended && breaker.state == BREAKER_HALF_OPEN)
            add_silent(step, *at, &breaker);
        look_for_overdue(step, *at, &breaker);
        status_spend(step, 1);
    }
    return true;
}

/* ---- jobs ---- */

/* The longest time expected of a job in this state: the last bucket of its histogram, since the
 * catalog's author expected no longer times. 0: unknown. */
static int64_t longest_ms(const struct catalog_family *family, enum job_state state) {
    const struct catalog_family *part =
        family->jobs->parts[state == JOB_QUEUED ? JOBS_WAITING : JOBS_RUNNING];
    return part != NULL && part->bucket_count > 0
               ? (int64_t)(part->buckets[part->bucket_count - 1] * 1000)
               : 0;
}

static void add_job(const struct status_step *step, const struct catalog_family *family,
                    const struct jobs_entry *job, uint64_t count) {
    char age[TERMINAL_DURATION_MAX];
    struct status_problem problem = {.kind = STATUS_JOB_OVERDUE,
                                     .service = family->catalog,
                                     .family = family,
                                     .label = -1,
                                     .count = count,
                                     .key = (uint64_t)job->state,
                                     .since_ms = job->since_ms,
                                     .last_ms = step->now.real_ms};
    status_spend(step,
                 ledger_sender_name(step->source->ledger, job->pid, job->since_ms, &problem.who));
    events_print(problem.text, sizeof problem.text,
                 "job %.*s of %s has been %s for %s, longer than its last bucket%s",
                 (int)job->id_len, job->id, family->name, catalog_job_state_text(job->state),
                 terminal_duration(age, step->now.mono_ms - job->since_mono_ms),
                 count > 1 ? ", and so have others" : "");
    link_kind(&problem);
    add(step, &problem);
}

/* Report the oldest overdue job of each state. Jobs come oldest first, so looking at a few is
 * enough. */
static void look_at_jobs(const struct status_step *step, const struct catalog_family *family) {
    enum { LOOKED_AT_MAX = 64 };
    struct jobs_entry oldest[JOB_STATE_COUNT] = {{0}};
    uint64_t late[JOB_STATE_COUNT] = {0};
    struct jobs_entry job;
    uint64_t after = 0;
    uint32_t hint = 0;
    for (int i = 0;
         i < LOOKED_AT_MAX && jobs_next(step->source->breakers_jobs, family, after, &hint, &job);
         i++) {
        const int64_t most_ms = longest_ms(family, job.state);
        after = job.serial;
        status_spend(step, 2);
        if (most_ms == 0 || step->now.mono_ms - job.since_mono_ms <= most_ms)
            continue;
        if (late[job.state]++ == 0)
            oldest[job.state] = job;
    }
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        if (late[i] > 0)
            add_job(step, family, &oldest[i], late[i]);
}

/* Jobs that take longer than the last bucket of their histogram. */
static bool things_jobs(const struct status_step *step) {
    const struct catalog_set *set = step->source->set;
    size_t *at = &step->status->walk.at;
    for (; step->source->breakers_jobs != NULL && *at < set->family_count; ++*at) {
        if (*step->budget == 0)
            return false;
        status_spend(step, 1);
        if (set->families[*at]->jobs != NULL)
            look_at_jobs(step, set->families[*at]);
    }
    return true;
}

/* "the last run failed (exit 3)", "the last 3 runs failed, were lost or missed". */
static void put_failures(char *text, size_t size, const struct jobs_watched *job) {
    char code[SG_EXIT_MAX] = "";
    if (job->failures > 1) {
        (void)snprintf(text, size, "the last %u runs failed, were lost or missed",
                       (unsigned)job->failures);
        return;
    }
    if (job->exit != SG_EXIT_UNSAID)
        sg_exit_text(job->exit, code);
    (void)snprintf(text, size, "the last run %s%s%s%s",
                   job->outcome == JOB_LOST ? "was lost" : "failed", *code != '\0' ? " (exit " : "",
                   code, *code != '\0' ? ")" : "");
}

static void add_watched(const struct status_step *step, size_t index,
                        const struct jobs_watched *job) {
    char series[SERIES_MAX];
    char age[TERMINAL_DURATION_MAX];
    char what[128] = "one run takes longer than its catalog allows";
    struct status_problem problem =
        problem_of(step, STATUS_JOB_PROBLEM, index, job->family, job->series, series);
    problem.count = job->failures;
    problem.since_ms = job->ended_ms;
    problem.last_ms = step->now.real_ms;
    if (job->problem == JOBS_PROBLEM_FAILED) {
        put_failures(what, sizeof what, job);
    } else if (job->problem == JOBS_PROBLEM_MISSED) {
        problem.since_ms = step->now.real_ms - job->late_ms;
        (void)snprintf(what, sizeof what, "a run was missed%s%s",
                       job->late_ms > 0 ? ", due for " : "",
                       job->late_ms > 0 ? terminal_duration(age, job->late_ms) : "");
    }
    events_print(problem.text, sizeof problem.text, "job %s of %s: %s", series,
                 problem.service->service, what);
    link_kind(&problem);
    add(step, &problem);
}

/* Jobs that do not do what the catalog says. */
static bool things_watched(const struct status_step *step) {
    const struct breakers_jobs *breakers_jobs = step->source->breakers_jobs;
    const size_t count = breakers_jobs != NULL ? jobs_watch_count(breakers_jobs) : 0;
    size_t *at = &step->status->walk.at;
    for (; *at < count; ++*at) {
        struct jobs_watched job;
        if (*step->budget == 0)
            return false;
        status_spend(step, 1);
        if (jobs_watch_at(breakers_jobs, *at, step->now, &job) && job.problem != JOBS_PROBLEM_NONE)
            add_watched(step, *at, &job);
    }
    return true;
}

/* ---- what happened lately ---- */

static bool kind_of(const struct events_item *item, enum status_kind *ret_kind) {
    switch (item->kind) {
    case EVENT_JOB_LOST:
        *ret_kind = STATUS_JOB_LOST;
        return true;
    case EVENT_SENDER_LOSS:
        *ret_kind = STATUS_SENDER_LOSS;
        return true;
    case EVENT_TABLE_FULL:
        *ret_kind = STATUS_TABLE_FULL;
        return true;
    default:
        return false;
    }
}

static const struct catalog_family *find_family(const struct catalog *service, const char *name) {
    return service != NULL ? catalog_family_find(service, name, strlen(name)) : NULL;
}

static void status_link_event(struct status_problem *problem) {
    if (problem->kind == STATUS_SENDER_LOSS && problem->who.pid != 0)
        status_link_sender(problem->link, sizeof problem->link, problem->who.pid);
    else
        link_kind(problem);
}

static uint64_t key_of_event(const struct events_item *item) {
    const char *const about[] = {item->service, item->name, item->labels};
    return hash_bytes(&item->who.pid, sizeof item->who.pid, key_of(about, 3));
}

/* An event was limited in time and says less than the table's count, so that is shown instead. */
static void count_table(const struct status_step *step, const struct events_item *item,
                        struct status_problem *problem) {
    const struct status_facts *facts = step->source->facts;
    for (size_t i = 0; item->kind == EVENT_TABLE_FULL && facts != NULL && i < facts->table_count;
         i++) {
        const struct status_table *table = &facts->tables[i];
        if (strcmp(table->name, item->name) != 0 || table->times == 0)
            continue;
        problem->count = table->times;
        events_print(problem->text, sizeof problem->text, "%s; %llu time%s in all", item->text,
                     (unsigned long long)table->times, table->times == 1 ? "" : "s");
    }
}

static void add_event(const struct status_step *step, const struct events_item *item,
                      enum status_kind kind) {
    struct status_problem problem = {.kind = kind,
                                     .label = -1,
                                     .count = item->held + 1,
                                     .key = key_of_event(item),
                                     .since_ms = item->at_ms,
                                     .last_ms = item->at_ms,
                                     .who = item->who};
    problem.service = catalog_set_find(step->source->set, item->service, strlen(item->service));
    problem.family =
        event_kind_has_family(item->kind) ? find_family(problem.service, item->name) : NULL;
    events_copy(problem.text, sizeof problem.text, item->text);
    count_table(step, item, &problem);
    status_link_event(&problem);
    add(step, &problem);
}

/* Add an event. Events come latest first; the text of the latest one represents all events with the
 * same key. */
static void look_at_event(const struct status_step *step, const struct events_item *item,
                          enum status_kind kind) {
    struct status_problem *later =
        status_problems_find(&step->status->problems, kind, key_of_event(item));
    if (later == NULL) {
        add_event(step, item, kind);
        return;
    }
    later->count += item->held + 1;
    later->since_ms = item->at_ms;
}

/* Append the count of lost jobs. The texts of other kinds already include earlier counts. */
static void count_lost_jobs(const struct status_step *step) {
    struct status_problems *problems = &step->status->problems;
    for (size_t i = 0; i < problems->count; i++) {
        struct status_problem *problem = &problems->items[i];
        const size_t len = strlen(problem->text);
        if (problem->kind == STATUS_JOB_LOST && problem->count > 1)
            events_print(problem->text + len, sizeof problem->text - len, "; and %llu more",
                         (unsigned long long)problem->count - 1);
    }
}

/* Incidents of the last hour: lost jobs, losses of senders, full tables. */
static bool things_events(const struct status_step *step) {
    const struct events *events = step->source->events;
    size_t *at = &step->status->walk.at; /* continue before this id; 0: start */
    const struct events_item *item;
    enum status_kind kind;
    if (events == NULL)
        return true;
    while ((item = events_before(events, *at == 0 ? UINT64_MAX : *at)) != NULL &&
           step->now.real_ms - item->at_ms <= STATUS_FRESH_MS) {
        if (*step->budget == 0)
            return false;
        *at = item->id;
        if (kind_of(item, &kind))
            look_at_event(step, item, kind);
        status_spend(step, 2);
    }
    count_lost_jobs(step);
    return true;
}

/* ---- senders that have gone ---- */

/* Whether the process that a problem is about has ended, or sends no longer. */
static bool has_gone(const struct status_step *step, const struct who *who) {
    const struct status_source *source = step->source;
    const struct sender *found = NULL;
    const size_t count = ledger_sender_count(source->ledger);
    size_t row = 0;
    for (size_t i = 0; i < count; i++) {
        const struct sender *sender = ledger_sender_at(source->ledger, i);
        if (sender->pid == who->pid && sender->uid == who->uid &&
            memcmp(sender->comm, who->comm, sizeof who->comm) == 0) {
            found = sender;
            row = i;
        }
    }
    if (found != NULL && source->look != NULL)
        source->look(source->look_arg, row);
    return found == NULL || !found->alive;
}

static bool ages_out(const struct status_problem *problem) {
    return problem->kind == STATUS_SENDER_LOSS || problem->kind == STATUS_REJECTIONS;
}

/* After all others: losses and rejections end a minute after their sender did. */
static bool things_gone(const struct status_step *step) {
    enum { UNITS = 2000 }; /* a look at all rows, and at a process */
    struct status_problems *problems = &step->status->problems;
    size_t *at = &step->status->walk.at;
    while (*at < problems->count && step->source->ledger != NULL) {
        const struct status_problem *problem = &problems->items[*at];
        if (*step->budget == 0)
            return false;
        if (ages_out(problem) && problem->who.pid > 0 &&
            step->now.real_ms - problem->last_ms > STATUS_GONE_MS) {
            status_spend(step, UNITS);
            if (has_gone(step, &problem->who)) {
                status_problems_remove(problems, *at);
                continue;
            }
        }
        ++*at;
    }
    return true;
}

/* ==== fullness: Which families and services are near the bound of what they may hold.
 */

/* Whether a full family refuses: a label without `otherwise` is full, or max_series cuts and no
 * label can be folded. */
static bool can_refuse(const struct catalog_family *family) {
    bool folds = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_PATTERN && label->otherwise < 0)
            return true;
        folds |= label->otherwise >= 0;
    }
    return family->bound < family->combinations && !folds;
}

/* Whether `used` is more than that part of `bound`; small bounds do not count. */
static bool status_fullness_is_near(uint64_t used, uint64_t bound) {
    enum { LEAST = 10, HUNDRED = 100 };
    return bound >= LEAST && used > bound / HUNDRED * FULLNESS_PERCENT &&
           used * HUNDRED > bound * FULLNESS_PERCENT;
}

bool status_fullness_of_family(const struct catalog_family *family, uint64_t series) {
    return family_has_lines(family) && !family->catalog->internal &&
           status_fullness_is_near(series, family->bound) && can_refuse(family);
}

/* ==== rejections: Families near their bounds, and rejections. ==== */

/* ---- bounds ---- */

static void add_bound(const struct status_step *step, const struct catalog_family *family,
                      const char *what, uint64_t used, uint64_t bound) {
    struct status_problem problem = {.kind = STATUS_BOUND_NEAR,
                                     .service = family->catalog,
                                     .family = family,
                                     .label = -1,
                                     .count = used * 100 / bound};
    events_print(problem.text, sizeof problem.text, "%s has %llu of at most %llu %s", family->name,
                 (unsigned long long)used, (unsigned long long)bound, what);
    status_link_section(problem.link, sizeof problem.link, family->catalog->service, family->name,
                        family->jobs != NULL ? "jobs" : "series");
    status_problems_add(&step->status->problems, &problem);
}

static void look_at_bound(const struct status_step *step, const struct catalog_family *family) {
    const struct status_source *source = step->source;
    if (family->jobs != NULL && source->breakers_jobs != NULL) {
        const uint64_t live = jobs_count(source->breakers_jobs, family);
        if (status_fullness_is_near(live, family->jobs->max_live))
            add_bound(step, family, "live jobs", live, family->jobs->max_live);
    }
    const uint64_t series = source->store != NULL ? store_family_count(source->store, family) : 0;
    if (status_fullness_of_family(family, series))
        add_bound(step, family, "series", series, family->bound);
}

/* ---- what was rejected lately ---- */

/* Fill in when the rejections happened and who sent the samples. False: no rejection in the last
 * hour is known. */
static bool is_fresh(const struct status_step *step, struct status_problem *problem) {
    const struct ledger_entry entry = {.service = problem->service,
                                       .family = problem->family,
                                       .label = problem->label,
                                       .reason = problem->reason};
    struct ledger_group group;
    status_spend(step, 2);
    if (!ledger_group(step->source->ledger, &entry, VERDICT_REJECTED, step->now.real_ms, &group) ||
        step->now.real_ms - group.last_ms > STATUS_FRESH_MS)
        return false;
    problem->since_ms = group.first_ms;
    problem->last_ms = group.last_ms;
    if (group.sender != NULL)
        problem->who = *group.sender;
    return true;
}

static void put_rejected(struct status_problem *problem) {
    status_text_rejected(problem->text, sizeof problem->text, problem->service, problem->family,
                         problem->label, problem->reason);
    const size_t len = strlen(problem->text);
    events_print(problem->text + len, sizeof problem->text - len, "; %llu so far",
                 (unsigned long long)problem->count);
}

/* ---- rejections of families ---- */

static void add_rejection(const struct status_step *step, const struct catalog_family *family,
                          uint32_t label, enum sg_reject reason, uint64_t count) {
    const bool has_label = label < family->label_count;
    struct status_problem problem = {.kind = STATUS_REJECTIONS,
                                     .service = family->catalog,
                                     .family = family,
                                     .label = has_label ? (int)label : -1,
                                     .reason = reason,
                                     .count = count};
    if (!is_fresh(step, &problem))
        return;
    put_rejected(&problem);
    link_kind(&problem);
    add(step, &problem);
}

static void look_at_rejections(const struct status_step *step,
                               const struct catalog_family *family) {
    const struct ledger *ledger = step->source->ledger;
    const uint64_t *cells = ledger != NULL ? ledger_family_rejected(ledger, family) : NULL;
    uint64_t *named = step->status->walk.named;
    if (cells == NULL)
        return;
    for (uint32_t label = 0; label <= family->label_count; label++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++) {
            const uint64_t count = cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
            named[reason] += count;
            if (count > 0)
                add_rejection(step, family, label, (enum sg_reject)reason, count);
        }
    status_spend(step, (size_t)(family->label_count + 1) * SG_REJECT_COUNT / 16);
}

/* ---- those without a family ---- */

static void add_unnamed(const struct status_step *step, const struct catalog *service,
                        enum sg_reject reason, uint64_t count) {
    struct status_problem problem = {.kind = STATUS_REJECTIONS,
                                     .service = service,
                                     .label = -1,
                                     .reason = reason,
                                     .count = count};
    if (!is_fresh(step, &problem))
        return;
    put_rejected(&problem);
    link_kind(&problem);
    add(step, &problem);
}

/* Report rejections of a service that belong to none of its families. Values of query rows are
 * counted in both. */
static void end_service(const struct status_step *step, const struct catalog *service, int index) {
    uint64_t *named = step->status->walk.named;
    const struct ledger *ledger = step->source->ledger;
    if (ledger != NULL) {
        const uint64_t *reasons = ledger_reasons(ledger, index);
        const uint64_t *rows = ledger_row_reasons(ledger, index);
        for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
            if (reasons[i] + rows[i] > named[i])
                add_unnamed(step, service, (enum sg_reject)i, reasons[i] + rows[i] - named[i]);
    }
    memset(named, 0, sizeof step->status->walk.named);
}

/* Families near their bounds, and rejections. */
static bool rejections_families(const struct status_step *step) {
    const struct catalog_set *set = step->source->set;
    struct status_walk *walk = &step->status->walk;
    for (; walk->at < set->count; walk->at++, walk->sub = 0) {
        const struct catalog *service = set->catalogs[walk->at];
        for (; walk->sub < service->family_count; walk->sub++) {
            if (*step->budget == 0)
                return false;
            look_at_bound(step, &service->families[walk->sub]);
            look_at_rejections(step, &service->families[walk->sub]);
            status_spend(step, 1);
        }
        end_service(step, service, (int)walk->at);
    }
    return true;
}

/* Rejections that do not belong to a family. */
static bool rejections_unnamed(const struct status_step *step) {
    end_service(step, NULL, -1);
    return true;
}

/* ==== folding: Samples that are folded as declared: who folds most now, and services that fold far
 * more than in the hour before.
 */

enum {
    TIMES = 10,         /* more than the hour before */
    LEAST_A_SECOND = 1, /* fewer are no reason to look */
    NOW_KNOWN = 60,     /* seconds of the last five minutes */
    BEFORE_KNOWN = 2,   /* points of the hour before these */
    CURVE_UNITS = 20
};

/* ---- who folds most ---- */

static void look_at_cell(const struct status_step *step, const struct catalog_family *family,
                         uint32_t label, enum sg_reject reason, struct status_folding *most) {
    const int index = label < family->label_count ? (int)label : -1;
    const struct ledger_entry entry = {
        .service = family->catalog, .family = family, .label = index, .reason = reason};
    struct ledger_group group;
    status_spend(step, 2);
    if (!ledger_group(step->source->ledger, &entry, VERDICT_FOLDED, step->now.real_ms, &group) ||
        group.rate <= most->rate)
        return;
    *most = (struct status_folding){.family = family, .label = index, .rate = group.rate};
    if (group.sender != NULL)
        most->who = *group.sender;
}

static void look_at_family(const struct status_step *step, const struct catalog_family *family,
                           struct status_folding *most) {
    const uint64_t *cells = ledger_family_folded(step->source->ledger, family);
    status_spend(step, 1);
    for (uint32_t label = 0; cells != NULL && label <= family->label_count; label++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++)
            if (cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason] > 0)
                look_at_cell(step, family, label, (enum sg_reject)reason, most);
}

/* ---- compared with the hour before ---- */

/* The rate per second of the points from `first` up to `end`. False: fewer than `known` of them
 * are known. */
static bool rate_of(const struct history_points *points, uint32_t first, uint32_t end,
                    uint32_t known, double *ret_rate) {
    uint64_t sum = 0;
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++)
        if (points->values[i] != HISTORY_UNKNOWN) {
            sum += points->values[i];
            count++;
        }
    if (count < known)
        return false;
    *ret_rate = (double)sum / count * 1000 / points->step_ms;
    return true;
}

/* Compare the last five minutes with the hour before these. False: they are not known. */
static bool read_rates(const struct history *history, int service, double *ret_now,
                       double *ret_before) {
    enum { HOUR = 12, PRESENT = 1 }; /* points of five minutes */
    struct history_points points;
    double now;
    if (history == NULL ||
        !history_curve(history, service, HISTORY_FOLDED, HISTORY_SHORT, &points) ||
        !rate_of(&points, 0, points.count, NOW_KNOWN, &now) ||
        !history_curve(history, service, HISTORY_FOLDED, HISTORY_LONG, &points) ||
        !rate_of(&points, points.count - PRESENT - HOUR, points.count - PRESENT, BEFORE_KNOWN,
                 ret_before))
        return false;
    *ret_now = now;
    return true;
}

static void add_problem(const struct status_step *step, const struct catalog *service,
                        const struct status_folding *most, double now, double before) {
    char who[STATUS_WHO_MAX];
    struct status_problem problem = {.kind = STATUS_FOLDING,
                                     .service = service,
                                     .family = most->family,
                                     .label = most->label,
                                     .count = (uint64_t)now,
                                     .last_ms = step->now.real_ms,
                                     .who = most->who};
    events_print(problem.text, sizeof problem.text,
                 "%s folds %.3g samples a second, and %.3g in the hour before", service->service,
                 now, before);
    const size_t len = strlen(problem.text);
    if (most->family != NULL)
        events_print(problem.text + len, sizeof problem.text - len, ": most are of %s%s%s, by %s",
                     most->family->name, most->label >= 0 ? ", label " : "",
                     most->label >= 0 ? most->family->labels[most->label].name : "",
                     status_text_who(who, sizeof who, &problem.who));
    status_link_section(problem.link, sizeof problem.link, service->service, NULL, "folded");
    status_problems_add(&step->status->problems, &problem);
}

static void folding_end_service(const struct status_step *step, const struct catalog *service) {
    struct status *status = step->status;
    const struct status_folding *most = &status->walk.folding;
    double now;
    double before;
    if (most->rate > status->folding.rate)
        status->folding = *most;
    status_spend(step, CURVE_UNITS);
    if (read_rates(step->source->history, (int)service->index, &now, &before) &&
        now >= LEAST_A_SECOND && now > TIMES * before)
        add_problem(step, service, most, now, before);
}

/* What is folded most, and services that fold far more than before. */
static bool folding_services(const struct status_step *step) {
    const struct status_source *source = step->source;
    struct status_walk *walk = &step->status->walk;
    for (; source->ledger != NULL && walk->at < source->set->count; walk->at++, walk->sub = 0) {
        const struct catalog *service = source->set->catalogs[walk->at];
        if (*step->budget == 0)
            return false;
        status_spend(step, 1);
        if (ledger_service(source->ledger, (int)walk->at)->by_verdict[VERDICT_FOLDED] == 0)
            continue;
        for (; walk->sub < service->family_count; walk->sub++) {
            if (*step->budget == 0)
                return false;
            look_at_family(step, &service->families[walk->sub], &walk->folding);
        }
        folding_end_service(step, service);
        walk->folding = (struct status_folding){0};
    }
    return true;
}

/* ==== status ==== */

static void read_totals(struct status *status, const struct status_source *source) {
    status->facts =
        source->facts != NULL
            ? *source->facts
            : (struct status_facts){.samples_rate = -1, .rejected_rate = -1, .folded_rate = -1};
    status->bound = source->set->bound;
    if (source->ledger != NULL) {
        const struct tally *total = ledger_total(source->ledger);
        uint64_t sent;
        status->samples = tally_total(total);
        status->rejected = total->by_verdict[VERDICT_REJECTED];
        status->folded = total->by_verdict[VERDICT_FOLDED];
        ledger_reported(source->ledger, &sent, &status->lost);
    }
    if (source->store != NULL) {
        struct store_figures figures;
        store_figures(source->store, &figures);
        status->series = figures.series;
    }
}

bool status_collect(struct status *status, const struct status_source *source,
                    struct store_time now, size_t *budget) {
    static bool (*const steps[])(const struct status_step *step) = {
        things_facts, rejections_families, rejections_unnamed, folding_services, things_breakers,
        things_jobs,  things_watched,      things_events,      things_gone};
    enum { STEPS = sizeof steps / sizeof *steps };
    struct status_walk *walk = &status->walk;
    const struct status_step step = {
        .status = status, .source = source, .now = now, .budget = budget};
    if (*budget == 0)
        *budget = 1;
    for (; walk->step < STEPS; walk->step++, walk->at = 0, walk->sub = 0)
        if (!steps[walk->step](&step))
            return false;
    read_totals(status, source);
    status_problems_sort(&status->problems);
    return true;
}
