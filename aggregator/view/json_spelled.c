#include "view/json_spelled.h"

#include <string.h>

#include "view/advice.h"

static struct sg_span span_of(const char *text) {
    return (struct sg_span){text, strlen(text)};
}

static bool is_name(enum ledger_spelling which) {
    return which == LEDGER_UNKNOWN_NAMES;
}

static struct hints_group group_of(const struct ledger_spelled *item, enum ledger_spelling which,
                                   bool hidden) {
    struct hints_group group = {
        .family = item->family, .reason = item->reason, .folded = !is_name(which)};
    if (item->family != NULL && item->label >= 0)
        group.label = span_of(item->family->labels[item->label].name);
    if (is_name(which))
        group.reason = SG_REJECT_UNKNOWN_FAMILY;
    if (!hidden)
        group.value = (struct sg_span){item->text, item->len};
    return group;
}

static void put_spelled(struct json_list *list, const struct ledger_spelled *item,
                        enum ledger_spelling which) {
    struct json_writer *json = &list->json;
    const bool hidden = list->source.hides_texts;
    struct hints_group group = group_of(item, which, hidden);
    advice_find_line(&list->source, &group);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", item->service != NULL ? item->service->service : NULL);
    if (!is_name(which)) {
        json_member_text(json, "family", item->family != NULL ? item->family->name : NULL);
        json_member_text(json, "label",
                         group.label.at != NULL ? item->family->labels[item->label].name : NULL);
        json_member_text(json, "reason", sg_reject_label(item->reason));
    }
    json_key(json, is_name(which) ? "name" : "value");
    if (hidden)
        json_text(json, NULL);
    else
        json_bytes(json, item->text, item->len);
    json_member_u64(json, "count", item->count);
    json_member_u64(json, "error", item->error);
    advice_put_times(json, item->rate, item->first_ms, item->last_ms, item->sender);
    advice_put(json, &list->source, &group);
    json_close(json, '}');
}

static bool shows(const struct json_list *list, const struct ledger_spelled *item,
                  enum ledger_spelling which) {
    const struct json_selection *wanted = &list->selection;
    const int reason = is_name(which) ? SG_REJECT_UNKNOWN_FAMILY : (int)item->reason;
    return (wanted->service == NULL || wanted->service == item->service) &&
           (wanted->family == NULL ||
            (item->family != NULL && strcmp(wanted->family, item->family->name) == 0)) &&
           (wanted->reason == SG_REJECT_NONE || wanted->reason == reason) &&
           json_selection_has_pid(wanted, item->sender != NULL ? item->sender->pid : 0) &&
           json_selection_has_time(wanted, item->last_ms);
}

bool json_spelled_write(struct json_spelled *spelled, struct json_list *list,
                        enum ledger_spelling which, struct slice *slice, struct store_time now) {
    const struct ledger *ledger = list->source.ledger;
    if (!spelled->begun)
        spelled->count = ledger_spelled_order(ledger, which, spelled->places);
    spelled->begun = true;
    for (; spelled->at < spelled->count && spelled->written < list->selection.limit;
         spelled->at++) {
        struct ledger_spelled item;
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1);
        if (!ledger_spelled(ledger, which, spelled->places[spelled->at], now.real_ms, &item) ||
            !shows(list, &item, which))
            continue;
        put_spelled(list, &item, which);
        spelled->written++;
        slice_spend(slice, ADVICE_UNITS);
    }
    return true;
}

void json_spelled_put_left_out(struct json_writer *json, const struct ledger *ledger) {
    static const char *const keys[] = {[LEDGER_UNKNOWN_NAMES] = "unknown_names",
                                       [LEDGER_UNKNOWN_LABELS] = "unknown_labels",
                                       [LEDGER_FOLDED_VALUES] = "folded_values"};
    json_open_member(json, "left_out", '{');
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        json_member_u64(json, keys[i], ledger_spelled_left_out(ledger, (enum ledger_spelling)i));
    json_close(json, '}');
}
