#include "view/advice.h"

#include "hints/latest.h"
#include "hints/patch.h"
#include "view/json_who.h"

void advice_find_line(const struct view_source *source, struct hints_group *group) {
    if (!source->hides_texts && !group->folded)
        (void)latest_find(source->ledger, group);
}

/* ---- members ---- */

void advice_put_who(struct json_writer *json, const struct who *who) {
    json_open(json, '{');
    json_who_put_members(json, who);
    json_close(json, '}');
}

void advice_put_times(struct json_writer *json, double rate, int64_t first_ms, int64_t last_ms,
                      const struct who *sender) {
    json_member_number(json, "rate", rate);
    json_member_time_known(json, "first_seen", first_ms);
    json_member_time_known(json, "last_seen", last_ms);
    json_key(json, "last_sender");
    if (sender != NULL)
        advice_put_who(json, sender);
    else
        json_text(json, NULL);
}

/* Write the sentences without the newline at their end. */
static void put_hint(struct json_writer *json, const struct strbuf *text) {
    json_key(json, "hint");
    json_bytes(json, text->data, text->len > 0 ? text->len - 1 : 0);
}

void advice_put(struct json_writer *json, const struct view_source *source,
                const struct hints_group *group) {
    const struct hints_world world = {.set = source->set, .machines = source->machines};
    struct strbuf text;
    strbuf_init_in(&text, source->memory);
    hints_of_group(&text, &world, group);
    put_hint(json, &text);
    json->out->failed |= text.failed;
    strbuf_done(&text);
    json_key(json, "patch");
    if (!hints_patch(json->out, &world, group))
        json_text(json, NULL);
    json->comma = true;
}
