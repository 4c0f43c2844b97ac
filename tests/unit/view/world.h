/* SPDX-License-Identifier: MIT */
/*
 * world.h - a fixture with views on top, and files of cases.
 */
#ifndef STATGATE_TESTS_VIEW_WORLD_H
#define STATGATE_TESTS_VIEW_WORLD_H

#include <jansson.h>

#include "fixture.h"
#include "view/view.h"

/* The source for views of the fixture. */
struct view_source world_source(const struct fixture *fx);

/*
 * Load `folder`/catalog.json, catalog1.json, ... and send `folder`/input: a datagram a line, with
 * \n, \t, \\ and \xHH escapes; `#` starts a comment line, and `@` a directive:
 *   @sender PID UID GID COMM    @advance MS    @hide (texts)    @end PID (the process ended)
 * At the end, ages and similar values are updated to the time of then.
 */
void world_load(struct fixture *fx, const char *folder);

/* Ends a process that owns something, and releases all of it. */
void world_end_process(struct fixture *fx, int32_t pid);

/* Step the view to its end with slices of this budget, free it, and return its text (to be freed).
 */
char *world_render(const struct fixture *fx, struct view *view, size_t budget);

/* A whole exposition. */
char *world_exposition(const struct fixture *fx, enum exposition_format format, size_t budget);

typedef struct view *(*world_list)(const struct view_source *source, const struct json_query *query,
                                   const char **ret_error);

/* `limit` as a parameter; valid until the next. NULL for 0. */
const char *limit_text(size_t limit);

/* A list, parsed; a new reference. Fails the test when the list refuses the query, or is no JSON.
 */
json_t *world_json(const struct fixture *fx, world_list list, const struct json_query *query);

/* The sentence with which the list refuses the query. Fails the test if it does not refuse. */
const char *world_refusal(const struct fixture *fx, world_list list,
                          const struct json_query *query);

#endif
