/* Patterns of labels: PCRE2, anchored at both ends, with bounded work for every expression. */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "catalog/pattern.h"
#include "catalog/pattern_private.h"

/*
 * Limits on the work of one match: at worst about 1 ms without a JIT compiler (a service that may
 * not map executable memory), microseconds otherwise. A text that would need more does not match. A
 * text has at most CATALOG_VALUE_MAX bytes; expressions without nested repeats need a third of the
 * limit.
 */
enum { MATCH_LIMIT = 1000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 512 };

/* Size of match data and limits; the library does not report it. */
enum { MATCH_BYTES = 512 };

static const struct {
    const char *name;
    const char *source;
} named[] = {
    {"uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
    {"integer", "0|-?[1-9][0-9]{0,18}"},
    {"slug", "[a-z0-9]++(?:-[a-z0-9]++)*+"},
    {"semver", "(?:0|[1-9][0-9]*+)(?:\\.(?:0|[1-9][0-9]*+)){2}"
               "(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
               "(?:\\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
               "(?:\\+[0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+)?"},
    {"status_code", "[1-5][0-9]{2}"},
};

enum { NAMED_COUNT = sizeof named / sizeof named[0] };

static const char *expression(const char *source) {
    for (size_t i = 0; i < NAMED_COUNT; i++)
        if (strcmp(source, named[i].name) == 0)
            return named[i].source;
    return source;
}

/* Whether the source has no operator: it would match only itself, so it is a mistyped name rather
 * than an expression. */
static bool is_bare_word(const char *source) {
    return source[strspn(source, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_- ")] == '\0';
}

static pcre2_code *compile(const char *source, struct error *ret_error) {
    /* Anchor by options rather than by text around the source, so that an expression with `|` or
     * `)` cannot escape the anchors. */
    const uint32_t options =
        PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
    int code = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)source, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (compiled == NULL) {
        PCRE2_UCHAR text[160];
        if (pcre2_get_error_message(code, text, sizeof text) < 0)
            text[0] = '\0';
        error_set(ret_error, "bad expression at character %zu: %s", (size_t)at + 1,
                  (const char *)text);
        return NULL;
    }
    /* If PCRE2 cannot compile to machine code here, or has no memory for it, matching interprets
     * the pattern. */
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    return compiled;
}

struct pattern *pattern_new(const char *source, struct error *ret_error) {
    const char *wanted = expression(source);
    if (strlen(source) > CATALOG_PATTERN_MAX) {
        error_set(ret_error, "the expression has more than %d bytes", CATALOG_PATTERN_MAX);
        return NULL;
    }
    if (wanted == source && is_bare_word(source)) {
        error_set(ret_error,
                  "\"%s\" is neither a named pattern (uuid, integer, slug, semver, "
                  "status_code) nor an expression; for fixed texts use values",
                  source);
        return NULL;
    }
    struct pattern *pattern = calloc(1, sizeof *pattern);
    if (pattern == NULL)
        goto no_memory;
    pattern->source = strdup(source);
    if (pattern->source == NULL)
        goto no_memory;
    pattern->code = compile(wanted, ret_error);
    if (pattern->code == NULL) {
        pattern_free(pattern);
        return NULL;
    }
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    if (pattern->match == NULL || pattern->limits == NULL)
        goto no_memory;
    (void)pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
    return pattern;

no_memory:
    pattern_free(pattern);
    error_no_memory(ret_error);
    return NULL;
}

void pattern_free(struct pattern *pattern) {
    if (pattern == NULL)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern->source);
    free(pattern);
}

bool pattern_match(const struct pattern *pattern, const char *text, size_t len) {
    if (len == 0 || len > CATALOG_VALUE_MAX)
        return false;
    const int found =
        pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0, pattern->match, pattern->limits);
    if (found < 0)
        return false;
    /* `\K` moves the start of a match, so the match may not cover the whole text. */
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(pattern->match);
    return ends[0] == 0 && ends[1] == len;
}

uint64_t pattern_bytes(const struct pattern *pattern) {
    size_t code = 0;
    size_t machine_code = 0;
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &code);
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_JITSIZE, &machine_code);
    return sizeof *pattern + strlen(pattern->source) + 1 + code + machine_code + MATCH_BYTES;
}

const char *pattern_source(const struct pattern *pattern) {
    return pattern->source;
}
