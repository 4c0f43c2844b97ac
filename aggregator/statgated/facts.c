#include "statgated/facts.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "footprint/footprint.h"
#include "ledger/ledger.h"

enum {
    SECONDS = 10, /* period of rates */
    SECOND_MS = 1000
};

/* Counts up to a moment. */
struct facts_moment {
    int64_t mono_ms;
    uint64_t samples;
    uint64_t rejected;
    uint64_t folded;
    uint64_t queue_most; /* in the second up to this moment */
};

struct facts {
    struct status_facts shown;
    struct scrapers *scrapers;
    struct status_query *queries; /* those that fail; room for all */
    struct error *said;           /* the servers' words about them */
    const char **awaited;         /* sentences of the endpoints; borrowed */
    struct facts_moment moments[SECONDS + 1];
    struct status_table tables[SELF_TABLE_COUNT];
    uint64_t count; /* moments so far; the latest is at (count - 1) % (SECONDS + 1) */
    char host[HOST_NAME_MAX + 1];
};

/* Memory of a daemon whose tables are all full; 0: unknown. */
static uint64_t bound_of(const struct daemon *daemon) {
    struct footprint footprint;
    if (!footprint_measure(&footprint, &daemon->set, &daemon->plan))
        return 0;
    const uint64_t bytes = footprint_bytes(&footprint);
    footprint_done(&footprint);
    return bytes;
}

/* List what endpoints wait for. False: out of memory. */
static bool list_awaited(struct facts *facts, const struct endpoints *endpoints) {
    size_t count = 0;
    for (size_t i = 0; i < endpoints->count; i++)
        count += endpoints->items[i].waiting_count;
    facts->awaited = calloc(count + 1, sizeof *facts->awaited);
    facts->shown.awaited = facts->awaited;
    for (size_t i = 0; facts->awaited != NULL && i < endpoints->count; i++)
        for (size_t j = 0; j < endpoints->items[i].waiting_count; j++)
            facts->awaited[facts->shown.awaited_count++] = endpoints->items[i].waiting[j];
    return facts->awaited != NULL;
}

bool facts_open(struct daemon *daemon, struct start_error *ret_error) {
    struct facts *facts = calloc(1, sizeof *facts);
    const struct store_time now = daemon_now();
    const int64_t started_ms = (int64_t)(daemon->start_time_s * 1000);
    daemon->facts = facts;
    if (facts != NULL) {
        facts->shown =
            (struct status_facts){.version = STATGATE_VERSION,
                                  .started_ms = started_ms,
                                  .started_mono_ms = now.mono_ms - (now.real_ms - started_ms),
                                  .samples_rate = -1,
                                  .rejected_rate = -1,
                                  .folded_rate = -1};
        if (gethostname(facts->host, sizeof facts->host - 1) == 0)
            facts->shown.host = facts->host;
        facts->scrapers = scrapers_new(memory_heap());
        facts->queries = calloc(daemon->set.query_count + 1, sizeof *facts->queries);
        facts->said = calloc(daemon->set.query_count + 1, sizeof *facts->said);
        facts->shown.memory_bound = bound_of(daemon);
        facts->shown.scrapers = facts->scrapers;
        facts->shown.queries = facts->queries;
    }
    return (facts != NULL && facts->scrapers != NULL && facts->queries != NULL &&
            facts->said != NULL && list_awaited(facts, &daemon->plan.endpoints)) ||
           start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
}

void facts_close(struct daemon *daemon) {
    struct facts *facts = daemon->facts;
    daemon->facts = NULL;
    if (facts == NULL)
        return;
    scrapers_free(facts->scrapers);
    free(facts->queries);
    free(facts->said);
    free((void *)facts->awaited);
    free(facts);
}

const struct status_facts *facts_of(const struct daemon *daemon) {
    return &daemon->facts->shown;
}

/* ---- each second ---- */

/* Note a full queue, and who sends most of what arrives there. Without news it is forgotten after a
 * minute. */
static void note_full(struct facts *facts, struct daemon *daemon, const struct pressure *pressure) {
    enum { KEPT_MS = 60000 };
    struct status_queue *queue = &facts->shown.full_queue;
    const int64_t real_ms = daemon_now().real_ms;
    const struct pressure_sender *most = ingress_pressure_most(pressure);
    if (!ingress_pressure_is_full(pressure, daemon->inputs.queue_capacity)) {
        if (real_ms - queue->last_ms > KEPT_MS)
            *queue = (struct status_queue){0};
        return;
    }
    if (queue->since_ms == 0)
        queue->since_ms = real_ms;
    queue->last_ms = real_ms;
    queue->service = pressure->scope > 0 ? daemon->set.catalogs[pressure->scope - 1] : NULL;
    queue->who = (struct who){0};
    queue->percent = most != NULL ? (unsigned)(most->count * 100 / pressure->counted) : 0;
    if (most != NULL)
        (void)ledger_sender_name(daemon->ledger, most->pid, real_ms, &queue->who);
}

static uint64_t take_most(struct facts *facts, struct daemon *daemon) {
    struct pressure pressure;
    ingress_take_pressure(daemon->ingress, &pressure);
    note_full(facts, daemon, &pressure);
    return pressure.most;
}

static const struct facts_moment *moment_before(const struct facts *facts, uint64_t back) {
    return &facts->moments[(facts->count - 1 - back) % (SECONDS + 1)];
}

static void show_rates(struct facts *facts) {
    const uint64_t back = facts->count > SECONDS ? SECONDS : facts->count - 1;
    const struct facts_moment *now = moment_before(facts, 0);
    const struct facts_moment *then = moment_before(facts, back);
    const double seconds = (double)(now->mono_ms - then->mono_ms) / SECOND_MS;
    if (back == 0 || seconds <= 0)
        return;
    facts->shown.samples_rate = (double)(now->samples - then->samples) / seconds;
    facts->shown.rejected_rate = (double)(now->rejected - then->rejected) / seconds;
    facts->shown.folded_rate = (double)(now->folded - then->folded) / seconds;
    facts->shown.queue_most = 0;
    for (uint64_t i = 0; i < back; i++)
        if (moment_before(facts, i)->queue_most > facts->shown.queue_most)
            facts->shown.queue_most = moment_before(facts, i)->queue_most;
}

void facts_tick(struct daemon *daemon, int64_t mono_ms) {
    struct facts *facts = daemon->facts;
    const struct tally *total = ledger_total(daemon->ledger);
    if (facts->count > 0 && mono_ms - moment_before(facts, 0)->mono_ms < SECOND_MS)
        return;
    facts->moments[facts->count++ % (SECONDS + 1)] =
        (struct facts_moment){.mono_ms = mono_ms,
                              .samples = tally_total(total),
                              .rejected = total->by_verdict[VERDICT_REJECTED],
                              .folded = total->by_verdict[VERDICT_FOLDED],
                              .queue_most = take_most(facts, daemon)};
    show_rates(facts);
}

/* ---- before an answer ---- */

/* The server's own words, which are kept in `said`, else ours. */
static const char *why_down(const struct postgres_view *view, struct error *said) {
    *said = view->message;
    if (view->error == POSTGRES_OK)
        return "late";
    return said->text[0] != '\0' ? said->text : postgres_error_text(view->error);
}

static void read_queries(struct facts *facts, const struct daemon *daemon) {
    facts->shown.query_count = 0;
    for (size_t i = 0; i < daemon->inputs.query_count; i++) {
        struct postgres_view view;
        postgres_at(daemon->postgres, i, &view);
        if (view.up || (view.runs == 0 && !view.late))
            continue;
        const bool away = view.silent || view.error == POSTGRES_CONNECT;
        const size_t index = facts->shown.query_count++;
        facts->queries[index] =
            (struct status_query){.service = view.query->catalog,
                                  .name = view.query->name,
                                  .why = why_down(&view, &facts->said[index]),
                                  .away = away ? view.query->database->name : NULL,
                                  .silent = view.silent,
                                  .since_ms = view.last_good_ms};
    }
}

static void read_tables(struct facts *facts, const struct daemon *daemon) {
    uint64_t counts[SELF_TABLE_COUNT];
    self_metrics_table_counts(daemon->self, &daemon->inputs, counts);
    counts[SELF_TABLE_MEMORY] = daemon_no_memory(daemon);
    for (int i = 0; i < SELF_TABLE_COUNT; i++) {
        const enum self_metrics_table table = (enum self_metrics_table)i;
        facts->tables[i] =
            (struct status_table){self_metrics_table_text(table),
                                  self_metrics_table_shown(daemon->self, table, counts[i])};
    }
    facts->shown.tables = facts->tables;
    facts->shown.table_count = SELF_TABLE_COUNT;
}

static void show_files(struct status_facts *shown, const struct daemon *daemon) {
    const struct contents *first;
    shown->changed_count = files_watch_changed(&daemon->files, daemon_now().real_ms, &first);
    shown->changed_file = first != NULL ? first->path : NULL;
    shown->changed_ms = first != NULL ? first->since_ms : 0;
}

void facts_read(struct daemon *daemon) {
    struct facts *facts = daemon->facts;
    const struct reload_report *reload = &daemon->reload;
    facts->shown.loaded_ms = reload->taken_ms;
    facts->shown.reload_error = reload->shown.error;
    facts->shown.reload_ms = reload->shown.real_ms;
    facts->shown.partly = reload->files_refused > 0 ? reload->partly.text : NULL;
    facts->shown.files_refused = reload->files_refused;
    facts->shown.partly_ms = reload->taken_ms;
    show_files(&facts->shown, daemon);
    facts->shown.state_wrong = *daemon->state_wrong.text != '\0' ? daemon->state_wrong.text : NULL;
    facts->shown.state_wrong_ms = daemon->state_wrong_ms;
    facts->shown.values_lost = takeover_loss(&daemon->takeover);
    facts->shown.supervisor_gone = daemon->supervisor.lost;
    facts->shown.not_ready = ingress_path_watch_trouble(daemon->path_watch);
    facts->shown.queue_capacity = daemon->inputs.queue_capacity;
    facts->shown.memory_bytes = (uint64_t)daemon->inputs.resident_bytes;
    read_tables(facts, daemon);
    read_queries(facts, daemon);
}

/* ---- scrapers ---- */

void facts_scrape(struct daemon *daemon, const struct http_scrape *scrape) {
    const struct store_time now = daemon_now();
    const struct scraper_visit visit = {.page = scrape->where,
                                        .client = scrape->client,
                                        .agent = scrape->agent,
                                        .endpoint = scrape->endpoint,
                                        .took_ms = (int64_t)(scrape->seconds * SECOND_MS)};
    if (daemon->facts != NULL && scrape->client[0] != '\0')
        scrapers_came(daemon->facts->scrapers, &visit, now.mono_ms, now.real_ms);
}
