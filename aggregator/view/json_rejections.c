/*
 * json_rejections.c - /debug/rejections: what was refused or folded, where and why.
 *
 * {"total":5,"by_reason":{"malformed":1,..},"former_services":0,"former_reasons":0,"left_out":{..},
 * "by_family":[{"service":"imgsrv","family":"x_total","label":"op","reason":"label_value","count":4,
 *   "rate":0.4,"first_seen":..,"last_seen":..,"last_sender":{"pid":..,"uid":..,"comm":..,"unit":..},
 *   "hint":"..","patch":{..}},..],
 * "folded":[..the same shape..],
 * "unknown_names":[{"service":null,"name":"y_total","count":4,"error":0,"rate":..,..},..],
 * "folded_values":[{"service":..,"family":..,"label":..,"reason":..,"value":"zz","count":..,..},..],
 * "recent":[{"at":..,"reason":..,"why":..,"offset":..,"line":..,"sender":{..}},..],
 * "next":null}
 *
 * A row of by_family whose family or service is null counts rejections for which it is not known, so
 * that the rows add up to by_reason. What is missing to the total was counted by a daemon before this one: for
 * services that no catalog declares any more, and for reasons that this daemon does not know. A label is one that the family declares, or with
 * unknown_label the sender's key, as far as the ledger keeps them; it is null where none is at
 * fault, or where texts are hidden. `limit` and `after` page through by_family and
 * folded, one after the other. Filters select rows; the sums are those of the service, if one was
 * asked for. The newest rejections are on the first page only, `limit` of them, of all
 * services (a line's service may not be known), and so are the most frequent names and values.
 * `hint` and `patch` are those of hints/, with the latest line of the row that is kept. Where texts are hidden, `line` is null, or missing
 * if they are not kept.
 */
#include "base/text.h"
#include "sg_proto.h"
#include "view/json_list.h"
#include "view/json_spelled.h"
#include "view/reject_row.h"

enum part { PART_REJECTED, PART_FOLDED, PART_NAMES, PART_VALUES, PART_RECENT, PART_END };

/* A cell of the tables, in the order of the list. */
struct cell {
    size_t service; /* 0: samples without a service; else the catalog's index + 1 */
    size_t family;  /* 0: samples without a family; else its index in the catalog + 1 */
    uint32_t label; /* an index in the family; label_count: without a label; after it the places
                       of labels that it does not declare */
    int reason;
};

struct rejection_list {
    struct json_list base;
    enum part part;
    bool part_opened;
    bool continued; /* not the first page: it begins in part `from`, after `cell` */
    enum part from;
    struct cell cell;
    struct json_spelled names;
    struct json_spelled values;
    uint64_t oldest_serial; /* of the recent ones looked at */
    size_t recent_written;
};

/* ---- cells ---- */

static const struct catalog *service_at(const struct rejection_list *list, size_t service) {
    return service == 0 ? NULL : list->base.source.set->catalogs[service - 1];
}

static const struct catalog_family *family_at(const struct rejection_list *list,
                                              const struct cell *cell) {
    const struct catalog *service = service_at(list, cell->service);
    return service != NULL && cell->family > 0 ? &service->families[cell->family - 1] : NULL;
}

static const uint64_t *cells_of(const struct rejection_list *list,
                                const struct catalog_family *family) {
    return list->part == PART_FOLDED ? ledger_family_folded(list->base.source.ledger, family)
                                     : ledger_family_rejected(list->base.source.ledger, family);
}

static uint64_t family_count(const struct rejection_list *list, const struct catalog_family *family,
                             int reason) {
    const uint64_t *cells = cells_of(list, family);
    uint64_t sum = 0;
    for (uint32_t label = 0; cells != NULL && label <= family->label_count; label++)
        sum += cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
    return sum;
}

/* Rejections of a service that no family has. Folds always have one. */
static uint64_t count_without_family(const struct rejection_list *list, size_t service,
                                     int reason) {
    if (list->part == PART_FOLDED)
        return 0;
    uint64_t rest = ledger_reasons(list->base.source.ledger, (int)service - 1)[reason] +
                    ledger_row_reasons(list->base.source.ledger, (int)service - 1)[reason];
    const struct catalog *catalog = service_at(list, service);
    for (size_t i = 0; catalog != NULL && i < catalog->family_count; i++) {
        const uint64_t known = family_count(list, &catalog->families[i], reason);
        rest -= known < rest ? known : rest;
    }
    return rest;
}

static uint32_t label_count(const struct rejection_list *list) {
    const struct catalog_family *family = family_at(list, &list->cell);
    return family != NULL ? family->label_count : 0;
}

/* The label that the family at `cell` does not declare. False: that place is not one of its. */
static bool unknown_at(const struct rejection_list *list, uint32_t label,
                       struct unknown_label *ret_label) {
    const struct catalog_family *family = family_at(list, &list->cell);
    const uint32_t labels = label_count(list);
    return family != NULL && list->part == PART_REJECTED && label > labels &&
           ledger_unknown_label(list->base.source.ledger, label - labels - 1, ret_label) &&
           ret_label->family == family;
}

/* Without a label: what the rows of labels that the family does not declare leave over. */
static uint64_t count_without_label(const struct rejection_list *list, uint64_t count) {
    if (count == 0 || list->part != PART_REJECTED || list->cell.reason != SG_REJECT_UNKNOWN_LABEL)
        return count;
    const uint64_t named =
        ledger_unknown_sum(list->base.source.ledger, family_at(list, &list->cell));
    return count - (named < count ? named : count);
}

static uint64_t count_at(const struct rejection_list *list) {
    const struct cell *cell = &list->cell;
    const struct catalog_family *family = family_at(list, cell);
    struct unknown_label unknown;
    if (family == NULL)
        return count_without_family(list, cell->service, cell->reason);
    if (cell->label > family->label_count)
        return unknown_at(list, cell->label, &unknown) ? unknown.count : 0;
    const uint64_t *cells = cells_of(list, family);
    const uint64_t count =
        cells != NULL ? cells[(size_t)cell->label * SG_REJECT_COUNT + (size_t)cell->reason] : 0;
    return cell->label == family->label_count ? count_without_label(list, count) : count;
}

/* ---- the order of cells ---- */

static void first_reason(struct cell *cell) {
    cell->reason = SG_REJECT_NONE + 1;
}

static bool shows_family(const struct rejection_list *list) {
    const struct catalog *service = service_at(list, list->cell.service);
    const struct catalog_family *family = family_at(list, &list->cell);
    if (family != NULL)
        return json_list_shows(&list->base, family) && cells_of(list, family) != NULL;
    return list->base.selection.family == NULL &&
           (list->base.selection.service == NULL || list->base.selection.service == service);
}

/* To the first cell of the first family from `cell` on that has a table. False at the end. */
static bool find_family(struct rejection_list *list) {
    struct cell *cell = &list->cell;
    for (; cell->service <= list->base.source.set->count; cell->service++, cell->family = 0) {
        const struct catalog *service = service_at(list, cell->service);
        const size_t families = service != NULL ? service->family_count : 0;
        for (; cell->family <= families; cell->family++)
            if (shows_family(list))
                return true;
    }
    return false;
}

/* To the next label that the family does not declare. False: there is none. */
static bool step_unknown(struct rejection_list *list) {
    struct cell *cell = &list->cell;
    struct unknown_label unknown;
    const uint32_t end = label_count(list) + 1 + UNKNOWN_LABELS_MAX;
    while (++cell->label < end)
        if (unknown_at(list, cell->label, &unknown))
            break;
    cell->reason = SG_REJECT_UNKNOWN_LABEL;
    return cell->label < end;
}

/* The next cell; find_family must follow when this leaves the family. */
static void step_cell(struct rejection_list *list) {
    struct cell *cell = &list->cell;
    const uint32_t labels = label_count(list);
    if (cell->label <= labels && ++cell->reason < SG_REJECT_COUNT)
        return;
    if (cell->label >= labels && step_unknown(list))
        return;
    first_reason(cell);
    if (cell->label < labels) {
        cell->label++;
        return;
    }
    cell->label = 0;
    cell->family++;
}

/* ---- tokens: part, service, family, label, reason of the last row, empty where there is none; and
 * the place of a label that the family does not declare, from 1 ---- */

static const char *label_text(const struct catalog_family *family, uint32_t label) {
    return family != NULL && label < family->label_count ? family->labels[label].name : NULL;
}

static void token_add_text(struct page_token_writer *token, const char *text) {
    page_token_add(token, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static void remember_cell(struct rejection_list *list) {
    const struct cell *cell = &list->cell;
    const struct catalog *service = service_at(list, cell->service);
    const struct catalog_family *family = family_at(list, cell);
    struct page_token_writer token;
    json_list_begin_token(&list->base, &token);
    token_add_text(&token, list->part == PART_FOLDED ? "folded" : "rejected");
    token_add_text(&token, service != NULL ? service->service : NULL);
    token_add_text(&token, family != NULL ? family->name : NULL);
    token_add_text(&token, label_text(family, cell->label));
    token_add_text(&token, sg_reject_label((enum sg_reject)cell->reason));
    const uint32_t labels = label_count(list);
    page_token_add_number(&token, cell->label > labels ? cell->label - labels : 0);
    page_token_end(&token, &list->base.next);
}

static bool read_part(struct rejection_list *list, const char *text, size_t len) {
    list->part = text_is(text, len, "folded") ? PART_FOLDED : PART_REJECTED;
    return list->part == PART_FOLDED || text_is(text, len, "rejected");
}

static bool read_service(struct rejection_list *list, const char *text, size_t len) {
    if (len == 0)
        return true;
    const struct catalog *service = catalog_set_find(list->base.source.set, text, len);
    if (service != NULL)
        list->cell.service = (size_t)service->index + 1;
    return service != NULL;
}

static bool read_family(struct rejection_list *list, const char *text, size_t len) {
    if (len == 0)
        return true;
    const struct catalog *service = service_at(list, list->cell.service);
    const struct catalog_family *family =
        service != NULL ? catalog_family_find(service, text, len) : NULL;
    if (family != NULL)
        list->cell.family = (size_t)(family - service->families) + 1;
    return family != NULL;
}

static bool read_label(struct rejection_list *list, const char *text, size_t len) {
    const struct catalog_family *family = family_at(list, &list->cell);
    const uint32_t labels = label_count(list);
    list->cell.label = labels;
    if (len == 0)
        return true;
    for (uint32_t i = 0; i < labels; i++)
        if (text_is(text, len, family->labels[i].name))
            list->cell.label = i;
    return list->cell.label < labels;
}

static bool read_reason(struct rejection_list *list, const char *text, size_t len) {
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++) {
        if (text_is(text, len, sg_reject_label((enum sg_reject)i))) {
            list->cell.reason = i;
            return true;
        }
    }
    return false;
}

static bool read_cell(struct rejection_list *list, struct page_token_reader *token) {
    static bool (*const readers[])(struct rejection_list *, const char *, size_t) = {
        read_part, read_service, read_family, read_label, read_reason};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const char *text;
        size_t len;
        if (!page_token_next(token, &text, &len) || !readers[i](list, text, len))
            return false;
    }
    uint64_t unknown;
    if (!page_token_next_number(token, UNKNOWN_LABELS_MAX, &unknown))
        return false;
    list->cell.label += (uint32_t)unknown;
    return unknown == 0 || list->cell.label == label_count(list) + unknown;
}

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct rejection_list *list = (struct rejection_list *)base;
    if (!read_cell(list, after))
        return false;
    step_cell(list);
    list->from = list->part;
    list->part = PART_REJECTED;
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

/* The row at the present cell, without its count. */
static struct reject_row row_of(const struct rejection_list *list) {
    const struct cell *cell = &list->cell;
    const uint32_t labels = label_count(list);
    struct reject_row row = {.service = service_at(list, cell->service),
                             .family = family_at(list, cell),
                             .label = cell->label < labels ? (int)cell->label : -1,
                             .unknown = -1,
                             .reason = (enum sg_reject)cell->reason,
                             .folded = list->part == PART_FOLDED};
    struct unknown_label unknown;
    const char *name = label_text(row.family, cell->label);
    if (name != NULL)
        row.key = (struct sg_span){name, strlen(name)};
    if (unknown_at(list, cell->label, &unknown)) {
        row.unknown = (int)(cell->label - labels - 1);
        if (!list->base.source.hides_texts)
            row.key = (struct sg_span){unknown.key, unknown.len};
    }
    return row;
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

/* What a look at the present cell costs: a cell without a family is computed from all families of the
 * service, and after a family's last cell the labels that no family declares are searched. */
static size_t cell_units(const struct rejection_list *list) {
    const struct cell *cell = &list->cell;
    const struct catalog *service = service_at(list, cell->service);
    if (service != NULL && cell->family == 0)
        return 1 + service->family_count / 4;
    return cell->label >= label_count(list) && cell->reason + 1 == SG_REJECT_COUNT
               ? UNKNOWN_LABELS_MAX / 8
               : 1;
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

/* Each returns false when the slice ended before the part did. */

static bool shows_row(const struct rejection_list *list, const struct ledger_group *times) {
    const struct json_selection *wanted = &list->base.selection;
    return (wanted->pid < 0 || (times->sender != NULL && times->sender->pid == wanted->pid)) &&
           json_selection_has_time(wanted, times->last_ms);
}

static bool write_rows(struct rejection_list *list, struct slice *slice, int64_t now_ms) {
    while (!list->base.full && find_family(list)) {
        if (slice_is_spent(slice))
            return false;
        struct reject_row row = row_of(list);
        struct ledger_group times = {0};
        row.count = shows_reason(list, list->cell.reason) ? count_at(list) : 0;
        if (row.count > 0)
            reject_row_times(list->base.source.ledger, &row, now_ms, &times);
        const bool shown = row.count > 0 && shows_row(list, &times);
        if (shown && json_list_is_full(&list->base))
            break;
        if (shown) {
            reject_row_put(&list->base.json, &list->base.source, &row, &times, now_ms);
            if (++list->base.written == list->base.selection.limit)
                remember_cell(list);
        }
        slice_spend(slice, cell_units(list) + (shown ? ADVICE_UNITS : 0));
        step_cell(list);
    }
    end_part(list);
    list->cell = (struct cell){0};
    first_reason(&list->cell);
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
            continue; /* newer ones came since the slice before */
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
        first_reason(&list->cell);
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
