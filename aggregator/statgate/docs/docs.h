/*
 * docs.h - a reference page of what catalogs declare, as Markdown. Private to statgate/.
 *
 * The page depends on the catalogs, and on the endpoints of a configuration file, alone: no time,
 * no path of theirs, no name of this host. So a page that was written earlier can be compared with
 * what they say now.
 */
#ifndef STATGATE_STATGATE_DOCS_DOCS_H
#define STATGATE_STATGATE_DOCS_DOCS_H

#include "catalog/catalog.h"
#include "statgate/command.h"

/* ---- the page (page.c) ---- */

struct docs_page {
    const struct catalog *const *catalogs; /**< by service, each of them finished in a set */
    size_t count;
    const char *title; /**< plain text; NULL: "Metrics of" and the services */
    const struct settings_endpoint *endpoints; /**< that show the services */
    size_t endpoint_count;
    const struct settings_endpoint *rest; /**< where all other services are shown; NULL: not said */
};

void docs_write(struct strbuf *out, const struct docs_page *page);

/** The sections of one service. `level` is the depth of their headings, 2 to 4. Each appends
 * nothing if the service has nothing of the kind. */
void docs_write_series(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_labels(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_presence(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_buckets(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_sending(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_queries(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_bounds(struct strbuf *out, const struct catalog *catalog, int level);

/** The attempts or jobs that a family is derived from; NULL: it is not derived. */
const struct catalog_family *docs_origin(const struct catalog_family *family);

/** A value that the label takes, as the wire spells it (example.c); may stand in ret_text.
 * NULL: none comes to mind. */
const char *docs_example(const struct catalog_label *label, char ret_text[CATALOG_VALUE_MAX + 1]);

/* ---- Markdown (markdown.c) ---- */

/** An empty line, the heading, an empty line. The text is Markdown. */
void docs_put_heading(struct strbuf *out, int level, const char *text);
/** Text for people, as it stands: nothing in it is taken for Markdown. Line breaks become blanks.
 * For headings, paragraphs and cells. */
void docs_put_prose(struct strbuf *out, const char *text);
/** Text as code, for a cell of a table. */
void docs_put_code(struct strbuf *out, const char *text);
/** Several, with commas between them. */
void docs_put_codes(struct strbuf *out, const char *const *texts, size_t count);
/** "1,308"; UINT64_MAX, which stands for all beyond: "2^64 or more". */
void docs_put_count(struct strbuf *out, uint64_t count);
/** "300 s" */
void docs_put_seconds(struct strbuf *out, int64_t time_ms);

/* ---- families that have the same to say (groups.c) ---- */

struct docs_entry {
    size_t offset; /**< of its key */
    const struct catalog_family *family;
};

/** Rows of a table: each distinct key, the text of its first cells, with the families that have it.
 */
struct docs_groups {
    struct strbuf keys; /**< terminated, one behind the other */
    size_t begun;       /**< where the key stands that is being written */
    struct docs_entry *entries;
    size_t count;
    size_t cap;
};

void docs_groups_init(struct docs_groups *groups);
void docs_groups_done(struct docs_groups *groups);
/** Append the key's text to groups->keys ("cell | cell"), then call this. Families come in order of
 * name. */
void docs_groups_add(struct docs_groups *groups, const struct catalog_family *family);

/** How the last cell is put shorter than as a list of all families. */
enum docs_shorten {
    SHORTEN_NOTHING,
    SHORTEN_ONLY, /**< "all that have it", where no other key has the same first cell */
    SHORTEN_REST  /**< the largest group, if it is large, comes last: "all others" */
};

/** Append a row for each key, in byte order of key: the key, then the families. */
void docs_groups_write(struct docs_groups *groups, struct strbuf *out, enum docs_shorten shorten);

/* ---- files (file.c) ---- */

enum { DOCS_ERROR_MAX = 1024 };

/** Make the file hold this text, in one step, or leave it as it was. A file that holds it already
 * is not touched; permissions stay, links are followed. False with the reason in ret_error. */
bool docs_file_write(const char *path, const struct strbuf *text, char *ret_error);

/** What the file holds, appended. False with the reason in ret_error. */
bool docs_file_read(const char *path, struct strbuf *ret_text, char *ret_error);

#endif
