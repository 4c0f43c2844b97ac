#include "hints/kinds.h"

static bool takes_any(const struct catalog_family *family, double number) {
    (void)family;
    (void)number;
    return true;
}

static bool takes_growth(const struct catalog_family *family, double number) {
    (void)family;
    return number >= 0;
}

static bool takes_observation(const struct catalog_family *family, double number) {
    return number >= 0 || family->allow_negative;
}

static bool takes_one(const struct catalog_family *family, double number) {
    (void)family;
    return number == 1;
}

static bool takes_choice(const struct catalog_family *family, double number) {
    (void)family;
    return number == 0 || number == 1;
}

static const struct hints_kind rows[KIND_COUNT] = {
    [KIND_COUNTER] = {.takes = "c",
                      .refuses = "a counter only grows; what goes up and down is an updowncounter "
                                 "or a gauge",
                      .takes_number = takes_growth},
    [KIND_READING] = {.takes = "g, the current total of the process",
                      .own = "a reading: the process's own total",
                      .refuses = "a reading is a total, which is not below 0",
                      .no_owner = "a counter of increments, without \"reading\", needs none",
                      .takes_number = takes_growth},
    [KIND_GAUGE] = {.takes = "g",
                    .own = "the process's own value as it is",
                    .refuses = "a gauge takes every finite number",
                    .no_owner = "a gauge with \"merge\": \"last\" needs no owner",
                    .takes_number = takes_any},
    [KIND_UPDOWNCOUNTER] = {.takes = "g or c, both a change",
                            .value = "a change",
                            .own = "a change of what the process has",
                            .changes = true,
                            .refuses = "an updowncounter takes every finite number",
                            .no_owner = "an updowncounter with \"owner\": \"host\" needs none",
                            .takes_number = takes_any},
    [KIND_HISTOGRAM] = {.takes = "h or d, and ms for milliseconds",
                        .refuses = "this histogram has no negative bucket bound, so it takes no "
                                   "negative observation",
                        .takes_number = takes_observation},
    [KIND_SUMMARY] = {.takes = "h or d, and ms for milliseconds",
                      .refuses = "a summary takes no negative number",
                      .takes_number = takes_observation},
    [KIND_RELAYED] = {.takes = "g, as it is relayed and not computed here",
                      .own = "a quantile that the process has",
                      .refuses = "a summary takes no negative number",
                      .no_owner =
                          "a summary that is computed here, without \"reading\", needs none",
                      .takes_number = takes_growth},
    [KIND_INFO] = {.takes = "g with the value 1",
                   .own = "1: these are the process's labels now",
                   .refuses = "the value of an info is 1: its content is in its labels",
                   .takes_number = takes_one},
    [KIND_STATESET] = {.takes = "g: 1 selects the state, 0 deselects it",
                       .value = "1 selects the state, 0 deselects it",
                       .refuses = "1 selects the state in the label, 0 deselects it",
                       .takes_number = takes_choice},
};

const struct hints_kind *hints_kind(const struct catalog_family *family) {
    return &rows[family->kind - kind_rows];
}

void hints_put_type(struct strbuf *out, const struct catalog_family *family) {
    const char *article = family->kind->article;
    strbuf_printf(out, "%s%s%s", article != NULL ? article : "", article != NULL ? " " : "",
                  family->kind->type);
}
