#include "statgate/shown/event_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "statgate/shown/words.h"

static void put_visible(struct strbuf *out, const struct strbuf *text) {
    terminal_put_visible(out, text->data, text->len);
}

static void put_member(struct strbuf *out, const json_t *event, const char *key,
                       const char *behind) {
    size_t len;
    const char *text = jsonread_text(event, key, &len);
    if (len == 0)
        return;
    strbuf_put(out, text, len);
    strbuf_puts(out, behind);
}

/* Put labels, which are a text such as job="publish", or an object. */
static void put_labels(struct strbuf *out, const json_t *event) {
    size_t len;
    const char *text = jsonread_text(event, "labels", &len);
    words_labels(out, jsonread_member(event, "labels"));
    if (len == 0)
        return;
    strbuf_putc(out, '{');
    strbuf_put(out, text, len);
    strbuf_putc(out, '}');
}

/* Put the process, unless the event's text names it. */
static void put_process(struct strbuf *out, const json_t *event) {
    const json_t *sender = jsonread_member(event, "sender");
    const json_t *process = sender != NULL ? sender : event;
    char named[WORDS_MAX];
    (void)snprintf(named, sizeof named, "(process %" PRId64 ")", jsonread_i64(process, "pid", 0));
    if (strstr(jsonread_text(event, "text", NULL), named) != NULL)
        return;
    if (jsonread_i64(process, "pid", 0) <= 0 && *jsonread_text(process, "comm", NULL) == '\0')
        return;
    strbuf_puts(out, "; ");
    words_process(out, process);
}

void event_line_put(struct strbuf *out, const json_t *event) {
    struct strbuf text = {0};
    char time[WORDS_MAX];
    strbuf_printf(out, "%s  ", words_time(time, jsonread_i64(event, "at", 0)));
    strbuf_printf(&text, "%-15s  ", jsonread_text(event, "event", NULL));
    const size_t place = text.len;
    const char *family = jsonread_text(event, "family", NULL);
    if (*family == '\0' || strstr(jsonread_text(event, "text", NULL), family) == NULL) {
        put_member(&text, event, "service", " ");
        put_member(&text, event, "family", "");
        put_labels(&text, event);
    }
    if (text.len > place && text.data[text.len - 1] == ' ')
        text.len--;
    if (text.len > place)
        strbuf_puts(&text, ": ");
    put_member(&text, event, "text", "");
    put_process(&text, event);
    put_visible(out, &text);
    strbuf_putc(out, '\n');
    strbuf_done(&text);
}
