/* Workflow commands of GitHub Actions: ::error file=F,line=L,col=C::TEXT. */
#include "statgate/check/formats.h"

#include <string.h>

/* Write bytes that would end a command, or one of its properties, as %XX. */
static void put_escaped(struct strbuf *out, const char *text, const char *ends) {
    for (; *text != '\0'; text++) {
        if (strchr(ends, *text) != NULL)
            strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            strbuf_putc(out, *text);
    }
}

static void put_mistake(struct strbuf *out, const struct mistake *mistake) {
    strbuf_puts(out, mistake->warning ? "::warning" : "::error");
    if (mistake->file != NULL) {
        strbuf_puts(out, " file=");
        put_escaped(out, mistake->file, "%\r\n:,");
    }
    if (mistake->file != NULL && mistake->line > 0)
        strbuf_printf(out, ",line=%zu,col=%zu", mistake->line, mistake->column);
    strbuf_puts(out, "::");
    put_escaped(out, mistake->pointer, "%\r\n");
    strbuf_puts(out, *mistake->pointer != '\0' ? ": " : "");
    put_escaped(out, mistake->text, "%\r\n");
    if (mistake->hint != NULL) {
        strbuf_puts(out, "; ");
        put_escaped(out, mistake->hint, "%\r\n");
    }
    strbuf_putc(out, '\n');
}

void check_write_github(const struct mistakes *mistakes, struct strbuf *out) {
    for (size_t i = 0; i < mistakes->count; i++)
        put_mistake(out, &mistakes->items[i]);
}
