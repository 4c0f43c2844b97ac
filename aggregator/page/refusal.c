/*
 * refusal.c - see refusal.h.
 */
#include "page/refusal.h"

#include "base/json_pretty.h"
#include "hints/latest.h"
#include "hints/patch.h"
#include "page/html.h"
#include "sg_proto.h"

/* Append the line, with the byte at fault marked. */
static void put_line(struct strbuf *out, const struct recent *recent) {
    const size_t at = recent->offset < recent->line_len ? recent->offset : recent->line_len;
    size_t marked = recent->line_len > at ? 1 : 0;
    while (at + marked < recent->line_len && (recent->line[at + marked] & 0xc0) == 0x80)
        marked++; /* marks a whole character */
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

static struct hints_group group_of(const struct status_problem *problem) {
    struct hints_group group = {.family = problem->family, .reason = problem->reason};
    if (problem->family != NULL && problem->label >= 0)
        group.label = span_of(problem->family->labels[problem->label].name);
    return group;
}

/* Append the patch, with one line per member. */
static void put_patch(struct strbuf *out, const struct memory *memory, const struct strbuf *patch) {
    struct json_pretty pretty = {0};
    struct strbuf text;
    strbuf_init_in(&text, memory);
    json_pretty_put(&pretty, &text, patch->data, patch->len);
    strbuf_puts(out, "<h4>If what is sent is right, the catalog takes it with</h4>\n");
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

size_t refusal_put(struct strbuf *out, const struct page *page,
                   const struct status_problem *problem) {
    enum { UNITS = 300 };
    const struct view_source *views = &page->source.views;
    struct hints_group group = group_of(problem);
    const struct recent *recent = views->hides_texts ? NULL : latest_find(views->ledger, &group);
    if (recent != NULL)
        put_line(out, recent);
    strbuf_puts(out, "<details><summary>What to do</summary>\n");
    put_advice(out, page, &group);
    strbuf_puts(out, "</details>");
    return UNITS;
}
