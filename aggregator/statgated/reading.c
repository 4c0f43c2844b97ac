/* Decides between the files as they are and what was accepted last. */
#include "statgated/reading.h"

#include <malloc.h>
#include <string.h>

#include "host/log.h"
#include "statgated/catalogs.h"
#include "statgated/kept_texts.h"

/* A try to read everything in one way. */
struct texts_reading {
    struct daemon *daemon;
    const struct accepted *kept; /* NULL: nothing was accepted before */
    bool from_kept;              /* the settings are those that were accepted last */
    bool only_kept;              /* so are the catalogs */
    struct in_force in_force;
};

static const struct accepted *kept_of(const struct daemon *daemon) {
    return daemon->kept.count > 0 ? &daemon->kept : NULL;
}

/* Whether what is refused refuses everything. A reload leaves the others' services as they were,
 * which it cannot if that is not known. */
static bool is_refused(const struct texts_reading *reading) {
    const struct in_force *in_force = &reading->in_force;
    const bool handed = reading->daemon->takeover.handed;
    if (in_force->refused_count == 0 || reading->only_kept)
        return false;
    return reading->daemon->settings->strict ||
           (handed && (reading->kept == NULL || in_force->lost > 0));
}

static bool read_tokens(struct texts_reading *reading, struct start_error *ret_error) {
    struct daemon *daemon = reading->daemon;
    struct in_force *in_force = &reading->in_force;
    const bool may_fall_back = reading->kept != NULL && !daemon->takeover.handed;
    const size_t before = in_force->refused.count;
    const bool good =
        tokens_read(&daemon->tokens, &in_force->plan, may_fall_back ? reading->kept : NULL,
                    &in_force->refused, ret_error);
    in_force->refused_count += in_force->refused.count - before;
    return good;
}

static bool note_texts(struct texts_reading *reading) {
    const struct daemon *daemon = reading->daemon;
    const int64_t now_ms = daemon_now().real_ms;
    return kept_texts_note(&reading->in_force.texts, daemon->settings, reading->kept,
                           reading->from_kept, now_ms) &&
           tokens_note(&daemon->tokens, reading->kept, now_ms, &reading->in_force.texts);
}

static bool fail(struct texts_reading *reading) {
    tokens_done(&reading->daemon->tokens);
    accepted_active_done(&reading->in_force);
    return false;
}

static bool try(struct texts_reading *reading, struct start_error *ret_error) {
    const struct accepted_active_wish wish = {.settings = reading->daemon->settings,
                                              .kept = reading->kept,
                                              .only_kept = reading->only_kept,
                                              .now_ms = daemon_now().real_ms};
    if (!catalogs_read(&wish, &reading->in_force, ret_error))
        return false;
    if (is_refused(reading)) {
        catalogs_refuse(&reading->in_force.refused, ret_error);
        return fail(reading);
    }
    if (!read_tokens(reading, ret_error))
        return fail(reading);
    if (note_texts(reading))
        return true;
    (void)start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    return fail(reading);
}

/* Run on what was accepted last alone. False: that is not possible either. */
static bool try_kept(struct texts_reading *reading, const struct statgated_start *start,
                     const struct start_error *why) {
    struct start_error useless = {0};
    const struct settings *settings = start->kept_settings(start->arg);
    if (settings == NULL)
        return false;
    reading->daemon->settings = settings;
    reading->from_kept = true;
    reading->only_kept = true;
    const bool good = try(reading, &useless);
    start_error_done(&useless);
    if (!good)
        return false;
    struct messages *refused = &reading->in_force.refused;
    mistakes_messages_add(refused, "%s", why->error.text);
    for (const char *line = mistakes_messages_next(&why->more, NULL); line != NULL;
         line = mistakes_messages_next(&why->more, line))
        mistakes_messages_add(refused, "%s", line);
    reading->in_force.refused_count = refused->count;
    return true;
}

/* The present settings were refused before this began. */
static void add_settings(struct texts_reading *reading, const struct statgated_start *start) {
    if (start->settings_wrong == NULL)
        return;
    mistakes_messages_add(&reading->in_force.refused, "%s", start->settings_wrong);
    reading->in_force.refused_count++;
}

/* When the latest of the texts was accepted that are used in place of others. */
static int64_t kept_since(const struct texts_reading *reading) {
    const struct accepted_text *settings;
    int64_t since_ms = reading->in_force.kept_ms;
    size_t at = 0;
    while (reading->from_kept &&
           (settings = accepted_next(reading->kept, ACCEPTED_SETTINGS, &at)) != NULL)
        if (settings->since_ms > since_ms)
            since_ms = settings->since_ms;
    return since_ms;
}

/* A successor's lines are reported by the daemon before it. */
static void tell(const struct texts_reading *reading) {
    const struct daemon *daemon = reading->daemon;
    if (daemon->takeover.handed || reading->in_force.refused_count == 0)
        return;
    const struct messages *refused = &reading->in_force.refused;
    log_write(LOG_LEVEL_ERROR, "start", "not all files are in force: %s",
              daemon->reload.partly.text);
    const char *line = mistakes_messages_next(refused, NULL); /* the first one is in the sentence */
    while (line != NULL && (line = mistakes_messages_next(refused, line)) != NULL)
        log_write(LOG_LEVEL_ERROR, "start", "%s", line);
}

static void finish(struct texts_reading *reading) {
    struct daemon *daemon = reading->daemon;
    struct in_force *in_force = &reading->in_force;
    daemon->set = in_force->set;
    daemon->plan = in_force->plan;
    daemon->accepted = in_force->texts;
    reload_report_partly(&daemon->reload, &in_force->refused, in_force->refused_count,
                         kept_since(reading), catalogs_services(&daemon->set) > 0);
    tell(reading);
    mistakes_messages_done(&in_force->refused);
    catalogs_warn(&daemon->plan, &daemon->set);
    (void)malloc_trim(0); /* return the memory that reading took */
}

bool reading_begin(struct daemon *daemon, const struct statgated_start *start,
                   struct start_error *ret_error) {
    struct texts_reading reading = {
        .daemon = daemon, .kept = kept_of(daemon), .from_kept = start->settings_wrong != NULL};
    if (try(&reading, ret_error)) {
        add_settings(&reading, start);
        finish(&reading);
        return true;
    }
    if (reading.kept == NULL || daemon->takeover.handed || !try_kept(&reading, start, ret_error))
        return false;
    start_error_done(ret_error);
    *ret_error = (struct start_error){0};
    finish(&reading);
    return true;
}
