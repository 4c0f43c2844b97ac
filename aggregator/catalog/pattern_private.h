/*
 * pattern_private.h - the struct of a pattern, for the files of catalog/ that keep lists of
 * patterns.
 */
#ifndef STATGATE_CATALOG_PATTERN_PRIVATE_H
#define STATGATE_CATALOG_PATTERN_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>

struct pattern {
    struct pattern *next; /* list of its catalog */
    char *source;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

/* Bytes of memory that a pattern takes between matches. */
uint64_t pattern_bytes(const struct pattern *pattern);

#endif
