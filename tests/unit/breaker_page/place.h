/* SPDX-License-Identifier: MIT */
/*
 * place.h - a folder for pages, one service with two breakers, and a reader's view of a page.
 */
#ifndef TESTS_BREAKER_PAGE_PLACE_H
#define TESTS_BREAKER_PAGE_PLACE_H

#include "breakers.h"
#include "sg_breaker_page.h"

#include <sys/stat.h>

/** Removed by place_done. */
extern char place_folder[64];
/** FOLDER/statgate.breakers. */
extern char place_page[96];
/** Service `imgsrv`: background_job with job=cas-promotion|publish. */
extern struct breakers place_breakers;

void place_init(void);
void place_done(void);

/** Maps the page read-only, as a client does. NULL if there is none of the right size. */
const struct sg_breaker_page *reader_map(const char *path);
void reader_unmap(const struct sg_breaker_page *page);
/** The slot of a tag, found as BREAKER_PAGE.md says; NULL if it is not on the page. */
const struct sg_breaker_page_slot *reader_find(const struct sg_breaker_page *page, uint64_t tag);
/** Tag of a name and up to two labels ("key:value", NULL: none). */
uint64_t reader_tag(const char *name, const char *label, const char *other);
size_t reader_entries(const struct sg_breaker_page *page);
struct stat place_stat(const char *path);
/** How many entries the folder has. */
size_t place_names(void);

#endif
