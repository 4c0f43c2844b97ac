/*
 * pattern_private.h - the inside of a pattern, for the files of catalog/ that keep lists of them.
 */
#ifndef STATGATE_CATALOG_PATTERN_PRIVATE_H
#define STATGATE_CATALOG_PATTERN_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>

struct pattern {
    struct pattern *next; /* its catalog's list */
    char *source;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

/* What it takes between matches. */
uint64_t pattern_bytes(const struct pattern *pattern);

#endif
