#include "hints/latest.h"

#include <string.h>

#include "hints/names.h"

/* The known parts of a kept line. */
struct latest_line {
    const struct recent *recent;
    struct sg_span name; /* at == NULL: the line was cut within its name */
    struct sg_line line;
    bool whole; /* whole, and readable: `line` */
};

static struct latest_line read_line(const struct recent *recent) {
    struct latest_line read = {.recent = recent};
    struct sg_fault fault;
    const struct sg_span text = {recent->line, recent->line_len};
    const char *end = memchr(text.at, ':', text.len);
    if (end != NULL)
        read.name = (struct sg_span){text.at, (size_t)(end - text.at)};
    else if (!recent->line_cut)
        read.name = text;
    read.whole = !recent->line_cut && sg_line_parse(text, &read.line, &fault) == SG_REJECT_NONE;
    return read;
}

/* ---- tags ---- */

/* Find the first tag of the line with this key. */
static bool find_tag(const struct sg_line *line, struct sg_span key, struct sg_tag *ret_tag) {
    struct sg_tags tags;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, ret_tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_same(ret_tag->key, key))
            return true;
    return false;
}

static bool is_declared(const struct catalog_family *family, struct sg_span key) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (sg_span_is(key, family->labels[i].name))
            return true;
    return catalog_ignores(family->catalog, key.at, key.len);
}

/* Find the first tag that the family does not know. */
static bool find_unknown(const struct sg_line *line, const struct catalog_family *family,
                         struct sg_tag *ret_tag) {
    struct sg_tags tags;
    enum sg_reject reason;
    sg_tags_init(&tags, line->tags);
    while (sg_tags_next(&tags, ret_tag, &reason) && reason == SG_REJECT_NONE)
        if (!is_declared(family, ret_tag->key))
            return true;
    return false;
}

/* ---- which line ---- */

static bool is_about_name(enum sg_reject reason) {
    return reason == SG_REJECT_UNKNOWN_FAMILY || reason == SG_REJECT_AMBIGUOUS;
}

static bool has_name(const struct latest_line *read, const struct hints_group *group) {
    if (group->family != NULL)
        return read->name.at != NULL && names_has(group->family, read->name);
    if (group->value.at == NULL)
        return true;
    return is_about_name(group->reason) && read->name.at != NULL &&
           sg_span_same(read->name, group->value);
}

/* Whether the byte at fault is in this tag; for an empty tag, it may be the byte at its end. */
static bool is_at(const struct latest_line *read, const struct sg_tag *tag) {
    const char *at = read->recent->line + read->recent->offset;
    const struct sg_span last = tag->value.at != NULL ? tag->value : tag->key;
    return at >= tag->key.at && at <= last.at + last.len;
}

static bool has_fault(const struct latest_line *read, const struct hints_group *group) {
    struct sg_tag tag;
    if (group->label.at == NULL)
        return true;
    const bool found = find_tag(&read->line, group->label, &tag);
    return group->reason == SG_REJECT_MISSING_LABEL ? !found : found && is_at(read, &tag);
}

static bool is_of(const struct latest_line *read, const struct hints_group *group) {
    return has_name(read, group) && (!read->whole || has_fault(read, group));
}

static struct latest_line find(const struct ledger *ledger, const struct hints_group *group) {
    struct latest_line part = {.recent = NULL};
    const struct recent *recent;
    for (size_t i = 0; (recent = ledger_recent(ledger, i)) != NULL; i++) {
        if (recent->reason != group->reason || recent->line_len == 0)
            continue;
        const struct latest_line read = read_line(recent);
        if (!is_of(&read, group))
            continue;
        if (read.whole)
            return read;
        if (part.recent == NULL)
            part = read;
    }
    return part;
}

/* ---- what the group lacks ---- */

static void take_label(struct hints_group *group, const struct latest_line *read) {
    struct sg_tag tag;
    if (group->label.at == NULL && group->reason == SG_REJECT_UNKNOWN_LABEL &&
        group->family != NULL && find_unknown(&read->line, group->family, &tag))
        group->label = tag.key;
}

static void take_value(struct hints_group *group, const struct latest_line *read) {
    struct sg_tag tag;
    if (group->value.at != NULL)
        return;
    if (group->family == NULL)
        group->value = is_about_name(group->reason) ? read->name : group->value;
    else if (group->label.at != NULL && read->whole && find_tag(&read->line, group->label, &tag))
        group->value = tag.value;
    else if (group->label.at == NULL && read->whole)
        group->value = read->line.values;
}

const struct recent *latest_find(const struct ledger *ledger, struct hints_group *group) {
    const struct latest_line read = find(ledger, group);
    if (read.recent == NULL)
        return NULL;
    /* A malformed line is never readable, but its form may say what it was meant to be. */
    if (read.whole || group->reason == SG_REJECT_MALFORMED)
        group->line = (struct sg_span){read.recent->line, read.recent->line_len};
    if (read.whole)
        take_label(group, &read);
    take_value(group, &read);
    return read.recent;
}
