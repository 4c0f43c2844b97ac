#include "view/reject_row.h"

static void times_of_key(const struct ledger *ledger, const struct reject_row *row, int64_t now_ms,
                         struct ledger_group *ret_times) {
    struct ledger_spelled spelled;
    if (ledger_spelled(ledger, LEDGER_UNKNOWN_LABELS, (size_t)row->unknown, now_ms, &spelled))
        *ret_times = (struct ledger_group){.first_ms = spelled.first_ms,
                                           .last_ms = spelled.last_ms,
                                           .rate = spelled.rate,
                                           .sender = spelled.sender};
}

void reject_row_times(const struct ledger *ledger, const struct reject_row *row, int64_t now_ms,
                      struct ledger_group *ret_times) {
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
    advice_find_line(source, &group);
    return group;
}

void reject_row_put(struct json_writer *json, const struct view_source *source,
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
    advice_put_times(json, times->rate, times->first_ms, times->last_ms, times->sender);
    advice_put(json, source, &group);
    json_close(json, '}');
}
