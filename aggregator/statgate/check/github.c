/* Workflow commands: ::error file=F,line=L,col=C::TEXT. */
#include "statgate/check/findings.h"

#include <string.h>

/* Bytes that would end a command, or a property of it, as %XX. */
static void put_escaped(struct strbuf *out, const char *text, const char *ends) {
    for (; *text != '\0'; text++) {
        if (strchr(ends, *text) != NULL)
            strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            strbuf_putc(out, *text);
    }
}

static void put_finding(struct strbuf *out, const struct check_finding *finding) {
    strbuf_puts(out, finding->warning ? "::warning" : "::error");
    if (finding->file != NULL) {
        strbuf_puts(out, " file=");
        put_escaped(out, finding->file, "%\r\n:,");
    }
    if (finding->file != NULL && finding->line > 0)
        strbuf_printf(out, ",line=%zu,col=%zu", finding->line, finding->column);
    strbuf_puts(out, "::");
    put_escaped(out, finding->pointer, "%\r\n");
    strbuf_puts(out, *finding->pointer != '\0' ? ": " : "");
    put_escaped(out, finding->text, "%\r\n");
    if (finding->hint != NULL) {
        strbuf_puts(out, "; ");
        put_escaped(out, finding->hint, "%\r\n");
    }
    strbuf_putc(out, '\n');
}

void check_findings_write_github(const struct check_findings *findings, struct strbuf *out) {
    for (size_t i = 0; i < findings->count; i++)
        put_finding(out, &findings->items[i]);
}
