/*
 * page.h - what the JSON lists have in common: filters, a limit, and a token to go on from.
 *
 * A token is opaque to people: base64url (RFC 4648, section 5, without padding) of a byte that
 * names the list and a row of texts, each with its length. It comes back from outside and is
 * checked strictly; nothing in it is trusted beyond being text that is looked up.
 */
#ifndef STATGATE_VIEW_PAGE_H
#define STATGATE_VIEW_PAGE_H

#include "view/view.h"

enum { PAGE_LIMIT_DEFAULT = 1000, PAGE_LIMIT_MAX = 100000 };

/** A checked query. What it points to belongs to the catalogs. */
struct page {
    size_t limit;
    const struct catalog *service; /**< NULL: all */
    const char *family;            /**< NULL: all */
};

/** What a list is of: families with series, families of one type, or all (`shows` NULL). */
typedef bool (*page_family_fn)(const struct catalog_family *family);

/** Check limit and filters; a family that the list does not show is none. False with a sentence in
 * *ret_error. */
bool page_check(const struct view_source *source, const struct json_query *query,
                page_family_fn shows, struct page *ret_page, const char **ret_error);

/** Does the filter let this family through? */
bool page_shows(const struct page *page, const struct catalog_family *family);

/** The sentence for every token that is none of this list's. */
extern const char page_bad_after[];

enum token_list {
    TOKEN_SERIES = 's',
    TOKEN_REJECTIONS = 'r',
    TOKEN_SENDERS = 'p',
    TOKEN_CATALOG = 'c',
    TOKEN_BREAKERS = 'b',
    TOKEN_JOBS = 'j'
};

/** Writing: token_begin, then a token_add per text, then token_end. */
struct token_writer {
    struct strbuf raw;
};

void token_begin(struct token_writer *writer, enum token_list list);
/** `len` at most 65,535. */
void token_add(struct token_writer *writer, const char *text, size_t len);
void token_add_number(struct token_writer *writer, uint64_t number);
/** Two texts: the names of its service and its own. */
void token_add_family(struct token_writer *writer, const struct catalog_family *family);
/** Append the token to `out`, which fails if the writer did; frees the writer's memory. */
void token_end(struct token_writer *writer, struct strbuf *out);

/** Reading. Texts point into `raw`, which token_done frees. */
struct token_reader {
    struct strbuf raw;
    size_t at;
};

/** False when `after` is no token of this list, or memory is out (raw.failed). */
bool token_open(struct token_reader *reader, const char *after, enum token_list list);
/** The next text. False when there is none, or the token is broken. */
bool token_next(struct token_reader *reader, const char **ret_text, size_t *ret_len);
/** The next text as a number of at most `max`, which is refused unless it is spelled as
 * token_add_number does. */
bool token_next_number(struct token_reader *reader, uint64_t max, uint64_t *ret_number);
/** The next two texts as what token_add_family wrote; NULL when the set has no such family. */
const struct catalog_family *token_next_family(struct token_reader *reader,
                                               const struct catalog_set *set);
/** All texts were read. */
bool token_is_read(const struct token_reader *reader);
void token_done(struct token_reader *reader);

#endif
