/* Breakers, jobs, queries, scrapers, and recent incidents. */
#include <string.h>

#include "base/hash.h"
#include "ledger/sender_name.h"
#include "status/status_private.h"
#include "status/status_text.h"

static void add(const struct status_step *step, const struct status_problem *problem) {
    problems_add(&step->status->problems, problem);
}

static const char *service_of(const struct status_problem *problem) {
    return problem->service != NULL ? problem->service->service : NULL;
}

static void link_problem(struct status_problem *problem, const char *section) {
    link_section(problem->link, sizeof problem->link, service_of(problem),
                 problem->family != NULL ? problem->family->name : NULL, section);
}

/* Hash the texts that identify a need to a key. */
static uint64_t key_of(const char *const *texts, size_t count) {
    uint64_t key = 0;
    for (size_t i = 0; i < count; i++)
        key = hash_bytes(texts[i], strlen(texts[i]), key);
    return key;
}

/* ---- facts ---- */

static void add_not_ready(const struct status_step *step, const struct status_facts *facts) {
    struct status_problem problem = {.kind = STATUS_NOT_READY, .label = -1, .count = 1};
    events_print(problem.text, sizeof problem.text, "datagrams are not taken: %s",
                 facts->not_ready);
    events_copy(problem.link, sizeof problem.link, "/debug/ingress");
    add(step, &problem);
}

static void add_values_lost(const struct status_step *step, const struct status_facts *facts) {
    struct status_problem problem = {.kind = STATUS_VALUES_LOST,
                                     .label = -1,
                                     .count = 1,
                                     .since_ms = facts->started_ms,
                                     .last_ms = facts->started_ms};
    events_print(
        problem.text, sizeof problem.text,
        "could not restore the values of the previous process, all series started at 0: %s",
        facts->values_lost);
    events_copy(problem.link, sizeof problem.link, "/debug/ingress");
    add(step, &problem);
}

static void add_reload(const struct status_step *step, const struct status_facts *facts) {
    struct status_problem problem = {.kind = STATUS_RELOAD_REFUSED,
                                     .label = -1,
                                     .count = 1,
                                     .since_ms = facts->reload_ms,
                                     .last_ms = facts->reload_ms};
    events_print(problem.text, sizeof problem.text,
                 "the last reload was refused, so the configuration before it is in force: %s",
                 facts->reload_error);
    events_copy(problem.link, sizeof problem.link, "/debug/catalog");
    add(step, &problem);
}

static void add_partly(const struct status_step *step, const struct status_facts *facts) {
    struct status_problem problem = {.kind = STATUS_FILES_REFUSED,
                                     .label = -1,
                                     .count = facts->files_refused,
                                     .since_ms = facts->partly_ms,
                                     .last_ms = step->now.real_ms};
    events_print(problem.text, sizeof problem.text, "not all files are in force: %s",
                 facts->partly);
    events_copy(problem.link, sizeof problem.link, "/debug/catalog");
    add(step, &problem);
}

static void add_files(const struct status_step *step, const struct status_facts *facts) {
    struct status_problem problem = {.kind = STATUS_FILES_CHANGED,
                                     .label = -1,
                                     .count = facts->changed_count,
                                     .since_ms = facts->changed_ms,
                                     .last_ms = step->now.real_ms};
    events_print(problem.text, sizeof problem.text,
                 "the contents of %s differ from what runs%s: a reload takes them, or says why not",
                 facts->changed_file, facts->changed_count > 1 ? ", and those of others" : "");
    events_copy(problem.link, sizeof problem.link, "/debug/catalog");
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
    if (count > 1)
        events_print(problem.text, sizeof problem.text,
                     "%zu queries of %s fail, so their families show nothing: ", count,
                     query->service->service);
    else
        events_print(problem.text, sizeof problem.text,
                     "query %s of %s fails, so its families show nothing: ", query->name,
                     query->service->service);
    const size_t len = strlen(problem.text);
    events_print(problem.text + len, sizeof problem.text - len, "%s%s%s%s",
                 query->away != NULL ? "database " : "", query->away != NULL ? query->away : "",
                 query->silent         ? " does not answer, and scrapes do not wait for it"
                 : query->away != NULL ? " cannot be reached: "
                                       : "",
                 query->silent ? "" : query->why);
    link_problem(&problem, "queries");
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
    char gone[STATUS_AGE_MAX];
    char interval[STATUS_AGE_MAX];
    const char *const about[] = {scraper->page, scraper->client};
    struct status_problem problem = {.kind = STATUS_SCRAPER_AWAY,
                                     .label = -1,
                                     .key = key_of(about, 2),
                                     .count = (uint64_t)scraper->gone_ms / 1000,
                                     .since_ms = scraper->last_ms,
                                     .last_ms = scraper->last_ms};
    events_print(problem.text, sizeof problem.text,
                 "%s has not asked for %s for %s; it came every %s before", scraper->client,
                 scraper->page, status_text_age(gone, sizeof gone, scraper->gone_ms),
                 status_text_age(interval, sizeof interval, scraper->interval_ms));
    events_copy(problem.link, sizeof problem.link, "/debug/endpoints");
    add(step, &problem);
}

static void add_scrapers(const struct status_step *step, const struct scrapers *scrapers) {
    struct scraper scraper;
    for (size_t i = 0; scrapers_at(scrapers, i, step->now.mono_ms, &scraper); i++)
        if (scraper.away)
            add_scraper(step, &scraper);
}

static void add_state_file(const struct status_step *step, const struct status_facts *facts) {
    struct status_problem problem = {.kind = STATUS_STATE_FILE,
                                     .label = -1,
                                     .count = 1,
                                     .since_ms = facts->state_wrong_ms,
                                     .last_ms = step->now.real_ms};
    events_print(problem.text, sizeof problem.text, "a stop would lose the values: %s",
                 facts->state_wrong);
    events_copy(problem.link, sizeof problem.link, "/debug/status");
    add(step, &problem);
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
        link_sender(problem.link, sizeof problem.link, queue->who.pid);
    } else {
        events_copy(problem.text + len, sizeof problem.text - len, "many processes send at once; ");
        link_problem(&problem, "senders");
    }
    const size_t end = strlen(problem.text);
    events_copy(problem.text + end, sizeof problem.text - end,
                "further sends of every process are refused, or wait");
    add(step, &problem);
}

static void add_supervisor_gone(const struct status_step *step) {
    struct status_problem problem = {.kind = STATUS_SUPERVISOR_GONE, .label = -1, .count = 1};
    events_copy(problem.text, sizeof problem.text,
                "the supervisor is gone: if this process ends, it is not restarted and its values "
                "are lost");
    events_copy(problem.link, sizeof problem.link, "/debug/status");
    add(step, &problem);
}

static void add_awaited(const struct status_step *step, const char *text) {
    struct status_problem problem = {
        .kind = STATUS_SERVICE_AWAITED, .label = -1, .count = 1, .key = key_of(&text, 1)};
    events_print(problem.text, sizeof problem.text, "an endpoint lacks a service: %s", text);
    events_copy(problem.link, sizeof problem.link, "/debug/endpoints");
    add(step, &problem);
}

/* Only the first remark of a catalog is said: all have one cause, and one remedy. */
static void add_lists(const struct status_step *step, const struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        struct status_problem problem = {
            .kind = STATUS_LIST_WRONG, .service = catalog, .label = -1, .count = 1, .key = i};
        if (catalog->remarks == NULL)
            continue;
        events_print(problem.text, sizeof problem.text, "%s", catalog->remarks->text);
        events_copy(problem.link, sizeof problem.link, "/debug/catalog");
        add(step, &problem);
    }
}

bool things_facts(const struct status_step *step) {
    enum { UNITS = 200 };
    const struct status_facts *facts = step->source->facts;
    if (facts == NULL)
        return true;
    if (facts->not_ready != NULL)
        add_not_ready(step, facts);
    if (facts->values_lost != NULL && step->now.real_ms - facts->started_ms <= STATUS_FRESH_MS)
        add_values_lost(step, facts);
    if (facts->reload_error != NULL)
        add_reload(step, facts);
    if (facts->partly != NULL)
        add_partly(step, facts);
    if (facts->changed_file != NULL)
        add_files(step, facts);
    if (facts->supervisor_gone)
        add_supervisor_gone(step);
    if (facts->state_wrong != NULL)
        add_state_file(step, facts);
    if (facts->full_queue.since_ms != 0)
        add_full_queue(step, &facts->full_queue);
    add_lists(step, step->source->set);
    for (size_t i = 0; i < facts->awaited_count; i++)
        add_awaited(step, facts->awaited[i]);
    add_queries(step, facts);
    if (facts->scrapers != NULL)
        add_scrapers(step, facts->scrapers);
    status_spend(step, UNITS + 5 * (facts->query_count + facts->awaited_count) +
                           step->source->set->count);
    return true;
}

/* ---- attempts ---- */

enum { SERIES_MAX = 256 };

static void add_breaker(const struct status_step *step, size_t index,
                        const struct machines_breaker *breaker) {
    char series[SERIES_MAX];
    char age[STATUS_AGE_MAX];
    char who[STATUS_WHO_MAX];
    struct status_problem problem = {.kind = STATUS_BREAKER_OPEN,
                                     .service = breaker->family->catalog,
                                     .family = breaker->family,
                                     .label = -1,
                                     .count = breaker->consecutive_failures,
                                     .index = index,
                                     .key = index,
                                     .since_ms = breaker->since_ms,
                                     .last_ms = breaker->last_error_ms,
                                     .who = {.pid = breaker->last_pid}};
    if (breaker->opened_by != NULL)
        problem.who = *breaker->opened_by;
    (void)status_text_series(series, sizeof series, step->source->store, breaker->family,
                             breaker->series);
    events_print(
        problem.text, sizeof problem.text, "the breaker of %s has been %s for %s: %s; opened by %s",
        series, breaker->state == BREAKER_OPEN ? "open" : "half-open",
        status_text_age(age, sizeof age, step->now.real_ms - breaker->since_ms),
        breaker->why != NULL ? breaker->why : "", status_text_who(who, sizeof who, &problem.who));
    link_problem(&problem, "breakers");
    add(step, &problem);
}

static int64_t last_attempt_ms(const struct status_step *step,
                               const struct machines_breaker *breaker) {
    const int64_t last_ms = breaker->last_success_ms > breaker->last_error_ms
                                ? breaker->last_success_ms
                                : breaker->last_error_ms;
    if (last_ms > 0 || step->source->facts == NULL)
        return last_ms;
    return step->source->facts->started_ms;
}

/* Report attempts that were expected at regular times and are late. */
static void look_for_overdue(const struct status_step *step, size_t index,
                             const struct machines_breaker *breaker) {
    const int64_t expected_ms = breaker->family->attempts->expected_ms;
    const int64_t last_ms = last_attempt_ms(step, breaker);
    char series[SERIES_MAX];
    char age[STATUS_AGE_MAX];
    char expected[STATUS_AGE_MAX];
    if (expected_ms == 0 || last_ms == 0 || step->now.real_ms - last_ms <= expected_ms)
        return;
    const int64_t late_ms = step->now.real_ms - last_ms - expected_ms;
    struct status_problem problem = {.kind = STATUS_JOB_OVERDUE,
                                     .service = breaker->family->catalog,
                                     .family = breaker->family,
                                     .label = -1,
                                     .count = (uint64_t)late_ms / 1000,
                                     .index = index,
                                     .key = index,
                                     .since_ms = last_ms + expected_ms,
                                     .last_ms = last_ms,
                                     .who = {.pid = breaker->last_pid}};
    (void)status_text_series(series, sizeof series, step->source->store, breaker->family,
                             breaker->series);
    events_print(problem.text, sizeof problem.text,
                 "an attempt of %s is overdue by %s; one is expected every %s", series,
                 status_text_age(age, sizeof age, late_ms),
                 status_text_age(expected, sizeof expected, expected_ms));
    link_problem(&problem, "breakers");
    add(step, &problem);
}

bool things_breakers(const struct status_step *step) {
    const struct machines *machines = step->source->machines;
    const size_t count = machines != NULL ? machines_breaker_count(machines) : 0;
    size_t *at = &step->status->walk.at;
    for (; *at < count; ++*at) {
        struct machines_breaker breaker;
        if (*step->budget == 0)
            return false;
        machines_breaker_at(machines, *at, &breaker);
        const bool runs = breaker.declared || breaker.family->attempts->breaker.reported;
        if (runs && breaker.state != BREAKER_CLOSED)
            add_breaker(step, *at, &breaker);
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
                    const struct machines_job *job, uint64_t count) {
    char age[STATUS_AGE_MAX];
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
                 status_text_age(age, sizeof age, step->now.mono_ms - job->since_mono_ms),
                 count > 1 ? ", and so have others" : "");
    link_problem(&problem, "jobs");
    add(step, &problem);
}

/* Report the oldest overdue job of each state. Jobs come oldest first, so looking at a few is
 * enough. */
static void look_at_jobs(const struct status_step *step, const struct catalog_family *family) {
    enum { LOOKED_AT_MAX = 64 };
    struct machines_job oldest[JOB_STATE_COUNT] = {{0}};
    uint64_t late[JOB_STATE_COUNT] = {0};
    struct machines_job job;
    uint64_t after = 0;
    uint32_t hint = 0;
    for (int i = 0;
         i < LOOKED_AT_MAX && machines_job_next(step->source->machines, family, after, &hint, &job);
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

bool things_jobs(const struct status_step *step) {
    const struct catalog_set *set = step->source->set;
    size_t *at = &step->status->walk.at;
    for (; step->source->machines != NULL && *at < set->family_count; ++*at) {
        if (*step->budget == 0)
            return false;
        status_spend(step, 1);
        if (set->families[*at]->jobs != NULL)
            look_at_jobs(step, set->families[*at]);
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

static void link_event(struct status_problem *problem) {
    if (problem->kind == STATUS_JOB_LOST)
        link_problem(problem, "jobs");
    else if (problem->kind == STATUS_SENDER_LOSS && problem->who.pid != 0)
        link_sender(problem->link, sizeof problem->link, problem->who.pid);
    else
        link_problem(problem, problem->kind == STATUS_SENDER_LOSS ? "senders" : "services");
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
    link_event(&problem);
    add(step, &problem);
}

/* Add an event. Events come latest first; the text of the latest one represents all events with the
 * same key. */
static void look_at_event(const struct status_step *step, const struct events_item *item,
                          enum status_kind kind) {
    struct status_problem *later = problems_find(&step->status->problems, kind, key_of_event(item));
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

bool things_events(const struct status_step *step) {
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

bool things_gone(const struct status_step *step) {
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
                problems_remove(problems, *at);
                continue;
            }
        }
        ++*at;
    }
    return true;
}
