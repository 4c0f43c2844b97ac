/* SPDX-License-Identifier: MIT */
/* json_traffic.c - /debug/senders and /debug/rejections. */
#include "view/view_private.h"

#include "base/text.h"
#include "sg_proto.h"

/* ---- json who ---- */

static const char *known(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

void view_json_who_member(struct json_writer *json, const char *key, const struct who *who) {
    json_key(json, key);
    if (who->pid == 0) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_i64(json, "pid", who->pid);
    json_member_u64(json, "uid", who->uid);
    json_member_text(json, "comm", known(who->comm));
    json_member_text(json, "unit", known(who->unit));
    json_close(json, '}');
}

/* Write the member `unit`; null for "". */
static void json_who_put_unit(struct json_writer *json, const char *unit) {
    json_member_text(json, "unit", known(unit));
}

void view_json_who_put_members(struct json_writer *json, const struct who *who) {
    json_member_i64(json, "pid", who->pid);
    json_member_u64(json, "uid", who->uid);
    json_key(json, "comm");
    json_bytes(json, who->comm, strnlen(who->comm, WHO_COMM_MAX));
    json_who_put_unit(json, who->unit);
}

void view_json_who_put_program(struct json_writer *json, const struct who *who) {
    json_key(json, "comm");
    if (who->comm[0] != '\0')
        json_bytes(json, who->comm, strnlen(who->comm, WHO_COMM_MAX));
    else
        json_text(json, NULL);
    json_who_put_unit(json, who->unit);
}

/* ---- reject row ----
 * a row of /debug/rejections: the samples of one family that were rejected or folded
 * for one reason at one label; since when, from which sender, and what to do.
 */

struct reject_row {
    const struct catalog *service;       /**< NULL: not known */
    const struct catalog_family *family; /**< NULL: not known */
    int label;                           /**< index in the family, or -1 */
    int unknown; /**< place of a label that the family does not declare (ledger_spelled), or -1 */
    struct sg_span key; /**< the key of `label` or `unknown`; at == NULL: none, or hidden */
    enum sg_reject reason;
    bool folded; /**< not rejected */
    uint64_t count;
};

static void times_of_key(const struct ledger *ledger, const struct reject_row *row, int64_t now_ms,
                         struct ledger_group *ret_times) {
    struct ledger_spelled spelled;
    if (ledger_spelled(ledger, LEDGER_UNKNOWN_LABELS, (size_t)row->unknown, now_ms, &spelled))
        *ret_times = (struct ledger_group){.first_ms = spelled.first_ms,
                                           .last_ms = spelled.last_ms,
                                           .rate = spelled.rate,
                                           .sender = spelled.sender};
}

/* Find when the samples arrived and from which sender; zeroed if that is not known. */
static void reject_row_times(const struct ledger *ledger, const struct reject_row *row,
                             int64_t now_ms, struct ledger_group *ret_times) {
    const struct ledger_entry entry = {
        .service = row->service, .family = row->family, .label = row->label, .reason = row->reason};
    *ret_times = (struct ledger_group){0};
    if (row->unknown >= 0)
        times_of_key(ledger, row, now_ms, ret_times);
    else
        (void)ledger_group(ledger, &entry, row->folded ? VERDICT_FOLDED : VERDICT_REJECTED, now_ms,
                           ret_times);
}

/* The value that was folded most often. */
static struct sg_span find_folded(const struct ledger *ledger, const struct reject_row *row,
                                  int64_t now_ms) {
    struct sg_span value = {0};
    uint64_t most = 0;
    for (size_t i = 0; i < LEDGER_SPELLED_MAX; i++) {
        struct ledger_spelled item;
        if (!ledger_spelled(ledger, LEDGER_FOLDED_VALUES, i, now_ms, &item) ||
            item.family != row->family || item.reason != row->reason || item.label != row->label ||
            item.count <= most)
            continue;
        value = (struct sg_span){item.text, item.len};
        most = item.count;
    }
    return value;
}

static struct hints_group group_of(const struct view_source *source, const struct reject_row *row,
                                   int64_t now_ms) {
    struct hints_group group = {
        .family = row->family, .label = row->key, .reason = row->reason, .folded = row->folded};
    if (row->folded && !source->hides_texts)
        group.value = find_folded(source->ledger, row, now_ms);
    view_advice_find_line(source, &group);
    return group;
}

static void reject_row_put(struct json_writer *json, const struct view_source *source,
                           const struct reject_row *row, const struct ledger_group *times,
                           int64_t now_ms) {
    const struct hints_group group = group_of(source, row, now_ms);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", row->service != NULL ? row->service->service : NULL);
    json_member_text(json, "family", row->family != NULL ? row->family->name : NULL);
    json_key(json, "label");
    if (row->key.at != NULL)
        json_bytes(json, row->key.at, row->key.len);
    else
        json_text(json, NULL);
    json_member_text(json, "reason", sg_reject_label(row->reason));
    json_member_u64(json, "count", row->count);
    view_advice_put_times(json, times->rate, times->first_ms, times->last_ms, times->sender);
    view_advice_put(json, source, &group);
    json_close(json, '}');
}

/* ---- reject cells ----
 * a walk over the ledger's counts of rejected, or of folded, samples. There is a
 * cell for each combination of service, family, label and reason; each cell with a count above 0
 * becomes a row of /debug/rejections.
 */

/** A cell. The walk varies the last member fastest. */
struct reject_cell {
    size_t service; /**< 0: samples without a service; else the catalog's index + 1 */
    size_t family;  /**< 0: samples without a family; else its index in the catalog + 1 */
    uint32_t label; /**< an index in the family; label_count: without a label; above it: the places
                         of labels that the family does not declare */
    int reason;
};

struct reject_cells {
    const struct json_list *list; /**< borrowed: has the ledger and the selection */
    bool folded;                  /**< walk counts of folded samples, not of rejected ones */
    struct reject_cell at;
};

static const struct ledger *ledger_of(const struct reject_cells *cells) {
    return cells->list->source.ledger;
}

static const struct catalog *service_at(const struct reject_cells *cells, size_t service) {
    return service == 0 ? NULL : cells->list->source.set->catalogs[service - 1];
}

static const struct catalog_family *family_at(const struct reject_cells *cells,
                                              const struct reject_cell *cell) {
    const struct catalog *service = service_at(cells, cell->service);
    return service != NULL && cell->family > 0 ? &service->families[cell->family - 1] : NULL;
}

/* The counts of a family by label and reason; NULL: nothing was ever counted. */
static const uint64_t *counts_of(const struct reject_cells *cells,
                                 const struct catalog_family *family) {
    return cells->folded ? ledger_family_folded(ledger_of(cells), family)
                         : ledger_family_rejected(ledger_of(cells), family);
}

static uint64_t family_count(const struct reject_cells *cells, const struct catalog_family *family,
                             int reason) {
    const uint64_t *counts = counts_of(cells, family);
    uint64_t sum = 0;
    for (uint32_t label = 0; counts != NULL && label <= family->label_count; label++)
        sum += counts[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
    return sum;
}

/* Rejections of a service without a known family. Folded samples always have a family. */
static uint64_t count_without_family(const struct reject_cells *cells, size_t service, int reason) {
    if (cells->folded)
        return 0;
    uint64_t rest = ledger_reasons(ledger_of(cells), (int)service - 1)[reason] +
                    ledger_row_reasons(ledger_of(cells), (int)service - 1)[reason];
    const struct catalog *catalog = service_at(cells, service);
    for (size_t i = 0; catalog != NULL && i < catalog->family_count; i++) {
        const uint64_t known = family_count(cells, &catalog->families[i], reason);
        rest -= known < rest ? known : rest;
    }
    return rest;
}

static uint32_t label_count(const struct reject_cells *cells) {
    const struct catalog_family *family = family_at(cells, &cells->at);
    return family != NULL ? family->label_count : 0;
}

/* The label at this place, which the cell's family does not declare. False: the place does not
 * belong to this family. */
static bool unknown_at(const struct reject_cells *cells, uint32_t label,
                       struct unknown_label *ret_label) {
    const struct catalog_family *family = family_at(cells, &cells->at);
    const uint32_t labels = label_count(cells);
    return family != NULL && !cells->folded && label > labels &&
           ledger_unknown_label(ledger_of(cells), label - labels - 1, ret_label) &&
           ret_label->family == family;
}

/* The count of the row without a label: excludes samples in rows of labels that the family does not
 * declare. */
static uint64_t count_without_label(const struct reject_cells *cells, uint64_t count) {
    if (count == 0 || cells->folded || cells->at.reason != SG_REJECT_UNKNOWN_LABEL)
        return count;
    const uint64_t named = ledger_unknown_sum(ledger_of(cells), family_at(cells, &cells->at));
    return count - (named < count ? named : count);
}

/* The count of this cell. */
static uint64_t reject_cells_count(const struct reject_cells *cells) {
    const struct reject_cell *cell = &cells->at;
    const struct catalog_family *family = family_at(cells, cell);
    struct unknown_label unknown;
    if (family == NULL)
        return count_without_family(cells, cell->service, cell->reason);
    if (cell->label > family->label_count)
        return unknown_at(cells, cell->label, &unknown) ? unknown.count : 0;
    const uint64_t *counts = counts_of(cells, family);
    const uint64_t count =
        counts != NULL ? counts[(size_t)cell->label * SG_REJECT_COUNT + (size_t)cell->reason] : 0;
    return cell->label == family->label_count ? count_without_label(cells, count) : count;
}

/* ---- the order of cells ---- */

static void first_reason(struct reject_cell *cell) {
    cell->reason = SG_REJECT_NONE + 1;
}

/* Begin at the first cell. */
static void reject_cells_init(struct reject_cells *cells, const struct json_list *list,
                              bool folded) {
    *cells = (struct reject_cells){.list = list, .folded = folded};
    first_reason(&cells->at);
}

static bool shows_family(const struct reject_cells *cells) {
    const struct catalog *service = service_at(cells, cells->at.service);
    const struct catalog_family *family = family_at(cells, &cells->at);
    if (family != NULL)
        return json_list_shows(cells->list, family) && counts_of(cells, family) != NULL;
    return cells->list->selection.family == NULL &&
           (cells->list->selection.service == NULL || cells->list->selection.service == service);
}

/* Skip families that the list does not show, and families without a count. False: no cell is
 * left. */
static bool reject_cells_find(struct reject_cells *cells) {
    struct reject_cell *cell = &cells->at;
    for (; cell->service <= cells->list->source.set->count; cell->service++, cell->family = 0) {
        const struct catalog *service = service_at(cells, cell->service);
        const size_t families = service != NULL ? service->family_count : 0;
        for (; cell->family <= families; cell->family++)
            if (shows_family(cells))
                return true;
    }
    return false;
}

/* Go to the next label that the family does not declare. False: there is none. */
static bool step_unknown(struct reject_cells *cells) {
    struct reject_cell *cell = &cells->at;
    struct unknown_label unknown;
    const uint32_t end = label_count(cells) + 1 + UNKNOWN_LABELS_MAX;
    while (++cell->label < end)
        if (unknown_at(cells, cell->label, &unknown))
            break;
    cell->reason = SG_REJECT_UNKNOWN_LABEL;
    return cell->label < end;
}

/* Go to the next cell. Its family may be one to skip, so call reject_cells_find afterwards. */
static void reject_cells_step(struct reject_cells *cells) {
    struct reject_cell *cell = &cells->at;
    const uint32_t labels = label_count(cells);
    if (cell->label <= labels && ++cell->reason < SG_REJECT_COUNT)
        return;
    if (cell->label >= labels && step_unknown(cells))
        return;
    first_reason(cell);
    if (cell->label < labels) {
        cell->label++;
        return;
    }
    cell->label = 0;
    cell->family++;
}

/* ---- what a cell comes to ---- */

static const char *label_text(const struct catalog_family *family, uint32_t label) {
    return family != NULL && label < family->label_count ? family->labels[label].name : NULL;
}

/* The row of this cell, without its count. */
static struct reject_row reject_cells_row(const struct reject_cells *cells) {
    const struct reject_cell *cell = &cells->at;
    const uint32_t labels = label_count(cells);
    struct reject_row row = {.service = service_at(cells, cell->service),
                             .family = family_at(cells, cell),
                             .label = cell->label < labels ? (int)cell->label : -1,
                             .unknown = -1,
                             .reason = (enum sg_reject)cell->reason,
                             .folded = cells->folded};
    struct unknown_label unknown;
    const char *name = label_text(row.family, cell->label);
    if (name != NULL)
        row.key = (struct sg_span){name, strlen(name)};
    if (unknown_at(cells, cell->label, &unknown)) {
        row.unknown = (int)(cell->label - labels - 1);
        if (!cells->list->source.hides_texts)
            row.key = (struct sg_span){unknown.key, unknown.len};
    }
    return row;
}

/* Work units of examining this cell. The count of a cell without a family is computed from all
 * families of the service, and after a family's last cell the undeclared labels are searched. */
static size_t reject_cells_units(const struct reject_cells *cells) {
    const struct reject_cell *cell = &cells->at;
    const struct catalog *service = service_at(cells, cell->service);
    if (service != NULL && cell->family == 0)
        return 1 + service->family_count / 4;
    return cell->label >= label_count(cells) && cell->reason + 1 == SG_REJECT_COUNT
               ? UNKNOWN_LABELS_MAX / 8
               : 1;
}

/* ---- tokens: the numbers of a cell ---- */

static void reject_cells_put(const struct reject_cells *cells, struct page_token_writer *token) {
    const struct reject_cell *cell = &cells->at;
    const uint64_t numbers[] = {cells->folded, cell->service, cell->family, cell->label,
                                (uint64_t)cell->reason};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        view_page_token_add_number(token, numbers[i]);
}

/* Go to the cell of a token. False: there is none. */
static bool reject_cells_read(struct reject_cells *cells, struct page_token_reader *token) {
    struct reject_cell *cell = &cells->at;
    uint64_t folded, service, family, label, reason;
    if (!view_page_token_next_number(token, 1, &folded) ||
        !view_page_token_next_number(token, cells->list->source.set->count, &service))
        return false;
    const struct catalog *catalog = service_at(cells, service);
    if (!view_page_token_next_number(token, catalog != NULL ? catalog->family_count : 0, &family))
        return false;
    *cell = (struct reject_cell){.service = service, .family = family};
    if (!view_page_token_next_number(token, label_count(cells) + UNKNOWN_LABELS_MAX, &label) ||
        !view_page_token_next_number(token, SG_REJECT_COUNT - 1, &reason))
        return false;
    cells->folded = folded != 0;
    cell->label = (uint32_t)label;
    cell->reason = (int)reason;
    return reason > SG_REJECT_NONE;
}

/* ---- json rejections ----
 * /debug/rejections: samples that were rejected or folded, where and why.
 *
 * {"total":5,"by_reason":{"malformed":1,..},"former_services":0,"former_reasons":0,"left_out":{..},
 * "by_family":[
 *  {"service":"imgsrv","family":"x_total","label":"op","reason":"label_value","count":4,
 *   "rate":0.4,"first_seen":..,"last_seen":..,
 *   "last_sender":{"pid":..,"uid":..,"comm":..,"unit":..},"hint":".."},..],
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
 * keeps it; it is null if no label is at fault, or if texts are hidden. `hint` is made by
 * hints/ from the latest line of the row that is kept. If texts are hidden, `line` is null; if
 * lines are not kept, it is missing.
 *
 * `limit` and `after` page through by_family and folded, one after the other. Filters select rows;
 * the sums are those of the service, if the query names one. Only the first page has the newest
 * rejections, at most `limit`, of all services (a line's service may not be known), and the most
 * frequent names and values.
 */

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

static bool json_rejections_resume(struct json_list *base, struct page_token_reader *after) {
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
    view_json_spelled_put_left_out(json, list->source.ledger);
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
    view_advice_put_who(json, &who);
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
    view_json_list_begin_token(&list->base, &token);
    reject_cells_put(&list->cells, &token);
    view_page_token_end(&token, &list->base.next);
}

/* ---- the parts: each function returns false if the slice ended before the part did ---- */

static bool json_rejections_write_rows(struct rejection_list *list, struct slice *slice,
                                       int64_t now_ms) {
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
    if (!list->continued && !view_json_spelled_write(spelled, &list->base, which, slice, now))
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

static void json_rejections_begin(struct json_list *base) {
    struct rejection_list *list = (struct rejection_list *)base;
    put_head(base);
    if (!list->continued)
        reject_cells_init(&list->cells, base, false);
}

static bool json_rejections_write(struct json_list *base, struct slice *slice,
                                  struct store_time now) {
    struct rejection_list *list = (struct rejection_list *)base;
    bool more = true;
    while (more && list->part != PART_END) {
        switch (list->part) {
        case PART_REJECTED:
            open_part(list, "by_family");
            if (list->from == PART_FOLDED)
                end_part(list);
            else
                more = json_rejections_write_rows(list, slice, now.real_ms);
            break;
        case PART_FOLDED:
            open_part(list, "folded");
            more = json_rejections_write_rows(list, slice, now.real_ms);
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
                                               .resume = json_rejections_resume,
                                               .begin = json_rejections_begin,
                                               .write = json_rejections_write};
    return view_json_list_new(&kind, source, query, ret_error);
}

/* ---- json senders ----
 * /debug/senders: the processes that send, and the verdicts on their samples.
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
 * With `order=trouble` senders with lost or rejected samples come first, then those that sent last:
 * at most 200, and there is no `next`.
 *
 * Each sample has exactly one verdict, and within one slice the rows and `departed` add up to the
 * total. A token holds the number of a row, because rows do not move.
 */

enum { ROW_UNITS = 15, LOOK_UNITS = 100 }; /* to json_senders_write a row, to look at its process */

enum { TROUBLED_MAX = 200 /* senders of a list by trouble */ };

/* A sender by what it sent for the service that is asked for, or for all. */
struct troubled {
    uint32_t row;
    int32_t pid;
    bool troubled; /* it lost samples, or some were rejected */
    int64_t last_seen_ms;
};

struct sender_list {
    struct json_list base;
    size_t row; /* the next one */
    bool rows_done;
    bool continued;  /* not the first page: without ended processes */
    uint64_t before; /* the ended process that was written last, 0 none */
    size_t ended;    /* number of ended processes written */
    bool gathered;   /* by_trouble: `rows` are all that are shown, in order */
    size_t shown;    /* of `rows` */
    size_t row_count;
    struct troubled rows[TROUBLED_MAX];
};

static bool json_senders_resume(struct json_list *base, struct page_token_reader *after) {
    struct sender_list *list = (struct sender_list *)base;
    uint64_t row;
    if (!view_page_token_next_number(after, SENDERS_MAX, &row))
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
    view_json_who_put_members(json, &ended->who);
    json_member_text(json, "service", service_name(list, ended->service));
    json_member_time(json, "at", ended->at_ms);
    json_member_time_known(json, "first_seen", ended->first_seen_ms);
    json_member_u64(json, "samples", ended->samples);
    put_taken(json, ended->parts, ended->jobs);
    json_close(json, '}');
}

static void json_senders_begin(struct json_list *list) {
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

/* ---- by trouble ---- */

static bool comes_before(const struct troubled *a, const struct troubled *b) {
    if (a->troubled != b->troubled)
        return a->troubled;
    return a->last_seen_ms > b->last_seen_ms;
}

/* Insert a row at its place; the last one may drop out. */
static void insert_row(struct sender_list *list, size_t most, const struct troubled *row) {
    size_t place = list->row_count;
    while (place > 0 && comes_before(row, &list->rows[place - 1]))
        place--;
    if (place == most)
        return;
    if (list->row_count < most)
        list->row_count++;
    for (size_t i = list->row_count - 1; i > place; i--)
        list->rows[i] = list->rows[i - 1];
    list->rows[place] = *row;
}

/* Each of these returns false if the slice ended before it was done. */

static bool gather_rows(struct sender_list *list, struct slice *slice) {
    struct json_list *base = &list->base;
    const size_t limit = base->selection.limit;
    const size_t most = limit < TROUBLED_MAX ? limit : TROUBLED_MAX;
    for (; list->row < ledger_sender_count(base->source.ledger); list->row++) {
        const struct sender *sender = ledger_sender_at(base->source.ledger, list->row);
        struct ledger_sent sent;
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1 + most / 16);
        if (!read_sent(base, list->row, &sent) || !shows(base, sender->pid, sent.last_seen_ms))
            continue;
        const struct troubled row = {.row = (uint32_t)list->row,
                                     .pid = sender->pid,
                                     .troubled = sender->lost > 0 ||
                                                 sent.tally.by_verdict[VERDICT_REJECTED] > 0,
                                     .last_seen_ms = sent.last_seen_ms};
        insert_row(list, most, &row);
    }
    list->gathered = true;
    return true;
}

static bool write_troubled(struct sender_list *list, struct slice *slice) {
    struct json_list *base = &list->base;
    if (!list->gathered && !gather_rows(list, slice))
        return false;
    for (; list->shown < list->row_count; list->shown++) {
        const uint32_t row = list->rows[list->shown].row;
        struct ledger_sent sent;
        if (slice_is_spent(slice))
            return false;
        if (ledger_sender_at(base->source.ledger, row)->pid != list->rows[list->shown].pid ||
            !read_sent(base, row, &sent))
            continue; /* another process has its place now */
        look(base, row, slice);
        put_sender(base, row, &sent);
        slice_spend(slice, ROW_UNITS);
    }
    return true;
}

static bool json_senders_write_rows(struct sender_list *list, struct slice *slice) {
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
            view_json_list_set_number(base, list->row);
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

static bool json_senders_write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct sender_list *list = (struct sender_list *)base;
    (void)now;
    if (!list->rows_done) {
        if (!(list->base.selection.by_trouble ? write_troubled : json_senders_write_rows)(list,
                                                                                          slice))
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
                                               .resume = json_senders_resume,
                                               .begin = json_senders_begin,
                                               .write = json_senders_write};
    return view_json_list_new(&kind, source, query, ret_error);
}
