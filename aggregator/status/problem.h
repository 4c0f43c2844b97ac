/*
 * problem.h - one condition that needs attention: in words, with a link, and with the facts behind
 * both.
 */
#ifndef STATGATE_STATUS_PROBLEM_H
#define STATGATE_STATUS_PROBLEM_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "events/events.h"
#include "sg_proto.h"

enum status_kind {
#define KIND(name, text) STATUS_##name,
#include "status/kinds.def"
#undef KIND
    STATUS_KIND_COUNT
};

/** "rejections", "breaker_open", ... Static. */
const char *status_kind_text(enum status_kind kind);

enum {
    STATUS_PROBLEMS_MAX = 64,
    STATUS_PROBLEMS_RESERVED =
        4, /**< places that each kind is guaranteed, however many others there are */
    STATUS_TEXT_MAX = 320,
    STATUS_LINK_MAX = 320
};

/** Texts are terminated; some hold bytes that senders chose. The catalogs own what the pointers
 * refer to. */
struct status_problem {
    enum status_kind kind;
    const struct catalog *service; /**< NULL: none, or unknown */
    const struct catalog_family
        *family;           /**< NULL: none, or unknown; for a breaker or jobs, the declaration */
    int label;             /**< REJECTIONS: index in the family, or -1 */
    enum sg_reject reason; /**< REJECTIONS */
    uint64_t count; /**< samples, jobs, series or percent, see the text; larger counts come first */
    size_t index;   /**< BREAKER_OPEN: number of the breaker (machines_breaker_at) */
    uint64_t key;   /**< together with kind, family, label and reason, unique among problems */
    int64_t since_ms;           /**< Unix time; 0: unknown */
    int64_t last_ms;            /**< Unix time of the last occurrence; 0: unknown */
    struct who who;             /**< pid 0: unknown */
    char text[STATUS_TEXT_MAX]; /**< a sentence without a full stop */
    char link[STATUS_LINK_MAX]; /**< see link.h */
};

#endif
