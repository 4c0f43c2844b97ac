/*
 * json_rejections.c - /debug/rejections: samples that were rejected or folded, where and why.
 *
 * {"total":5,"by_reason":{"malformed":1,..},"former_services":0,"former_reasons":0,"left_out":{..},
 * "by_family":[
 *  {"service":"imgsrv","family":"x_total","label":"op","reason":"label_value","count":4,
 *   "rate":0.4,"first_seen":..,"last_seen":..,
 *   "last_sender":{"pid":..,"uid":..,"comm":..,"unit":..},"hint":"..","patch":{..}},..],
 * "folded":[..the same shape..],
 * "unknown_names":[{"service":null,"name":"y_total","count":4,"error":0,"rate":..,..},..],
 * "folded_values":[
 *  {"service":..,"family":..,"label":..,"reason":..,"value":"zz","count":..,..},..],
 * "recent":[{"at":..,"reason":..,"why":..,"offset":..,"line":..,"sender":{..}},..],
 * "next":null}
 *
 * A row of by_family whose family or service is null counts rejections for which it is not known,
 * so that the rows add up to by_reason. The rest of the total was counted by an earlier daemon: for
 * services that no catalog declares any more, and for reasons that this daemon does not know.
 *
 * `label` is one that the family declares, or for unknown_label the sender's key, if the ledger
 * keeps it; it is null if no label is at fault, or if texts are hidden. `hint` and `patch` are made
 * by hints/ from the latest line of the row that is kept. If texts are hidden, `line` is null; if
 * lines are not kept, it is missing.
 *
 * `limit` and `after` page through by_family and folded, one after the other. Filters select rows;
 * the sums are those of the service, if the query names one. Only the first page has the newest
 * rejections, at most `limit`, of all services (a line's service may not be known), and the most
 * frequent names and values.
 */
#include "sg_proto.h"
#include "view/json_list.h"
#include "view/json_spelled.h"
#include "view/reject_cells.h"

enum part { PART_REJECTED, PART_FOLDED, PART_NAMES, PART_VALUES, PART_RECENT, PART_END };

struct rejection_list {
    struct json_list base;
    enum part part;
    bool part_opened;
    bool continued; /* not the first page: it begins in part `from`, after `cells` */
    enum part from;
    struct reject_cells cells; /* of by_family or folded */
    struct json_spelled names;
    struct json_spelled values;
    uint64_t oldest_serial; /* of the recent rejections examined so far */
    size_t recent_written;
};

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct rejection_list *list = (struct rejection_list *)base;
    reject_cells_init(&list->cells, base, false);
    if (!reject_cells_read(&list->cells, after))
        return false;
    reject_cells_step(&list->cells);
    list->from = list->cells.folded ? PART_FOLDED : PART_REJECTED;
    list->continued = true;
    return true;
}

/* ---- writing ---- */

static uint64_t reason_count(const struct json_list *list, int reason) {
    if (list->selection.service != NULL)
        return ledger_reasons(list->source.ledger, (int)list->selection.service->index)[reason];
    uint64_t sum = ledger_reasons(list->source.ledger, -1)[reason];
    for (size_t i = 0; i < list->source.set->count; i++)
        sum += ledger_reasons(list->source.ledger, (int)i)[reason];
    return sum;
}

static uint64_t former_services(const struct json_list *list) {
    return list->selection.service == NULL
               ? ledger_former(list->source.ledger)->by_verdict[VERDICT_REJECTED]
               : 0;
}

static void put_head(struct json_list *list) {
    struct json_writer *json = &list->json;
    const struct tally *tally =
        list->selection.service != NULL
            ? ledger_service(list->source.ledger, (int)list->selection.service->index)
            : ledger_total(list->source.ledger);
    json_open(json, '{');
    json_member_u64(json, "total", tally->by_verdict[VERDICT_REJECTED]);
    json_open_member(json, "by_reason", '{');
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
        json_member_u64(json, sg_reject_label((enum sg_reject)i), reason_count(list, i));
    json_close(json, '}');
    json_member_u64(json, "former_services", former_services(list));
    json_member_u64(json, "former_reasons", reason_count(list, SG_REJECT_NONE));
    json_spelled_put_left_out(json, list->source.ledger);
}

static void put_recent(struct rejection_list *list, const struct recent *recent) {
    struct json_writer *json = &list->base.json;
    struct who who = {.pid = recent->pid, .uid = recent->uid};
    memcpy(who.comm, recent->comm, sizeof who.comm);
    memcpy(who.unit, recent->unit, sizeof who.unit);
    json_line(json);
    json_open(json, '{');
    json_member_time(json, "at", recent->at_ms);
    json_member_text(json, "reason", sg_reject_label(recent->reason));
    json_member_text(json, "why", sg_reject_text(recent->reason));
    json_member_u64(json, "offset", recent->offset);
    if (list->base.source.hides_texts) {
        json_member_text(json, "line", NULL);
    } else if (recent->line_len > 0) {
        json_key(json, "line");
        json_bytes(json, recent->line, recent->line_len);
        json_member_bool(json, "line_cut", recent->line_cut);
    }
    json_key(json, "sender");
    advice_put_who(json, &who);
    json_close(json, '}');
}

/* ---- walking ---- */

static void open_part(struct rejection_list *list, const char *name) {
    if (list->part_opened)
        return;
    json_line(&list->base.json);
    json_open_member(&list->base.json, name, '[');
    list->part_opened = true;
}

static void end_part(struct rejection_list *list) {
    json_close(&list->base.json, ']');
    list->part_opened = false;
    list->part++;
}

static bool shows_reason(const struct rejection_list *list, int reason) {
    const int wanted = list->base.selection.reason;
    return wanted == SG_REJECT_NONE || wanted == reason;
}

static bool shows_recent(const struct rejection_list *list, const struct recent *recent) {
    return shows_reason(list, (int)recent->reason) &&
           json_selection_has_pid(&list->base.selection, recent->pid) &&
           json_selection_has_time(&list->base.selection, recent->at_ms);
}

static bool shows_row(const struct rejection_list *list, const struct ledger_group *times) {
    const struct json_selection *wanted = &list->base.selection;
    return (wanted->pid < 0 || (times->sender != NULL && times->sender->pid == wanted->pid)) &&
           json_selection_has_time(wanted, times->last_ms);
}

/* Remember the last row of a page, after which the next page begins. */
static void remember(struct rejection_list *list) {
    struct page_token_writer token;
    json_list_begin_token(&list->base, &token);
    reject_cells_put(&list->cells, &token);
    page_token_end(&token, &list->base.next);
}

/* ---- the parts: each function returns false if the slice ended before the part did ---- */

static bool write_rows(struct rejection_list *list, struct slice *slice, int64_t now_ms) {
    struct reject_cells *cells = &list->cells;
    while (!list->base.full && reject_cells_find(cells)) {
        if (slice_is_spent(slice))
            return false;
        struct reject_row row = reject_cells_row(cells);
        struct ledger_group times = {0};
        row.count = shows_reason(list, (int)row.reason) ? reject_cells_count(cells) : 0;
        if (row.count > 0)
            reject_row_times(list->base.source.ledger, &row, now_ms, &times);
        const bool shown = row.count > 0 && shows_row(list, &times);
        if (shown && json_list_is_full(&list->base))
            break;
        if (shown) {
            reject_row_put(&list->base.json, &list->base.source, &row, &times, now_ms);
            if (++list->base.written == list->base.selection.limit)
                remember(list);
        }
        slice_spend(slice, reject_cells_units(cells) + (shown ? ADVICE_UNITS : 0));
        reject_cells_step(cells);
    }
    end_part(list);
    reject_cells_init(cells, &list->base, true);
    return true;
}

static bool write_spelled(struct rejection_list *list, struct json_spelled *spelled,
                          enum ledger_spelling which, struct slice *slice, struct store_time now) {
    if (!list->continued && !json_spelled_write(spelled, &list->base, which, slice, now))
        return false;
    end_part(list);
    return true;
}

static bool write_recent(struct rejection_list *list, struct slice *slice) {
    const size_t most = list->base.selection.limit;
    for (size_t i = 0; list->recent_written < most && !list->continued; i++) {
        const struct recent *recent = ledger_recent(list->base.source.ledger, i);
        if (recent == NULL)
            break;
        if (list->oldest_serial > 0 && recent->serial >= list->oldest_serial)
            continue; /* recorded since the last slice */
        if (slice_is_spent(slice))
            return false;
        list->oldest_serial = recent->serial;
        if (!shows_recent(list, recent))
            continue;
        put_recent(list, recent);
        list->recent_written++;
        slice_spend(slice, 10);
    }
    end_part(list);
    return true;
}

static void begin(struct json_list *base) {
    struct rejection_list *list = (struct rejection_list *)base;
    put_head(base);
    if (!list->continued)
        reject_cells_init(&list->cells, base, false);
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct rejection_list *list = (struct rejection_list *)base;
    bool more = true;
    while (more && list->part != PART_END) {
        switch (list->part) {
        case PART_REJECTED:
            open_part(list, "by_family");
            if (list->from == PART_FOLDED)
                end_part(list);
            else
                more = write_rows(list, slice, now.real_ms);
            break;
        case PART_FOLDED:
            open_part(list, "folded");
            more = write_rows(list, slice, now.real_ms);
            break;
        case PART_NAMES:
            open_part(list, "unknown_names");
            more = write_spelled(list, &list->names, LEDGER_UNKNOWN_NAMES, slice, now);
            break;
        case PART_VALUES:
            open_part(list, "folded_values");
            more = write_spelled(list, &list->values, LEDGER_FOLDED_VALUES, slice, now);
            break;
        case PART_RECENT:
            open_part(list, "recent");
            more = write_recent(list, slice);
            break;
        case PART_END:
            break;
        }
    }
    return more;
}

struct view *view_json_rejections(const struct view_source *source, const struct json_query *query,
                                  const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct rejection_list),
                                               .list = PAGE_TOKEN_REJECTIONS,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    return json_list_new(&kind, source, query, ret_error);
}
