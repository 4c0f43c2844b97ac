/* SPDX-License-Identifier: MIT */
/*
 * cases.h - the corpus in tests/cases/proto: NAME.in is a datagram, NAME.expect its meaning.
 */
#ifndef CASES_H
#define CASES_H

#include <stddef.h>

struct case_file {
    char *name; /**< without folder and ending */
    char *data;
    size_t len;
    char *expect; /**< terminated; NULL when the file is missing */
};

struct cases {
    struct case_file *at;
    size_t count;
};

/** All of tests/cases/proto/FOLDER, by name; aborts when it cannot be read. */
struct cases cases_load(const char *folder);
void cases_free(struct cases *cases);

#endif
