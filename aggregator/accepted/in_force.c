/* Reads catalogs, and puts together those that are in force. */
#include "accepted/in_force.h"

#include <stdlib.h>
#include <string.h>

#include "accepted/candidate.h"
#include "base/text.h"
#include "loader/loader.h"
#include "self/catalog.h"
#include "settings/catalog.h"

struct in_force_reading {
    const struct in_force_wish *wish;
    struct in_force *to;
    struct accepted live; /* texts of files as they are */
    struct candidates candidates;
};

/* ---- reading ---- */

static void refuse(struct in_force_reading *reading, const char *why) {
    messages_add(&reading->to->refused, "%s", why);
}

/* Use what was accepted last in place of the file, if there is something. */
static void fall_back(struct in_force_reading *reading, struct candidate *candidate) {
    struct error unusable;
    candidate->settled = true;
    if (candidate_read_kept(candidate, reading->wish->kept, &unusable) &&
        candidate->catalog == NULL)
        reading->to->lost++;
}

static bool read_file(struct in_force_reading *reading, const char *origin, const char *path) {
    struct candidate *candidate = candidates_add(&reading->candidates, origin, path);
    struct error wrong;
    if (candidate == NULL)
        return false;
    if (candidate_read_file(candidate, &reading->live, &wrong)) {
        candidate->settled = candidate_is_kept(candidate, &reading->live, reading->wish->kept);
        return true;
    }
    refuse(reading, wrong.text);
    fall_back(reading, candidate);
    return true;
}

/* Nothing is found at this path any more: what it had goes on. */
static bool read_kept(struct in_force_reading *reading, const char *origin) {
    const struct accepted_text *text;
    for (size_t at = 0;
         (text = accepted_next(reading->wish->kept, ACCEPTED_CATALOG, &at)) != NULL;) {
        if (strcmp(text->of, origin) != 0)
            continue;
        struct candidate *candidate = candidates_add(&reading->candidates, origin, text->name);
        if (candidate == NULL)
            return false;
        fall_back(reading, candidate);
    }
    return true;
}

/* A file that was never read is refused like one that is wrong; a folder may still be filled. */
static bool note_missing(struct in_force_reading *reading, const char *path) {
    const size_t len = strlen(path);
    if (len < 5 || strcmp(path + len - 5, ".json") != 0 ||
        accepted_find(reading->wish->kept, ACCEPTED_CATALOG, path, path) != NULL)
        return true;
    struct candidate *candidate = candidates_add(&reading->candidates, path, path);
    if (candidate != NULL)
        candidate->settled = true;
    return candidate != NULL;
}

static bool read_path(struct in_force_reading *reading, size_t index) {
    const struct settings *settings = reading->wish->settings;
    const char *path = settings->catalog.items[index];
    struct loader_files files = {0};
    struct error why;
    if (reading->wish->only_kept)
        return read_kept(reading, path);
    if (!settings_check_catalog(settings, index, &why) || !loader_files(&files, path, &why)) {
        refuse(reading, why.text);
        return read_kept(reading, path) && note_missing(reading, path);
    }
    bool good = true;
    for (size_t i = 0; good && i < files.count; i++)
        good = read_file(reading, path, files.items[i]);
    loader_files_done(&files);
    return good;
}

static bool read_all(struct in_force_reading *reading) {
    for (size_t i = 0; i < reading->wish->settings->catalog.count; i++)
        if (!read_path(reading, i))
            return false;
    return true;
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
static bool fill(struct in_force_reading *reading, size_t others) {
    bool good = true;
    clear_set(&reading->to->set);
    for (size_t i = 0; good && i < reading->candidates.count; i++) {
        const struct candidate *candidate = &reading->candidates.items[i];
        const bool taken = candidate->settled || others > 0;
        if (!candidate->settled && others > 0)
            others--;
        if (taken && candidate->catalog != NULL)
            good = catalog_set_add(&reading->to->set, candidate->catalog);
    }
    return good;
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

static bool add_own(struct in_force *to, struct error *ret_error) {
    const char *handlers[ENDPOINTS_MAX];
    const size_t count = endpoint_plan_handlers(&to->plan, handlers);
    return self_add_catalogs(&to->set, handlers, count, ret_error);
}

enum attempt { ATTEMPT_FITS, ATTEMPT_CONFLICT, ATTEMPT_FAILED };

/* Build everything with these. CONFLICT: catalogs do not fit together; FAILED: the endpoints are
 * wrong, or there is no memory. */
static enum attempt attempt(struct in_force_reading *reading, size_t others,
                            struct error *ret_error) {
    struct in_force *to = reading->to;
    to->set.partial = to->refused.count > 0;
    if (!fill(reading, others)) {
        (void)error_no_memory(ret_error);
        return ATTEMPT_FAILED;
    }
    /* Conflicts between catalogs are found first, whatever is wrong with the endpoints. */
    if (catalog_set_finish(&to->set, ret_error) && add_own(to, ret_error) &&
        endpoint_plan_build(&to->plan, &to->set, ret_error))
        return ATTEMPT_FITS;
    return is_about_catalogs(&to->set, ret_error->text) ? ATTEMPT_CONFLICT : ATTEMPT_FAILED;
}

/* Free its catalog, which the set may have. */
static void drop(struct in_force_reading *reading, struct candidate *candidate) {
    clear_set(&reading->to->set);
    catalog_free(candidate->catalog);
    candidate->catalog = NULL;
}

/* The file of number `index` among those that are not settled conflicts with what is in force, or
 * with an earlier one. */
static void blame(struct in_force_reading *reading, size_t index, const struct error *why) {
    struct candidate *candidate = reading->candidates.items;
    while (candidate->settled || index-- > 0)
        candidate++;
    if (text_begins(why->text, candidate->path))
        refuse(reading, why->text);
    else
        messages_add(&reading->to->refused, "%s: it conflicts with what is in force: %s",
                     candidate->path, why->text);
    drop(reading, candidate);
    fall_back(reading, candidate);
}

/* What was in force does not fit together any more, since settings or this program are others: the
 * one that the message names ends. False: it names none. */
static bool drop_settled(struct in_force_reading *reading, const struct error *why) {
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
static size_t find_conflict(struct in_force_reading *reading, size_t all, struct error *ret_error) {
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
static bool settle(struct in_force_reading *reading, struct error *ret_error) {
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

static bool note_texts(struct in_force_reading *reading) {
    const struct in_force_wish *wish = reading->wish;
    bool good = true;
    for (size_t i = 0; good && i < reading->candidates.count; i++) {
        const struct candidate *candidate = &reading->candidates.items[i];
        if (candidate->catalog == NULL)
            continue;
        good = candidate_note(candidate, &reading->live, wish->kept, wish->now_ms,
                              &reading->to->texts);
        if (candidate->kept_ms > reading->to->kept_ms)
            reading->to->kept_ms = candidate->kept_ms;
    }
    return good;
}

/* Whether there are files, and none is in force. */
static bool all_are_refused(const struct candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->items[i].catalog != NULL)
            return false;
    return candidates->count > 0;
}

static bool read_and_settle(struct in_force_reading *reading, struct error *ret_error) {
    struct in_force *to = reading->to;
    if (!endpoint_plan_init(&to->plan, reading->wish->settings, true) || !read_all(reading))
        return error_no_memory(ret_error);
    if (!settle(reading, ret_error))
        return false;
    if (all_are_refused(&reading->candidates))
        return error_set(ret_error, "%s", messages_next(&to->refused, NULL));
    to->refused_count = to->refused.count;
    return (note_texts(reading) && !to->refused.text.failed) || error_no_memory(ret_error);
}

/* The set owns its catalogs from now on. */
static void release(struct candidates *candidates) {
    for (size_t i = 0; i < candidates->count; i++)
        candidates->items[i].catalog = NULL;
}

bool in_force_read(struct in_force *ret_in_force, const struct in_force_wish *wish,
                   struct error *ret_error) {
    struct in_force_reading reading = {.wish = wish, .to = ret_in_force};
    *ret_in_force = (struct in_force){0};
    catalog_set_init(&ret_in_force->set);
    messages_init(&ret_in_force->refused);
    const bool good = read_and_settle(&reading, ret_error);
    if (good) {
        release(&reading.candidates);
    } else {
        endpoint_plan_done(&ret_in_force->plan);
        clear_set(&ret_in_force->set);
        catalog_set_done(&ret_in_force->set);
    }
    candidates_done(&reading.candidates);
    accepted_done(&reading.live);
    return good;
}

void in_force_done(struct in_force *in_force) {
    endpoint_plan_done(&in_force->plan);
    catalog_set_done(&in_force->set);
    accepted_done(&in_force->texts);
    messages_done(&in_force->refused);
}
