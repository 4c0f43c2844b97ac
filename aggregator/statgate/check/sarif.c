/* Static Analysis Results Interchange Format 2.1.0. */
#include "statgate/check/findings.h"

#include <ctype.h>
#include <string.h>

#include "base/json_writer.h"

enum { RULE_CATALOG, RULE_SETUP, RULE_COUNT };

static const struct {
    const char *id;
    const char *about;
} rules[RULE_COUNT] = {
    [RULE_CATALOG] = {"catalog", "A catalog can be loaded as it is meant."},
    [RULE_SETUP] = {"setup", "Catalogs, configuration and host go together."},
};

static void write_text(struct json_writer *w, const char *key, const char *text) {
    json_open_member(w, key, '{');
    json_member_text(w, "text", text);
    json_close(w, '}');
}

static void write_tool(struct json_writer *w, const char *version) {
    json_open_member(w, "tool", '{');
    json_open_member(w, "driver", '{');
    json_member_text(w, "name", "statgate check");
    json_member_text(w, "version", version);
    json_open_member(w, "rules", '[');
    for (int i = 0; i < RULE_COUNT; i++) {
        json_open(w, '{');
        json_member_text(w, "id", rules[i].id);
        write_text(w, "shortDescription", rules[i].about);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    json_close(w, '}');
}

/* A path as a reference (RFC 3986 section 4.1), relative as it was given. */
static void put_uri(struct strbuf *out, const char *path) {
    if (*path == '/')
        strbuf_puts(out, "file://");
    for (; *path != '\0'; path++) {
        if (isalnum((unsigned char)*path) || strchr("/-._~", *path) != NULL)
            strbuf_putc(out, *path);
        else
            strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
    }
}

static void write_location(struct json_writer *w, const struct check_finding *finding) {
    struct strbuf uri;
    strbuf_init(&uri);
    put_uri(&uri, finding->file);
    json_open(w, '{');
    json_open_member(w, "physicalLocation", '{');
    json_open_member(w, "artifactLocation", '{');
    json_member_text(w, "uri", strbuf_cstr(&uri));
    json_close(w, '}');
    if (finding->line > 0) {
        json_open_member(w, "region", '{');
        json_member_u64(w, "startLine", finding->line);
        json_member_u64(w, "startColumn", finding->column);
        json_close(w, '}');
    }
    json_close(w, '}');
    if (*finding->pointer != '\0') {
        json_open_member(w, "logicalLocations", '[');
        json_open(w, '{');
        json_member_text(w, "fullyQualifiedName", finding->pointer);
        json_close(w, '}');
        json_close(w, ']');
    }
    json_close(w, '}');
    w->out->failed |= uri.failed;
    strbuf_done(&uri);
}

static void write_result(struct json_writer *w, const struct check_finding *finding) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s%s%s", finding->text, finding->hint != NULL ? "; " : "",
                  finding->hint != NULL ? finding->hint : "");
    const int rule = finding->file != NULL ? RULE_CATALOG : RULE_SETUP;
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "ruleId", rules[rule].id);
    json_member_u64(w, "ruleIndex", (uint64_t)rule);
    json_member_text(w, "level", finding->warning ? "warning" : "error");
    write_text(w, "message", strbuf_cstr(&text));
    json_open_member(w, "locations", '[');
    if (finding->file != NULL)
        write_location(w, finding);
    json_close(w, ']');
    json_close(w, '}');
    w->out->failed |= text.failed;
    strbuf_done(&text);
}

void check_findings_write_sarif(const struct check_findings *findings, const char *version,
                                struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_member_text(&w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_member_text(&w, "version", "2.1.0");
    json_open_member(&w, "runs", '[');
    json_open(&w, '{');
    write_tool(&w, version);
    json_member_text(&w, "columnKind", "unicodeCodePoints");
    json_open_member(&w, "results", '[');
    for (size_t i = 0; i < findings->count; i++)
        write_result(&w, &findings->items[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
