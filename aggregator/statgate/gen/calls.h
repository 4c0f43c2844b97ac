/*
 * calls.h - the functions that a family has, and which calls of the client they become. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_CALLS_H
#define STATGATE_STATGATE_GEN_CALLS_H

#include "catalog/catalog.h"

struct gen_call {
    const char *verb;      /**< behind the family's name */
    const char *type;      /**< of a prepared one; NULL: never prepared */
    size_t bytes;          /**< of that, with 64-bit pointers */
    const char *use;       /**< the call of a prepared one */
    const char *with;      /**< the call with pairs of labels */
    const char *parameter; /**< declared before the labels, or NULL; a word's is an enum */
    const char *passed;    /**< what the call gets behind the name; NULL: its word */
    const char *further;   /**< what it gets behind the word: the id of a job, or NULL */
    const char *word;      /**< the name of its word, or NULL: it takes none */
    const char *about;     /**< what it does, for a comment */
    bool by_text;          /**< `with` takes labels as a text */
    bool is_breaker;       /**< a prepared one is a breaker, which nothing closes */
};

enum gen_use {
    GEN_COUNT,
    GEN_ADD,
    GEN_SET,
    GEN_SET_SUM,   /**< of a relayed summary */
    GEN_SET_COUNT, /**< likewise */
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

/** The functions of a family whose labels are all lists, or not (`listed`). Returns how many. */
uint32_t gen_calls_of(const struct catalog_family *family, bool listed, enum gen_use *ret_uses);

#endif
