/*
 * json_breakers.c - /debug/breakers: attempts and circuit breakers, and why they are as they are.
 *
 * {"breakers":[
 *  {"service":"imgsrv","name":"imgsrv_background_job","labels":{"job":"publish"},
 *   "declared":"daemon","state":"half_open","since":1766533331507,"epoch":7,
 *   "consecutive_failures":5,"opened":1,"last_transition":{"at":1766533331507,"why":".."},
 *   "last_success":null,"last_error":1766533301507,"last_pid":4711,"cooldown_ends":null,
 *   "opened_by":{"at":1766533301507,"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"},
 *   "attempts":[{"at":..,"outcome":"error","pid":4711,"comm":"worker"},..]},..],
 * "next":null}
 *
 * `declared` says who runs the breaker; null: attempts are only counted, and there is no state.
 * `attempts` are the last failures in a row and the probes after them, the oldest first;
 * `opened_by` is the sender of the attempt or report that opened the breaker last; `cooldown_ends`
 * is set for an open breaker that the daemon runs, `epoch` for half_open. Times are Unix
 * milliseconds; null: never, or not known. The order is that of the catalogs; a token holds a
 * machine's number, which is fixed while the daemon runs.
 */
#include "view/json_list.h"
#include "view/json_values.h"
#include "view/json_who.h"

struct breaker_list {
    struct json_list base;
    size_t breaker; /* the next one; a token holds its number */
};

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct breaker_list *list = (struct breaker_list *)base;
    uint64_t breaker;
    if (!page_token_next_number(after, CATALOG_MACHINES_MAX, &breaker))
        return false;
    list->breaker = (size_t)breaker;
    return true;
}

/* ---- writing ---- */

static const char *declared_text(const struct machines_breaker *breaker) {
    if (breaker->family->attempts->breaker.reported)
        return "reported";
    return breaker->declared ? "daemon" : NULL;
}

static void put_transition(struct json_writer *json, const struct machines_breaker *breaker) {
    json_key(json, "last_transition");
    if (breaker->why == NULL) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_time(json, "at", breaker->since_ms);
    json_member_text(json, "why", breaker->why);
    json_close(json, '}');
}

static void put_opened(struct json_writer *json, const struct machines_breaker *breaker) {
    json_key(json, "opened_by");
    if (breaker->opened_by == NULL) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_time(json, "at", breaker->opened_ms);
    json_who_put_members(json, breaker->opened_by);
    json_close(json, '}');
}

static void put_attempts(struct json_list *list, size_t index) {
    struct machines_noted_attempt attempts[MACHINES_ATTEMPTS_MAX];
    struct json_writer *json = &list->json;
    const size_t count = machines_breaker_attempts(list->source.machines, index, attempts);
    json_open_member(json, "attempts", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, '{');
        json_member_time(json, "at", attempts[i].at_ms);
        json_member_text(json, "outcome", attempts[i].outcome);
        json_member_known(json, "pid", attempts[i].pid);
        json_key(json, "comm");
        json_bytes(json, attempts[i].comm, strnlen(attempts[i].comm, WHO_COMM_MAX));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_breaker(struct json_list *list, size_t index,
                        const struct machines_breaker *breaker) {
    struct json_writer *json = &list->json;
    const char *declared = declared_text(breaker);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", breaker->family->catalog->service);
    json_member_text(json, "name", breaker->family->name);
    json_values_put_labels(json, list->source.store, breaker->family, breaker->series);
    json_member_text(json, "declared", declared);
    json_member_text(json, "state",
                     declared != NULL ? catalog_breaker_state_text(breaker->state) : NULL);
    json_member_time_known(json, "since", declared != NULL ? breaker->since_ms : 0);
    if (declared != NULL && breaker->state == BREAKER_HALF_OPEN)
        json_member_u64(json, "epoch", breaker->epoch);
    json_member_u64(json, "consecutive_failures", breaker->consecutive_failures);
    json_member_u64(json, "opened", breaker->opened);
    put_transition(json, breaker);
    json_member_time_known(json, "last_success", breaker->last_success_ms);
    json_member_time_known(json, "last_error", breaker->last_error_ms);
    json_member_known(json, "last_pid", breaker->last_pid);
    json_member_time_known(json, "cooldown_ends", breaker->cooldown_ends_ms);
    put_opened(json, breaker);
    put_attempts(list, index);
    json_close(json, '}');
}

/* ---- walking ---- */

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static bool shows(const struct json_list *list, const struct machines_breaker *breaker) {
    const int64_t attempt_ms = later(breaker->last_success_ms, breaker->last_error_ms);
    const int64_t change_ms = breaker->why != NULL ? breaker->since_ms : 0;
    return json_list_shows(list, breaker->family) &&
           json_selection_has_pid(&list->selection, breaker->last_pid) &&
           json_selection_has_time(&list->selection, later(attempt_ms, change_ms));
}

static void begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "breakers", '[');
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct breaker_list *list = (struct breaker_list *)base;
    const struct machines *machines = base->source.machines;
    const size_t count = machines != NULL ? machines_breaker_count(machines) : 0;
    (void)now;
    for (; list->breaker < count; list->breaker++) {
        if (slice_is_spent(slice))
            return false;
        struct machines_breaker breaker;
        machines_breaker_at(machines, list->breaker, &breaker);
        slice_spend(slice, 1);
        if (!shows(base, &breaker))
            continue;
        if (json_list_is_full(base)) {
            json_list_set_number(base, list->breaker);
            break;
        }
        put_breaker(base, list->breaker, &breaker);
        base->written++;
        slice_spend(slice, 40 + breaker.family->label_count);
    }
    json_close(&base->json, ']');
    return true;
}

static bool has_attempts(const struct catalog_family *family) {
    return family->attempts != NULL;
}

struct view *view_json_breakers(const struct view_source *source, const struct json_query *query,
                                const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct breaker_list),
                                               .list = PAGE_TOKEN_BREAKERS,
                                               .shows = has_attempts,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    return json_list_new(&kind, source, query, ret_error);
}
