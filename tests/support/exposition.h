/*
 * exposition.h - a reader of the Prometheus text format 0.0.4, for test programs.
 *
 * Written from the format's description, and apart from everything that writes it here: what both
 * misunderstand alike would not be seen. It is strict where the format is: one place for each
 * family, TYPE before samples, no sample twice.
 */
#ifndef STATGATE_TESTS_EXPOSITION_H
#define STATGATE_TESTS_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>

struct exposed_label {
    const char *name;
    const char *value; /**< unescaped */
};

struct exposed_sample {
    const char *name; /**< with _bucket, _sum or _count where it has them */
    struct exposed_label *labels;
    size_t label_count; /**< in byte order of name */
    double value;
    size_t line;
};

struct exposed_family {
    const char *name;
    const char *type; /**< "untyped" without a TYPE line */
    const char *help; /**< unescaped; NULL without a HELP line */
    struct exposed_sample *samples;
    size_t sample_count;
    size_t line; /**< where it begins */
    bool typed;
};

/** Strings point into the text, which it owns. */
struct exposition {
    char *text;
    struct exposed_family *families; /**< in the order of the text */
    size_t family_count;
};

/**
 * Read a text of len bytes, which is changed and owned from now on, whatever comes of it. False
 * with a sentence in ret_error (of error_size bytes) that names the line. Free it with
 * exposition_done in either case.
 */
bool exposition_read(struct exposition *ret_exposition, char *text, size_t len, char *ret_error,
                     size_t error_size);
/** Safe on a zeroed struct. */
void exposition_done(struct exposition *exposition);

/** By name, or NULL. */
const struct exposed_family *exposition_find(const struct exposition *exposition, const char *name);
/** The value of a label, or NULL. */
const char *sample_label(const struct exposed_sample *sample, const char *name);
/** Whether two samples have the same labels, one label name (or NULL: none) left out of both. */
bool samples_alike(const struct exposed_sample *a, const struct exposed_sample *b,
                   const char *left_out);

#endif
