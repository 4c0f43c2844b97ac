/* restore_values.c - the values of the old process, taken over or read from what it left. */
#include "statgated/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "accepted/accepted.h"
#include "base/text.h"
#include "breakers_jobs/breakers_jobs.h"
#include "host/clock.h"
#include "host/files.h"
#include "host/log.h"
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
            log_write(LOG_LEVEL_LOG, "takeover", "%s of %s starts again: %s", family->name,
                      family->catalog->service, phrase_of(reason));
    if (count > LINES_MAX)
        log_write(LOG_LEVEL_LOG, "takeover", "%zu families more start again", count - LINES_MAX);
}

/* ---- kept_texts: Finds the texts that were accepted last in what the process inherits. ---- */

/* ---- in objects ---- */

/* Read an object that its process may still write: the texts do not change. */
static bool read_object(struct accepted *ret_accepted, const struct object_file *file) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    struct object_marks marks;
    struct image image = {0};
    struct error unreadable;
    uint64_t at;
    if (!image_marks(file->at, file->size, &marks, &at) || marks.waiting != 0 ||
        !host_object_file_boot(boot, &unreadable) ||
        !image_open_live(&image, memory_heap(), file->at, file->size, boot, &unreadable))
        return false;
    const bool good = accepted_object_read(ret_accepted, &image);
    image_done(&image);
    return good;
}

void kept_texts_read(struct accepted *ret_accepted, int fd) {
    struct object_file file;
    struct error unreadable;
    const int own = dup(fd);
    *ret_accepted = (struct accepted){0};
    if (own < 0)
        return;
    if (!host_object_file_open(own, &file, &unreadable)) {
        (void)close(own);
        return;
    }
    (void)read_object(ret_accepted, &file);
    host_object_file_close(&file);
}

/* An object that was kept for inspection has no number. */
void kept_texts_find(struct accepted *ret_accepted, const struct inherited *inherited) {
    uint64_t newest = 0;
    *ret_accepted = (struct accepted){0};
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_socket *item = &inherited->sockets[i];
        const uint64_t number = item->fd >= 0 && text_begins(item->name, INHERITED_OBJECT)
                                    ? handover_number(item->name, INHERITED_OBJECT)
                                    : 0;
        struct accepted texts;
        if (number <= newest)
            continue;
        kept_texts_read(&texts, item->fd);
        if (texts.count == 0)
            continue;
        newest = number;
        accepted_done(ret_accepted);
        *ret_accepted = texts;
    }
}

/* ---- settings ---- */

static const char prefix[] = "STATGATE_";

static void free_environment(char **environment) {
    for (char **entry = environment; entry != NULL && *entry != NULL; entry++)
        free(*entry);
    free(environment);
}

/* The variables as `environ` has them; NULL: out of memory. */
static char **make_environment(const struct accepted *kept) {
    char **environment = calloc(kept->count + 1, sizeof *environment);
    const struct accepted_text *text;
    size_t count = 0;
    size_t at = 0;
    while (environment != NULL &&
           (text = accepted_next(kept, ACCEPTED_SETTING_VARIABLE, &at)) != NULL) {
        if (asprintf(&environment[count], "%s=%s", text->name, text->text) < 0) {
            environment[count] = NULL;
            free_environment(environment);
            return NULL;
        }
        count++;
    }
    return environment;
}

bool kept_texts_settings(struct settings *ret_settings, const struct kept_texts_command *command,
                         const struct accepted *kept, struct error *ret_error) {
    char **environment = make_environment(kept);
    struct settings_host host = settings_host_here();
    size_t at = 0;
    const struct accepted_text *file = accepted_next(kept, ACCEPTED_SETTINGS, &at);
    if (environment == NULL)
        return error_no_memory(ret_error);
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

static bool note_kept(struct accepted *to, const struct accepted *kept, enum accepted_kind kind) {
    const struct accepted_text *text;
    for (size_t at = 0; (text = accepted_next(kept, kind, &at)) != NULL;)
        if (!accepted_add(to, text))
            return false;
    return true;
}

/* Add a text as it is now, with the time since when it is accepted if it was the same before. */
static bool note(struct accepted *to, const struct accepted *kept, struct accepted_text text) {
    const struct accepted_text *before = accepted_find(kept, text.kind, text.of, text.name);
    if (before != NULL && before->len == text.len && memcmp(before->text, text.text, text.len) == 0)
        text.since_ms = before->since_ms;
    return accepted_add(to, &text);
}

static bool note_variable(struct accepted *to, const struct accepted *kept, const char *entry,
                          int64_t now_ms) {
    const char *end = strchr(entry, '=');
    char *name = end != NULL ? strndup(entry, (size_t)(end - entry)) : NULL;
    const bool good = name != NULL && note(to, kept,
                                           (struct accepted_text){.kind = ACCEPTED_SETTING_VARIABLE,
                                                                  .name = name,
                                                                  .of = "",
                                                                  .text = end + 1,
                                                                  .len = strlen(end + 1),
                                                                  .since_ms = now_ms});
    free(name);
    return good;
}

static bool note_variables(struct accepted *to, const struct accepted *kept, int64_t now_ms) {
    bool good = true;
    for (char *const *entry = environ; good && *entry != NULL; entry++)
        if (text_begins(*entry, prefix) || text_begins(*entry, "XDG_RUNTIME_DIR="))
            good = note_variable(to, kept, *entry, now_ms);
    return good;
}

bool kept_texts_note(struct accepted *to, const struct settings *settings,
                     const struct accepted *kept, bool from_kept, int64_t now_ms) {
    if (from_kept)
        return note_kept(to, kept, ACCEPTED_SETTINGS) &&
               note_kept(to, kept, ACCEPTED_SETTING_VARIABLE);
    const bool none = settings->config_text == NULL;
    const struct accepted_text file = {.kind = ACCEPTED_SETTINGS,
                                       .name = none ? "" : settings->config,
                                       .of = "",
                                       .text = none ? "" : settings->config_text,
                                       .len = none ? 0 : settings->config_len,
                                       .since_ms = now_ms};
    return note(to, kept, file) && note_variables(to, kept, now_ms);
}

/* ---- takeover ---- */

void takeover_init(struct takeover *takeover) {
    *takeover = (struct takeover){.file = {.fd = -1}, .inspect = {.fd = -1}};
}

void takeover_step(struct takeover *takeover, const char *name) {
    const uint64_t now_ns = uv_hrtime();
    if (takeover->step_count < TAKEOVER_STEPS_MAX)
        takeover->steps[takeover->step_count++] =
            (struct takeover_step){name, (now_ns - takeover->step_ns) / 1000};
    takeover->step_ns = now_ns;
}

static void close_object(struct takeover_object *object) {
    if (object->fd >= 0)
        (void)close(object->fd);
    object->fd = -1;
}

/* ---- finding ---- */

/* Insert an object, newest first. There are at most two unless others use these names. */
static void insert(struct takeover *takeover, const struct takeover_object *object) {
    if (takeover->count == TAKEOVER_OBJECTS_MAX)
        close_object(&takeover->objects[--takeover->count]);
    size_t at = takeover->count++;
    for (; at > 0 && takeover->objects[at - 1].number < object->number; at--)
        takeover->objects[at] = takeover->objects[at - 1];
    takeover->objects[at] = *object;
}

void takeover_find(struct takeover *takeover, struct inherited *inherited,
                   struct handover *handover) {
    struct takeover_object object;
    while ((object.fd = inherited_take_kept(inherited, INHERITED_OBJECT, object.name)) >= 0) {
        object.number = handover_number(object.name, INHERITED_OBJECT);
        if (strcmp(object.name, TAKEOVER_INSPECT) == 0 && takeover->inspect.fd < 0) {
            takeover->inspect = object;
            handover_found(handover, object.name, INHERITED_OBJECT, object.fd);
            continue;
        }
        handover_found(handover, object.name, INHERITED_OBJECT, -1);
        if (object.number > 0)
            insert(takeover, &object);
        else
            close_object(&object);
    }
}

void takeover_offer(struct takeover *takeover, int fd) {
    const struct takeover_object object = {.fd = fd, .number = 1, .name = "state file"};
    takeover->cause = SELF_CAUSE_STATE_FILE;
    insert(takeover, &object);
}

void takeover_lost(struct takeover *takeover, const char *why) {
    takeover->cause = SELF_CAUSE_STATE_FILE;
    (void)error_set(&takeover->why, "%s", why);
}

/* ---- opening ---- */

/* Write the mark to the file itself, where the next daemon finds it. */
static bool write_begun(const struct takeover *takeover, uint32_t begun) {
    return pwrite(takeover->file.fd, &begun, sizeof begun, (off_t)takeover->begun_at) ==
           sizeof begun;
}

/* Count this attempt before the object is read, because reading it may be what kills us. */
static bool begin(struct takeover *takeover, struct error *ret_error) {
    struct object_marks marks;
    uint64_t at;
    if (!image_marks(takeover->file.at, takeover->file.size, &marks, &at))
        return error_set(ret_error, "object: not a statgate object (bad magic)");
    takeover->begun_at = at + offsetof(struct object_marks, begun);
    if (takeover->handed) /* the live daemon goes on if this process ends */
        return true;
    takeover->spent = marks.begun == TAKEOVER_SPENT;
    if (takeover->spent)
        return error_set(ret_error, "object: a daemon took it over, and left none of its own");
    if (marks.begun >= TAKEOVER_BEGUN_MAX)
        return error_set(ret_error, "object: %u daemons died while they took it over", marks.begun);
    takeover->begun = marks.begun + 1;
    return write_begun(takeover, takeover->begun) ||
           error_set(ret_error, "object: it cannot be marked: %m");
}

/* Convert its times: the object may be of another boot if its daemon ended in order. */
static void arrive(struct image *image) {
    const struct clock_now now = clock_now();
    const struct image_host here = {
        .mono_ms = now.mono_ms, .real_ms = now.real_ms, .processes = procinfo_space()};
    image_arrive(image, &here);
}

static bool open_image(struct takeover *takeover, const unsigned char boot[OBJECT_BOOT_BYTES],
                       struct error *ret_error) {
    const struct object_file *file = &takeover->file;
    return takeover->handed ? image_open_live(&takeover->image, memory_heap(), file->at, file->size,
                                              boot, ret_error)
                            : image_open(&takeover->image, file->at, file->size, boot, ret_error);
}

static bool read_image(struct takeover *takeover, const struct catalog_set *set,
                       struct error *ret_error) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    struct error why = {.text = "object: out of memory"};
    if (!host_object_file_boot(boot, ret_error) || !open_image(takeover, boot, ret_error))
        return false;
    arrive(&takeover->image);
    takeover_step(takeover, "undo");
    takeover->match = object_match_new(memory_heap(), &takeover->image, set, &why);
    takeover_step(takeover, "match");
    for (int i = 0; takeover->match != NULL && i < MATCH_REASON_COUNT; i++)
        takeover->restarted[i] = object_match_restarted(takeover->match, (enum match_reason)i);
    return takeover->match != NULL || error_set(ret_error, "%s", why.text);
}

static bool try(struct takeover *takeover, struct takeover_object *object,
                const struct catalog_set *set, struct error *ret_error) {
    if (!host_object_file_open(object->fd, &takeover->file, ret_error))
        return false;
    object->fd = -1; /* owned by takeover->file now */
    takeover_step(takeover, "map");
    if (begin(takeover, ret_error) && read_image(takeover, set, ret_error))
        return true;
    object->fd = dup(takeover->file.fd);
    host_object_file_close(&takeover->file);
    return false;
}

static void fail(struct takeover *takeover, const char *why, const char *what) {
    (void)error_set(&takeover->why, "%s", why);
    if (takeover->handed) /* nothing is lost, and the caller reports why it fails */
        return;
    log_write(LOG_LEVEL_ERROR, "takeover",
              "could not restore the values of the previous process, all series start at 0: %s%s",
              why, what);
}

/* Whether the object's process was a successor that never counted. */
static bool is_waiting(const struct takeover_object *object) {
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

static void drop_waiting(struct takeover *takeover) {
    size_t left = 0;
    for (size_t i = 0; i < takeover->count; i++) {
        struct takeover_object *object = &takeover->objects[i];
        if (is_waiting(object))
            close_object(object);
        else
            takeover->objects[left++] = *object;
    }
    takeover->count = left;
}

void takeover_open(struct takeover *takeover, const struct catalog_set *set,
                   struct store_time now) {
    struct error why;
    struct error first = {0};
    drop_waiting(takeover);
    takeover->step_ns = uv_hrtime();
    takeover->real_ms = now.real_ms;
    for (size_t i = 0; i < takeover->count; i++) {
        struct takeover_object *object = &takeover->objects[i];
        takeover->step_count = 0;
        if (try(takeover, object, set, &why)) {
            takeover->chosen = object;
            takeover->alive_ms = image_mono(&takeover->image, takeover->image.marks.alive_ms);
            takeover->undone = takeover->image.undone;
            if (takeover->image.marks.clean == 1)
                takeover->cause = SELF_CAUSE_STATE_FILE;
            return;
        }
        if (i == 0)
            first = why;
        if (takeover->spent)
            break; /* the others are even older */
    }
    if (takeover->count == 0)
        return;
    takeover->chosen = &takeover->objects[0];
    takeover->inspected = true;
    fail(takeover, first.text, "; what they were in is kept as " TAKEOVER_INSPECT);
}

/* ---- restoring ---- */

bool takeover_ahead(struct takeover *takeover, struct store *store,
                    struct breakers_jobs *breakers_jobs, struct store_time now) {
    takeover_step(takeover, takeover->restoring == NULL ? "tables" : "sockets");
    if (takeover->restoring == NULL)
        takeover->restoring = store_restoring_new(store, &takeover->image, takeover->match, now);
    const bool good =
        (breakers_jobs == NULL ||
         breakers_jobs_restore_ahead(breakers_jobs, &takeover->image, takeover->match, now)) &&
        takeover->restoring != NULL && store_restore_ahead(takeover->restoring);
    takeover_step(takeover, "ahead");
    return good;
}

bool takeover_settle(struct takeover *takeover, struct error *ret_error) {
    takeover_step(takeover, "stop");
    const bool good = image_settle(&takeover->image, ret_error);
    takeover->alive_ms = takeover->image.marks.alive_ms;
    takeover->undone = takeover->image.undone;
    takeover_step(takeover, "settle");
    return good;
}

static bool restore_series(struct takeover *takeover, struct store *store, struct store_time now) {
    if (takeover->restoring != NULL)
        return store_restore_finish(takeover->restoring, now, &takeover->series);
    takeover_step(takeover, "tables");
    return store_restore(store, &takeover->image, takeover->match, now, &takeover->series);
}

bool takeover_model(struct takeover *takeover, const struct takeover_model *model,
                    struct store_time now) {
    const struct image *image = &takeover->image;
    const struct match *match = takeover->match;
    if (!restore_series(takeover, model->store, now))
        return false;
    takeover_step(takeover, "series");
    if (!ledger_restore(model->ledger, image, match))
        return false;
    takeover_step(takeover, "books");
    if (!breakers_jobs_restore(model->breakers_jobs, image, match, now))
        return false;
    takeover_step(takeover, "breakers_jobs");
    events_restore(model->events, image);
    takeover_step(takeover, "events");
    if (!self_metrics_carry(model->self, now))
        return false;
    takeover_step(takeover, "self");
    return true;
}

bool takeover_inbox(struct takeover *takeover, struct ingress *ingress) {
    const bool good = ingress_restore(ingress, &takeover->image, takeover->match, &takeover->inbox);
    takeover_step(takeover, "inbox");
    takeover->done = good;
    return good;
}

/* False: memory would run out before everything is copied, whatever the kernel says. */
static bool has_room(const struct takeover *takeover) {
    struct stat status;
    return fstat(takeover->file.fd, &status) != 0 ||
           (uint64_t)status.st_blocks * 512 <= host_memory_room("");
}

bool takeover_await_room(struct takeover *takeover) {
    enum { LOOK_MS = 100 };
    const uint32_t ready_timeout_ms = takeover->handed ? 0 : TAKEOVER_TIMEOUT_MS;
    for (uint32_t waited_ms = 0; !has_room(takeover); waited_ms += LOOK_MS) {
        if (waited_ms >= ready_timeout_ms)
            return false;
        if (waited_ms == 0)
            log_write(LOG_LEVEL_WARN, "takeover",
                      "not enough memory to restore the values of the previous process: they wait "
                      "%d s for room; give it more memory (MemoryMax=)",
                      TAKEOVER_TIMEOUT_MS / 1000);
        (void)usleep(LOOK_MS * 1000);
    }
    return true;
}

void takeover_give_up(struct takeover *takeover, const char *why) {
    fail(takeover, why, "; give it more memory (MemoryMax=, ulimit -v)");
    takeover_done(takeover);
}

const char *takeover_loss(const struct takeover *takeover) {
    return takeover->done || *takeover->why.text == '\0' ? NULL : takeover->why.text;
}

/* ---- the end of it ---- */

void takeover_done(struct takeover *takeover) {
    store_restoring_free(takeover->restoring);
    takeover->restoring = NULL;
    image_done(&takeover->image);
    object_match_free(takeover->match);
    takeover->match = NULL;
    host_object_file_close(&takeover->file);
    for (size_t i = 0; i < takeover->count; i++)
        close_object(&takeover->objects[i]);
}

void takeover_cancel(struct takeover *takeover) {
    if (takeover->match != NULL && !takeover->handed && !takeover->starved)
        (void)write_begun(takeover, takeover->begun - 1);
    takeover_done(takeover);
}

static bool is_small(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && (uint64_t)status.st_blocks * 512 <= TAKEOVER_INSPECT_BYTES;
}

/* A manager keeps a file only once, so it has to give up the former name first. */
static void keep_for_inspection(struct takeover *takeover, struct handover *handover) {
    struct takeover_object *object = takeover->chosen;
    if (object->fd < 0 || !is_small(object->fd))
        return;
    if (takeover->inspect.fd >= 0) {
        handover_drop(handover, takeover->inspect.fd);
        close_object(&takeover->inspect);
    }
    handover_add_named(handover, TAKEOVER_INSPECT, object->fd);
    takeover->inspect = (struct takeover_object){.fd = object->fd, .name = TAKEOVER_INSPECT};
    object->fd = -1;
}

static void tell(const struct takeover *takeover) {
    restarted_tell(takeover->match);
    log_write(
        LOG_LEVEL_LOG, "takeover",
        "restored %llu series of the previous process (%llu ended), %zu datagrams that it had "
        "received are left to apply",
        (unsigned long long)takeover->series.kept, (unsigned long long)takeover->series.ended,
        takeover->inbox.left);
}

void takeover_ready(struct takeover *takeover, struct handover *handover) {
    handover_tidy(handover);
    if (takeover->inspected)
        keep_for_inspection(takeover, handover);
    if (takeover->done) {
        (void)write_begun(takeover, TAKEOVER_SPENT);
        takeover_step(takeover, "ready");
        tell(takeover);
    }
    takeover_done(takeover);
}

/* ---- figures ---- */

/* A longer pause is unknown: whoever kept the object did not restart the daemon. */
enum { PAUSE_MS_MAX = 24 * 3600 * 1000 };

int64_t takeover_pause_ms(const struct takeover *takeover, const struct ingress *ingress) {
    const int64_t look_ms = ingress_first_look_ms(ingress);
    int64_t pause_ms;
    if (!takeover->done || look_ms == 0 || takeover->alive_ms <= 0 ||
        __builtin_sub_overflow(look_ms, takeover->alive_ms, &pause_ms) || pause_ms < 0 ||
        pause_ms > PAUSE_MS_MAX)
        return -1;
    return pause_ms;
}

void takeover_read(const struct takeover *takeover, const struct ingress *ingress,
                   struct self_metrics_inputs *inputs) {
    const int64_t pause_ms = takeover_pause_ms(takeover, ingress);
    if (!takeover->done)
        return;
    inputs->restarts[takeover->cause] = 1;
    inputs->handover_series[SELF_RESULT_KEPT] = takeover->series.kept;
    inputs->handover_series[SELF_RESULT_ENDED] = takeover->series.ended;
    memcpy(inputs->families_restarted, takeover->restarted, sizeof takeover->restarted);
    if (pause_ms < 0)
        return;
    size_t bucket = 0;
    inputs->pause_sum_s = (double)pause_ms / 1000;
    while (bucket < SELF_PAUSE_BUCKETS && inputs->pause_sum_s > self_metrics_pause_bounds[bucket])
        bucket++;
    inputs->pause_buckets[bucket] = 1;
}
