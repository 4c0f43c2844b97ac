/* SPDX-License-Identifier: MIT */
/* commands.c - commands of root and of the daemon's own user: reload, forget, tail. */
#include "statgated/daemon.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/listen_address.h"
#include "base/nearest.h"
#include "base/terminal.h"
#include "base/text.h"
#include "control/control.h"
#include "gate/gate.h"
#include "ledger/ledger.h"

/* ---- tail ----
 * statgate tail: sends lines with their verdicts, as they are applied, to followers.
 *
 * At most TAIL_FOLLOWERS_MAX at a time, with TAIL_LINES_MAX lines a second each. Lines left out
 * because there are too many, or because the follower reads too slowly, are counted and reported.
 * No one waits for a follower.
 */

enum {
    TAIL_FOLLOWERS_MAX = 4,
    TAIL_LINES_MAX = 1000,  /**< a second, for each follower */
    TAIL_LOOKS_MAX = 10000, /**< lines a second that are traced; others count as not shown */
    TAIL_LINE_MAX = 1024    /**< bytes shown of a line */
};

enum { TELL_UNITS = 10, TICK_MS = 1000 };
#define TAIL_ALL (UINT64_C(1) << 32) /* lines of so many */

/* What a follower wants to see. Texts are from strdup; NULL: all. */
struct tail_filter {
    char *service;
    char *family;
    char *verdict;
    int64_t pid; /* -1: all processes */
};

struct follower {
    struct tail *tail;
    struct http_answer *answer; /* NULL: the place is free */
    struct tail_filter filter;
    unsigned told;    /* lines sent in this second */
    uint64_t wanted;  /* lines of this second that it would get if all were looked at */
    uint64_t share;   /* of 2^32 such lines, so many are sent */
    uint64_t dropped; /* lines since the last report */
};

struct tail {
    struct daemon *daemon;
    uv_timer_t timer; /* starts a new second, and reports lines dropped in the last */
    struct gate_watcher watcher;
    unsigned looks;  /* lines traced in this second */
    uint64_t asked;  /* lines of this second */
    uint64_t share;  /* of 2^32 lines, so many are traced */
    uint64_t random; /* see is_in_sample */
    struct follower followers[TAIL_FOLLOWERS_MAX];
    struct gate_trace trace;
    struct strbuf text;
};

/* ---- one line ---- */

static void put_span(struct json_writer *w, const char *key, struct sg_span text) {
    json_key(w, key);
    json_bytes(w, text.at, text.len < TAIL_LINE_MAX ? text.len : TAIL_LINE_MAX);
}

static void put_text(struct json_writer *w, const struct gate_trace *trace, enum verdict verdict) {
    put_span(w, "line", trace->text);
    json_member_bool(w, "line_cut", trace->text.len > TAIL_LINE_MAX);
    if (verdict == VERDICT_REJECTED)
        json_member_u64(w, "offset", trace->offset);
}

static void put_sender(struct json_writer *w, const struct sender *sender) {
    json_open_member(w, "sender", '{');
    json_member_i64(w, "pid", sender->pid);
    json_member_u64(w, "uid", sender->uid);
    json_member_text(w, "comm", sender->comm);
    json_member_text(w, "unit", sender->unit[0] != '\0' ? sender->unit : NULL);
    json_close(w, '}');
}

/* The worst verdict on a sample of the line. */
static enum verdict verdict_of(const struct gate_trace *trace) {
    return trace->refused.count > 0 ? VERDICT_REJECTED : trace->verdict;
}

static const char *reason_of(const struct gate_trace *trace, enum verdict verdict) {
    if (verdict == VERDICT_REJECTED && trace->verdict != VERDICT_REJECTED)
        return sg_reject_label(trace->refused.items[0].reason);
    return verdict == VERDICT_REJECTED || verdict == VERDICT_FOLDED ? sg_reject_label(trace->reason)
                                                                    : NULL;
}

static void write_line(struct tail *tail, const struct gate_watched *watched) {
    const struct gate_trace *trace = watched->trace;
    const enum verdict verdict = verdict_of(trace);
    const struct catalog_family *family = trace->family;
    struct json_writer w = {.out = &tail->text};
    strbuf_clear(&tail->text);
    json_open(&w, '{');
    json_member_i64(&w, "at", watched->now.real_ms);
    json_member_text(&w, "verdict", ledger_verdict_text(verdict));
    json_member_text(&w, "reason", reason_of(trace, verdict));
    json_member_text(&w, "service", family != NULL ? family->catalog->service : NULL);
    json_member_text(&w, "family", family != NULL ? family->name : NULL);
    if (tail->daemon->settings->rejected_text)
        put_text(&w, trace, verdict);
    put_sender(&w, watched->sender);
    json_close(&w, '}');
}

/* ---- followers ---- */

static bool wants_family(const struct tail_filter *filter, const struct catalog_family *family) {
    if (filter->service != NULL &&
        (family == NULL || strcmp(family->catalog->service, filter->service) != 0))
        return false;
    return filter->family == NULL || (family != NULL && strcmp(family->name, filter->family) == 0);
}

static bool wants(const struct tail_filter *filter, const struct gate_trace *trace) {
    const char *verdict = ledger_verdict_text(verdict_of(trace));
    return wants_family(filter, trace->family) &&
           (filter->verdict == NULL || strcmp(verdict, filter->verdict) == 0);
}

static bool is_of(const struct follower *follower, const struct gate_origin *origin) {
    return follower->answer != NULL &&
           (follower->filter.pid < 0 || follower->filter.pid == origin->pid);
}

static size_t tail_tell(struct follower *follower, const struct gate_watched *watched) {
    struct tail *tail = follower->tail;
    write_line(tail, watched);
    if (http_answer_flow_line(follower->answer, tail->text.data, tail->text.len))
        follower->told++;
    else
        follower->dropped++;
    return TELL_UNITS;
}

/* Whether a line is in a sample of so many of 2^32. */
static bool is_in_sample(struct tail *tail, uint64_t share) {
    uint64_t x = tail->random; /* xorshift64 (Marsaglia 2003) */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    tail->random = x;
    return x >> 32 < share;
}

/* Whether a follower may want the line. Of more lines than can be looked at, it is a uniform
 * sample: as many as of the second before. */
static struct gate_trace *tail_wants(void *arg, const struct gate_origin *origin) {
    struct tail *tail = arg;
    bool wanted = false;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX && !wanted; i++)
        wanted = is_of(&tail->followers[i], origin);
    if (!wanted)
        return NULL;
    tail->asked++;
    if (tail->looks < TAIL_LOOKS_MAX && is_in_sample(tail, tail->share)) {
        tail->looks++;
        return &tail->trace;
    }
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++)
        tail->followers[i].dropped += is_of(&tail->followers[i], origin);
    return NULL;
}

static size_t tail_applied(void *arg, const struct gate_watched *watched) {
    struct tail *tail = arg;
    size_t units = 0;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++) {
        struct follower *follower = &tail->followers[i];
        if (!is_of(follower, watched->origin) || !wants(&follower->filter, watched->trace))
            continue;
        follower->wanted++;
        if (follower->told < TAIL_LINES_MAX && is_in_sample(tail, follower->share))
            units += tail_tell(follower, watched);
        else
            follower->dropped++;
    }
    return units;
}

/* ---- seconds ---- */

static void tell_dropped(struct follower *follower) {
    struct json_writer w = {.out = &follower->tail->text};
    strbuf_clear(w.out);
    json_open(&w, '{');
    json_member_u64(&w, "dropped", follower->dropped);
    json_close(&w, '}');
    if (http_answer_flow_line(follower->answer, w.out->data, w.out->len))
        follower->dropped = 0;
}

/* So many of 2^32, so that as many lines as in the last second are no more than `most`. */
static uint64_t share_of(uint64_t lines, uint64_t most) {
    return lines > most ? (most << 32) / lines : TAIL_ALL;
}

static void on_second(uv_timer_t *timer) {
    struct tail *tail = timer->data;
    tail->share = share_of(tail->asked, TAIL_LOOKS_MAX);
    tail->asked = 0;
    tail->looks = 0;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++) {
        struct follower *follower = &tail->followers[i];
        follower->share = share_of(follower->wanted, TAIL_LINES_MAX);
        follower->wanted = 0;
        follower->told = 0;
        if (follower->answer != NULL && follower->dropped > 0)
            tell_dropped(follower);
    }
}

/* ---- the end ---- */

static void tail_on_closed(uv_handle_t *handle) {
    struct tail *tail = handle->data;
    strbuf_done(&tail->text);
    free(tail);
}

static void free_place(struct follower *follower) {
    free(follower->filter.service);
    free(follower->filter.family);
    free(follower->filter.verdict);
    *follower = (struct follower){.tail = follower->tail, .share = TAIL_ALL};
}

/* Stop watching lines if there is no follower left. */
static void end_if_last(struct tail *tail) {
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++)
        if (tail->followers[i].answer != NULL)
            return;
    gate_watch(tail->daemon->gate, NULL);
    tail->daemon->tail = NULL;
    uv_close((uv_handle_t *)&tail->timer, tail_on_closed);
}

static void on_left(void *arg) {
    struct follower *follower = arg;
    struct tail *tail = follower->tail;
    free_place(follower);
    end_if_last(tail);
}

/* End a follower, with the number of lines that it did not get. */
static void end_follower(struct follower *follower) {
    if (follower->dropped > 0)
        tell_dropped(follower);
    http_answer_end(follower->answer, CONTROL_DONE, "%s", "");
}

/* End all followers: they ask the next daemon. */
static void tail_stop(struct daemon *daemon) {
    struct tail *tail = daemon->tail;
    if (tail == NULL)
        return;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++) {
        struct follower *follower = &tail->followers[i];
        if (follower->answer != NULL)
            end_follower(follower);
        free_place(follower);
    }
    end_if_last(tail);
}

/* ---- the beginning ---- */

static struct tail *tail_of(struct daemon *daemon) {
    if (daemon->tail != NULL)
        return daemon->tail;
    struct tail *tail = memory_alloc(sizeof *tail);
    tail->daemon = daemon;
    tail->share = TAIL_ALL;
    tail->random = 0x9e3779b97f4a7c15; /* any but 0 */
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++)
        tail->followers[i] = (struct follower){.tail = tail, .share = TAIL_ALL};
    strbuf_init(&tail->text);
    (void)uv_timer_init(&daemon->loop, &tail->timer);
    tail->timer.data = tail;
    (void)uv_timer_start(&tail->timer, on_second, TICK_MS, TICK_MS);
    daemon->tail = tail;
    tail->watcher = (struct gate_watcher){tail_wants, tail_applied, tail};
    gate_watch(daemon->gate, &tail->watcher);
    return tail;
}

static char *copy(const char *text) {
    return text != NULL ? memory_strndup(text, strlen(text)) : NULL;
}

static bool read_pid(const char *text, int64_t *ret_pid) {
    const size_t len = strlen(text);
    if (len == 0 || len > 9 || text[strspn(text, "0123456789")] != '\0')
        return false;
    *ret_pid = strtoll(text, NULL, 10);
    return true;
}

static bool is_verdict(const char *text) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(text, ledger_verdict_text((enum verdict)i)) == 0)
            return true;
    return false;
}

/* Returns NULL, or a sentence why the request is refused. */
static const char *take_filters(struct tail_filter *filter, const struct control_request *request) {
    filter->pid = -1;
    if (request->pid != NULL && !read_pid(request->pid, &filter->pid))
        return "pid: not the number of a process";
    if (request->verdict != NULL && !is_verdict(request->verdict))
        return "there is no such verdict; there are accepted, folded, rejected and ignored";
    filter->service = copy(request->service);
    filter->family = copy(request->family);
    filter->verdict = copy(request->verdict);
    return NULL;
}

static struct follower *find_place(struct tail *tail) {
    size_t i = 0;
    while (i < TAIL_FOLLOWERS_MAX && tail->followers[i].answer != NULL)
        i++;
    return i < TAIL_FOLLOWERS_MAX ? &tail->followers[i] : NULL;
}

/* Start to follow, or refuse. The answer of a follower stays open. */
static void tail_begin(struct daemon *daemon, const struct control_request *request,
                       struct http_answer *answer) {
    struct tail *tail = tail_of(daemon);
    struct follower *follower = find_place(tail);
    if (follower == NULL) {
        http_answer_end(answer, CONTROL_UNDER_WAY, "four follow already: try again later");
        return;
    }
    const char *why = take_filters(&follower->filter, request);
    if (why != NULL) {
        free_place(follower);
        end_if_last(tail);
        http_answer_end(answer, CONTROL_MALFORMED, "%s", why);
        return;
    }
    follower->answer = answer;
    http_answer_flow(answer, on_left, follower);
}

/* ---- forget ----
 * the command `forget`: ends series that should never have been sent, for a fraction of
 * a millisecond in each turn of the loop. Samples that were sent before the command are applied
 * first, so they do not create the series again. One command runs at a time.
 */

enum {
    TURN_NS = 250000, /* a turn starts no step after this */
    STEP_UNITS = 200  /* units between two looks at the clock, about 100 ns each */
};

/* Which series of a family a command is about. */
struct selection {
    char *labels; /* the text that the wanted labels point into */
    struct control_labels wanted;
    struct store_key keys[CONTROL_LABELS_MAX]; /* by the family's labels */
};

struct forget {
    struct daemon *daemon;
    struct http_answer *answer;
    struct ingress_wait wait;
    bool waiting;
    uv_idle_t idle;
    struct store_forgetting walk;
    struct selection selection;
};

/* ---- the end ---- */

static void forget_free(struct forget *forget) {
    free(forget->selection.labels);
    free(forget);
}

static void forget_on_closed(uv_handle_t *handle) {
    forget_free(handle->data);
}

static void log_forgotten(const struct store_forgetting *walk) {
    if (walk->ended > 0)
        log_write(LOG_LEVEL_LOG, "control", "%" PRIu64 " series of %s were forgotten", walk->ended,
                  walk->family->name);
}

/* Stop the command. The caller has to complete the returned answer. */
static struct http_answer *finish(struct forget *forget) {
    struct daemon *daemon = forget->daemon;
    daemon->forget = NULL;
    if (forget->waiting && daemon->ingress != NULL)
        ingress_forget(daemon->ingress, &forget->wait);
    uv_close((uv_handle_t *)&forget->idle, forget_on_closed);
    return forget->answer;
}

/* Stop a command that is under way and answer it. Safe twice. */
static void forget_stop(struct daemon *daemon, const char *why) {
    struct forget *forget = daemon->forget;
    if (forget == NULL)
        return;
    log_forgotten(&forget->walk);
    const uint64_t ended = forget->walk.ended;
    http_answer_end(finish(forget), CONTROL_BUSY, "%s; %" PRIu64 " series had ended", why, ended);
}

/* ---- the way ---- */

static void forget_tell(struct forget *forget) {
    const struct store_forgetting walk = forget->walk;
    const char *family = walk.family->name;
    struct http_answer *answer = finish(forget);
    if (walk.ended == 0) {
        http_answer_end(answer, CONTROL_DONE, "no series of %s has these labels", family);
        return;
    }
    log_forgotten(&walk);
    if (walk.again > 0)
        http_answer_end(answer, CONTROL_DONE,
                        "%" PRIu64 " series of %s ended; %" PRIu64
                        " of them, which exist from the start, began again at 0",
                        walk.ended, family, walk.again);
    else
        http_answer_end(answer, CONTROL_DONE, "%" PRIu64 " series of %s ended", walk.ended, family);
}

static void on_idle(uv_idle_t *idle) {
    struct forget *forget = idle->data;
    const uint64_t end_ns = uv_hrtime() + TURN_NS;
    do {
        size_t budget = STEP_UNITS;
        if (!store_forget(forget->daemon->store, &forget->walk, daemon_now(), &budget))
            continue;
        forget_tell(forget);
        return;
    } while (uv_hrtime() < end_ns);
}

static void on_applied(void *arg) {
    struct forget *forget = arg;
    forget->waiting = false;
    (void)uv_idle_start(&forget->idle, on_idle);
}

/* ---- what is asked ---- */

static void fail_unknown(struct http_answer *answer, const char *what, const char *word,
                         const char *const *words) {
    const char *near = nearest_word(word, words);
    if (near != NULL)
        http_answer_end(answer, CONTROL_UNKNOWN, "%s \"%.100s\"; did you mean %s?", what, word,
                        near);
    else
        http_answer_end(answer, CONTROL_UNKNOWN, "%s \"%.100s\"", what, word);
}

static const struct catalog *find_service(const struct daemon *daemon, const char *name,
                                          struct http_answer *answer) {
    const struct catalog_set *set = &daemon->set;
    const struct catalog *catalog = catalog_set_find(set, name, strlen(name));
    if (catalog != NULL)
        return catalog;
    const char **words = memory_array(set->count + 1, sizeof *words);
    for (size_t i = 0; i < set->count; i++)
        words[i] = set->catalogs[i]->service;
    fail_unknown(answer, "there is no service", name, words);
    free((void *)words);
    return NULL;
}

static const struct catalog_family *find_family(const struct catalog *catalog, const char *name,
                                                struct http_answer *answer) {
    const struct catalog_family *family = catalog_family_find(catalog, name, strlen(name));
    if (family != NULL)
        return family;
    const char **words = memory_array(catalog->family_count + 1, sizeof *words);
    for (size_t i = 0; i < catalog->family_count; i++)
        words[i] = catalog->families[i].name;
    fail_unknown(answer, "the service has no family", name, words);
    free((void *)words);
    return NULL;
}

/* Why series of the family cannot be forgotten; NULL: they can. */
static const char *why_not(const struct catalog_family *family) {
    if (family->catalog->internal)
        return "the daemon itself writes this family: its series would be back at once";
    if (family->source == SOURCE_QUERY)
        return "its series are the rows of a query: what the query returns no more is absent";
    if (family->source == SOURCE_DERIVED || family->attempts != NULL || family->jobs != NULL)
        return "all combinations of attempts and jobs exist from the start, as their catalog "
               "lists them: take the value out of the catalog, and reload";
    return NULL;
}

static const struct catalog_label *find_label(const struct catalog_family *family,
                                              const char *key) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, key) == 0)
            return &family->labels[i];
    return NULL;
}

static void fail_label(const struct catalog_family *family, const char *key,
                       struct http_answer *answer) {
    const char *words[CONTROL_LABELS_MAX + 1] = {NULL};
    for (uint32_t i = 0; i < family->label_count && i < CONTROL_LABELS_MAX; i++)
        words[i] = family->labels[i].name;
    if (family->state_label != NULL && strcmp(family->state_label->name, key) == 0)
        http_answer_end(answer, CONTROL_UNKNOWN,
                        "%s is the state of a series and chooses none: leave it out", key);
    else
        fail_unknown(answer, "the family has no label", key, words);
}

/* Whether the label may have this value. Any text may be a value of a pattern. */
static bool may_have(const struct catalog_label *label, const char *value) {
    return label->kind == LABEL_PATTERN ||
           catalog_label_find_text(label, value, strlen(value)) >= 0;
}

/* Make keys of the wanted labels, or answer what is wrong with one. */
static bool take_labels(struct selection *selection, const struct catalog_family *family,
                        struct http_answer *answer) {
    for (size_t i = 0; i < selection->wanted.count; i++) {
        const struct control_label *wanted = &selection->wanted.items[i];
        const struct catalog_label *label = find_label(family, wanted->key);
        if (label == NULL) {
            fail_label(family, wanted->key, answer);
            return false;
        }
        if (!may_have(label, wanted->value)) {
            http_answer_end(answer, CONTROL_UNKNOWN, "label %s has no value \"%.200s\"",
                            wanted->key, wanted->value);
            return false;
        }
        selection->keys[label - family->labels] =
            (struct store_key){.text = wanted->value, .len = strlen(wanted->value)};
    }
    return true;
}

static const struct catalog_family *find(const struct daemon *daemon,
                                         const struct control_request *request,
                                         struct http_answer *answer) {
    const struct catalog *catalog = find_service(daemon, request->service, answer);
    const struct catalog_family *family =
        catalog != NULL ? find_family(catalog, request->family, answer) : NULL;
    const char *why = family != NULL ? why_not(family) : NULL;
    if (why != NULL)
        http_answer_end(answer, CONTROL_DENIED, "%s: %s", family->name, why);
    return why == NULL ? family : NULL;
}

/* ---- the beginning ---- */

/* Read the labels of a request, or answer what is wrong with them. */
static bool read_labels(struct selection *selection, const struct control_request *request,
                        struct http_answer *answer) {
    struct error why;
    selection->labels = copy(request->labels);
    if (selection->labels == NULL ||
        control_labels_read(selection->labels, &selection->wanted, &why))
        return true;
    http_answer_end(answer, CONTROL_MALFORMED, "%s", why.text);
    return false;
}

/* Read the request into `forget`, or answer what is wrong with it. */
static bool take_request(struct forget *forget, const struct daemon *daemon,
                         const struct control_request *request, struct http_answer *answer) {
    struct selection *selection = &forget->selection;
    if (request->service == NULL || request->family == NULL) {
        http_answer_end(answer, CONTROL_MALFORMED, "forget needs a service and a family");
        return false;
    }
    if (!read_labels(selection, request, answer))
        return false;
    const struct catalog_family *family = find(daemon, request, answer);
    forget->walk = (struct store_forgetting){.family = family, .labels = selection->keys};
    return family != NULL && take_labels(selection, family, answer);
}

/* Begin the command, or answer why not. */
static void forget_begin(struct daemon *daemon, const struct control_request *request,
                         struct http_answer *answer) {
    if (daemon->forget != NULL) {
        http_answer_end(answer, CONTROL_UNDER_WAY, "series are being forgotten: try again");
        return;
    }
    struct forget *forget = memory_alloc(sizeof *forget);
    *forget = (struct forget){.daemon = daemon, .answer = answer};
    if (!take_request(forget, daemon, request, answer)) {
        forget_free(forget);
        return;
    }
    forget->wait = (struct ingress_wait){.done = on_applied, .arg = forget};
    (void)uv_idle_init(&daemon->loop, &forget->idle);
    forget->idle.data = forget;
    daemon->forget = forget;
    forget->waiting = true;
    ingress_await(daemon->ingress, &forget->wait);
}

/* ---- force ----
 * the command `force`: a person decides that breakers are open or closed, or that their rules
 * decide again.
 */

enum { FORCE_MAX_S = 366 * 86400 };

/* The attempts of this name: of the service that is named, else of the only one that has them. */
static const struct catalog_family *find_attempts(const struct daemon *daemon,
                                                  const struct control_request *request,
                                                  struct http_answer *answer) {
    const struct catalog_set *set = &daemon->set;
    const struct catalog_family *found = NULL;
    const char *words[CATALOG_MACHINES_MAX + 1] = {NULL};
    size_t count = 0;
    if (request->service != NULL && find_service(daemon, request->service, answer) == NULL)
        return NULL;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->attempts == NULL || !family->attempts->breaker.declared ||
            (request->service != NULL && strcmp(family->catalog->service, request->service) != 0))
            continue;
        if (count < CATALOG_MACHINES_MAX)
            words[count++] = family->name;
        if (strcmp(family->name, request->family) != 0)
            continue;
        if (found != NULL) {
            http_answer_end(answer, CONTROL_MALFORMED,
                            "%s and %s both declare %s: name the service", found->catalog->service,
                            family->catalog->service, family->name);
            return NULL;
        }
        found = family;
    }
    if (found == NULL)
        fail_unknown(answer, "there is no breaker", request->family, words);
    return found;
}

static bool is_selected(const struct selection *selection, const struct breakers_entry *breaker) {
    const struct catalog_family *family = breaker->family;
    const uint32_t *ids = series_ids(family, breaker->series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (selection->keys[i].text != NULL &&
            catalog_label_find_text(&family->labels[i], selection->keys[i].text,
                                    selection->keys[i].len) != (int32_t)ids[i])
            return false;
    return true;
}

/* Read what was decided. NULL, or what is wrong. */
static const char *read_force(const struct control_request *request, struct breakers_force *force) {
    double seconds = 0;
    *force = (struct breakers_force){.why = request->why != NULL ? request->why : ""};
    if (request->family == NULL || request->state == NULL)
        return "force needs a family and a state";
    if (strcmp(request->state, "open") == 0)
        force->state = BREAKER_OPEN;
    else if (strcmp(request->state, "auto") == 0)
        force->ends = true;
    else if (strcmp(request->state, "closed") != 0)
        return "the state is open, closed or auto";
    if (force->ends && (request->lasting != NULL || request->why != NULL))
        return "auto ends a decision: it has no end of its own, and needs no reason";
    if (request->lasting != NULL &&
        (!sg_number_parse(request->lasting, strlen(request->lasting), &seconds) || seconds <= 0 ||
         seconds > FORCE_MAX_S))
        return "a decision lasts for seconds, above 0 and at most a year";
    force->for_ms = (int64_t)(seconds * 1000) + (seconds > 0 && seconds < 0.001);
    return NULL;
}

/* Carry it out for the selected breakers, and answer. */
static void force_all(struct daemon *daemon, const struct catalog_family *family,
                      const struct selection *selection, const char *labels,
                      struct breakers_force *force, struct http_answer *answer) {
    char lasts[TERMINAL_DURATION_MAX];
    char done[EVENT_TEXT_MAX];
    char text[EVENT_TEXT_MAX];
    unsigned matched = 0;
    unsigned count = 0;
    force->uid = http_answer_uid(answer);
    for (size_t i = 0; i < breakers_count(daemon->breakers_jobs); i++) {
        struct breakers_entry breaker;
        breakers_at(daemon->breakers_jobs, i, &breaker);
        if (breaker.family != family || !is_selected(selection, &breaker))
            continue;
        matched++;
        count += breakers_force(daemon->breakers_jobs, i, force, daemon_now());
    }
    if (count == 0) {
        const bool reported = family->attempts->breaker.reported;
        http_answer_end(answer,
                        matched == 0 ? CONTROL_UNKNOWN
                        : reported   ? CONTROL_DENIED
                                     : CONTROL_FAILED,
                        "%s: %s", family->name,
                        matched == 0 ? "no breaker has these labels"
                        : reported   ? "services run this breaker themselves"
                                     : "there is no room for its series");
        return;
    }
    events_print(done, sizeof done, "%u breaker%s of %s%s%s%s %s %s%s%s", count, text_plural(count),
                 family->name, labels != NULL ? " (" : "", labels != NULL ? labels : "",
                 labels != NULL ? ")" : "", count == 1 ? "is" : "are",
                 force->ends ? "judged by the rules" : catalog_breaker_state_text(force->state),
                 force->for_ms > 0 ? " for " : "",
                 force->for_ms > 0 ? terminal_duration(lasts, force->for_ms) : "");
    events_print(text, sizeof text, "user %u decided: %s%s%s", (unsigned)force->uid, done,
                 force->why[0] != '\0' ? ": " : "", force->why);
    upkeep_forced(daemon, family, force->uid, text);
    http_answer_end(answer, CONTROL_DONE, "%s", done);
}

static void force_begin(struct daemon *daemon, const struct control_request *request,
                        struct http_answer *answer) {
    struct breakers_force force;
    struct selection selection = {0};
    const char *wrong = read_force(request, &force);
    if (wrong != NULL) {
        http_answer_end(answer, CONTROL_MALFORMED, "%s", wrong);
        return;
    }
    const struct catalog_family *family =
        read_labels(&selection, request, answer) ? find_attempts(daemon, request, answer) : NULL;
    if (family != NULL && take_labels(&selection, family, answer))
        force_all(daemon, family, &selection, request->labels, &force, answer);
    free(selection.labels);
}

/* ---- commands ---- */

static void on_reload_line(void *arg, const char *text) {
    http_answer_line(arg, "%s", text);
}

static void on_verdict(void *arg, int code, const char *text) {
    static const enum control_status statuses[] = {[HANDOVER_TAKEN] = CONTROL_DONE,
                                                   [HANDOVER_TIMEOUT] = CONTROL_FAILED,
                                                   [HANDOVER_REFUSED] = CONTROL_REFUSED,
                                                   [HANDOVER_UNDER_WAY] = CONTROL_UNDER_WAY,
                                                   [HANDOVER_PARTLY] = CONTROL_PARTLY};
    if (code == HANDOVER_REFUSED)
        http_answer_line(arg, "Nothing changed.");
    http_answer_end(arg, statuses[code], "%s%s", code == HANDOVER_REFUSED ? "refused: " : "", text);
}

/* The address of /debug, which the command asks when no one named one. */
static void tell_address(const struct daemon *daemon, struct http_answer *answer) {
    const size_t listener = http_server_listener_of(daemon->http, daemon->plan.count);
    char address[LISTEN_TEXT_MAX];
    if (listener == SIZE_MAX) {
        http_answer_end(answer, CONTROL_DENIED, "this daemon does not serve /debug");
        return;
    }
    http_server_address(daemon->http, listener, address, sizeof address);
    http_answer_end(answer, CONTROL_DONE, "%s", address);
}

static void on_command(void *arg, const struct control_request *request,
                       struct http_answer *answer) {
    struct daemon *daemon = arg;
    const struct handover_asker asker = {.line = on_reload_line, .end = on_verdict, .arg = answer};
    switch (request->command) {
    case CONTROL_RELOAD:
        (void)handover_out_begin(daemon, &asker);
        break;
    case CONTROL_FORGET:
        forget_begin(daemon, request, answer);
        break;
    case CONTROL_FORCE:
        force_begin(daemon, request, answer);
        break;
    case CONTROL_TAIL:
        tail_begin(daemon, request, answer);
        break;
    case CONTROL_ADOPT:
        adoption_begin(daemon, answer);
        break;
    case CONTROL_ADDRESS:
        tell_address(daemon, answer);
        break;
    }
}

/* ---- the listener ---- */

/* Senders and scrapers need no commands, so failure ends the start only if a setting asked for
 * them. */
static bool refuse(const struct daemon *daemon, const struct error *why,
                   struct start_error *ret_error) {
    if (daemon->settings->sources[SETTING_control] != SETTINGS_DEFAULT)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why->text);
    log_write(LOG_LEVEL_WARN, "control", "no commands are taken: %s; set control, or \"\" for none",
              why->text);
    return true;
}

bool commands_open(struct daemon *daemon, struct inherited *inherited,
                   struct start_error *ret_error) {
    const struct settings *settings = daemon->settings;
    struct fdstore_listeners kept;
    struct error why = {0};
    fdstore_listeners_find(&kept, inherited, INHERITED_CONTROL);
    const struct http_options options = {.debug_listen = "",
                                         .commands = settings->control,
                                         .commands_setting =
                                             settings_place(settings, SETTING_control),
                                         .commands_uid = geteuid(),
                                         .kept = kept.sockets,
                                         .kept_count = kept.count,
                                         .socket_mode = 0600,
                                         .connections_max = HTTP_COMMANDS_MAX,
                                         .idle_s = HTTP_COMMAND_IDLE_S,
                                         .answer_s = HTTP_COMMAND_ANSWER_S};
    const struct http_source source = {.clock = daemon_clock, .command = on_command, .arg = daemon};
    if (*settings->control != '\0')
        daemon->control = http_server_new(&daemon->loop, &options, &source, &why);
    fdstore_listeners_settle(&kept, &daemon->fdstore);
    if (daemon->control == NULL)
        return *settings->control == '\0' || refuse(daemon, &why, ret_error);
    const struct unix_listener sock = http_server_socket(daemon->control, 0);
    fdstore_listeners_keep(&daemon->fdstore, INHERITED_CONTROL, &sock);
    log_write(LOG_LEVEL_LOG, "control", "taking commands on %s", settings->control);
    return true;
}

static void on_closed(void *arg) {
    struct daemon *daemon = arg;
    daemon->former_control = NULL;
}

void commands_close(struct daemon *daemon, unsigned grace_ms) {
    forget_stop(daemon, daemon->is_retiring ? "another daemon has taken over: ask again"
                                            : "the daemon ends");
    tail_stop(daemon);
    if (daemon->control == NULL)
        return;
    daemon->former_control = daemon->control;
    daemon->control = NULL;
    http_server_close(daemon->former_control, grace_ms, on_closed, daemon);
}

void commands_hurry(struct daemon *daemon, unsigned grace_ms) {
    if (daemon->former_control != NULL)
        http_server_shorten(daemon->former_control, grace_ms);
}
