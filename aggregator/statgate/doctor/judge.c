#include "statgate/doctor/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"
#include "statgate/shown/words.h"

enum {
    SIZE_TEXT_MAX = 32,
    QUEUE_LEAST = 512, /* a smaller queue overflows in a pause of 10 ms */
    YOUNG_MS = 120000,
    LONG_AGO_MS = 3600000, /* scrapers come more often than this */
    CLOCK_OFF_MS = 3000    /* the Date header has whole seconds */
};

/* ---- queues and sockets ---- */

static void judge_socket(const json_t *sock, struct findings *findings) {
    const char *path = jsonread_text(sock, "path", NULL);
    const int64_t capacity = jsonread_i64(sock, "queue_capacity", 0);
    const char *why = jsonread_text(sock, "queue_why", NULL);
    if (jsonread_bool(sock, "former", false))
        return;
    if (!jsonread_bool(sock, "in_place", true))
        findings_add(findings, FINDING_WRONG, "socket",
                     "see who removed or replaced it; the daemon binds it again as soon as it can",
                     "%s does not lead to the daemon", path);
    if (capacity > 0 && capacity < QUEUE_LEAST)
        findings_add(
            findings, FINDING_WRONG, "queue",
            "give the daemon a queue of its own (deep_queue), or run this before it starts: "
            "sysctl -w net.unix.max_dgram_qlen=2048",
            "%s holds only %" PRId64 " datagram%s: bursts are lost%s%s", path, capacity,
            text_plural((uint64_t)capacity), *why != '\0' ? "; " : "", why);
    else if (capacity > 0)
        findings_add(findings, FINDING_FINE, "queue", NULL, "%s holds %" PRId64 " datagrams", path,
                     capacity);
}

static void judge_sockets(const struct judge_views *views, struct findings *findings) {
    size_t index;
    json_t *sock;
    json_array_foreach(jsonread_list(views->ingress, "sockets"), index, sock)
        judge_socket(sock, findings);
}

/* ---- processes ---- */

static void judge_senders(const struct judge_views *views, struct findings *findings) {
    const json_t *senders = jsonread_list(views->senders, "senders");
    const size_t count = json_array_size(senders);
    size_t hidden = 0;
    size_t index;
    json_t *sender;
    json_array_foreach((json_t *)(uintptr_t)senders, index, sender) hidden +=
        jsonread_i64(sender, "pid", -1) == 0;
    if (hidden > 0)
        findings_add(findings, FINDING_WRONG, "processes",
                     "run the daemon in the host's pid namespace (--pid=host), or the senders in "
                     "the daemon's",
                     "%zu sender%s in another pid namespace: their samples count, but they can own "
                     "nothing",
                     hidden, hidden == 1 ? " is" : "s are");
    else if (count > 0)
        findings_add(findings, FINDING_FINE, "processes", NULL,
                     "the daemon sees the process%s %zu sender%s", count == 1 ? " of" : "es of all",
                     count, text_plural(count));
    else if (views->senders != NULL)
        findings_add(findings, FINDING_NOTE, "processes",
                     "statgate explain shows what becomes of a line, statgate send sends one",
                     "nothing has been sent yet");
}

/* ---- scrapes ---- */

/* A daemon starts without scrapes, also after a reload, so missing scrapes are wrong only after
 * scrapers had time to come. */
static void judge_unscraped(const struct judge_views *views, const char *path, const char *address,
                            struct findings *findings) {
    const int64_t loaded_ms = jsonread_i64(views->status, "catalogs_loaded", 0);
    const bool young = loaded_ms > 0 && views->now_ms - loaded_ms < YOUNG_MS;
    findings_add(findings, young ? FINDING_NOTE : FINDING_WRONG, "scrapes",
                 "add this address to a scrape_config of Prometheus; if it has a token, give "
                 "Prometheus the same",
                 "%s at %s has not been scraped%s", path, address,
                 young ? " since the daemon read its catalogs, less than two minutes ago" : "");
}

/* Write a scraper: "10.0.0.5 (Prometheus/2.42.0)". */
static void put_scraper(struct strbuf *out, const json_t *scrape) {
    const char *agent = jsonread_text(scrape, "agent", NULL);
    strbuf_puts(out, jsonread_text(scrape, "client", NULL));
    if (*agent != '\0')
        strbuf_printf(out, " (%s)", agent);
}

static void judge_last(const struct judge_views *views, const json_t *scrape, const char *path,
                       const char *address, struct findings *findings) {
    char ago_text[WORDS_MAX];
    char took[WORDS_MAX];
    struct strbuf who = {0};
    const int64_t at_ms = jsonread_i64(scrape, "at", 0);
    put_scraper(&who, scrape);
    const char *ago = words_ago(ago_text, views->now_ms, at_ms, "");
    if (views->now_ms - at_ms > LONG_AGO_MS)
        findings_add(findings, FINDING_WRONG, "scrapes",
                     "look at the targets of that Prometheus: is this address still one of them?",
                     "%s at %s was scraped last %s, by %s", path, address, ago, strbuf_cstr(&who));
    else
        findings_add(findings, FINDING_FINE, "scrapes", NULL,
                     "%s at %s was scraped %s by %s, which took %s", path, address, ago,
                     strbuf_cstr(&who), words_took(took, jsonread_number(scrape, "took_s", -1)));
    strbuf_done(&who);
}

static void judge_endpoint(const struct judge_views *views, const json_t *endpoint,
                           struct findings *findings) {
    const char *address = jsonread_text(endpoint, "address", NULL);
    const char *path = jsonread_text(endpoint, "path", NULL);
    const int64_t good = jsonread_i64(jsonread_member(endpoint, "answers"), "200", 0);
    const json_t *last = jsonread_member(endpoint, "last_scrape");
    if (*address == '\0')
        return;
    if (json_is_object(last))
        judge_last(views, last, path, address, findings);
    else if (good == 0)
        judge_unscraped(views, path, address, findings);
    else
        findings_add(findings, FINDING_FINE, "scrapes", NULL,
                     "%s at %s was scraped %" PRId64 " time%s", path, address, good,
                     text_plural((uint64_t)good));
}

static void judge_endpoints(const struct judge_views *views, struct findings *findings) {
    size_t index;
    json_t *endpoint;
    json_array_foreach(jsonread_list(views->endpoints, "endpoints"), index, endpoint)
        judge_endpoint(views, endpoint, findings);
}

/* ---- memory ---- */

static void put_size(char out[SIZE_TEXT_MAX], int64_t bytes) {
    struct strbuf text = {0};
    terminal_put_bytes(&text, bytes > 0 ? (uint64_t)bytes : 0);
    (void)snprintf(out, SIZE_TEXT_MAX, "%s", strbuf_cstr(&text));
    strbuf_done(&text);
}

static void judge_memory(const struct judge_views *views, struct findings *findings) {
    const json_t *memory = jsonread_member(views->status, "memory");
    const int64_t resident = jsonread_i64(memory, "resident_bytes", 0);
    const int64_t bound = jsonread_i64(memory, "bound_bytes", 0);
    char has[SIZE_TEXT_MAX];
    char most[SIZE_TEXT_MAX];
    if (resident <= 0 || bound <= 0)
        return;
    put_size(has, resident);
    put_size(most, bound);
    if (resident <= bound)
        findings_add(findings, FINDING_FINE, "memory", NULL, "the daemon has %s, of at most %s",
                     has, most);
    else
        findings_add(findings, FINDING_WRONG, "memory",
                     "restart it, and report this with what statgate check prints",
                     "the daemon has %s, more than its catalogs allow (%s)", has, most);
}

/* ---- problems ---- */

static const struct {
    const char *kind;
    const char *check;
    const char *todo;
} problems[] = {
    {"not_ready", "socket", "the daemon's log says more"},
    {"values_lost", "takeover", "the daemon's log says more; counters begin at 0 again"},
    {"supervisor_gone", "supervisor",
     "stop and start it when that suits; values survive with a state file"},
    {"reload_refused", "catalogs", "correct it, then: statgate check && statgate reload"},
    {"files_refused", "catalogs", "correct them, then: statgate check && statgate reload"},
    {"files_changed", "catalogs", "statgate check && statgate reload"},
    {"list_wrong", "catalogs",
     "set the variable for the daemon and restart it; a file of values ({\"file\": ...}) follows a "
     "reload"},
    {"service_awaited", "catalogs", "add its catalog or correct the name, then: statgate reload"},
    {"state_file", "state",
     "make room there, or let statgated write there; it looks again within a minute"},
    {"rejections", "rejected", "statgate rejections shows who sends them, and what to do"},
    {"breaker_open", "breakers", "statgate breakers shows who opened it and since when"},
    {"job_overdue", "jobs", "statgate jobs shows the process that has it"},
    {"job_lost", "jobs", "statgate jobs and statgate senders show whose it was"},
    {"query_down", "queries", "statgate queries shows the database's own words"},
    {"bound_near", "bounds", "raise max or max_series in the catalog, then: statgate reload"},
    {"folding", "folded",
     "statgate rejections shows the values; list them in the catalog, or correct the sender"},
    {"table_full", "bounds",
     "statgated(8) says what it means; statgate check shows how large each table is"},
    {"sender_loss", "lost", "raise queue_depth, or send fewer samples, or packed ones"},
    {"queue_full", "queue",
     "let it count before it sends, or pack its samples (a:1:2:3|c); a socket of its own keeps it "
     "from others; queue_depth allows longer bursts"},
    {"scraper_away", "scrapes", "look at the targets of that Prometheus"},
};

static void judge_problem(const json_t *problem, struct findings *findings) {
    const char *kind = jsonread_text(problem, "kind", NULL);
    const size_t count = sizeof problems / sizeof *problems;
    size_t i = 0;
    while (i < count && strcmp(problems[i].kind, kind) != 0)
        i++;
    findings_add(findings, FINDING_WRONG, i < count ? problems[i].check : "daemon",
                 i < count ? problems[i].todo : "statgate top shows it live", "%s",
                 jsonread_text(problem, "text", NULL));
}

static void judge_status(const struct judge_views *views, struct findings *findings) {
    const json_t *list = jsonread_list(views->status, "problems");
    const int64_t left_out = jsonread_i64(views->status, "problems_left_out", 0);
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)(uintptr_t)list, index, problem) judge_problem(problem, findings);
    if (left_out > 0)
        findings_add(findings, FINDING_WRONG, "daemon", "start with the others",
                     "%" PRId64 " more problem%s", left_out, text_plural((uint64_t)left_out));
    if (list != NULL && json_array_size(list) == 0)
        findings_add(findings, FINDING_FINE, "bounds", NULL,
                     "%" PRId64 " of at most %" PRId64 " series; no table is full, and nothing "
                     "else needs attention",
                     jsonread_i64(views->status, "series", 0),
                     jsonread_i64(views->status, "series_bound", 0));
    if (views->status == NULL)
        findings_add(findings, FINDING_NOTE, "daemon",
                     "statgate rejections, breakers, jobs and queries show them",
                     "it is too old to list problems");
}

/* ---- the face ---- */

void judge_views(const struct judge_views *views, struct findings *findings) {
    judge_sockets(views, findings);
    judge_senders(views, findings);
    judge_endpoints(views, findings);
    judge_memory(views, findings);
    judge_status(views, findings);
}

void judge_clock(int64_t daemon_ms, int64_t our_ms, struct findings *findings) {
    const int64_t off_ms = our_ms > daemon_ms ? our_ms - daemon_ms : daemon_ms - our_ms;
    if (off_ms >= CLOCK_OFF_MS)
        findings_add(findings, FINDING_WRONG, "clock",
                     "set both by NTP: Prometheus takes samples by its own clock, and _created by "
                     "the daemon's",
                     "the daemon's clock and this one differ by %" PRId64 " s", off_ms / 1000);
    else
        findings_add(findings, FINDING_FINE, "clock", NULL,
                     "the daemon's clock and this one agree");
}

void judge_version(const json_t *status, const char *ours, struct findings *findings) {
    const char *theirs = jsonread_text(status, "version", NULL);
    if (*theirs == '\0')
        return;
    if (strcmp(theirs, ours) == 0)
        findings_add(findings, FINDING_FINE, "daemon", NULL, "version %s", theirs);
    else
        findings_add(findings, FINDING_NOTE, "daemon",
                     "statgate reload starts the installed version",
                     "it is version %s, this command %s", theirs, ours);
}
