/*
 * breakers.h - breakers in any state that a test wants, in place of the machines: for the page that
 * shows them and the client that reads it.
 *
 * Links in place of machines_breaker_count() and machines_breaker_at().
 */
#ifndef STATGATE_TESTS_BREAKERS_H
#define STATGATE_TESTS_BREAKERS_H

#include "breaker_page/breaker_page.h"

struct breakers {
    struct catalog_set set;
    struct machines *machines;
};

void breakers_init(struct breakers *breakers);
void breakers_done(struct breakers *breakers);
/* A service; `socket` NULL: on the shared one. */
struct catalog *breakers_service(struct breakers *breakers, const char *service,
                                 const char *socket);
/*
 * A declaration. `labels` as "job=worked|idle;zone=eu*|us;from==here": values separated by bars,
 * the default marked by a star, `text~wire` if the wire spells it differently, == for a const
 * label. `aliases` separated by commas, or NULL. Both are modified.
 */
struct catalog_family *breakers_declare(struct breakers *breakers, struct catalog *catalog,
                                        const char *name, char *aliases, char *labels);
/* The service runs this declaration's breaker itself. */
void breakers_report(struct catalog_family *family);
/* After the last declaration: makes all combinations, closed. */
void breakers_ready(struct breakers *breakers);
/* Set the breaker whose number is `index`: combinations are in order, the last label varies
 * fastest. */
void breakers_set(struct breakers *breakers, size_t index, enum breaker_state state,
                  uint32_t epoch);
/* A declaration without a breaker. */
void breakers_undeclare(struct breakers *breakers, size_t index);

#endif
