/* Reads one catalog from its file, or from what was accepted last. */
#include "accepted/candidate.h"

#include <stdlib.h>
#include <string.h>

#include "loader/loader.h"
#include "json/jsondoc.h"

struct candidate *candidates_add(struct candidates *candidates, const char *origin,
                                 const char *path) {
    struct candidate *more =
        realloc(candidates->items, (candidates->count + 1) * sizeof *candidates->items);
    char *copy = strdup(path);
    if (more != NULL)
        candidates->items = more;
    if (more == NULL || copy == NULL) {
        free(copy);
        return NULL;
    }
    more[candidates->count] = (struct candidate){.path = copy, .origin = origin};
    return &more[candidates->count++];
}

void candidates_done(struct candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++) {
        catalog_free(candidates->items[i].catalog);
        free(candidates->items[i].path);
    }
    free(candidates->items);
    *candidates = (struct candidates){0};
}

/* ---- the file ---- */

struct live_texts {
    struct accepted *live;
    const char *path;
    bool failed;
};

static void note(struct live_texts *texts, enum accepted_kind kind, const char *name,
                 const char *text, size_t len) {
    texts->failed |= !accepted_add(
        texts->live, &(struct accepted_text){
                         .kind = kind, .name = name, .of = texts->path, .text = text, .len = len});
}

/* The text of this kind and name that is of the catalog at `path`; NULL: there is none. */
static const char *find_of(const struct accepted *texts, enum accepted_kind kind, const char *path,
                           const char *name, size_t *ret_len) {
    const struct accepted_text *text = accepted_find(texts, kind, path, name);
    *ret_len = text != NULL ? text->len : 0;
    return text != NULL ? text->text : NULL;
}

static const char *find_live(void *arg, const char *name) {
    const char *text = getenv(name);
    const char *noted = text != NULL ? text : "";
    note(arg, ACCEPTED_CATALOG_VARIABLE, name, noted, strlen(noted));
    return text;
}

/* What is noted is what the catalog gets: the file may change at any time. */
static const char *read_live(void *arg, const char *path, size_t *ret_len, const char **ret_why) {
    struct live_texts *texts = arg;
    size_t len = 0;
    char *bytes = loader_value_file(path, &len, ret_why);
    if (bytes == NULL)
        return NULL;
    note(texts, ACCEPTED_CATALOG_VALUES, path, bytes, len);
    free(bytes);
    *ret_why = "out of memory";
    return find_of(texts->live, ACCEPTED_CATALOG_VALUES, texts->path, path, ret_len);
}

bool candidate_read_file(struct candidate *candidate, struct accepted *live,
                         struct error *ret_error) {
    struct live_texts texts = {.live = live, .path = candidate->path};
    struct accepted_text text = {
        .kind = ACCEPTED_CATALOG, .name = candidate->path, .of = candidate->origin};
    char *bytes = jsondoc_read(candidate->path, &text.len, ret_error);
    if (bytes == NULL)
        return false;
    text.text = bytes;
    const struct loader_source source = {.name = candidate->path,
                                         .text = bytes,
                                         .len = text.len,
                                         .variable = find_live,
                                         .file = read_live,
                                         .arg = &texts};
    candidate->catalog = loader_read(&source, ret_error);
    if (candidate->catalog != NULL && (texts.failed || !accepted_add(live, &text))) {
        catalog_free(candidate->catalog);
        candidate->catalog = NULL;
        (void)error_set(ret_error, "%s: out of memory", candidate->path);
    }
    free(bytes);
    return candidate->catalog != NULL;
}

/* ---- what was accepted last ---- */

static const struct accepted_text *find_text(const struct candidate *candidate,
                                             const struct accepted *texts) {
    return accepted_find(texts, ACCEPTED_CATALOG, candidate->origin, candidate->path);
}

static bool is_same(const struct accepted_text *a, const struct accepted_text *b) {
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool candidate_is_kept(const struct candidate *candidate, const struct accepted *live,
                       const struct accepted *kept) {
    const struct accepted_text *now = find_text(candidate, live);
    const struct accepted_text *then = find_text(candidate, kept);
    return now != NULL && then != NULL && is_same(now, then) &&
           accepted_same_of(live, kept, ACCEPTED_CATALOG_VARIABLE, candidate->path) &&
           accepted_same_of(live, kept, ACCEPTED_CATALOG_VALUES, candidate->path);
}

struct kept_texts {
    const struct accepted *kept;
    const char *path;
};

static const char *find_kept(void *arg, const char *name) {
    const struct kept_texts *texts = arg;
    size_t len;
    const char *text = find_of(texts->kept, ACCEPTED_CATALOG_VARIABLE, texts->path, name, &len);
    return len > 0 ? text : NULL;
}

static const char *read_kept(void *arg, const char *path, size_t *ret_len, const char **ret_why) {
    const struct kept_texts *texts = arg;
    *ret_why = "it was not accepted before";
    return find_of(texts->kept, ACCEPTED_CATALOG_VALUES, texts->path, path, ret_len);
}

bool candidate_read_kept(struct candidate *candidate, const struct accepted *kept,
                         struct error *ret_error) {
    const struct accepted_text *text = find_text(candidate, kept);
    struct kept_texts texts = {.kept = kept, .path = candidate->path};
    if (text == NULL)
        return false;
    const struct loader_source source = {.name = candidate->path,
                                         .text = text->text,
                                         .len = text->len,
                                         .variable = find_kept,
                                         .file = read_kept,
                                         .arg = &texts};
    candidate->catalog = loader_read(&source, ret_error);
    if (candidate->catalog != NULL)
        candidate->kept_ms = text->since_ms;
    return true;
}

/* ---- both ---- */

/* Add what the catalog took from outside. */
static bool note_taken(const struct candidate *candidate, enum accepted_kind kind,
                       const struct accepted *from, int64_t since_ms, struct accepted *to) {
    const struct accepted_text *taken;
    for (size_t at = 0; (taken = accepted_next(from, kind, &at)) != NULL;) {
        struct accepted_text copy = *taken;
        copy.since_ms = since_ms;
        if (strcmp(taken->of, candidate->path) == 0 && !accepted_add(to, &copy))
            return false;
    }
    return true;
}

bool candidate_note(const struct candidate *candidate, const struct accepted *live,
                    const struct accepted *kept, int64_t now_ms, struct accepted *to) {
    const bool is_kept = candidate->kept_ms != 0 || candidate_is_kept(candidate, live, kept);
    const struct accepted *from = is_kept ? kept : live;
    struct accepted_text text = *find_text(candidate, from);
    text.since_ms = is_kept ? text.since_ms : now_ms;
    return accepted_add(to, &text) &&
           note_taken(candidate, ACCEPTED_CATALOG_VARIABLE, from, text.since_ms, to) &&
           note_taken(candidate, ACCEPTED_CATALOG_VALUES, from, text.since_ms, to);
}
