/*
 * refusal.c - see refusal.h.
 */
#include "page/refusal.h"

#include "base/json_pretty.h"
#include "hints/patch.h"
#include "page/html.h"
#include "sg_proto.h"

/* ---- a line that was refused so ---- */

static bool names(const struct catalog_family *family, struct sg_span name) {
    if (sg_span_is(name, family->name))
        return true;
    for (size_t i = 0; i < family->alias_count; i++)
        if (sg_span_is(name, family->aliases[i]))
            return true;
    return false;
}

/* Lines are cut at a length: what is behind their name may be missing. */
static struct sg_span name_of(const struct recent *recent) {
    const char *end = memchr(recent->line, ':', recent->line_len);
    return (struct sg_span){.at = recent->line,
                            .len = end != NULL ? (size_t)(end - recent->line) : recent->line_len};
}

static bool is_of(const struct recent *recent, const struct status_need *need) {
    if (recent->reason != need->reason || recent->line_len == 0)
        return false;
    return need->family == NULL || names(need->family, name_of(recent));
}

/* The latest; NULL: none is kept. */
static const struct recent *find_line(const struct page *page, const struct status_need *need) {
    const struct recent *recent;
    if (page->source.views.hides_texts)
        return NULL;
    for (size_t i = 0; (recent = ledger_recent(page->source.views.ledger, i)) != NULL; i++)
        if (is_of(recent, need))
            return recent;
    return NULL;
}

/* The line, with the byte at fault marked. */
static void put_line(struct strbuf *out, const struct recent *recent) {
    const size_t at = recent->offset < recent->line_len ? recent->offset : recent->line_len;
    size_t marked = recent->line_len > at ? 1 : 0;
    while (at + marked < recent->line_len && (recent->line[at + marked] & 0xc0) == 0x80)
        marked++; /* a character as a whole */
    strbuf_puts(out, "<pre class=\"sample\"><bdi>");
    html_put(out, recent->line, at);
    strbuf_puts(out, "<mark>");
    if (marked > 0)
        html_put(out, recent->line + at, marked);
    else
        strbuf_puts(out, "\u23ce");
    strbuf_puts(out, "</mark>");
    html_put(out, recent->line + at + marked, recent->line_len - at - marked);
    strbuf_puts(out, recent->line_cut ? "\u2026</bdi>" : "</bdi>");
    strbuf_printf(out, " <span class=\"quiet\">byte %zu</span></pre>\n", at + 1);
}

/* ---- what to do ---- */

static struct sg_span span_of(const char *text) {
    return (struct sg_span){.at = text, .len = strlen(text)};
}

/* The value of a label in the line. */
static struct sg_span value_of(const struct sg_line *line, const char *label) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason))
        if (sg_span_is(tag.key, label))
            return tag.value;
    return (struct sg_span){0};
}

/* The first label of the line that the family lacks. */
static struct sg_span unknown_label(const struct sg_line *line,
                                    const struct catalog_family *family) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, &tag, &reason)) {
        uint32_t i = 0;
        while (i < family->label_count && !sg_span_is(tag.key, family->labels[i].name))
            i++;
        if (i == family->label_count && !catalog_ignores(family->catalog, tag.key.at, tag.key.len))
            return tag.key;
    }
    return (struct sg_span){0};
}

static struct hints_group group_of(const struct status_need *need, const struct recent *recent) {
    struct hints_group group = {.family = need->family, .reason = need->reason};
    struct sg_line line;
    struct sg_fault fault;
    if (need->family != NULL && need->label >= 0)
        group.label = span_of(need->family->labels[need->label].name);
    if (recent == NULL)
        return group;
    const struct sg_span text = {.at = recent->line, .len = recent->line_len};
    if (need->reason == SG_REJECT_UNKNOWN_FAMILY)
        group.value = name_of(recent);
    if (recent->line_cut || sg_line_parse(text, &line, &fault) != SG_REJECT_NONE)
        return group;
    group.line = text;
    if (need->reason == SG_REJECT_UNKNOWN_LABEL && need->family != NULL)
        group.label = unknown_label(&line, need->family);
    else if (group.label.at != NULL)
        group.value = value_of(&line, group.label.at);
    else if (need->reason != SG_REJECT_UNKNOWN_FAMILY)
        group.value = line.values;
    return group;
}

/* With a line for each member. */
static void put_patch(struct strbuf *out, const struct memory *memory, const struct strbuf *patch) {
    struct json_pretty pretty = {0};
    struct strbuf text;
    strbuf_init_in(&text, memory);
    json_pretty_put(&pretty, &text, patch->data, patch->len);
    strbuf_puts(out, "<h4>The catalog would take it with</h4>\n");
    page_open_copy(out, "the patch");
    html_put_lines(out, text.data, text.len);
    page_close_copy(out);
    out->failed |= text.failed;
    strbuf_done(&text);
}

static void put_advice(struct strbuf *out, const struct page *page,
                       const struct hints_group *group) {
    const struct view_source *views = &page->source.views;
    const struct hints_world world = {.set = views->set, .machines = views->machines};
    struct strbuf text;
    strbuf_init_in(&text, views->memory);
    hints_of_group(&text, &world, group);
    strbuf_puts(out, "<p class=\"hint\">");
    html_put_lines(out, text.data, text.len);
    strbuf_puts(out, "</p>\n");
    out->failed |= text.failed;
    strbuf_clear(&text);
    if (hints_patch(&text, &world, group))
        put_patch(out, views->memory, &text);
    out->failed |= text.failed;
    strbuf_done(&text);
}

size_t refusal_put(struct strbuf *out, const struct page *page, const struct status_need *need) {
    enum { UNITS = 300 };
    const struct recent *recent = find_line(page, need);
    const struct hints_group group = group_of(need, recent);
    if (recent != NULL)
        put_line(out, recent);
    strbuf_puts(out, "<details><summary>What to do</summary>\n");
    put_advice(out, page, &group);
    strbuf_puts(out, "</details>");
    return UNITS;
}
