#include "view/advice.h"

#include <string.h>

#include "hints/patch.h"
#include "view/json_who.h"

/* ---- a line of the group ---- */

static bool has_name(const struct catalog_family *family, struct sg_span name) {
    bool found = sg_span_is(name, family->name);
    for (size_t i = 0; !found && i < family->alias_count; i++)
        found = sg_span_is(name, family->aliases[i]);
    return found;
}

static struct sg_span name_of(const struct recent *recent) {
    const char *end = memchr(recent->line, ':', recent->line_len);
    const size_t len = end != NULL ? (size_t)(end - recent->line) : recent->line_len;
    return (struct sg_span){recent->line, len};
}

/* Which tag of the line has this key. */
static bool find_tag(const struct sg_line *line, struct sg_span key, struct sg_tag *ret_tag) {
    struct sg_tags tags;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, ret_tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_same(ret_tag->key, key))
            return true;
    return false;
}

/* Of the group, as far as a line shows it. */
static bool is_of(const struct recent *recent, const struct hints_group *group,
                  struct sg_line *ret_line) {
    const struct sg_span name = name_of(recent);
    const struct sg_span text = {recent->line, recent->line_len};
    struct sg_fault fault;
    struct sg_tag tag;
    if (recent->reason != group->reason || recent->line_cut || recent->line_len == 0)
        return false;
    if (group->family != NULL
            ? !has_name(group->family, name)
            : group->reason != SG_REJECT_UNKNOWN_FAMILY || !sg_span_same(name, group->value))
        return false;
    if (sg_line_parse(text, ret_line, &fault) != SG_REJECT_NONE)
        return false;
    return group->label.at == NULL ||
           find_tag(ret_line, group->label, &tag) == (group->reason != SG_REJECT_MISSING_LABEL);
}

static const struct recent *find_recent(const struct ledger *ledger,
                                        const struct hints_group *group, struct sg_line *ret_line) {
    const struct recent *recent;
    for (size_t i = 0; (recent = ledger_recent(ledger, i)) != NULL; i++)
        if (is_of(recent, group, ret_line))
            return recent;
    return NULL;
}

void advice_find_line(const struct view_source *source, struct hints_group *group) {
    struct sg_line line;
    struct sg_tag tag;
    if (source->hides_texts || group->folded)
        return;
    const struct recent *recent = find_recent(source->ledger, group, &line);
    if (recent == NULL)
        return;
    group->line = (struct sg_span){recent->line, recent->line_len};
    if (group->value.at != NULL || group->family == NULL)
        return;
    if (group->label.at == NULL)
        group->value = line.values;
    else if (find_tag(&line, group->label, &tag))
        group->value = tag.value;
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

/* The sentences without the last line's end. */
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
