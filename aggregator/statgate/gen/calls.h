/*
 * calls.h - the functions of a family, and the calls of the client library that they make. Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_CALLS_H
#define STATGATE_STATGATE_GEN_CALLS_H

#include "catalog/catalog.h"

struct gen_call {
    const char *verb;      /**< follows the family's name */
    const char *type;      /**< type of a prepared metric; NULL: never prepared */
    size_t bytes;          /**< size of that type, with 64-bit pointers */
    const char *use;       /**< the call with a prepared metric */
    const char *with;      /**< the call with pairs of labels */
    const char *parameter; /**< declared before the labels, or NULL; an enum for a word */
    const char *passed;    /**< argument after the name; NULL: the word */
    const char *further;   /**< argument after the word: a job's id, or NULL */
    const char *word;      /**< name of the word that it takes; NULL: none */
    const char *about;     /**< description for the generated comment */
    bool by_text;          /**< `with` takes labels as a text */
    bool is_breaker;       /**< a prepared metric is a breaker, which is never closed */
};

enum gen_use {
    GEN_COUNT,
    GEN_ADD,
    GEN_SET,
    GEN_SET_SUM,   /**< of a relayed summary */
    GEN_SET_COUNT, /**< of a relayed summary */
    GEN_OBSERVE,
    GEN_DESCRIBE,
    GEN_SELECT,
    GEN_DESELECT,
    GEN_ATTEMPT,
    GEN_ALLOW,
    GEN_OPEN_BREAKER,
    GEN_REPORT_STATE,
    GEN_JOB,
    GEN_USE_COUNT
};

extern const struct gen_call gen_calls[GEN_USE_COUNT];

/** Fill in the functions of a family; `listed`: all its labels are lists. Returns how many. */
uint32_t gen_calls_of(const struct catalog_family *family, bool listed, enum gen_use *ret_uses);

#endif
