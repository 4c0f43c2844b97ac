/* SPDX-License-Identifier: MIT */
/* restore_values.c - the values of the old process, taken over or read from what it left. */
#include "statgated/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "breakers_jobs/breakers_jobs.h"
#include "host/clock.h"
#include "host/procinfo.h"
#include "host/program.h"
#include "ledger/ledger.h"

/* ---- restarted ---- */

enum { LINES_MAX = 20 };

static const char *phrase_of(enum match_reason reason) {
    static const char *const phrases[MATCH_REASON_COUNT] = {
        [MATCH_TYPE] = "its catalog has another type, or another source of samples",
        [MATCH_LABELS] = "its catalog has other labels",
        [MATCH_BUCKETS] = "its catalog has other buckets",
        [MATCH_MERGE] = "its catalog has another merge",
        [MATCH_WINDOW] = "its catalog has another window"};
    return phrases[reason];
}

/* Log a line for each of the first families, with what changed, and one with the number of all
 * others. */
static void restarted_tell(const struct match *match) {
    const struct catalog_family *family;
    enum match_reason reason;
    size_t count = 0;
    for (size_t at = 0; object_match_next_restarted(match, &at, &family, &reason);)
        if (count++ < LINES_MAX)
            log_write(LOG_LEVEL_LOG, "restore", "%s of %s starts again: %s", family->name,
                      family->catalog->service, phrase_of(reason));
    if (count > LINES_MAX)
        log_write(LOG_LEVEL_LOG, "restore", "%zu families more start again", count - LINES_MAX);
}

/* ---- last good: Finds the texts that were accepted last in what the process inherits. ---- */

/* ---- in objects ---- */

/* Read an object that its process may still write: the texts do not change. */
static void read_object(struct config_texts *ret_texts, const struct object_file *file) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    struct object_marks marks;
    struct image image = {0};
    struct error unreadable;
    uint64_t at;
    if (!image_marks(file->at, file->size, &marks, &at) || marks.waiting != 0 ||
        !host_object_file_boot(boot, &unreadable) ||
        !image_open_live(&image, file->at, file->size, boot, &unreadable))
        return;
    active_config_object_read(ret_texts, &image);
    image_done(&image);
}

void last_good_read(struct config_texts *ret_texts, int fd) {
    struct object_file file;
    struct error unreadable;
    const int own = dup(fd);
    *ret_texts = (struct config_texts){0};
    if (own < 0)
        return;
    if (!host_object_file_open(own, &file, &unreadable)) {
        (void)close(own);
        return;
    }
    read_object(ret_texts, &file);
    host_object_file_close(&file);
}

void last_good_find(struct config_texts *ret_texts, const struct inherited *inherited) {
    uint64_t newest = 0;
    *ret_texts = (struct config_texts){0};
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_socket *item = &inherited->sockets[i];
        const uint64_t number = item->fd >= 0 && text_begins(item->name, INHERITED_OBJECT)
                                    ? fdstore_number(item->name, INHERITED_OBJECT)
                                    : 0;
        struct config_texts texts;
        if (number <= newest)
            continue;
        last_good_read(&texts, item->fd);
        if (texts.count == 0)
            continue;
        newest = number;
        active_config_texts_done(ret_texts);
        *ret_texts = texts;
    }
}

/* ---- settings ---- */

static const char prefix[] = "STATGATE_";

static void free_environment(char **environment) {
    for (char **entry = environment; *entry != NULL; entry++)
        free(*entry);
    free(environment);
}

/* The variables as `environ` has them. */
static char **make_environment(const struct config_texts *kept) {
    char **environment = memory_array(kept->count + 1, sizeof *environment);
    const struct config_text *text;
    size_t count = 0;
    size_t at = 0;
    while ((text = active_config_next(kept, CONFIG_SETTING_VARIABLE, &at)) != NULL) {
        const size_t size = strlen(text->name) + strlen(text->text) + 2;
        environment[count] = memory_alloc(size);
        (void)snprintf(environment[count++], size, "%s=%s", text->name, text->text);
    }
    return environment;
}

bool last_good_settings(struct settings *ret_settings, const struct last_good_command *command,
                        const struct config_texts *kept, struct error *ret_error) {
    char **environment = make_environment(kept);
    struct settings_host host = settings_host_here();
    size_t at = 0;
    const struct config_text *file = active_config_next(kept, CONFIG_SETTINGS, &at);
    host.environment = environment;
    if (file != NULL && *file->name == '\0') {
        host.config_file = ""; /* there was none, whatever is at the default path by now */
    } else if (file != NULL) {
        host.kept_file = file->name;
        host.kept_text = file->text;
        host.kept_len = file->len;
    }
    const bool good = settings_parse(ret_settings, command->program, command->argc, command->argv,
                                     &host, ret_error) == SETTINGS_OK;
    free_environment(environment);
    return good;
}

static void note_kept(struct config_texts *to, const struct config_texts *kept,
                      enum config_text_kind kind) {
    const struct config_text *text;
    for (size_t at = 0; (text = active_config_next(kept, kind, &at)) != NULL;)
        active_config_add(to, text);
}

/* Add a text as it is now, with the time since when it is accepted if it was the same before. */
static void note(struct config_texts *to, const struct config_texts *kept,
                 struct config_text text) {
    const struct config_text *before = active_config_find(kept, text.kind, text.of, text.name);
    if (before != NULL && before->len == text.len && memcmp(before->text, text.text, text.len) == 0)
        text.since_ms = before->since_ms;
    active_config_add(to, &text);
}

static void note_variable(struct config_texts *to, const struct config_texts *kept,
                          const char *entry, int64_t now_ms) {
    const char *end = strchr(entry, '=');
    if (end == NULL)
        return;
    char *name = memory_strndup(entry, (size_t)(end - entry));
    note(to, kept,
         (struct config_text){.kind = CONFIG_SETTING_VARIABLE,
                              .name = name,
                              .of = "",
                              .text = end + 1,
                              .len = strlen(end + 1),
                              .since_ms = now_ms});
    free(name);
}

static void note_variables(struct config_texts *to, const struct config_texts *kept,
                           int64_t now_ms) {
    for (char *const *entry = environ; *entry != NULL; entry++)
        if (text_begins(*entry, prefix) || text_begins(*entry, "XDG_RUNTIME_DIR="))
            note_variable(to, kept, *entry, now_ms);
}

void last_good_note(struct config_texts *to, const struct settings *settings,
                    const struct config_texts *kept, bool from_kept, int64_t now_ms) {
    if (from_kept) {
        note_kept(to, kept, CONFIG_SETTINGS);
        note_kept(to, kept, CONFIG_SETTING_VARIABLE);
        return;
    }
    const bool none = settings->config_text == NULL;
    const struct config_text file = {.kind = CONFIG_SETTINGS,
                                     .name = none ? "" : settings->config,
                                     .of = "",
                                     .text = none ? "" : settings->config_text,
                                     .len = none ? 0 : settings->config_len,
                                     .since_ms = now_ms};
    note(to, kept, file);
    note_variables(to, kept, now_ms);
}

/* ---- restore ---- */

void restore_init(struct restore *restore) {
    *restore = (struct restore){.file = {.fd = -1}};
}

static void close_object(struct restore_object *object) {
    if (object->fd >= 0)
        (void)close(object->fd);
    object->fd = -1;
}

/* ---- finding ---- */

/* Insert an object, newest first. There are at most two unless others use these names. */
static void insert(struct restore *restore, const struct restore_object *object) {
    if (restore->count == RESTORE_OBJECTS_MAX)
        close_object(&restore->objects[--restore->count]);
    size_t at = restore->count++;
    for (; at > 0 && restore->objects[at - 1].number < object->number; at--)
        restore->objects[at] = restore->objects[at - 1];
    restore->objects[at] = *object;
}

void restore_find(struct restore *restore, struct inherited *inherited, struct fdstore *fdstore) {
    struct restore_object object;
    while ((object.fd = host_inherited_take_kept(inherited, INHERITED_OBJECT, object.name)) >= 0) {
        object.number = fdstore_number(object.name, INHERITED_OBJECT);
        fdstore_found(fdstore, object.name, INHERITED_OBJECT, -1);
        if (object.number > 0)
            insert(restore, &object);
        else
            close_object(&object);
    }
}

void restore_offer(struct restore *restore, int fd) {
    const struct restore_object object = {.fd = fd, .number = 1, .name = "state file"};
    restore->cause = SELF_CAUSE_STATE_FILE;
    insert(restore, &object);
}

void restore_lost(struct restore *restore, const char *why) {
    restore->cause = SELF_CAUSE_STATE_FILE;
    (void)error_set(&restore->why, "%s", why);
}

/* ---- opening ---- */

/* Write the mark to the file itself, where the next daemon finds it. */
static bool write_begun(const struct restore *restore, uint32_t begun) {
    return pwrite(restore->file.fd, &begun, sizeof begun, (off_t)restore->begun_at) == sizeof begun;
}

/* Count this attempt before the object is read, because reading it may be what kills us. */
static bool begin(struct restore *restore, struct error *ret_error) {
    struct object_marks marks;
    uint64_t at;
    if (!image_marks(restore->file.at, restore->file.size, &marks, &at))
        return error_set(ret_error, "object: not a statgate object (bad magic)");
    restore->begun_at = at + offsetof(struct object_marks, begun);
    if (restore->handed) /* the live daemon continues if this process ends */
        return true;
    restore->spent = marks.begun == RESTORE_SPENT;
    if (restore->spent)
        return error_set(
            ret_error, "object: another daemon has used it already, and left no values of its own");
    if (marks.begun >= RESTORE_BEGUN_MAX)
        return error_set(ret_error, "object: %u daemons died while they took it over", marks.begun);
    restore->begun = marks.begun + 1;
    return write_begun(restore, restore->begun) ||
           error_set(ret_error, "object: it cannot be marked: %m");
}

/* Convert its times: the object may be of another boot if its daemon ended in order. */
static void arrive(struct image *image) {
    const struct clock_now now = clock_now();
    const struct image_host here = {
        .mono_ms = now.mono_ms, .real_ms = now.real_ms, .processes = procinfo_space()};
    image_arrive(image, &here);
}

static bool open_image(struct restore *restore, const unsigned char boot[OBJECT_BOOT_BYTES],
                       struct error *ret_error) {
    const struct object_file *file = &restore->file;
    return restore->handed ? image_open_live(&restore->image, file->at, file->size, boot, ret_error)
                           : image_open(&restore->image, file->at, file->size, boot, ret_error);
}

static bool read_image(struct restore *restore, const struct catalog_set *set,
                       struct error *ret_error) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    if (!host_object_file_boot(boot, ret_error) || !open_image(restore, boot, ret_error))
        return false;
    arrive(&restore->image);
    restore->match = object_match_new(&restore->image, set, ret_error);
    for (int i = 0; restore->match != NULL && i < MATCH_REASON_COUNT; i++)
        restore->restarted[i] = object_match_restarted(restore->match, (enum match_reason)i);
    return restore->match != NULL;
}

static bool try(struct restore *restore, struct restore_object *object,
                const struct catalog_set *set, struct error *ret_error) {
    if (!host_object_file_open(object->fd, &restore->file, ret_error))
        return false;
    object->fd = -1; /* owned by restore->file now */
    if (begin(restore, ret_error) && read_image(restore, set, ret_error))
        return true;
    object->fd = dup(restore->file.fd);
    host_object_file_close(&restore->file);
    return false;
}

static void fail(struct restore *restore, const char *why) {
    (void)error_set(&restore->why, "%s", why);
    if (restore->handed) /* nothing is lost, and the caller reports why it fails */
        return;
    log_write(LOG_LEVEL_ERROR, "restore",
              "could not restore the values of the previous process, all series start at 0: %s",
              why);
}

/* Whether the object's process was a new process that never counted. */
static bool is_waiting(const struct restore_object *object) {
    struct object_file file;
    struct object_marks marks;
    struct error ignored;
    uint64_t at;
    const int fd = dup(object->fd);
    if (fd < 0)
        return false;
    if (!host_object_file_open(fd, &file, &ignored)) {
        (void)close(fd);
        return false;
    }
    const bool waiting = image_marks(file.at, file.size, &marks, &at) && marks.waiting != 0;
    host_object_file_close(&file);
    return waiting;
}

static void drop_waiting(struct restore *restore) {
    size_t left = 0;
    for (size_t i = 0; i < restore->count; i++) {
        struct restore_object *object = &restore->objects[i];
        if (is_waiting(object))
            close_object(object);
        else
            restore->objects[left++] = *object;
    }
    restore->count = left;
}

void restore_open(struct restore *restore, const struct catalog_set *set, struct store_time now) {
    struct error why;
    struct error first = {0};
    drop_waiting(restore);
    restore->real_ms = now.real_ms;
    for (size_t i = 0; i < restore->count; i++) {
        struct restore_object *object = &restore->objects[i];
        if (try(restore, object, set, &why)) {
            restore->alive_ms = image_mono(&restore->image, restore->image.marks.alive_ms);
            restore->undone = restore->image.undone;
            if (restore->image.marks.clean == 1)
                restore->cause = SELF_CAUSE_STATE_FILE;
            return;
        }
        if (i == 0)
            first = why;
        if (restore->spent)
            break; /* the others are even older */
    }
    if (restore->count == 0)
        return;
    fail(restore, first.text);
}

/* ---- restoring ---- */

void restore_ahead(struct restore *restore, struct store *store,
                   struct breakers_jobs *breakers_jobs, struct store_time now) {
    if (restore->restoring == NULL)
        restore->restoring = store_restoring_new(store, &restore->image, restore->match, now);
    if (breakers_jobs != NULL)
        breakers_jobs_restore_ahead(breakers_jobs, &restore->image, restore->match, now);
    store_restore_ahead(restore->restoring);
}

bool restore_settle(struct restore *restore, struct error *ret_error) {
    const bool good = image_settle(&restore->image, ret_error);
    restore->alive_ms = restore->image.marks.alive_ms;
    restore->undone = restore->image.undone;
    return good;
}

static void restore_series(struct restore *restore, struct store *store, struct store_time now) {
    if (restore->restoring != NULL) {
        store_restore_finish(restore->restoring, now, &restore->series);
    } else {
        store_restore(store, &restore->image, restore->match, now, &restore->series);
    }
}

void restore_model(struct restore *restore, const struct restore_model *model,
                   struct store_time now) {
    const struct image *image = &restore->image;
    const struct match *match = restore->match;
    restore_series(restore, model->store, now);
    ledger_restore(model->ledger, image, match);
    breakers_jobs_restore(model->breakers_jobs, image, match, now);
    events_restore(model->events, image);
    self_metrics_carry(model->self, now);
}

void restore_inbox(struct restore *restore, struct ingress *ingress) {
    ingress_restore(ingress, &restore->image, restore->match, &restore->inbox);
    restore->done = true;
}

const char *restore_loss(const struct restore *restore) {
    return restore->done || *restore->why.text == '\0' ? NULL : restore->why.text;
}

/* ---- the end of it ---- */

void restore_done(struct restore *restore) {
    store_restoring_free(restore->restoring);
    restore->restoring = NULL;
    image_done(&restore->image);
    object_match_free(restore->match);
    restore->match = NULL;
    host_object_file_close(&restore->file);
    for (size_t i = 0; i < restore->count; i++)
        close_object(&restore->objects[i]);
}

void restore_cancel(struct restore *restore) {
    if (restore->match != NULL && !restore->handed)
        (void)write_begun(restore, restore->begun - 1);
    restore_done(restore);
}

static void tell(const struct restore *restore) {
    restarted_tell(restore->match);
    log_write(
        LOG_LEVEL_LOG, "restore",
        "restored %llu series of the previous process (%llu ended), %zu datagrams that it had "
        "received are left to apply",
        (unsigned long long)restore->series.kept, (unsigned long long)restore->series.ended,
        restore->inbox.left);
}

void restore_ready(struct restore *restore, struct fdstore *fdstore) {
    fdstore_tidy(fdstore);
    if (restore->done) {
        (void)write_begun(restore, RESTORE_SPENT);
        tell(restore);
    }
    restore_done(restore);
}

/* ---- figures ---- */

/* A longer pause is unknown: whoever kept the object did not restart the daemon. */
enum { PAUSE_MS_MAX = 24 * 3600 * 1000 };

int64_t restore_pause_ms(const struct restore *restore, const struct ingress *ingress) {
    const int64_t look_ms = ingress_first_look_ms(ingress);
    int64_t pause_ms;
    if (!restore->done || look_ms == 0 || restore->alive_ms <= 0 ||
        __builtin_sub_overflow(look_ms, restore->alive_ms, &pause_ms) || pause_ms < 0 ||
        pause_ms > PAUSE_MS_MAX)
        return -1;
    return pause_ms;
}

void restore_read(const struct restore *restore, const struct ingress *ingress,
                  struct self_metrics_inputs *inputs) {
    const int64_t pause_ms = restore_pause_ms(restore, ingress);
    if (!restore->done)
        return;
    inputs->restarts[restore->cause] = 1;
    inputs->handover_series[SELF_RESULT_KEPT] = restore->series.kept;
    inputs->handover_series[SELF_RESULT_ENDED] = restore->series.ended;
    memcpy(inputs->families_restarted, restore->restarted, sizeof restore->restarted);
    if (pause_ms < 0)
        return;
    size_t bucket = 0;
    inputs->pause_sum_s = (double)pause_ms / 1000;
    while (bucket < SELF_PAUSE_BUCKETS && inputs->pause_sum_s > self_metrics_pause_bounds[bucket])
        bucket++;
    inputs->pause_buckets[bucket] = 1;
}
