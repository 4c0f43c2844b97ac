/*
 * pretty.h - JSON for people: a view whose slices are those of another, indented.
 */
#ifndef STATGATE_VIEW_PRETTY_H
#define STATGATE_VIEW_PRETTY_H

#include "view/view.h"

/** The same JSON, with a line and an indent for each item. Takes over `view`, which may be NULL, and frees it
 * when out of memory, NULL then. */
struct view *pretty_view(const struct memory *memory, struct view *view);
/** A view of a text, which it takes over: `text` is empty then. NULL when out of memory. */
struct view *pretty_text(const struct memory *memory, struct strbuf *text);

#endif
