/* SPDX-License-Identifier: MIT */
/*
 * status.h - the state of the daemon, and problems: rejections, open breakers, jobs,
 * queries, bounds, senders and scrapers. /debug/status and the page show this one struct.
 *
 * The struct is filled step by step, since there may be many families, from tables and from facts
 * that only the daemon has. An incident (a lost job, samples that a client lost, a full table,
 * rejections) counts as present for STATUS_FRESH_MS; losses and rejections whose sender has gone,
 * for STATUS_GONE_MS. Pure: time is an argument.
 */
#ifndef STATGATE_STATUS_STATUS_H
#define STATGATE_STATUS_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/who.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "events/events.h"
#include "history/history.h"
#include "ledger/ledger.h"
#include "sg_proto.h"
#include "store/store.h"

/* ---- fullness: whether a family is near a bound beyond which samples would be refused.
 */

enum { FULLNESS_PERCENT = 90 /**< a bound that is used to more than this needs attention */ };

/** Whether the family has nearly all its series, and refuses samples when it has them all. A family
 * whose declared values are all there, or that folds whatever is beyond, refuses none for that. */
bool status_fullness_of_family(const struct catalog_family *family, uint64_t series);

/* ---- link: links to the daemon's own pages, which the page at / has to understand.
 *
 *   /?show=LIST                        a list: of all services
 *   /?show=LIST&service=S              a list, of this service only
 *   /?service=S&family=F#SECTION       a section of a family's page (or of attempts or jobs)
 *   /?pid=P#senders                    one sender
 *   /debug/NAME                        a view without a section: catalog, endpoints, ingress (JSON)
 *
 * LIST is one of rejections, services, breakers, jobs, queries, senders, events; SECTION one of
 * rejections, breakers, jobs, series, folded. Values are percent-encoded. A page that is served
 * below another path omits the first /.
 */

/** Write a link to a section; `service` and `family` may be NULL for all of them. STATUS_LINK_MAX
 * bytes are enough. */
void status_link_section(char *out, size_t size, const char *service, const char *family,
                         const char *section);
/** Write a link to a sender, by its process id. */
void status_link_sender(char *out, size_t size, int32_t pid);

/* ---- problem: one condition that needs attention: in words, with a link, and with the facts
 * behind both.
 */

enum status_kind {
#define KIND(name, text, severity, about, check, link, sentence, todo) STATUS_##name,
#include "status/kinds.def"
#undef KIND
    STATUS_KIND_COUNT
};

/** "rejections", "breaker_open", ... Static. */
const char *status_kind_text(enum status_kind kind);
/** "critical": samples, values or a dependency are lost now; "warning": it should be looked at.
 * Static. */
const char *status_kind_severity(enum status_kind kind);
/** What to do, in words for people. Static. */
const char *status_kind_todo(enum status_kind kind);

enum {
    STATUS_PROBLEMS_MAX = 64,
    STATUS_PROBLEMS_RESERVED =
        4, /**< places that each kind is guaranteed, however many others there are */
    STATUS_TEXT_MAX = 320,
    STATUS_LINK_MAX = 320,
    STATUS_ABOUT_MAX = 160 /**< longer names are cut */
};

/** Texts are terminated; some hold bytes that senders chose. The catalogs own what the pointers
 * refer to. */
struct status_problem {
    enum status_kind kind;
    const struct catalog *service; /**< NULL: none, or unknown */
    const struct catalog_family
        *family;           /**< NULL: none, or unknown; for a breaker or jobs, the declaration */
    int label;             /**< REJECTIONS: index in the family, or -1 */
    enum sg_reject reason; /**< REJECTIONS */
    uint64_t count; /**< samples, jobs, series or percent, see the text; larger counts come first */
    size_t index;   /**< BREAKER_OPEN: number of the breaker (breakers_at) */
    uint64_t key;   /**< together with kind, family, label and reason, unique among problems */
    int64_t since_ms;             /**< Unix time; 0: unknown */
    int64_t last_ms;              /**< Unix time of the last occurrence; 0: unknown */
    struct who who;               /**< pid 0: unknown */
    char about[STATUS_ABOUT_MAX]; /**< what has the problem: "service shop", "database main",
                                       "worker (process 4711, shop.service)", "statgated"; set by
                                       status_problems_add unless it is known */
    size_t group;                 /**< for sorting: problems about the same have the same */
    char text[STATUS_TEXT_MAX];   /**< a sentence without a full stop */
    char link[STATUS_LINK_MAX];   /**< see status_link_* */
};

/* ---- problems: the list of conditions that need attention; bounded so that no kind displaces all
 * of another.
 */

struct status_problems {
    struct status_problem items[STATUS_PROBLEMS_MAX];
    size_t count;
    size_t of_kind[STATUS_KIND_COUNT]; /**< items of each kind */
    uint64_t left_out;                 /**< how many had no place */
};

/** Add a copy of a problem, and what it is about. If the list is full, the problem with the
 * smallest count gives way: one of the same kind, or one of the most frequent kind if the own kind
 * has fewer than STATUS_PROBLEMS_RESERVED. */
void status_problems_add(struct status_problems *problems, const struct status_problem *problem);
/** Sort by severity, then by kind; within a kind, the largest count comes first. Then group the
 * problems that are about the same process, service or database: a group comes where its first
 * problem came. */
void status_problems_sort(struct status_problems *problems);

/* ---- scrapers: which clients scrape the pages of metrics, which came last, and which have
 * stopped.
 *
 * A scraper is a client that requested a page three times at a regular interval of a second to an
 * hour. It is away when three intervals have passed without a request. One that had come at ten
 * such intervals, or for ten minutes, is reported as missed for as long as it had been scraping,
 * but for at least five minutes and at most a day, and not if another scraper of that page has
 * started since. Pure: time is an argument.
 */

enum {
    SCRAPERS_MAX = 64, /**< for all pages; clients that are not scrapers lose their places first */
    SCRAPER_PAGE_MAX = 256,
    SCRAPER_CLIENT_MAX = 64,
    SCRAPER_AGENT_MAX = 64
};

struct scrapers;

/** Make an empty table. */
struct scrapers *scrapers_new(void);
void scrapers_free(struct scrapers *scrapers);
/** Bytes that a table takes. */
uint64_t scrapers_bytes(void);

/** A client's request for a page. Texts are cut if they are too long. */
struct scraper_visit {
    const char *page;
    const char *client; /**< its address */
    const char *agent;  /**< the program that it claims to be; "": it claims nothing */
    size_t endpoint;    /**< index of the page's endpoint */
    int64_t took_ms;
};
/** Record a request. `mono_ms` is the monotonic clock, `real_ms` Unix time. */
void scrapers_came(struct scrapers *scrapers, const struct scraper_visit *visit, int64_t mono_ms,
                   int64_t real_ms);

/** A client that requested a page; texts are borrowed until the next request is recorded. */
struct scraper {
    const char *page;
    const char *client;
    const char *agent;
    size_t endpoint;
    int64_t interval_ms; /**< 0: it is not a scraper, or not yet known as one */
    int64_t last_ms;     /**< Unix time */
    int64_t took_ms;     /**< duration of that request */
    int64_t gone_ms;     /**< time since that request */
    bool away;           /**< away, and to be reported */
};
/** The client, scraper or not, that last requested a page of the endpoint. False: there was
 * none. */
bool scrapers_latest(const struct scrapers *scrapers, size_t endpoint, int64_t mono_ms,
                     struct scraper *ret_scraper);
/** Scraper number `index`. False: there are not that many. */
bool scrapers_at(const struct scrapers *scrapers, size_t index, int64_t mono_ms,
                 struct scraper *ret_scraper);

/* ---- status text: texts for people: which series, and which process.
 */

enum {
    STATUS_WHO_MAX = WHO_COMM_MAX + WHO_UNIT_MAX + 32,
    STATUS_LABELS_MAX = 160 /**< longer texts are cut */
};

/* Each function writes a terminated text of at most `size` bytes with the terminator, and returns
 * it. */

/** The labels of a series: `job="publish",queue="fast"`, or "" without labels. */
const char *status_text_labels(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series);
/** A series with its labels: `sync{job="publish"}`. */
const char *status_text_series(char *out, size_t size, const struct store *store,
                               const struct catalog_family *family, const struct series *series);
/** "worker (process 4711, imgsrv.service)", "process 4711", "an unknown process". */
const char *status_text_who(char *out, size_t size, const struct who *who);

enum { STATUS_FRESH_MS = 3600000, STATUS_GONE_MS = 60000 };

/* ---- sentences: what an event, its line in the log and the problem while it lasts say alike. Each
 * function writes a terminated sentence without a full stop. ---- */

/** The sentence of a kind that has one in kinds.def; `text` is what it does not know. */
void status_text_fact(char *out, size_t size, enum status_kind kind, const char *text);

/** A query that fails, so that its families show nothing. */
struct status_query {
    const struct catalog *service;
    const char *name;
    const char *why;  /**< the reason: the server's own words, or one of ours */
    const char *away; /**< its database, if all of its queries fail with it; NULL:
                         the query alone fails */
    bool silent;      /**< `away` does not answer, and scrapes do not wait for it */
    int64_t since_ms; /**< Unix time of the last good run; 0: none yet */
};

/** "query stock of shop fails, so its families show nothing: WHY"; of its database, if that is
 * away. */
void status_text_query(char *out, size_t size, const struct status_query *query);
/** "samples of orders_total of shop are rejected, label outcome: WHY"; service and family may be
 * NULL; `label` is an index in the family, or -1. */
void status_text_rejected(char *out, size_t size, const struct catalog *service,
                          const struct catalog_family *family, int label, enum sg_reject reason);
/** "the breaker of sync{job="a"} of shop is open: WHY; opened by worker (process 7)"; on trial it
 * "would be". */
void status_text_breaker(char *out, size_t size, const char *series, const struct catalog *service,
                         enum breaker_state state, bool trial, const char *why,
                         const struct who *who);

/** How many times a bounded table was full, as the metric shows it. */
struct status_table {
    const char *name;
    uint64_t times;
};

/** A queue that was full in the last minute. */
struct status_queue {
    int64_t since_ms; /**< Unix time; 0: there is none */
    int64_t last_ms;
    const struct catalog *service; /**< whose own socket it is; NULL: the shared one */
    unsigned percent;              /**< at least so much of what arrived was from .. */
    struct who who;                /**< .. this process; pid 0: none stands out */
};

/** An input by UDP for which the kernel had no room in the last minute. */
struct status_input {
    int64_t since_ms; /**< Unix time; 0: there is none */
    int64_t last_ms;
    const char *listen;
    uint64_t dropped; /**< datagrams since then */
};

/** Facts that only the daemon knows. Borrowed during a step; zeroed: unknown. */
struct status_facts {
    const char *version;
    const char *host;         /**< its name; NULL: unknown */
    int64_t started_ms;       /**< Unix time */
    int64_t started_mono_ms;  /**< the same by the monotonic clock */
    int64_t loaded_ms;        /**< when the present catalogs were loaded */
    const char *reload_error; /**< why the last reload was refused; NULL: it was not */
    int64_t reload_ms;        /**< when it was refused */
    const char *partly;       /**< why not all files are in force; NULL: they are */
    size_t files_refused;
    int64_t partly_ms;        /**< when that was read */
    const char *changed_file; /**< one that has differed from what runs for longest; NULL: none */
    int64_t changed_ms;       /**< since when it has */
    size_t changed_count;     /**< how many do */
    const char *state_wrong;  /**< why a stop could not write the state file; NULL: it could */
    int64_t state_wrong_ms;   /**< since when */
    const char *values_lost;  /**< why the values of the daemon before were lost at the start; NULL:
                                 they were not */
    bool supervisor_gone;     /**< the supervisor was killed: nothing outlives the daemon */
    const char *not_ready;    /**< a sentence on why it takes no datagrams; NULL: it does */
    double samples_rate;      /**< per second, over the last ten; negative: unknown, as below */
    double rejected_rate;
    double folded_rate;
    uint64_t queue_capacity; /**< of the shared socket, in datagrams */
    uint64_t queue_most;     /**< the most datagrams in the last ten seconds that came before their
                                  queue was found empty, at most its depth */
    struct status_queue full_queue;
    struct status_input full_input; /**< the one that lost last */
    uint64_t memory_bytes;          /**< resident */
    uint64_t memory_bound;          /**< when all tables are full; 0: unknown */
    const char *const *awaited;     /**< a sentence for each service that an endpoint waits for */
    size_t awaited_count;
    const struct status_query *queries; /**< queries that are down */
    size_t query_count;
    const struct status_table *tables; /**< all that are bounded */
    size_t table_count;
    const struct scrapers *scrapers; /**< NULL: unknown */
};

/** What is folded most now. */
struct status_folding {
    const struct catalog_family *family; /**< NULL: nothing is */
    int label;                           /**< index in the family, or -1 */
    double rate;                         /**< per second */
    struct who who;                      /**< who sent the last such sample; pid 0: unknown */
};

/** The sources of a status; all borrowed. Each may be NULL except the first two. */
struct status_source {
    const struct catalog_set *set;
    const struct store *store;
    const struct ledger *ledger;
    const struct breakers_jobs *breakers_jobs;
    const struct events *events;
    const struct history *history;
    const struct status_facts *facts;
    void (*look)(void *arg, size_t row); /**< finds out whether a sender's process lives; NULL: as
                                            it is known */
    void *look_arg;
};

/** Private: where collecting continues. */
struct status_walk {
    int step;
    size_t at;                       /* in this step */
    size_t sub;                      /* within that */
    uint64_t named[SG_REJECT_COUNT]; /* rejections of the present service that belong to a family */
    struct status_folding folding;   /* of the present service */
};

struct status {
    struct status_facts
        facts;        /**< facts of the last step; their pointers are valid in its turn only */
    uint64_t samples; /**< samples received, with any verdict */
    uint64_t rejected;
    uint64_t folded;
    struct status_folding folding;
    uint64_t lost; /**< samples that clients report as lost */
    uint64_t series;
    uint64_t bound;                  /**< most series, by the catalogs' bounds */
    struct status_problems problems; /**< sorted when collecting ends */
    struct status_walk walk;
};

/**
 * Continue collecting; start with a zeroed struct. Reduces *budget (work units of 100 ns). True:
 * complete. Needs that were collected in different turns may reflect different moments.
 */
bool status_collect(struct status *status, const struct status_source *source,
                    struct store_time now, size_t *budget);
/** Whether nothing needs attention. */
static inline bool status_is_ok(const struct status *status) {
    return status->problems.count == 0;
}

#endif
