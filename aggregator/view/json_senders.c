/*
 * json_senders.c - /debug/senders: who sends, and what became of it.
 *
 * {"total":{"samples":..,"accepted":..,"folded":..,"rejected":..,"ignored":..},
 * "senders":[{"pid":..,"uid":..,"gid":..,"comm":..,"service":..,"datagrams":..,"samples":..,..,
 *   "can_own":true,"owns":{"parts":2,"jobs":1},..},..],
 * "departed":{"rows":..,"datagrams":..,"samples":..,..},
 * "next":null}
 *
 * `owns` counts what goes with the process: its parts of merged values and its running jobs. A
 * process of another pid namespace (pid 0) can own nothing.
 *
 * In one slice the rows and the departed add up to the total, each sample in exactly one verdict. A
 * token stands for a row's number: rows do not move.
 */
#include <stdlib.h>

#include "view/json_writer.h"
#include "view/page.h"
#include "view/view_private.h"

struct sender_list {
    struct view view;
    struct view_source source;
    struct page page;
    struct json_writer json;
    size_t row; /* the next one */
    size_t written;
    bool begun;
};

/* ---- tokens: the number of the row to begin with ---- */

static void put_token(struct sender_list *list) {
    struct strbuf text = {0};
    struct token_writer token;
    token_begin(&token, TOKEN_SENDERS);
    token_add_number(&token, list->row);
    token_end(&token, &text);
    json_bytes(&list->json, text.data, text.len);
    if (text.failed)
        list->json.out->failed = true;
    strbuf_done(&text);
}

static bool resume(struct sender_list *list, const char *after, const char **ret_error) {
    struct token_reader token;
    uint64_t row = 0;
    const bool fine = token_open(&token, after, TOKEN_SENDERS) &&
                      token_next_number(&token, SENDERS_MAX, &row) && token_is_read(&token);
    if (!fine)
        *ret_error = token.raw.failed ? NULL : page_bad_after;
    token_done(&token);
    list->row = (size_t)row;
    return fine;
}

/* ---- writing ---- */

static void put_tally(struct json_writer *json, const struct tally *tally) {
    json_member_u64(json, "samples", tally_total(tally));
    for (int i = 0; i < VERDICT_COUNT; i++)
        json_member_u64(json, verdict_text((enum verdict)i), tally->by_verdict[i]);
}

/* What clients say of themselves. */
static void put_claims(struct json_writer *json, const struct sender *sender) {
    json_member_u64(json, "numbered", sender->numbered);
    json_member_u64(json, "sent", sender->sent);
    json_member_u64(json, "lost", sender->lost);
    json_open_member(json, "telemetry", '{');
    for (int i = 0; i < TELEMETRY_COUNT; i++)
        if (sender->telemetry[i] > 0)
            json_member_u64(json, client_telemetry_text((enum client_telemetry)i),
                            sender->telemetry[i]);
    json_close(json, '}');
}

static void put_owned(struct sender_list *list, const struct sender *sender) {
    struct json_writer *json = &list->json;
    const struct owner *owner = owners_live(store_owners(list->source.store), sender->owner);
    json_member_bool(json, "can_own", sender->pid > 0);
    json_open_member(json, "owns", '{');
    json_member_u64(json, "parts", owner ? owner->part_count : 0);
    json_member_u64(json, "jobs", owner ? owner->job_count : 0);
    json_close(json, '}');
}

static const char *service_name(const struct sender_list *list, const struct sender *sender) {
    const struct catalog_set *set = list->source.set;
    return sender->service >= 0 && (size_t)sender->service < set->count
               ? set->catalogs[sender->service]->service
               : NULL;
}

static void put_sender(struct sender_list *list, const struct sender *sender) {
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_i64(json, "pid", sender->pid);
    json_member_u64(json, "uid", sender->uid);
    json_member_u64(json, "gid", sender->gid);
    json_key(json, "comm");
    json_bytes(json, sender->comm, strnlen(sender->comm, sizeof sender->comm));
    json_member_bool(json, "alive", sender->alive);
    json_member_text(json, "service", service_name(list, sender));
    json_member_u64(json, "datagrams", sender->datagrams);
    put_tally(json, &sender->tally);
    put_claims(json, sender);
    put_owned(list, sender);
    json_member_i64(json, "first_seen", sender->first_seen_ms);
    json_member_i64(json, "last_seen", sender->last_seen_ms);
    json_close(json, '}');
}

static void put_head(struct sender_list *list) {
    struct json_writer *json = &list->json;
    json_open(json, '{');
    json_open_member(json, "total", '{');
    put_tally(json, ledger_total(list->source.ledger));
    json_close(json, '}');
    json_line(json);
    json_open_member(json, "senders", '[');
}

static void put_end(struct sender_list *list) {
    struct json_writer *json = &list->json;
    uint64_t rows;
    const struct sender *departed = ledger_departed(list->source.ledger, &rows);
    json_close(json, ']');
    json_line(json);
    json_open_member(json, "departed", '{');
    json_member_u64(json, "rows", rows);
    json_member_u64(json, "datagrams", departed->datagrams);
    put_tally(json, &departed->tally);
    put_claims(json, departed);
    json_close(json, '}');
    json_line(json);
    json_key(json, "next");
    if (list->row < ledger_sender_count(list->source.ledger))
        put_token(list);
    else
        json_text(json, NULL);
    json_close(json, '}');
    strbuf_putc(json->out, '\n');
}

/* ---- walking ---- */

static bool shows(const struct sender_list *list, const struct sender *sender) {
    return !list->page.service || sender->service == (int32_t)list->page.service->index;
}

static enum view_state senders_step(struct view *view, struct strbuf *out, size_t budget,
                                    struct store_time now) {
    struct sender_list *list = (struct sender_list *)view;
    const struct ledger *ledger = list->source.ledger;
    struct slice slice = slice_begin(out, budget > 0 ? budget : 1);
    (void)now;
    list->json.out = out;
    if (!list->begun)
        put_head(list);
    list->begun = true;
    for (; list->row < ledger_sender_count(ledger); list->row++) {
        if (slice_is_spent(&slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        const struct sender *sender = ledger_sender_at(ledger, list->row);
        slice_spend(&slice, 1);
        if (!shows(list, sender))
            continue;
        if (list->written == list->page.limit)
            break;
        put_sender(list, sender);
        list->written++;
        slice_spend(&slice, 15);
    }
    put_end(list);
    return VIEW_DONE;
}

static void senders_free(struct view *view) {
    free(view);
}

struct view *view_json_senders(const struct view_source *source, const struct json_query *query,
                               const char **ret_error) {
    *ret_error = NULL;
    struct sender_list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->view = (struct view){.step = senders_step, .free = senders_free};
    list->source = *source;
    if (query->family) {
        *ret_error = "family: senders are not listed by family";
        view_free(&list->view);
        return NULL;
    }
    if (!page_check(source, query, NULL, &list->page, ret_error) ||
        (query->after && !resume(list, query->after, ret_error))) {
        view_free(&list->view);
        return NULL;
    }
    return &list->view;
}
