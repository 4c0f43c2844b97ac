#include "statgated/tail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "control/control.h"
#include "gate/gate.h"

enum { LOOK_UNITS = 12, TELL_UNITS = 10, TICK_MS = 1000 };

/* What a follower wants to see. Texts are from strdup; NULL: all. */
struct tail_filter {
    char *service;
    char *family;
    char *verdict;
    int64_t pid; /* -1: all processes */
};

struct follower {
    struct tail *tail;
    struct control_answer *answer; /* NULL: the place is free */
    struct tail_filter filter;
    unsigned told;    /* lines sent in this second */
    uint64_t dropped; /* lines since the last report */
};

struct tail {
    struct daemon *daemon;
    uv_timer_t timer; /* starts a new second, and reports lines dropped in the last */
    unsigned looks;
    struct follower followers[TAIL_FOLLOWERS_MAX];
    struct gate_trace trace;
    struct strbuf text;
};

/* ---- one line ---- */

static void put_span(struct json_writer *w, const char *key, struct sg_span text) {
    json_key(w, key);
    json_bytes(w, text.at, text.len < TAIL_LINE_MAX ? text.len : TAIL_LINE_MAX);
}

static void put_text(struct json_writer *w, const struct gate_watched *watched,
                     const struct gate_trace *trace, enum verdict verdict) {
    put_span(w, "line", watched->text);
    json_member_bool(w, "line_cut", watched->text.len > TAIL_LINE_MAX);
    if (verdict == VERDICT_REJECTED)
        json_member_u64(w, "offset",
                        watched->truncated ? (uint64_t)watched->text.len : trace->offset);
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
static enum verdict verdict_of(const struct gate_watched *watched, const struct gate_trace *trace) {
    if (watched->truncated || trace->samples[VERDICT_REJECTED] > 0)
        return VERDICT_REJECTED;
    return trace->verdict;
}

static const char *reason_of(const struct gate_watched *watched, const struct gate_trace *trace,
                             enum verdict verdict) {
    if (watched->truncated)
        return sg_reject_label(SG_REJECT_TRUNCATED);
    if (verdict == VERDICT_REJECTED && trace->verdict != VERDICT_REJECTED)
        return sg_reject_label(trace->refused.items[0].reason);
    return verdict == VERDICT_REJECTED || verdict == VERDICT_FOLDED ? sg_reject_label(trace->reason)
                                                                    : NULL;
}

static void write_line(struct tail *tail, const struct gate_watched *watched) {
    const struct gate_trace *trace = &tail->trace;
    const enum verdict verdict = verdict_of(watched, trace);
    const struct catalog_family *family = trace->family;
    struct json_writer w = {.out = &tail->text};
    strbuf_clear(&tail->text);
    json_open(&w, '{');
    json_member_i64(&w, "at", watched->now.real_ms);
    json_member_text(&w, "verdict", ledger_verdict_text(verdict));
    json_member_text(&w, "reason", reason_of(watched, trace, verdict));
    json_member_text(&w, "service", family != NULL ? family->catalog->service : NULL);
    json_member_text(&w, "family", family != NULL ? family->name : NULL);
    if (tail->daemon->settings->rejected_text)
        put_text(&w, watched, trace, verdict);
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

static bool wants(const struct tail_filter *filter, const struct gate_watched *watched,
                  const struct gate_trace *trace) {
    const char *verdict = ledger_verdict_text(verdict_of(watched, trace));
    return wants_family(filter, trace->family) &&
           (filter->verdict == NULL || strcmp(verdict, filter->verdict) == 0);
}

static bool is_of(const struct follower *follower, const struct gate_watched *watched) {
    return follower->answer != NULL &&
           (follower->filter.pid < 0 || follower->filter.pid == watched->origin->pid);
}

static size_t tell(struct follower *follower, const struct gate_watched *watched) {
    struct tail *tail = follower->tail;
    write_line(tail, watched);
    if (!tail->text.failed && control_flow_line(follower->answer, tail->text.data, tail->text.len))
        follower->told++;
    else
        follower->dropped++;
    return TELL_UNITS;
}

static size_t look(struct tail *tail, const struct gate_watched *watched) {
    tail->looks++;
    gate_try(tail->daemon->gate, watched->text, watched->origin->scope, watched->origin,
             &tail->trace);
    return LOOK_UNITS;
}

static size_t on_line(void *arg, const struct gate_watched *watched) {
    struct tail *tail = arg;
    size_t units = 0;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++) {
        struct follower *follower = &tail->followers[i];
        if (!is_of(follower, watched))
            continue;
        if (follower->told >= TAIL_LINES_MAX || (units == 0 && tail->looks >= TAIL_LOOKS_MAX)) {
            follower->dropped++;
            continue;
        }
        if (units == 0)
            units += look(tail, watched);
        if (wants(&follower->filter, watched, &tail->trace))
            units += tell(follower, watched);
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
    if (!w.out->failed && control_flow_line(follower->answer, w.out->data, w.out->len))
        follower->dropped = 0;
}

static void on_second(uv_timer_t *timer) {
    struct tail *tail = timer->data;
    tail->looks = 0;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++) {
        struct follower *follower = &tail->followers[i];
        follower->told = 0;
        if (follower->answer != NULL && follower->dropped > 0)
            tell_dropped(follower);
    }
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle) {
    struct tail *tail = handle->data;
    strbuf_done(&tail->text);
    free(tail);
}

static void free_place(struct follower *follower) {
    free(follower->filter.service);
    free(follower->filter.family);
    free(follower->filter.verdict);
    *follower = (struct follower){.tail = follower->tail};
}

/* Stop watching lines if there is no follower left. */
static void end_if_last(struct tail *tail) {
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++)
        if (tail->followers[i].answer != NULL)
            return;
    gate_watch(tail->daemon->gate, NULL, NULL);
    tail->daemon->tail = NULL;
    uv_close((uv_handle_t *)&tail->timer, on_closed);
}

static void on_left(void *arg) {
    struct follower *follower = arg;
    struct tail *tail = follower->tail;
    free_place(follower);
    end_if_last(tail);
}

/* End a follower, with the number of lines that it did not get. */
static void end_follower(struct follower *follower, enum control_code code, const char *why) {
    if (follower->dropped > 0)
        tell_dropped(follower);
    if (follower->dropped > 0)
        control_answer_error(follower->answer, code, "%s; %" PRIu64 " line%s not shown", why,
                             follower->dropped, follower->dropped == 1 ? " was" : "s were");
    else
        control_answer_error(follower->answer, code, "%s", why);
}

void tail_stop(struct daemon *daemon, enum control_code code, const char *why) {
    struct tail *tail = daemon->tail;
    if (tail == NULL)
        return;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++) {
        struct follower *follower = &tail->followers[i];
        if (follower->answer != NULL)
            end_follower(follower, code, why);
        free_place(follower);
    }
    end_if_last(tail);
}

/* ---- the beginning ---- */

static struct tail *tail_of(struct daemon *daemon) {
    if (daemon->tail != NULL)
        return daemon->tail;
    struct tail *tail = calloc(1, sizeof *tail);
    if (tail == NULL)
        return NULL;
    tail->daemon = daemon;
    for (size_t i = 0; i < TAIL_FOLLOWERS_MAX; i++)
        tail->followers[i].tail = tail;
    strbuf_init(&tail->text);
    (void)uv_timer_init(&daemon->loop, &tail->timer);
    tail->timer.data = tail;
    (void)uv_timer_start(&tail->timer, on_second, TICK_MS, TICK_MS);
    daemon->tail = tail;
    gate_watch(daemon->gate, on_line, tail);
    return tail;
}

static bool copy(char **ret_text, const char *text) {
    *ret_text = strdup(text);
    return *ret_text != NULL;
}

static bool read_pid(const char *text, int64_t *ret_pid) {
    const size_t len = strlen(text);
    if (len == 0 || len > 9 || text[strspn(text, "0123456789")] != '\0')
        return false;
    *ret_pid = strtoll(text, NULL, 10);
    return true;
}

/* Add a filter. Returns NULL, or a sentence why it is refused. */
static const char *take_filter(struct tail_filter *filter, const struct control_label *label) {
    if (strcmp(label->key, "service") == 0)
        return copy(&filter->service, label->value) ? NULL : "out of memory";
    if (strcmp(label->key, "family") == 0)
        return copy(&filter->family, label->value) ? NULL : "out of memory";
    if (strcmp(label->key, "pid") == 0)
        return read_pid(label->value, &filter->pid) ? NULL : "pid: not the number of a process";
    if (strcmp(label->key, "verdict") != 0)
        return "filters are service, family, verdict and pid";
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(label->value, ledger_verdict_text((enum verdict)i)) == 0)
            return copy(&filter->verdict, label->value) ? NULL : "out of memory";
    return "there is no such verdict; there are accepted, folded, rejected and ignored";
}

static const char *take_filters(struct tail_filter *filter, const struct control_request *request) {
    const char *why = NULL;
    filter->pid = -1;
    for (size_t i = 0; why == NULL && i < request->label_count; i++)
        why = take_filter(filter, &request->labels[i]);
    return why;
}

static struct follower *find_place(struct tail *tail) {
    size_t i = 0;
    while (i < TAIL_FOLLOWERS_MAX && tail->followers[i].answer != NULL)
        i++;
    return i < TAIL_FOLLOWERS_MAX ? &tail->followers[i] : NULL;
}

void tail_begin(struct daemon *daemon, const struct control_request *request,
                struct control_answer *answer) {
    struct tail *tail = tail_of(daemon);
    struct follower *follower = tail != NULL ? find_place(tail) : NULL;
    if (tail == NULL) {
        control_answer_error(answer, CONTROL_FAILED, "out of memory");
        return;
    }
    if (follower == NULL) {
        control_answer_error(answer, CONTROL_UNDER_WAY, "four follow already: try again later");
        return;
    }
    const char *why = take_filters(&follower->filter, request);
    if (why != NULL) {
        free_place(follower);
        end_if_last(tail);
        control_answer_error(answer, CONTROL_UNKNOWN, "%s", why);
        return;
    }
    follower->answer = answer;
    control_flow_begin(answer, on_left, follower);
}
