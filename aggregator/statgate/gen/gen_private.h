/* SPDX-License-Identifier: MIT */
/* gen_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_GEN_GEN_PRIVATE_H
#define STATGATE_STATGATE_GEN_GEN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "statgate/command.h"

/* ---- calls ----
 * the functions of a family, and the calls of the client library that they make. Private
 * to statgate/.
 */

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
    bool is_breaker;       /**< a prepared metric is a breaker, which is dropped, not closed */
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
    GEN_REPORT_PROBE, /**< in the place of GEN_ATTEMPT, through the breaker of GEN_ALLOW */
    GEN_OPEN_BREAKER,
    GEN_REPORT_STATE,
    GEN_JOB,
    GEN_USE_COUNT
};

extern const struct gen_call gen_calls[GEN_USE_COUNT];

/** Fill in the functions of a family; `listed`: all its labels are lists. Returns how many. */
uint32_t gen_calls_of(const struct catalog_family *family, bool listed, enum gen_use *ret_uses);

/* ---- names ----
 * the identifiers of a header, each used once: a name that is taken gets _2 at its end,
 * then _3. Private to statgate/.
 *
 * In C, tags and functions may share a name, but in C++ that is better avoided, so there is only
 * one table.
 */

struct gen_name {
    const char *text; /**< NULL: the place is free */
    uint32_t next;    /**< lower bound of the next suffix for this text */
};

struct gen_names {
    struct arena *arena; /**< holds the texts; borrowed */
    struct gen_name *places;
    size_t size; /**< a power of two, or 0 */
    size_t count;
};

/* ---- plan ----
 * what a header will contain: each service's functions with their arguments, and the names
 * of everything. Private to statgate/.
 *
 * It depends only on the catalogs. A list from the environment may differ from host to host, so
 * labels with such a list are texts, like those with a pattern.
 */

/** The most prepared metrics of a family. */
enum { GEN_PREPARED_MAX = 1024 };

/** An enum: the values of a label, or words. */
struct gen_choice {
    const char *key; /**< a label, or "outcome", "event", "state", "quantile" */
    const char *tag;
    const char *text; /**< the function that returns a constant's text */
    const char **constants;
    const char **wires; /**< as written in lines */
    const char **shown; /**< as exposed */
    uint32_t count;
};

/** A label that is an argument. */
struct gen_argument {
    const char *key;
    const char *parameter;
    const struct gen_choice *choice;   /**< NULL: a text */
    const struct catalog_label *label; /**< NULL: the argument is `quantile` */
};

struct gen_function {
    const struct gen_call *call;
    const char *name;
    const char *opener;            /**< the private function that prepares a metric */
    const char *wire;              /**< the name in a line */
    const struct gen_choice *word; /**< taken in place of a number, or NULL */
    struct gen_argument *arguments;
    uint32_t argument_count;
    uint32_t series;                    /**< prepared metrics, one for each combination; 0: none */
    uint64_t first;                     /**< number of the first within the service */
    const struct gen_function *through; /**< whose prepared breakers it uses, or NULL */
};

enum { GEN_FUNCTIONS_MAX = 3 };

struct gen_family {
    const struct catalog_family *family;
    const char *stem;    /**< prefix of its functions and enums */
    const char *service; /**< lines must name it, as others declare this name; or NULL */
    struct gen_choice *choices;
    uint32_t choice_count;
    struct gen_function functions[GEN_FUNCTIONS_MAX];
    uint32_t function_count; /**< 0: the family takes no lines */
};

struct gen_service {
    const struct catalog *catalog;
    const char *prefix;
    const char *metrics; /**< tag of the struct of prepared metrics */
    const char *open;
    const char *close;
    const char *lose;           /**< private function that counts a sample as lost */
    const char *labels;         /**< private function that writes labels as a text */
    const char *pair;           /**< private function that adds a pair */
    const char *enum_macro;     /**< private macro that begins an enum */
    const char *constant_macro; /**< private macro that follows each constant */
    const char *noinline_macro; /**< private macro of a function that is not to be inlined */
    struct gen_family *families;
    uint64_t series; /**< prepared metrics */
};

struct gen_plan {
    struct arena arena;
    struct gen_names names;
    struct strbuf scratch;
    struct gen_service *services;
    size_t service_count;
};

/* ---- functions: writes the enums and functions of a service as C. ---- */

/** Define, before the service, the macros that make a C enum valid C++ and keep a function from
 * being inlined; undefine them after it. */
void gen_put_macros(struct strbuf *out, const struct gen_service *service);
void gen_put_macros_end(struct strbuf *out, const struct gen_service *service);
/** Write the enum, each value with a comment, and the function that returns a constant's text. */
void gen_put_choice(struct strbuf *out, const struct gen_service *service,
                    const struct gen_choice *choice);

/* ---- functions ----
 * writes parts of a generated function. For the files of this folder only.
 */

/** The number of labels of a call as C text: a number, or `count`. */
struct gen_count {
    char text[12];
};

/** Write the labels of a call as an array `pairs`, indented by `indent` blanks. `service_label`
 * adds a label, or is NULL; there is at least one label. */
struct gen_count gen_put_pairs(struct strbuf *out, const struct gen_service *service, int indent,
                               const char *service_label, const struct gen_function *function);

/** Maximum size in bytes of these labels as a text, with its terminator. */
size_t gen_pairs_bytes(const char *service_label, const struct gen_function *function);

/* ---- header: writes the whole generated header. ---- */

/** Append the header. The same catalogs, prefix and version of statgate give the same bytes. */
void gen_write_header(struct strbuf *out, const struct gen_plan *plan);

/* ---- text ----
 * writes any text of a catalog as a C identifier, string literal or comment. Private to
 * statgate/.
 */

/** Append the text as an identifier: each byte other than a letter, digit or underscore becomes
 * an underscore. */
void gen_put_identifier(struct strbuf *out, const char *text);
/** As gen_put_identifier, in capitals. */
void gen_put_capitals(struct strbuf *out, const char *text);
/** Append a literal with its quotes, in ASCII only. */
void gen_put_string(struct strbuf *out, const char *text);
/** Append a text inside a comment, on one line, so that it neither ends the comment nor seems to
 * begin another. */
void gen_put_remark(struct strbuf *out, const char *text);

#endif
