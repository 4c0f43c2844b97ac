/* Finds the texts that were accepted last in what the process inherits. */
#include "statgated/kept_texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accepted/accepted.h"
#include "base/text.h"
#include "host/object_file.h"
#include "statgated/handover.h"
#include "statgated/takeover.h"

/* ---- in objects ---- */

/* Read an object that its process may still write: the texts do not change. */
static bool read_object(struct accepted *ret_accepted, const struct object_file *file) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    struct object_marks marks;
    struct image image = {0};
    struct error unreadable;
    uint64_t at;
    if (!image_marks(file->at, file->size, &marks, &at) || marks.waiting != 0 ||
        !object_file_boot(boot, &unreadable) ||
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
    if (!object_file_open(own, &file, &unreadable)) {
        (void)close(own);
        return;
    }
    (void)read_object(ret_accepted, &file);
    object_file_close(&file);
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
