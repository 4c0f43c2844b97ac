#include "statgate/docs/groups.h"

#include <stdlib.h>
#include <string.h>

#include "statgate/docs/markdown.h"

/* The smallest group that is shortened to "all others". */
enum { REST_LEAST = 7 };

void docs_groups_init(struct docs_groups *groups) {
    *groups = (struct docs_groups){.count = 0};
    strbuf_init(&groups->keys);
}

void docs_groups_done(struct docs_groups *groups) {
    strbuf_done(&groups->keys);
    free(groups->entries);
    docs_groups_init(groups);
}

void docs_groups_add(struct docs_groups *groups, const struct catalog_family *family) {
    strbuf_putc(&groups->keys, '\0');
    if (groups->count == groups->cap) {
        const size_t cap = groups->cap == 0 ? 64 : groups->cap * 2;
        struct docs_entry *more = realloc(groups->entries, cap * sizeof *more);
        if (more == NULL) {
            groups->keys.failed = true;
            return;
        }
        groups->entries = more;
        groups->cap = cap;
    }
    groups->entries[groups->count++] =
        (struct docs_entry){.offset = groups->begun, .family = family};
    groups->begun = groups->keys.len;
}

static const char *key_of(const struct docs_groups *groups, size_t entry) {
    return groups->keys.data + groups->entries[entry].offset;
}

static int by_key_and_name(const void *a, const void *b, void *arg) {
    const struct docs_entry *left = a;
    const struct docs_entry *right = b;
    const char *keys = arg;
    const int order = strcmp(keys + left->offset, keys + right->offset);
    return order != 0 ? order : strcmp(left->family->name, right->family->name);
}

/* Index of the first entry after the group that begins at `start`. */
static size_t end_of(const struct docs_groups *groups, size_t start) {
    size_t end = start + 1;
    while (end < groups->count && strcmp(key_of(groups, start), key_of(groups, end)) == 0)
        end++;
    return end;
}

static bool same_first_cell(const char *a, const char *b) {
    const char *end = strstr(a, " | ");
    const size_t len = end != NULL ? (size_t)(end - a) : strlen(a);
    return strncmp(a, b, len) == 0 && (b[len] == '\0' || strncmp(b + len, " | ", 3) == 0);
}

/* Whether no other group has the same first cell. Groups are sorted by key, so neighbours are
 * enough. */
static bool is_only(const struct docs_groups *groups, size_t start, size_t end) {
    const char *key = key_of(groups, start);
    return (start == 0 || !same_first_cell(key, key_of(groups, start - 1))) &&
           (end == groups->count || !same_first_cell(key, key_of(groups, end)));
}

static void put_row(struct docs_groups *groups, struct strbuf *out, size_t start, size_t end,
                    const char *instead) {
    strbuf_printf(out, "| %s | ", key_of(groups, start));
    if (instead != NULL)
        strbuf_puts(out, instead);
    const struct catalog_family *before = NULL;
    for (size_t i = start; i < end && instead == NULL; i++) {
        const struct catalog_family *family = groups->entries[i].family;
        if (before != NULL)
            strbuf_puts(out, ", ");
        docs_put_code(out, family->name);
        before = family;
    }
    strbuf_puts(out, " |\n");
}

/* Index where the largest group starts, if it is large enough for "all others"; else
 * groups->count. */
static size_t find_rest(const struct docs_groups *groups) {
    size_t largest = groups->count;
    size_t most = REST_LEAST - 1;
    for (size_t start = 0, end; start < groups->count; start = end) {
        end = end_of(groups, start);
        if (end - start <= most)
            continue;
        most = end - start;
        largest = start;
    }
    return largest;
}

void docs_groups_write(struct docs_groups *groups, struct strbuf *out, enum docs_shorten shorten) {
    if (groups->keys.failed) {
        out->failed = true;
        return;
    }
    if (groups->count > 1)
        qsort_r(groups->entries, groups->count, sizeof *groups->entries, by_key_and_name,
                groups->keys.data);
    const size_t rest = shorten == SHORTEN_REST ? find_rest(groups) : groups->count;
    for (size_t start = 0, end; start < groups->count; start = end) {
        end = end_of(groups, start);
        const bool only = shorten == SHORTEN_ONLY && is_only(groups, start, end);
        if (start != rest)
            put_row(groups, out, start, end, only ? "all that have it" : NULL);
    }
    if (rest < groups->count) {
        const size_t end = end_of(groups, rest);
        put_row(groups, out, rest, end, end - rest == groups->count ? "all" : "all others");
    }
}
