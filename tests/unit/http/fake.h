/* SPDX-License-Identifier: MIT */
/*
 * fake.h - views without a store, with as many slices and bytes as a test wants, which record what
 * the server did. The linker's --wrap puts them in place of those of view/.
 */
#ifndef STATGATE_TEST_HTTP_FAKE_H
#define STATGATE_TEST_HTTP_FAKE_H

#include "view/view.h"

struct fake {
    /* What the views do. */
    size_t slices;          /* steps of a view, at least 1 */
    size_t json_slices;     /* the same of JSON views; 0 = as many */
    size_t slice_bytes;     /* of each */
    uint64_t step_ns;       /* of CPU time that each takes, or a little more */
    size_t fail_at;         /* the step at which memory runs out, from 1; 0 = never */
    const char *json_error; /* JSON views refuse with this */
    /* What happened. */
    size_t made;
    size_t freed;
    size_t steps;
    struct exposition_options options; /* of the last exposition */
    const char *which;                 /* the last JSON view: "series", ... */
    char limit[16];
    char after[64];
    char service[64];
    char family[64];
    char reason[64];
    char pid[64];
    char since[64];
    int64_t now_ms;
};

extern struct fake fake;
/* The page of one service. Each endpoint shows one service, "imgsrv" or that of its name; the page
 * of all services is its `all`. */
extern const struct endpoint_page fake_service_page;

/* The whole text that a view gives. */
void fake_text(struct strbuf *out);

#endif
