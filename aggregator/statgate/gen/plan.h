/*
 * plan.h - what a header will contain: each service's functions with their arguments, and the names
 * of everything. Private to statgate/.
 *
 * It depends only on the catalogs. A list from the environment may differ from host to host, so
 * labels with such a list are texts, like those with a pattern.
 */
#ifndef STATGATE_STATGATE_GEN_PLAN_H
#define STATGATE_STATGATE_GEN_PLAN_H

#include "catalog/catalog.h"
#include "statgate/gen/names.h"

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

/** What a function does with its arguments: a row of calls.c. */
struct gen_call;

struct gen_function {
    const struct gen_call *call;
    const char *name;
    const char *opener;            /**< the private function that prepares a metric */
    const char *wire;              /**< the name in a line */
    const struct gen_choice *word; /**< taken in place of a number, or NULL */
    struct gen_argument *arguments;
    uint32_t argument_count;
    uint32_t series; /**< prepared metrics, one for each combination; 0: none */
    uint64_t first;  /**< number of the first within the service */
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

/**
 * Plan a header for the set's catalogs, which are borrowed. `prefix` replaces the name of the only
 * service, or is NULL. False: out of memory. End it with gen_plan_done in any case.
 */
bool gen_plan_make(struct gen_plan *plan, const struct catalog_set *set, const char *prefix);
void gen_plan_done(struct gen_plan *plan);

#endif
