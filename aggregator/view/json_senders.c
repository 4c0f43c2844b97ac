/*
 * json_senders.c - /debug/senders: the processes that send, and the verdicts on their samples.
 *
 * {"total":{"samples":..,"accepted":..,"folded":..,"rejected":..,"ignored":..},
 * "senders":[
 *  {"pid":..,"uid":..,"gid":..,"comm":..,"unit":"imgsrv.service","alive":true,"service":..,
 *   "services":1,"datagrams":..,"samples":..,..,"can_own":true,"owns":{"parts":2,"jobs":1},
 *   "took":{"parts":0,"jobs":0},..},..],
 * "departed":{"rows":..,"datagrams":..,"samples":..,..},
 * "units_put_off":0,
 * "ended":[
 *  {"pid":..,"uid":..,"comm":..,"unit":..,"service":..,"at":..,"first_seen":..,"samples":..,
 *   "took":{"parts":2,"jobs":1}},..],
 * "next":null}
 *
 * `owns` counts what ends with the process: its parts of merged values, and its running jobs. A
 * process of another pid namespace (pid 0) cannot own anything. `alive` is the state when the row
 * is written; it is null if that cannot be seen, because the process is in another pid namespace or
 * hidden from /proc. `unit` is its systemd unit or its container; `units_put_off` counts how often
 * the search for a unit was postponed because too many processes were new.
 *
 * `service` is the one that the process last sent for, `services` for how many it has sent. Where
 * one service is asked for, `service`, the verdicts and `last_seen` are those of what it sent for
 * that one.
 *
 * `ended` lists processes whose end was seen, the latest first, at most `limit` of them, and only
 * on the first page. `took` counts what ended with the process.
 *
 * Each sample has exactly one verdict, and within one slice the rows and `departed` add up to the
 * total. A token holds the number of a row, because rows do not move.
 */
#include "view/json_list.h"
#include "view/json_who.h"

enum { ROW_UNITS = 15, LOOK_UNITS = 100 }; /* to write a row, to look at its process */

struct sender_list {
    struct json_list base;
    size_t row; /* the next one */
    bool rows_done;
    bool continued;  /* not the first page: without ended processes */
    uint64_t before; /* the ended process that was written last, 0 none */
    size_t ended;    /* number of ended processes written */
};

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct sender_list *list = (struct sender_list *)base;
    uint64_t row;
    if (!page_token_next_number(after, SENDERS_MAX, &row))
        return false;
    list->row = (size_t)row;
    list->continued = true;
    return true;
}

/* ---- writing ---- */

static void put_tally(struct json_writer *json, const struct tally *tally) {
    json_member_u64(json, "samples", tally_total(tally));
    for (int i = 0; i < VERDICT_COUNT; i++)
        json_member_u64(json, ledger_verdict_text((enum verdict)i), tally->by_verdict[i]);
}

/* Write the numbers that clients report about themselves. */
static void put_claims(struct json_writer *json, const struct sender *sender) {
    json_member_u64(json, "numbered", sender->numbered);
    json_member_u64(json, "sent", sender->sent);
    json_member_u64(json, "lost", sender->lost);
    json_member_u64(json, "implausible", sender->implausible);
    json_open_member(json, "telemetry", '{');
    for (int i = 0; i < TELEMETRY_COUNT; i++)
        if (sender->telemetry[i] > 0)
            json_member_u64(json, ledger_telemetry_text((enum client_telemetry)i),
                            sender->telemetry[i]);
    json_close(json, '}');
}

static void put_owned(struct json_list *list, const struct sender *sender) {
    struct json_writer *json = &list->json;
    const struct owner *owner = owners_live(store_owners(list->source.store), sender->owner);
    json_member_bool(json, "can_own", sender->pid > 0);
    json_open_member(json, "owns", '{');
    json_member_u64(json, "parts", owner != NULL ? owner->part_count : 0);
    json_member_u64(json, "jobs", owner != NULL ? owner->job_count : 0);
    json_close(json, '}');
}

/* Whether a process lives can be seen if its start time is known, or if it is watched as an
 * owner. */
static void put_alive(struct json_list *list, const struct sender *sender) {
    struct json_writer *json = &list->json;
    const bool seen = sender->start_ticks != 0 ||
                      owners_live(store_owners(list->source.store), sender->owner) != NULL;
    if (sender->alive && (sender->pid <= 0 || !seen))
        json_member_text(json, "alive", NULL);
    else
        json_member_bool(json, "alive", sender->alive);
}

static const char *service_name(const struct json_list *list, int32_t service) {
    const struct catalog_set *set = list->source.set;
    return service >= 0 && (size_t)service < set->count ? set->catalogs[service]->service : NULL;
}

static void put_taken(struct json_writer *json, uint32_t parts, uint32_t jobs) {
    json_open_member(json, "took", '{');
    json_member_u64(json, "parts", parts);
    json_member_u64(json, "jobs", jobs);
    json_close(json, '}');
}

static void put_sender(struct json_list *list, size_t row, const struct ledger_sent *sent) {
    struct json_writer *json = &list->json;
    const struct sender *sender = ledger_sender_at(list->source.ledger, row);
    json_line(json);
    json_open(json, '{');
    json_member_i64(json, "pid", sender->pid);
    json_member_u64(json, "uid", sender->uid);
    json_member_u64(json, "gid", sender->gid);
    json_key(json, "comm");
    json_bytes(json, sender->comm, strnlen(sender->comm, sizeof sender->comm));
    json_who_put_unit(json, sender->unit);
    put_alive(list, sender);
    json_member_text(json, "service", service_name(list, (int32_t)sent->service));
    json_member_u64(json, "services", ledger_sender_services(list->source.ledger, row));
    json_member_u64(json, "datagrams", sender->datagrams);
    put_tally(json, &sent->tally);
    put_claims(json, sender);
    put_owned(list, sender);
    put_taken(json, sender->took[TOOK_PARTS], sender->took[TOOK_JOBS]);
    json_member_time(json, "first_seen", sender->first_seen_ms);
    json_member_time(json, "last_seen", sent->last_seen_ms);
    json_close(json, '}');
}

static void put_ended(struct json_list *list, const struct ledger_ended *ended) {
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_who_put_members(json, &ended->who);
    json_member_text(json, "service", service_name(list, ended->service));
    json_member_time(json, "at", ended->at_ms);
    json_member_time_known(json, "first_seen", ended->first_seen_ms);
    json_member_u64(json, "samples", ended->samples);
    put_taken(json, ended->parts, ended->jobs);
    json_close(json, '}');
}

static void begin(struct json_list *list) {
    struct json_writer *json = &list->json;
    json_open(json, '{');
    json_open_member(json, "total", '{');
    put_tally(json, ledger_total(list->source.ledger));
    json_close(json, '}');
    json_line(json);
    json_open_member(json, "senders", '[');
}

static void put_departed(struct json_list *list) {
    struct json_writer *json = &list->json;
    uint64_t rows;
    const struct sender *departed = ledger_departed(list->source.ledger, &rows);
    json_line(json);
    json_open_member(json, "departed", '{');
    json_member_u64(json, "rows", rows);
    json_member_u64(json, "datagrams", departed->datagrams);
    put_tally(json, &departed->tally);
    put_claims(json, departed);
    json_close(json, '}');
}

/* ---- walking ---- */

static void look(const struct json_list *list, size_t row, struct slice *slice) {
    if (list->source.look == NULL)
        return;
    list->source.look(list->source.look_arg, row);
    slice_spend(slice, LOOK_UNITS);
}

static bool shows(const struct json_list *list, int32_t pid, int64_t at_ms) {
    return json_selection_has_pid(&list->selection, pid) &&
           json_selection_has_time(&list->selection, at_ms);
}

/* Read what a row sent: for the service that is asked for, else all. False: nothing for it. */
static bool read_sent(const struct json_list *list, size_t row, struct ledger_sent *ret_sent) {
    const struct sender *sender = ledger_sender_at(list->source.ledger, row);
    if (list->selection.service != NULL)
        return ledger_sent_for(list->source.ledger, row, list->selection.service->index, ret_sent);
    *ret_sent = (struct ledger_sent){.service = (uint32_t)sender->service,
                                     .tally = sender->tally,
                                     .last_seen_ms = sender->last_seen_ms};
    return true;
}

/* Whether an ended process sent for the service that is asked for. */
static bool sent_for_it(const struct json_list *list, const struct ledger_ended *ended) {
    const struct catalog *service = list->selection.service;
    struct ledger_sent sent;
    return service == NULL || ended->service == (int32_t)service->index ||
           (ended->row != SIZE_MAX &&
            ledger_sent_for(list->source.ledger, ended->row, service->index, &sent));
}

/* Each of these returns false if the slice ended before it was done. */

static bool write_rows(struct sender_list *list, struct slice *slice) {
    struct json_list *base = &list->base;
    const struct ledger *ledger = base->source.ledger;
    for (; list->row < ledger_sender_count(ledger); list->row++) {
        if (slice_is_spent(slice))
            return false;
        struct ledger_sent sent;
        slice_spend(slice, 1);
        if (!read_sent(base, list->row, &sent) ||
            !shows(base, ledger_sender_at(ledger, list->row)->pid, sent.last_seen_ms))
            continue;
        if (json_list_is_full(base)) {
            json_list_set_number(base, list->row);
            break;
        }
        look(base, list->row, slice);
        put_sender(base, list->row, &sent);
        base->written++;
        slice_spend(slice, ROW_UNITS);
    }
    return true;
}

static bool write_ended(struct sender_list *list, struct slice *slice) {
    struct json_list *base = &list->base;
    struct ledger_ended ended;
    while (
        !list->continued && list->ended < base->selection.limit &&
        ledger_ended(base->source.ledger, list->before != 0 ? list->before : UINT64_MAX, &ended)) {
        if (slice_is_spent(slice))
            return false;
        list->before = ended.serial;
        slice_spend(slice, 1);
        if (!sent_for_it(base, &ended) || !shows(base, ended.who.pid, ended.at_ms))
            continue;
        put_ended(base, &ended);
        list->ended++;
        slice_spend(slice, ROW_UNITS);
    }
    return true;
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct sender_list *list = (struct sender_list *)base;
    (void)now;
    if (!list->rows_done) {
        if (!write_rows(list, slice))
            return false;
        json_close(&base->json, ']');
        put_departed(base);
        json_member_u64(&base->json, "units_put_off", ledger_put_off(base->source.ledger));
        json_line(&base->json);
        json_open_member(&base->json, "ended", '[');
        list->rows_done = true;
    }
    if (!write_ended(list, slice))
        return false;
    json_close(&base->json, ']');
    return true;
}

struct view *view_json_senders(const struct view_source *source, const struct json_query *query,
                               const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct sender_list),
                                               .list = PAGE_TOKEN_SENDERS,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    if (query->family != NULL) {
        *ret_error = "family: senders are not listed by family";
        return NULL;
    }
    return json_list_new(&kind, source, query, ret_error);
}
