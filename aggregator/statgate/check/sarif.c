/* Static Analysis Results Interchange Format 2.1.0. */
#include "statgate/check/formats.h"

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

/* Write a path as a URI reference (RFC 3986 section 4.1); a relative path stays relative. */
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

static void write_location(struct json_writer *w, const struct mistake *mistake) {
    struct strbuf uri;
    strbuf_init(&uri);
    put_uri(&uri, mistake->file);
    json_open(w, '{');
    json_open_member(w, "physicalLocation", '{');
    json_open_member(w, "artifactLocation", '{');
    json_member_text(w, "uri", strbuf_cstr(&uri));
    json_close(w, '}');
    if (mistake->line > 0) {
        json_open_member(w, "region", '{');
        json_member_u64(w, "startLine", mistake->line);
        json_member_u64(w, "startColumn", mistake->column);
        json_close(w, '}');
    }
    json_close(w, '}');
    if (*mistake->pointer != '\0') {
        json_open_member(w, "logicalLocations", '[');
        json_open(w, '{');
        json_member_text(w, "fullyQualifiedName", mistake->pointer);
        json_close(w, '}');
        json_close(w, ']');
    }
    json_close(w, '}');
    w->out->failed |= uri.failed;
    strbuf_done(&uri);
}

static void write_result(struct json_writer *w, const struct mistake *mistake) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s%s%s", mistake->text, mistake->hint != NULL ? "; " : "",
                  mistake->hint != NULL ? mistake->hint : "");
    const int rule = mistake->file != NULL ? RULE_CATALOG : RULE_SETUP;
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "ruleId", rules[rule].id);
    json_member_u64(w, "ruleIndex", (uint64_t)rule);
    json_member_text(w, "level", mistake->warning ? "warning" : "error");
    write_text(w, "message", strbuf_cstr(&text));
    json_open_member(w, "locations", '[');
    if (mistake->file != NULL)
        write_location(w, mistake);
    json_close(w, ']');
    json_close(w, '}');
    w->out->failed |= text.failed;
    strbuf_done(&text);
}

void check_write_sarif(const struct mistakes *mistakes, const char *version, struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_member_text(&w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_member_text(&w, "version", "2.1.0");
    json_open_member(&w, "runs", '[');
    json_open(&w, '{');
    write_tool(&w, version);
    json_member_text(&w, "columnKind", "unicodeCodePoints");
    json_open_member(&w, "results", '[');
    for (size_t i = 0; i < mistakes->count; i++)
        write_result(&w, &mistakes->items[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
