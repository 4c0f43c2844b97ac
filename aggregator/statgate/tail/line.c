#include "statgate/tail/line.h"

#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "base/terminal.h"
#include "statgate/shown/words.h"

enum { PROCESS_COLUMNS = 20 };

static const char *verdict_of(const json_t *line) {
    const char *verdict = jsonread_text(line, "verdict", NULL);
    return strcmp(verdict, "rejected") == 0 ? "REJECTED" : verdict;
}

static void put_time(struct strbuf *out, int64_t at_ms) {
    char text[WORDS_MAX];
    const char *time = strchr(words_time(text, at_ms), ' ');
    strbuf_printf(out, "%s.%03d", time != NULL ? time + 1 : "-",
                  (int)(at_ms > 0 ? at_ms % 1000 : 0));
}

static void put_process(struct strbuf *out, const json_t *line) {
    struct strbuf text = {0};
    struct strbuf visible = {0};
    words_process(&text, jsonread_member(line, "sender"));
    terminal_put_visible(&visible, text.data, text.len);
    const size_t columns = columns_of(visible.data, visible.len);
    strbuf_put(out, visible.data, visible.len);
    strbuf_printf(out, "%*s", columns < PROCESS_COLUMNS ? (int)(PROCESS_COLUMNS - columns) : 0, "");
    strbuf_done(&visible);
    strbuf_done(&text);
}

/* Put the line's text, or the family if texts are hidden. */
static void put_text(struct strbuf *out, const json_t *line) {
    size_t len;
    const char *text = jsonread_text(line, "line", &len);
    if (jsonread_member(line, "line") == NULL)
        text = jsonread_text(line, "family", &len);
    terminal_put_visible(out, text, len);
    strbuf_puts(out, jsonread_bool(line, "line_cut", false) ? "..." : "");
}

void line_put(struct strbuf *out, const json_t *line) {
    const int64_t dropped = jsonread_i64(line, "dropped", 0);
    if (dropped > 0) {
        strbuf_printf(out, "... %" PRId64 " line%s not shown\n", dropped,
                      dropped == 1 ? " was" : "s were");
        return;
    }
    const char *reason = jsonread_text(line, "reason", NULL);
    put_time(out, jsonread_i64(line, "at", 0));
    strbuf_printf(out, "  %-8s  ", verdict_of(line));
    put_process(out, line);
    strbuf_puts(out, "  ");
    put_text(out, line);
    if (*reason != '\0')
        strbuf_printf(out, "  %s", reason);
    strbuf_putc(out, '\n');
}
