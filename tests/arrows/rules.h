/*
 * rules.h - what the tree is held to.
 */
#ifndef ARROWS_RULES_H
#define ARROWS_RULES_H

#include "facts.h"
#include "report.h"
#include "symbols.h"

/** What the rules judge. */
struct tree {
    const char *root;
    struct facts facts;
    struct symbols symbols;
};

/**
 * Every header that a file includes belongs to the file's own unit or to one that its DEPS name,
 * and DEPS of libraries and programs name nothing else.
 */
void rules_includes(struct report *report, const struct tree *tree);

/**
 * No unit reaches itself through DEPS, no file through calls within its unit, and no header through
 * includes. A source may include the header of a file that calls it, for its types.
 */
void rules_circles(struct report *report, const struct tree *tree);

/** No two units export one symbol. */
void rules_twice(struct report *report, const struct tree *tree);

/**
 * What an object uses is of its own unit or of one that its DEPS name, also where no header of it
 * is included.
 */
void rules_calls(struct report *report, const struct tree *tree);

/** Exported symbols begin with the name of a folder or of their file. */
void rules_names(struct report *report, const struct tree *tree);

/** No two structs, unions or enums of the product bear one tag. */
void rules_tags(struct report *report, const struct tree *tree);

#endif
