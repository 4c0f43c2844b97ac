/* self_private.h - the list of families, shared by the two files of this folder. */
#ifndef STATGATE_SELF_PRIVATE_H
#define STATGATE_SELF_PRIVATE_H

#include "self/self.h"

enum self_label {
    SELF_NONE,
    SELF_SERVICE, /* every service, and (none) */
    SELF_LOADED,  /* every service; also named service */
    SELF_VERDICT,
    SELF_REASON,
    SELF_TABLE,
    SELF_FORMAT,
    SELF_VERSION,
    SELF_QUERY,       /* every query of the set, by its name */
    SELF_QUERY_REASON /* also named reason */
};

enum self_family {
#define SELF(id, name, type, unit, first, second, help) SELF_##id,
#include "self/self.def"
#undef SELF
    SELF_FAMILY_COUNT
};

struct self_description {
    const char *name;
    const char *type;
    const char *unit;
    enum self_label labels[2];
    const char *help;
};

extern const struct self_description self_families[SELF_FAMILY_COUNT];

/* Families that a set without queries does not have. */
bool self_of_queries(enum self_family which);

/* Not a legal service name, so that it cannot be one. */
#define SELF_NO_SERVICE "(none)"

/* The group of the process_* families: a service that has such families of its own excludes it. */
#define SELF_PROCESS_GROUP "statgate_process"

/* Values of SELF_TABLE, in this order. */
#define SELF_TABLES                                                                                \
    "series", "label_values", "known_lines", "senders", "handles", "owners", "descriptors",        \
        "parts", "jobs", "summary_pages", "unknown_labels"

/* An endpoint's handler, in byte order of name. */
enum self_handler_family {
    SELF_HANDLER_IN_FLIGHT,
    SELF_HANDLER_REQUESTS,
    SELF_HANDLER_FAMILY_COUNT
};

struct self_handler_description {
    const char *name;
    const char *type;
    bool has_code; /* the label `code` */
    const char *help;
};
extern const struct self_handler_description self_handler_families[SELF_HANDLER_FAMILY_COUNT];

/* Values of the label `code`. */
extern const char *const self_handler_codes[SELF_HANDLER_CODES];

#endif
