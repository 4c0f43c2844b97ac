/*
 * pretty.h - JSON for people: a view that indents the slices of another view.
 */
#ifndef STATGATE_VIEW_PRETTY_H
#define STATGATE_VIEW_PRETTY_H

#include "view/view.h"

/** Make a view of the same JSON, with an indented line for each item. Takes over `view`, which may
 * be NULL. When out of memory it frees `view` and returns NULL. */
struct view *pretty_view(const struct memory *memory, struct view *view);
/** Make an indenting view of a JSON text. It takes the text over, so `text` is empty afterwards.
 * NULL when out of memory. */
struct view *pretty_text(const struct memory *memory, struct strbuf *text);

#endif
