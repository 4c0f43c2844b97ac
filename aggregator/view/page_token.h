/*
 * page_token.h - tokens for the end of a page of a JSON list: written as `next`, read as `after`.
 *
 * A token is opaque to people: base64url (RFC 4648, section 5, without padding) of a byte that
 * names the list and of some texts, each with its length. Clients send it back, so it is checked
 * strictly; its texts are only looked up.
 */
#ifndef STATGATE_VIEW_PAGE_TOKEN_H
#define STATGATE_VIEW_PAGE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "catalog/catalog.h"

/** The sentence for a token that does not belong to the list. */
extern const char page_token_refusal[];

enum page_token_list {
    PAGE_TOKEN_SERIES = 's',
    PAGE_TOKEN_REJECTIONS = 'r',
    PAGE_TOKEN_SENDERS = 'p',
    PAGE_TOKEN_CATALOG = 'c',
    PAGE_TOKEN_BREAKERS = 'b',
    PAGE_TOKEN_JOBS = 'j',
    PAGE_TOKEN_EVENTS = 'e'
};

/** Writes a token: page_token_begin, a page_token_add for each text, page_token_end. */
struct page_token_writer {
    struct strbuf raw;
};

/** Begin a token of this list. `memory` is borrowed until page_token_end, which must follow. */
void page_token_begin(struct page_token_writer *writer, const struct memory *memory,
                      enum page_token_list list);
/** `len` at most 65,535. */
void page_token_add(struct page_token_writer *writer, const char *text, size_t len);
void page_token_add_number(struct page_token_writer *writer, uint64_t number);
/** Add two texts: the name of the family's service and the name of the family. */
void page_token_add_family(struct page_token_writer *writer, const struct catalog_family *family);
/** Append the token to `out`, which fails if the writer did; frees the writer's memory. */
void page_token_end(struct page_token_writer *writer, struct strbuf *out);

/** Reads a token. Texts point into `raw`, which page_token_done frees. */
struct page_token_reader {
    struct strbuf raw;
    size_t at;
};

/** False if `after` is not a token of this list, or when out of memory (raw.failed). */
bool page_token_open(struct page_token_reader *reader, const struct memory *memory,
                     const char *after, enum page_token_list list);
/** The next text. False at the end, and if the token is broken. */
bool page_token_next(struct page_token_reader *reader, const char **ret_text, size_t *ret_len);
/** The next text as a number of at most `max`; false unless it is spelled as page_token_add_number
 * spells it. */
bool page_token_next_number(struct page_token_reader *reader, uint64_t max, uint64_t *ret_number);
/** The family that page_token_add_family wrote as the next two texts; NULL if the set does not have
 * it. */
const struct catalog_family *page_token_next_family(struct page_token_reader *reader,
                                                    const struct catalog_set *set);
/** True if all texts were read. */
bool page_token_is_read(const struct page_token_reader *reader);
void page_token_done(struct page_token_reader *reader);

#endif
