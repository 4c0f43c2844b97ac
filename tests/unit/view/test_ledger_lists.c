/* SPDX-License-Identifier: MIT */
/* Lists of what the ledger counts: rejections and senders. */
#include "assertions.h"
#include "lists.h"

Test(rejections, rows_and_reasons_add_up_to_the_total) {
    struct fixture fx;
    fill_and_reject(&fx);
    static const char *const services[] = {NULL, "one", "two"};
    static const json_int_t totals[] = {27, 15, 6};
    for (size_t i = 0; i < 3; i++) {
        json_t *list =
            world_json(&fx, view_json_rejections, &(struct json_query){.service = services[i]});
        cr_expect(eq(i64, number_at(list, "total"), totals[i]));
        cr_expect(eq(i64, sum_of(json_object_get(list, "by_family"), "count"), totals[i]));
        json_int_t reasons = 0;
        const char *reason;
        json_t *count;
        json_object_foreach(json_object_get(list, "by_reason"), reason, count) {
            reasons += json_integer_value(count);
        }
        cr_expect(eq(i64, reasons, totals[i]));
        json_decref(list);
    }
    fixture_done(&fx);
}

/* Each of these texts is shown, unless texts are hidden from this client. */
Test(rejections, what_senders_wrote_is_hidden_from_whoever_is_not_known) {
    static const char *const texts[] = {"secret_line", "secret_label", "secret_name"};
    struct fixture fx;
    fixture_init(&fx, lists_catalogs);
    fixture_send(&fx, "secret_name:1|c\none_total:1|c|#secret_label:x\none_total:secret_line|c");
    for (int hidden = 0; hidden < 2; hidden++) {
        struct view_source source = world_source(&fx);
        source.hides_texts = hidden == 1;
        const char *refusal;
        struct view *view = view_json_rejections(&source, &(struct json_query){0}, &refusal);
        char *text = world_render(&fx, view, VIEW_STEP_UNITS);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            cr_expect(eq(int, strstr(text, texts[i]) == NULL, hidden), "%s in %s", texts[i], text);
        json_t *list = json_loads(text, 0, NULL);
        cr_assert(list != NULL);
        cr_expect(eq(i64, sum_of(json_object_get(list, "by_family"), "count"), 3));
        const json_t *newest = json_array_get(json_object_get(list, "recent"), 0);
        cr_expect(eq(int, json_is_null(json_object_get(newest, "line")), hidden));
        json_decref(list);
        free(text);
    }
    fixture_done(&fx);
}

Test(senders, with_the_departed_they_add_up_to_the_total) {
    struct fixture fx;
    fill_and_reject(&fx);
    fixture_send(&fx, "_e{2,2}:hi|ho");
    bool is_new;
    ledger_sender_restart(
        fx.ledger, ledger_sender(fx.ledger, 200, fx.origin.uid, fx.origin.gid, 1, &is_new), 1);
    json_t *list = world_json(&fx, view_json_senders, &(struct json_query){0});
    const json_t *departed = json_object_get(list, "departed");
    const json_t *total = json_object_get(list, "total");
    static const char *const columns[] = {"samples", "accepted", "folded", "rejected", "ignored"};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        cr_expect(eq(i64,
                     sum_of(json_object_get(list, "senders"), columns[i]) +
                         number_at(departed, columns[i]),
                     number_at(total, columns[i])),
                  "%s", columns[i]);
    cr_expect(eq(i64, number_at(departed, "rows"), 1));
    cr_expect(eq(i64, number_at(departed, "rejected"), 3));
    cr_expect(eq(i64, number_at(total, "ignored"), 1));
    json_decref(list);
    fixture_done(&fx);
}

Test(senders, are_selected_by_service) {
    struct fixture fx;
    fill_and_reject(&fx);
    json_t *list = world_json(&fx, view_json_senders, &(struct json_query){.service = "two"});
    const json_t *senders = json_object_get(list, "senders");
    cr_expect(eq(sz, json_array_size(senders), 3), "also one that sent for another one later");
    for (size_t i = 0; i < json_array_size(senders); i++)
        cr_expect(eq(str,
                     (char *)(uintptr_t)json_string_value(
                         json_object_get(json_array_get(senders, i), "service")),
                     "two"));
    json_decref(list);
    fixture_done(&fx);
}
