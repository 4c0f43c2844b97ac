/* SPDX-License-Identifier: MIT */
/*
 * active_config.c - which catalogs are in force, and the texts of them that the next process finds.
 */
#include "active_config/active_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "loader/loader.h"
#include "self_metrics/self_metrics.h"
#include "json/json.h"

/* ---- candidate: a catalog file that may come into force: as it is now, or as it was accepted
 * last.
 */

struct candidate {
    char *path;
    const char *origin;      /**< the path in the settings that it comes from; borrowed */
    struct catalog *catalog; /**< owned; NULL: it is refused */
    bool settled;            /**< it is in force already, or its file was refused */
    int64_t kept_ms; /**< when the text was accepted that is used in place of the file; 0: it
                          is the file's */
};

/** In the order of the settings and of names. */
struct candidates {
    struct candidate *items;
    size_t count;
};

/* ==== texts: The list of texts that a daemon runs on. ==== */

void active_config_texts_done(struct config_texts *texts) {
    arena_done(&texts->arena);
    free(texts->items);
    *texts = (struct config_texts){0};
}

const struct config_text *active_config_find(const struct config_texts *texts,
                                             enum config_text_kind kind, const char *of,
                                             const char *name) {
    for (size_t i = 0; texts != NULL && i < texts->count; i++) {
        const struct config_text *item = &texts->items[i];
        if (item->kind == kind && strcmp(item->name, name) == 0 && strcmp(item->of, of) == 0)
            return item;
    }
    return NULL;
}

const struct config_text *active_config_next(const struct config_texts *texts,
                                             enum config_text_kind kind, size_t *at) {
    while (texts != NULL && *at < texts->count) {
        const struct config_text *item = &texts->items[(*at)++];
        if (item->kind == kind)
            return item;
    }
    return NULL;
}

void active_config_add(struct config_texts *texts, const struct config_text *text) {
    struct config_text copy = *text;
    if (active_config_find(texts, text->kind, text->of, text->name) != NULL)
        return;
    copy.name = arena_strndup(&texts->arena, text->name, strlen(text->name));
    copy.of = arena_strndup(&texts->arena, text->of, strlen(text->of));
    copy.text = arena_strndup(&texts->arena, text->text, text->len);
    if (texts->count == texts->cap) {
        texts->cap = texts->cap > 0 ? 2 * texts->cap : 16;
        texts->items = memory_resize(texts->items, texts->cap, sizeof copy);
    }
    texts->items[texts->count++] = copy;
}

/* Whether `b` has each text of `a`, too. */
static bool has_all(const struct config_texts *a, const struct config_texts *b,
                    enum config_text_kind kind, const char *of) {
    size_t at = 0;
    for (const struct config_text *item; (item = active_config_next(a, kind, &at)) != NULL;) {
        if (strcmp(item->of, of) != 0)
            continue;
        const struct config_text *other = active_config_find(b, kind, of, item->name);
        if (other == NULL || other->len != item->len ||
            memcmp(other->text, item->text, item->len) != 0)
            return false;
    }
    return true;
}

/* Whether both lists have the same texts of this kind that are of `of`. */
static bool has_same_of(const struct config_texts *a, const struct config_texts *b,
                        enum config_text_kind kind, const char *of) {
    return has_all(a, b, kind, of) && has_all(b, a, kind, of);
}

/* ==== candidate: Reads one catalog from its file, or from what was accepted last. ==== */

/* Add one without a catalog. */
static struct candidate *candidates_add(struct candidates *candidates, const char *origin,
                                        const char *path) {
    candidates->items =
        memory_resize(candidates->items, candidates->count + 1, sizeof *candidates->items);
    candidates->items[candidates->count] =
        (struct candidate){.path = memory_strndup(path, strlen(path)), .origin = origin};
    return &candidates->items[candidates->count++];
}

static void candidates_done(struct candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++) {
        catalog_free(candidates->items[i].catalog);
        free(candidates->items[i].path);
    }
    free(candidates->items);
    *candidates = (struct candidates){0};
}

/* ---- the file ---- */

struct live_texts {
    struct config_texts *live;
    const char *path;
};

static void note(const struct live_texts *texts, enum config_text_kind kind, const char *name,
                 const char *text, size_t len) {
    active_config_add(texts->live,
                      &(struct config_text){
                          .kind = kind, .name = name, .of = texts->path, .text = text, .len = len});
}

/* The text of this kind and name that is of the catalog at `path`; NULL: there is none. */
static const char *find_of(const struct config_texts *texts, enum config_text_kind kind,
                           const char *path, const char *name, size_t *ret_len) {
    const struct config_text *text = active_config_find(texts, kind, path, name);
    *ret_len = text != NULL ? text->len : 0;
    return text != NULL ? text->text : NULL;
}

static const char *find_live(void *arg, const char *name) {
    const char *text = getenv(name);
    const char *noted = text != NULL ? text : "";
    note(arg, CONFIG_CATALOG_VARIABLE, name, noted, strlen(noted));
    return text;
}

/* What is noted is what the catalog gets: the file may change at any time. */
static const char *read_live(void *arg, const char *path, size_t *ret_len, const char **ret_why) {
    const struct live_texts *texts = arg;
    size_t len = 0;
    char *bytes = loader_value_file(path, &len, ret_why);
    if (bytes == NULL)
        return NULL;
    note(texts, CONFIG_CATALOG_VALUES, path, bytes, len);
    free(bytes);
    return find_of(texts->live, CONFIG_CATALOG_VALUES, texts->path, path, ret_len);
}

/* Read the file, and note its text and variables in `live`. False with the reason. */
static bool candidate_read_file(struct candidate *candidate, struct config_texts *live,
                                struct error *ret_error) {
    struct live_texts texts = {.live = live, .path = candidate->path};
    struct config_text text = {
        .kind = CONFIG_CATALOG, .name = candidate->path, .of = candidate->origin};
    char *bytes = json_jsondoc_read(candidate->path, &text.len, ret_error);
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
    if (candidate->catalog != NULL)
        active_config_add(live, &text);
    free(bytes);
    return candidate->catalog != NULL;
}

/* ---- what was accepted last ---- */

static const struct config_text *find_text(const struct candidate *candidate,
                                           const struct config_texts *texts) {
    return active_config_find(texts, CONFIG_CATALOG, candidate->origin, candidate->path);
}

static bool is_same(const struct config_text *a, const struct config_text *b) {
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Whether the file, as noted in `live`, is what was accepted last. */
static bool candidate_is_kept(const struct candidate *candidate, const struct config_texts *live,
                              const struct config_texts *kept) {
    const struct config_text *now = find_text(candidate, live);
    const struct config_text *then = find_text(candidate, kept);
    return now != NULL && then != NULL && is_same(now, then) &&
           has_same_of(live, kept, CONFIG_CATALOG_VARIABLE, candidate->path) &&
           has_same_of(live, kept, CONFIG_CATALOG_VALUES, candidate->path);
}

struct kept_texts {
    const struct config_texts *kept;
    const char *path;
};

static const char *find_kept(void *arg, const char *name) {
    const struct kept_texts *texts = arg;
    size_t len;
    const char *text = find_of(texts->kept, CONFIG_CATALOG_VARIABLE, texts->path, name, &len);
    return len > 0 ? text : NULL;
}

static const char *read_kept(void *arg, const char *path, size_t *ret_len, const char **ret_why) {
    const struct kept_texts *texts = arg;
    *ret_why = "it was not accepted before";
    return find_of(texts->kept, CONFIG_CATALOG_VALUES, texts->path, path, ret_len);
}

/* Read what was accepted last for this file in place of it. False: there is nothing. True without
 * a catalog, and with the reason: it is refused by now. */
static bool candidate_read_kept(struct candidate *candidate, const struct config_texts *kept,
                                struct error *ret_error) {
    const struct config_text *text = find_text(candidate, kept);
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
static void note_taken(const struct candidate *candidate, enum config_text_kind kind,
                       const struct config_texts *from, int64_t since_ms, struct config_texts *to) {
    const struct config_text *taken;
    for (size_t at = 0; (taken = active_config_next(from, kind, &at)) != NULL;) {
        struct config_text copy = *taken;
        copy.since_ms = since_ms;
        if (strcmp(taken->of, candidate->path) == 0)
            active_config_add(to, &copy);
    }
}

/* Add the text and the variables of the catalog to `to`, with the time since when they are
 * accepted. */
static void candidate_note(const struct candidate *candidate, const struct config_texts *live,
                           const struct config_texts *kept, int64_t now_ms,
                           struct config_texts *to) {
    const bool is_kept = candidate->kept_ms != 0 || candidate_is_kept(candidate, live, kept);
    const struct config_texts *from = is_kept ? kept : live;
    struct config_text text = *find_text(candidate, from);
    text.since_ms = is_kept ? text.since_ms : now_ms;
    active_config_add(to, &text);
    note_taken(candidate, CONFIG_CATALOG_VARIABLE, from, text.since_ms, to);
    note_taken(candidate, CONFIG_CATALOG_VALUES, from, text.since_ms, to);
}

/* ==== active: Reads catalogs, and puts together those that are in force. ==== */

struct reading {
    const struct active_config_wish *wish;
    struct active_config *to;
    struct config_texts live; /* texts of files as they are */
    struct candidates candidates;
};

/* ---- reading ---- */

static void refuse(struct reading *reading, const char *why) {
    diagnostics_messages_add(&reading->to->refused, "%s", why);
}

/* Use what was accepted last in place of the file, if there is something. */
static void fall_back(struct reading *reading, struct candidate *candidate) {
    struct error unusable;
    candidate->settled = true;
    if (candidate_read_kept(candidate, reading->wish->kept, &unusable) &&
        candidate->catalog == NULL)
        reading->to->lost++;
}

static void read_file(struct reading *reading, const char *origin, const char *path) {
    struct candidate *candidate = candidates_add(&reading->candidates, origin, path);
    struct error wrong;
    if (candidate_read_file(candidate, &reading->live, &wrong)) {
        candidate->settled = candidate_is_kept(candidate, &reading->live, reading->wish->kept);
    } else {
        refuse(reading, wrong.text);
        fall_back(reading, candidate);
    }
}

/* Nothing is found at this path any more: what it had continues. */
static void read_last_good(struct reading *reading, const char *origin) {
    const struct config_text *text;
    for (size_t at = 0;
         (text = active_config_next(reading->wish->kept, CONFIG_CATALOG, &at)) != NULL;) {
        if (strcmp(text->of, origin) == 0)
            fall_back(reading, candidates_add(&reading->candidates, origin, text->name));
    }
}

/* A file that was never read is refused like one that is wrong; a folder may still be filled. */
static void note_missing(struct reading *reading, const char *path) {
    const size_t len = strlen(path);
    if (len < 5 || strcmp(path + len - 5, ".json") != 0 ||
        active_config_find(reading->wish->kept, CONFIG_CATALOG, path, path) != NULL)
        return;
    candidates_add(&reading->candidates, path, path)->settled = true;
}

static void read_path(struct reading *reading, size_t index) {
    const struct settings *settings = reading->wish->settings;
    const char *path = settings->catalog.items[index];
    struct loader_files files = {0};
    struct error why;
    if (reading->wish->only_kept) {
        read_last_good(reading, path);
        return;
    }
    if (!settings_check_catalog(settings, index, &why) || !loader_files(&files, path, &why)) {
        const size_t before = reading->candidates.count;
        read_last_good(reading, path);
        const bool had_something = reading->candidates.count > before;
        if (files.is_empty_folder && !settings->strict && !had_something) {
            reading->to->empty_folder = path;
            return;
        }
        refuse(reading, why.text);
        note_missing(reading, path);
        return;
    }
    for (size_t i = 0; i < files.count; i++)
        read_file(reading, path, files.items[i]);
    loader_files_done(&files);
}

/* ---- conflicts ---- */

/* Free the daemon's own catalogs; the others are the candidates'. */
static void clear_set(struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->internal)
            catalog_free(set->catalogs[i]);
    set->count = 0;
}

/* Put into the set all that are settled, and the first `others` of the others. */
static void fill(struct reading *reading, size_t others) {
    clear_set(&reading->to->set);
    for (size_t i = 0; i < reading->candidates.count; i++) {
        const struct candidate *candidate = &reading->candidates.items[i];
        const bool taken = candidate->settled || others > 0;
        if (!candidate->settled && others > 0)
            others--;
        if (taken && candidate->catalog != NULL)
            catalog_set_add(&reading->to->set, candidate->catalog);
    }
}

/* Whether the message is about a catalog, and not about an endpoint. */
static bool is_about_catalogs(const struct catalog_set *set, const char *message) {
    for (size_t i = 0; i < set->count; i++) {
        const char *rest = text_after(message, set->catalogs[i]->file);
        if (rest != NULL && text_begins(rest, ": "))
            return true;
    }
    return false;
}

static bool add_own(struct active_config *to, struct error *ret_error) {
    const char *handlers[ENDPOINTS_MAX];
    const size_t count = settings_endpoint_plan_handlers(&to->plan, handlers);
    settings_endpoint_plan_name_inputs(&to->plan, &to->set);
    return self_metrics_add_catalogs(&to->set, handlers, count, ret_error);
}

enum attempt { ATTEMPT_FITS, ATTEMPT_CONFLICT, ATTEMPT_FAILED };

/* Build everything with these. CONFLICT: catalogs do not fit together; FAILED: the endpoints are
 * wrong. */
static enum attempt attempt(struct reading *reading, size_t others, struct error *ret_error) {
    struct active_config *to = reading->to;
    to->set.partial = to->refused.count > 0;
    fill(reading, others);
    /* Conflicts between catalogs are found first, whatever is wrong with the endpoints. */
    if (catalog_set_finish(&to->set, ret_error) && add_own(to, ret_error) &&
        settings_endpoint_plan_build(&to->plan, &to->set, ret_error))
        return ATTEMPT_FITS;
    return is_about_catalogs(&to->set, ret_error->text) ? ATTEMPT_CONFLICT : ATTEMPT_FAILED;
}

/* Free its catalog, which the set may have. */
static void drop(struct reading *reading, struct candidate *candidate) {
    clear_set(&reading->to->set);
    catalog_free(candidate->catalog);
    candidate->catalog = NULL;
}

/* The file of number `index` among those that are not settled conflicts with what is in force, or
 * with an earlier one. */
static void blame(struct reading *reading, size_t index, const struct error *why) {
    struct candidate *candidate = reading->candidates.items;
    while (candidate->settled || index-- > 0)
        candidate++;
    if (text_begins(why->text, candidate->path))
        refuse(reading, why->text);
    else
        diagnostics_messages_add(&reading->to->refused,
                                 "%s: it conflicts with what is in force: %s", candidate->path,
                                 why->text);
    drop(reading, candidate);
    fall_back(reading, candidate);
}

/* What was in force does not fit together any more, since settings or this program are others: the
 * one that the message names ends. False: it names none. */
static bool drop_settled(struct reading *reading, const struct error *why) {
    for (size_t i = 0; i < reading->candidates.count; i++) {
        struct candidate *candidate = &reading->candidates.items[i];
        const char *rest = candidate->settled && candidate->catalog != NULL
                               ? text_after(why->text, candidate->path)
                               : NULL;
        if (rest == NULL || !text_begins(rest, ": "))
            continue;
        refuse(reading, why->text);
        drop(reading, candidate);
        reading->to->lost++;
        return true;
    }
    return false;
}

static size_t count_open(const struct candidates *candidates) {
    size_t count = 0;
    for (size_t i = 0; i < candidates->count; i++)
        count += !candidates->items[i].settled;
    return count;
}

/* The smallest number of open candidates with which there is a conflict; there is one with all, and
 * none without any. */
static size_t find_conflict(struct reading *reading, size_t all, struct error *ret_error) {
    size_t fits = 0;
    while (all - fits > 1) {
        const size_t middle = fits + (all - fits) / 2;
        struct error why;
        if (attempt(reading, middle, &why) == ATTEMPT_CONFLICT) {
            all = middle;
            *ret_error = why;
        } else {
            fits = middle;
        }
    }
    return all;
}

/* Find out who is at fault until the rest fits. */
static bool settle(struct reading *reading, struct error *ret_error) {
    struct error without;
    for (;;) {
        const size_t open = count_open(&reading->candidates);
        const enum attempt result = attempt(reading, open, ret_error);
        if (result != ATTEMPT_CONFLICT)
            return result == ATTEMPT_FITS;
        if (open > 0 && attempt(reading, 0, &without) != ATTEMPT_CONFLICT)
            blame(reading, find_conflict(reading, open, ret_error) - 1, ret_error);
        else if (!drop_settled(reading, open > 0 ? &without : ret_error))
            return false;
    }
}

/* ---- the result ---- */

static void note_texts(struct reading *reading) {
    const struct active_config_wish *wish = reading->wish;
    for (size_t i = 0; i < reading->candidates.count; i++) {
        const struct candidate *candidate = &reading->candidates.items[i];
        if (candidate->catalog == NULL)
            continue;
        candidate_note(candidate, &reading->live, wish->kept, wish->now_ms, &reading->to->texts);
        if (candidate->kept_ms > reading->to->kept_ms)
            reading->to->kept_ms = candidate->kept_ms;
    }
}

/* Whether there are files, and none is in force. */
static bool all_are_refused(const struct candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->items[i].catalog != NULL)
            return false;
    return candidates->count > 0;
}

static bool read_and_settle(struct reading *reading, struct error *ret_error) {
    struct active_config *to = reading->to;
    settings_endpoint_plan_init(&to->plan, reading->wish->settings, true);
    for (size_t i = 0; i < reading->wish->settings->catalog.count; i++)
        read_path(reading, i);
    if (!settle(reading, ret_error))
        return false;
    if (all_are_refused(&reading->candidates))
        return error_set(ret_error, "%s", diagnostics_messages_next(&to->refused, NULL));
    to->refused_count = to->refused.count;
    note_texts(reading);
    return true;
}

/* The set owns its catalogs from now on. */
static void release(struct candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++)
        candidates->items[i].catalog = NULL;
}

bool active_config_read(struct active_config *ret_active, const struct active_config_wish *wish,
                        struct error *ret_error) {
    struct reading reading = {.wish = wish, .to = ret_active};
    *ret_active = (struct active_config){0};
    catalog_set_init(&ret_active->set);
    diagnostics_messages_init(&ret_active->refused);
    const bool good = read_and_settle(&reading, ret_error);
    if (good) {
        release(&reading.candidates);
    } else {
        settings_endpoint_plan_done(&ret_active->plan);
        clear_set(&ret_active->set);
        catalog_set_done(&ret_active->set);
    }
    candidates_done(&reading.candidates);
    active_config_texts_done(&reading.live);
    return good;
}

void active_config_done(struct active_config *active) {
    settings_endpoint_plan_done(&active->plan);
    catalog_set_done(&active->set);
    active_config_texts_done(&active->texts);
    diagnostics_messages_done(&active->refused);
}

/* ==== texts_object: One stream of bytes in a table of pieces: for each text a head, its names, and
 * its bytes.
 */

enum { PIECE_BYTES = 256, TEXTS_MAX = 8192, STREAM_BYTES_MAX = 1 << 30 };

struct text_head {
    uint32_t kind;
    uint32_t name_len; /* without the terminator, like the next */
    uint32_t of_len;
    uint32_t unused;
    uint64_t len;
    int64_t since_ms;
};

static const struct object_field fields[] = {{"bytes", OBJECT_TEXT, 0, PIECE_BYTES}};

static struct object_spec spec_of(uint64_t pieces) {
    return (struct object_spec)OBJECT_SPEC("config_text", unsigned char[PIECE_BYTES], pieces,
                                           fields);
}

/* ---- writing ---- */

static uint64_t count_pieces(const struct config_texts *texts) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < texts->count; i++)
        bytes += sizeof(struct text_head) + strlen(texts->items[i].name) +
                 strlen(texts->items[i].of) + texts->items[i].len;
    return bytes / PIECE_BYTES + 1;
}

uint64_t active_config_object_bytes(const struct config_texts *texts) {
    return object_table_bytes(count_pieces(texts), PIECE_BYTES);
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t len) {
    memcpy(at, bytes, len);
    return at + len;
}

void active_config_object_write(const struct config_texts *texts, struct object *object) {
    const uint64_t pieces = count_pieces(texts);
    const struct object_spec spec = spec_of(pieces);
    struct object_table table;
    object_table(object, &spec, &table);
    object_need(&table, pieces);
    unsigned char *at = object_at(&table, 0);
    for (size_t i = 0; i < texts->count; i++) {
        const struct config_text *text = &texts->items[i];
        const struct text_head head = {.kind = (uint32_t)text->kind,
                                       .name_len = (uint32_t)strlen(text->name),
                                       .of_len = (uint32_t)strlen(text->of),
                                       .len = text->len,
                                       .since_ms = text->since_ms};
        at = put(at, &head, sizeof head);
        at = put(at, text->name, head.name_len);
        at = put(at, text->of, head.of_len);
        at = put(at, text->text, text->len);
    }
}

/* ---- reading ---- */

struct text_stream {
    const char *at;
    size_t left;
};

/* Take a piece off the stream, as a terminated copy. NULL: there is not so much. */
static const char *take(struct text_stream *stream, struct arena *arena, uint64_t len) {
    if (len > stream->left)
        return NULL;
    const char *copy = arena_strndup(arena, stream->at, (size_t)len);
    stream->at += len;
    stream->left -= (size_t)len;
    return copy;
}

/* Whether a name is one text: the file and variables of a process have no NUL. */
static bool is_name(const char *name, uint32_t len) {
    return name != NULL && strlen(name) == len;
}

/* The next text. False: it makes no sense. */
static bool next(struct text_stream *stream, struct arena *scratch, struct config_text *ret_text) {
    struct text_head head;
    memcpy(&head, stream->at, sizeof head);
    stream->at += sizeof head;
    stream->left -= sizeof head;
    *ret_text = (struct config_text){.kind = (enum config_text_kind)head.kind,
                                     .name = take(stream, scratch, head.name_len),
                                     .of = take(stream, scratch, head.of_len),
                                     .text = take(stream, scratch, head.len),
                                     .len = (size_t)head.len,
                                     .since_ms = head.since_ms};
    return ret_text->text != NULL && is_name(ret_text->name, head.name_len) &&
           is_name(ret_text->of, head.of_len);
}

/* A head of zeros ends the stream. */
static bool is_over(const struct text_stream *stream) {
    static const struct text_head none;
    return stream->left < sizeof none || memcmp(stream->at, &none, sizeof none) == 0;
}

/* A kind that only a later version has is skipped. */
static bool read_stream(struct config_texts *texts, struct text_stream stream) {
    bool good = true;
    while (good && !is_over(&stream) && texts->count < TEXTS_MAX) {
        struct config_text text;
        struct arena scratch;
        arena_init(&scratch);
        good = next(&stream, &scratch, &text);
        if (good && text.kind < CONFIG_KIND_COUNT)
            active_config_add(texts, &text);
        arena_done(&scratch);
    }
    return good;
}

/* The bytes of all pieces, one after the other; the caller frees them. NULL: none. */
static char *join(const struct image_table *table, size_t *ret_len) {
    const struct image_field field = image_field(table, "bytes", OBJECT_TEXT);
    if (field.count == 0 || table->items == 0 || table->items > STREAM_BYTES_MAX / field.count)
        return NULL;
    char *bytes = memory_array(table->items, field.count);
    for (uint64_t i = 0; i < table->items; i++)
        (void)image_text(table, i, field, bytes + i * field.count, field.count);
    *ret_len = table->items * field.count;
    return bytes;
}

void active_config_object_read(struct config_texts *ret_texts, const struct image *image) {
    struct image_table table;
    size_t len = 0;
    *ret_texts = (struct config_texts){0};
    if (!image_find(image, "config_text", OBJECT_NONE, OBJECT_NONE, &table))
        return;
    char *bytes = join(&table, &len);
    if (bytes != NULL && !read_stream(ret_texts, (struct text_stream){bytes, len}))
        active_config_texts_done(ret_texts);
    free(bytes);
}
