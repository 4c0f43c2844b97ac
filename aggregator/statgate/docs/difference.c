#include "statgate/docs/difference.h"

#include <string.h>

#include "base/terminal.h"

struct line {
    const char *at;
    size_t len;
    bool there;
};

static struct line next_line(const struct strbuf *text, size_t *at) {
    if (*at >= text->len)
        return (struct line){.at = "", .there = false};
    const char *start = text->data + *at;
    const char *end = memchr(start, '\n', text->len - *at);
    const size_t len = end != NULL ? (size_t)(end - start) : text->len - *at;
    *at += len + 1;
    return (struct line){.at = start, .len = len, .there = true};
}

static void put_line(struct strbuf *out, const char *head, struct line line) {
    enum { COLUMNS = 120 };
    strbuf_printf(out, "  %s ", head);
    if (line.there)
        terminal_put_cut(out, line.at, line.len, COLUMNS);
    else
        strbuf_puts(out, "(no such line)");
    strbuf_putc(out, '\n');
}

void docs_put_difference(struct strbuf *out, const struct strbuf *found,
                         const struct strbuf *wanted) {
    size_t found_at = 0;
    size_t wanted_at = 0;
    size_t number = 0;
    struct line is;
    struct line should;
    do {
        is = next_line(found, &found_at);
        should = next_line(wanted, &wanted_at);
        number++;
    } while (is.there && should.there && is.len == should.len &&
             memcmp(is.at, should.at, is.len) == 0);
    if (!is.there && !should.there) {
        strbuf_puts(out, "the line break at the end\n");
        return;
    }
    strbuf_printf(out, "line %zu\n", number);
    put_line(out, "is:    ", is);
    put_line(out, "should:", should);
}
