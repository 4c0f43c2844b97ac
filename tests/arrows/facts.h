/*
 * facts.h - what CMake declares: targets, their sources, their DEPS.
 */
#ifndef ARROWS_FACTS_H
#define ARROWS_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "words.h"

enum unit_kind {
    UNIT_LIBRARY,
    UNIT_PROGRAM, /**< its folder is its own unless a library has it, too */
    UNIT_FIXTURE, /**< of tests; its files are its sources and the headers that bear their names */
    UNIT_TEST,    /**< its files are its sources and what they include of its folder */
};

/** One target of the build. */
struct unit {
    enum unit_kind kind;
    const char *name;     /**< the target: sg_base */
    const char *folder;   /**< from the root of the tree: aggregator/base */
    struct words sources; /**< from the root of the tree */
    struct words deps;    /**< targets, and packages as PkgConfig::UV */
};

/** A package and a header of it, or a folder of headers with a slash at its end. */
struct package {
    const char *name;
    const char *header;
};

/**
 * What CMake knows, in lines of two or three words:
 *
 *     include FOLDER                a folder that the compiler searches for headers
 *     package PACKAGE HEADER        a header that belongs to a package
 *     library|program|fixture|test TARGET FOLDER
 *     source FILE                   of the unit above
 *     dep TARGET                    of the unit above
 */
struct facts {
    char *text; /**< what all names point into */
    struct words includes;
    struct package *packages;
    size_t package_count;
    struct unit *units;
    size_t unit_count;
};

/** False, with a message on stderr, if the file cannot be read or a line is malformed. */
bool facts_read(struct facts *facts, const char *path);
void facts_free(struct facts *facts);

/** NULL if no unit has this name. */
const struct unit *facts_unit(const struct facts *facts, const char *name);

/** The library, fixture or program that a file of the tree belongs to, or NULL. */
const struct unit *facts_owner(const struct facts *facts, const char *path);

/** The package that a header of the system belongs to, or NULL if it needs none. */
const char *facts_package(const struct facts *facts, const char *header);

/** True for a library or a program: its folder is a room of the product. */
bool unit_has_folder(const struct unit *unit);

#endif
