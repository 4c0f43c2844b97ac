/* SPDX-License-Identifier: MIT */
/* learn_private.h - what was seen of lines, and the catalog for them. Private. */
#ifndef STATGATE_STATGATE_LEARN_LEARN_PRIVATE_H
#define STATGATE_STATGATE_LEARN_LEARN_PRIVATE_H

#include "base/strbuf.h"
#include "sg_proto.h"
#include "statgate/command.h"
#include "json/json.h"

/* ---- traffic: what was seen, of each name. Pure. ----
 * Bounded: TRAFFIC_NAMES_MAX names in detail. Of more names, those that were seen least make way,
 * and a sketch of counts knows a name that comes again; so names that a program sends all the time
 * stay under any flood of names that come once.
 */

enum {
    TRAFFIC_NAMES_MAX = 4096,
    TRAFFIC_LABELS_MAX = SG_LABELS_MAX, /**< of a name */
    TRAFFIC_VALUES_MAX = 64,            /**< of a label, in full */
    TRAFFIC_NUMBERS_MAX = 128,          /**< of a name: a uniform sample */
    TRAFFIC_PIDS_MAX = 4,               /**< of a name; more are counted as "more" */
    TRAFFIC_WORDS_MAX = 16              /**< of a name: outcomes of attempts */
};

/** A value of a label, or a word. */
struct traffic_value {
    char *text;
    uint64_t lines;
};

struct traffic_label {
    char *key;
    struct traffic_value *values; /**< the first ones that came */
    size_t count;
    size_t room;
    uint64_t lines;   /**< that have the label */
    uint64_t further; /**< lines with a value that had no room */
    uint64_t late;    /**< lines with a new value, in the second half of what was seen */
};

/** What is known of a name. */
struct traffic_name {
    char *name;
    uint64_t lines;    /**< seen in detail */
    uint64_t estimate; /**< seen in all, as the sketch has it */
    uint64_t last;     /**< number of the line that was the last one */
    uint64_t letters[SG_LETTER_COUNT];
    struct traffic_label labels[TRAFFIC_LABELS_MAX];
    size_t label_count;
    struct traffic_value words[TRAFFIC_WORDS_MAX];
    size_t word_count;
    double numbers[TRAFFIC_NUMBERS_MAX];
    uint64_t number_count; /**< of all */
    double least;
    double most;
    bool whole; /**< all numbers are */
    bool falls; /**< a process sent a smaller number than before */
    bool rises; /**< or a larger one */
    int64_t pids[TRAFFIC_PIDS_MAX];
    double before[TRAFFIC_PIDS_MAX]; /**< the last number of the process */
    size_t pid_count;                /**< TRAFFIC_PIDS_MAX + 1: more */
};

struct traffic {
    const char *service; /**< lines that name another are no part of it; NULL: all are */
    void *tree;          /* of names, by text */
    struct traffic_name *names[TRAFFIC_NAMES_MAX];
    size_t count;
    uint64_t lines;   /**< seen */
    uint64_t dropped; /**< names that made way */
    uint64_t random;
    uint8_t *sketch;
    struct traffic_value services[TRAFFIC_WORDS_MAX]; /**< of the label service */
    size_t service_count;
    uint64_t unreadable; /**< lines that are no metric, or cut */
};

void traffic_init(struct traffic *traffic);
void traffic_done(struct traffic *traffic);
/** A line, and the process that sent it; 0: not known. `must_name`: it counts only if it names the
 * service. Returns whether it counts. */
bool traffic_add(struct traffic *traffic, struct sg_span line, int64_t pid, bool must_name);
/** Put what is known of one name into another. */
void traffic_merge(struct traffic_name *into, const struct traffic_name *from);
struct traffic_name *traffic_name_new(const char *name);
void traffic_name_free(struct traffic_name *name);
/** Count a value of a label. */
void traffic_count_label(struct traffic_name *name, const char *key, size_t key_len,
                         const char *value, size_t value_len, uint64_t lines, bool late);

/* ---- catalog: what the traffic needs. Pure. ---- */

/**
 * A catalog of this service that accepts the traffic; `present` (NULL: none) is only added to, and
 * borrowed. Each guess is a line of `evidence`. A new reference.
 */
json_t *learn_catalog(struct traffic *traffic, const char *service, json_t *present,
                      struct strbuf *evidence);

/** Whether the list has the text; NULL: there is no list. */
bool learn_lists(const json_t *list, const char *text);

/* ---- configuration: where the catalog is served ---- */

/** The path of a page of its own for this service, and its address unless the file has one. */
#define LEARN_PATH   "/metrics/"
#define LEARN_LISTEN "127.0.0.1:9464"

/**
 * Name the catalog in the configuration file, which is made if it is not there; `apart`: with an
 * endpoint for its service. What it names already stays. False with a reason.
 */
bool learn_configure(const char *config, const char *catalog, const char *service, bool apart,
                     struct error *ret_error);

#endif
