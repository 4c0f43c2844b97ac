#include "view/escape.h"

static void put_escaped(struct strbuf *out, const char *text, size_t len, bool quotes) {
    size_t clean = 0;
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if (c != '\\' && c != '\n' && !(quotes && c == '"'))
            continue;
        strbuf_put(out, text + clean, i - clean);
        clean = i + 1;
        strbuf_putc(out, '\\');
        strbuf_putc(out, c == '\n' ? 'n' : c);
    }
    strbuf_put(out, text + clean, len - clean);
}

void escape_label(struct strbuf *out, const char *text, size_t len) {
    put_escaped(out, text, len, true);
}

void escape_help(struct strbuf *out, const char *text, enum exposition_format format) {
    put_escaped(out, text, strlen(text), format == EXPOSITION_OPENMETRICS);
}
