/* SPDX-License-Identifier: MIT */
/*
 * diagnostics.c - all mistakes in catalogs and endpoints, with their places, for both programs.
 */
#include "diagnostics/diagnostics.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "loader/loader.h"
#include "self_metrics/self_metrics.h"
#include "json/json.h"

/* ==== messages ==== */

void diagnostics_messages_init(struct messages *messages) {
    *messages = (struct messages){.count = 0};
    strbuf_init(&messages->text);
}

void diagnostics_messages_done(struct messages *messages) {
    strbuf_done(&messages->text);
}

void diagnostics_messages_add(struct messages *messages, const char *format, ...) {
    char text[ERROR_BYTES + 64];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    strbuf_put(&messages->text, text, strlen(text) + 1);
    messages->count++;
}

const char *diagnostics_messages_next(const struct messages *messages, const char *message) {
    if (messages->text.len == 0)
        return NULL;
    const char *end = messages->text.data + messages->text.len;
    const char *next = message != NULL ? message + strlen(message) + 1 : messages->text.data;
    return next < end ? next : NULL;
}

/* ==== catalogs ==== */

static void keep(void *arg, const struct error *error) {
    diagnostics_messages_add(arg, "%s", error->text);
}

/* Remove the catalog that the message is about from the set. Returns false if it is about none. */
static bool drop_blamed(struct catalog_set *set, const char *message) {
    for (size_t i = 0; i < set->count; i++) {
        const char *file = set->catalogs[i]->file;
        const char *rest = text_after(message, file);
        if (rest == NULL || !text_begins(rest, ": "))
            continue;
        catalog_free(set->catalogs[i]);
        set->count--;
        memmove(&set->catalogs[i], &set->catalogs[i + 1],
                (set->count - i) * sizeof(struct catalog *));
        return true;
    }
    return false;
}

/* Check for what catalogs must not share. Once a refused catalog is removed, others may be at
 * fault. */
static void cross_check(struct catalog_set *set, struct messages *errors) {
    struct error error;
    while (!catalog_set_finish(set, &error)) {
        diagnostics_messages_add(errors, "%s", error.text);
        if (!drop_blamed(set, error.text))
            return;
    }
}

/* The same for endpoints. A mistake in them that follows from a refused catalog is not reported. */
static void place(struct catalogs *catalogs, struct messages *errors) {
    struct error error = {0};
    const char *handlers[ENDPOINTS_MAX];
    const size_t count = settings_endpoint_plan_handlers(&catalogs->plan, handlers);
    settings_endpoint_plan_name_inputs(&catalogs->plan, &catalogs->set);
    bool good = self_metrics_add_catalogs(&catalogs->set, handlers, count, &error);
    bool dropped = good;
    while (dropped &&
           !(good = settings_endpoint_plan_build(&catalogs->plan, &catalogs->set, &error))) {
        dropped = drop_blamed(&catalogs->set, error.text);
        if (dropped)
            diagnostics_messages_add(errors, "%s", error.text);
    }
    if (!good && errors->count == 0)
        diagnostics_messages_add(errors, "%s", error.text);
}

/* Whether a path can be read. If it is a path of the settings, the mistake has its place there. */
static bool is_readable(const struct settings *settings, const struct settings_list *paths,
                        size_t index, struct messages *errors) {
    struct error unreadable;
    if (paths != &settings->catalog || settings_check_catalog(settings, index, &unreadable))
        return true;
    diagnostics_messages_add(errors, "%s", unreadable.text);
    return false;
}

bool diagnostics_catalogs_load(const struct settings *settings, const struct settings_list *paths,
                               bool named, struct catalogs *ret_catalogs, struct messages *errors) {
    struct catalogs *catalogs = ret_catalogs;
    const bool file_named = settings->sources[SETTING_config] == SETTINGS_FLAG;
    *catalogs = (struct catalogs){.whole = !named || file_named};
    catalog_set_init(&catalogs->set);
    settings_endpoint_plan_init(&catalogs->plan, settings, catalogs->whole);
    for (size_t i = 0; i < paths->count; i++)
        if (is_readable(settings, paths, i, errors))
            (void)loader_path(&catalogs->set, paths->items[i], keep, errors);
    cross_check(&catalogs->set, errors);
    place(catalogs, errors);
    if (errors->count > 0) {
        diagnostics_catalogs_done(catalogs);
        return false;
    }
    return true;
}

void diagnostics_catalogs_done(struct catalogs *catalogs) {
    settings_endpoint_plan_done(&catalogs->plan);
    catalog_set_done(&catalogs->set);
}

/* ==== mistakes ==== */

enum {
    PATHS_BYTES = 400 /* of the listed paths; no further path is started beyond this */
};

/* ---- files ---- */

/* The length of the file's name at the start of a message, before `: ` or `:LINE:`. */
static size_t file_of(const char *message) {
    char path[4096];
    for (const char *at = strchr(message, ':'); at != NULL; at = strchr(at + 1, ':')) {
        const size_t len = (size_t)(at - message);
        struct stat status;
        if (len == 0 || len >= sizeof path)
            continue;
        memcpy(path, message, len);
        path[len] = '\0';
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
            return len;
    }
    return 0;
}

/* ---- mistakes ---- */

static const char *diagnostics_keep(struct diagnostics *mistakes, const char *text, size_t len) {
    return arena_strndup(&mistakes->arena, text, len);
}

static void add(struct diagnostics *mistakes, const struct mistake *mistake) {
    mistakes->items = memory_resize(mistakes->items, mistakes->count + 1, sizeof *mistake);
    mistakes->items[mistakes->count++] = *mistake;
}

/* A file that is searched for mistakes. */
struct mistake_reading {
    struct diagnostics *mistakes;
    const char *file;
};

/* A variable with a wrong value is one mistake, however many labels name it. */
static bool is_told(const struct diagnostics *mistakes, const char *text) {
    if (text_after(text, "the environment variable ") == NULL)
        return false;
    for (size_t i = 0; i < mistakes->count; i++)
        if (strcmp(mistakes->items[i].text, text) == 0)
            return true;
    return false;
}

static void add_fault(void *arg, const struct loader_fault *fault) {
    const struct mistake_reading *reading = arg;
    struct diagnostics *mistakes = reading->mistakes;
    if (is_told(mistakes, fault->text))
        return;
    add(mistakes, &(struct mistake){
                      .file = reading->file,
                      .line = fault->line,
                      .column = fault->column,
                      .pointer = diagnostics_keep(mistakes, fault->pointer, strlen(fault->pointer)),
                      .text = diagnostics_keep(mistakes, fault->text, strlen(fault->text)),
                      .hint = fault->hint});
}

/* Find the place of the mistake's pointer. After a pointer to a query, the query's name follows in
 * brackets. */
static void find_place(struct mistake *mistake, const char *text, size_t len) {
    char pointer[1024];
    (void)snprintf(pointer, sizeof pointer, "%.*s", (int)strcspn(mistake->pointer, " "),
                   mistake->pointer);
    json_locate_line(text, len, json_locate_pointer(text, len, pointer), &mistake->line,
                     &mistake->column);
}

/* Take a parser's "12:3: " off the message. */
static const char *take_place(struct mistake *mistake, const char *rest) {
    char *end;
    if (!isdigit((unsigned char)*rest))
        return rest;
    const unsigned long line = strtoul(rest, &end, 10);
    if (*end != ':' || !isdigit((unsigned char)end[1]))
        return rest;
    const unsigned long column = strtoul(end + 1, &end, 10);
    if (strncmp(end, ": ", 2) != 0)
        return rest;
    mistake->line = line;
    mistake->column = column;
    return end + 2;
}

/* Parse the text after the file's name: a place, or a pointer to a value, and the message about
 * it. */
static void add_about(struct diagnostics *mistakes, struct mistake *mistake, const char *rest,
                      const char *text, size_t len) {
    rest = take_place(mistake, rest);
    const char *end = *rest == '/' ? strstr(rest, ": ") : NULL;
    mistake->pointer = end != NULL ? diagnostics_keep(mistakes, rest, (size_t)(end - rest)) : "";
    mistake->text = diagnostics_keep(mistakes, end != NULL ? end + 2 : rest,
                                     strlen(end != NULL ? end + 2 : rest));
    if (end != NULL && text != NULL)
        find_place(mistake, text, len);
    add(mistakes, mistake);
}

/* Whether the catalog was already searched: messages name a file once for each of its mistakes. */
static bool is_known(const struct diagnostics *mistakes, const char *file) {
    for (size_t i = 0; i < mistakes->count; i++)
        if (mistakes->items[i].file != NULL && strcmp(mistakes->items[i].file, file) == 0)
            return true;
    return false;
}

/* Add all mistakes of a catalog, if the message is the first of them. Adds nothing for a file that
 * cannot be read, or that was refused because of another catalog. */
static bool add_faults(struct diagnostics *mistakes, const struct mistake *about, const char *text,
                       size_t len, const char *message) {
    const size_t before = mistakes->count;
    const char *rest = message + strlen(about->file);
    struct mistake_reading reading = {mistakes, about->file};
    bool cut;
    if (is_known(mistakes, about->file))
        return false;
    const size_t found =
        loader_faults(about->file, text, len, add_fault, &reading, &mistakes->left_bytes, &cut);
    const bool fits =
        found == 0 || isdigit((unsigned char)rest[1]) ||
        (mistakes->count > before && strstr(rest, mistakes->items[before].text) != NULL);
    if (!fits)
        mistakes->count = before;
    mistakes->cut |= fits && cut;
    return fits && found > 0;
}

static void add_message(struct diagnostics *mistakes, const char *message, bool warning) {
    struct mistake mistake = {.warning = warning, .pointer = ""};
    mistake.message = diagnostics_keep(mistakes, message, strlen(message));
    const size_t len = file_of(message);
    size_t text_len = 0;
    if (len == 0) {
        mistake.text = mistake.message;
        add(mistakes, &mistake);
        return;
    }
    mistake.file = diagnostics_keep(mistakes, message, len);
    struct error unread; /* then it has no place */
    char *text = json_jsondoc_read(mistake.file, &text_len, &unread);
    if (warning || text == NULL || !add_faults(mistakes, &mistake, text, text_len, message)) {
        const char *rest = message + len + 1;
        add_about(mistakes, &mistake, rest + strspn(rest, " "), text, text_len);
    }
    free(text);
}

static void add_all(struct diagnostics *mistakes, const struct messages *messages, bool warning) {
    for (const char *text = diagnostics_messages_next(messages, NULL); text != NULL;
         text = diagnostics_messages_next(messages, text))
        add_message(mistakes, text, warning);
}

void diagnostics_find(struct diagnostics *ret_mistakes, const struct messages *errors,
                      const struct messages *warnings, size_t most_bytes) {
    *ret_mistakes = (struct diagnostics){.left_bytes = most_bytes};
    arena_init(&ret_mistakes->arena);
    add_all(ret_mistakes, errors, false);
    add_all(ret_mistakes, warnings, true);
}

void diagnostics_find_setting(struct diagnostics *ret_mistakes, const char *why) {
    const struct messages no_warnings = {0};
    struct messages errors = {0};
    diagnostics_messages_add(&errors, "%s", why);
    diagnostics_find(ret_mistakes, &errors, &no_warnings, JSONDOC_BYTES_MAX);
    diagnostics_messages_done(&errors);
    if (ret_mistakes->count > 1)
        ret_mistakes->count = 1; /* others were found as if the file were a catalog */
}

void diagnostics_done(struct diagnostics *mistakes) {
    free(mistakes->items);
    arena_done(&mistakes->arena);
    *mistakes = (struct diagnostics){0};
}

static void put_mistake(struct strbuf *out, const struct mistake *mistake) {
    if (mistake->file == NULL || mistake->line == 0)
        strbuf_puts(out, mistake->message);
    else
        strbuf_printf(out, "%s:%zu:%zu: %s%s%s", mistake->file, mistake->line, mistake->column,
                      mistake->pointer, *mistake->pointer != '\0' ? ": " : "", mistake->text);
    if (mistake->hint != NULL)
        strbuf_printf(out, "; %s", mistake->hint);
}

void diagnostics_write(const struct diagnostics *mistakes, struct strbuf *out) {
    for (size_t i = 0; i < mistakes->count; i++) {
        strbuf_puts(out, mistakes->items[i].warning ? "warning: " : "");
        put_mistake(out, &mistakes->items[i]);
        strbuf_putc(out, '\n');
    }
}

void diagnostics_write_errors(const struct messages *errors, struct strbuf *out) {
    const struct messages no_warnings = {0};
    struct diagnostics mistakes;
    diagnostics_find(&mistakes, errors, &no_warnings, SIZE_MAX);
    diagnostics_write(&mistakes, out);
    diagnostics_done(&mistakes);
}

void diagnostics_locate_setting(struct error *why) {
    struct diagnostics mistakes;
    struct strbuf line = {0};
    diagnostics_find_setting(&mistakes, why->text);
    if (mistakes.count > 0) {
        put_mistake(&line, &mistakes.items[0]);
        (void)error_set(why, "%s", strbuf_cstr(&line));
    }
    strbuf_done(&line);
    diagnostics_done(&mistakes);
}

/* Append "and 3 more: statgate check a.json b.json"; a long list of paths is cut. */
static void put_rest(struct strbuf *line, size_t left, bool cut,
                     const struct settings_list *paths) {
    if (left > 0)
        strbuf_printf(line, "and %s%zu more: statgate check", cut ? "at least " : "", left);
    else
        strbuf_puts(line, "there may be more: statgate check");
    for (size_t i = 0; i < paths->count && line->len < PATHS_BYTES; i++)
        strbuf_printf(line, " %s", paths->items[i]);
}

void diagnostics_list(const struct diagnostics *mistakes, const struct settings_list *paths,
                      struct messages *ret_lines) {
    struct strbuf line = {0};
    for (size_t i = 0; i < mistakes->count && i < DIAGNOSTICS_LISTED; i++) {
        strbuf_clear(&line);
        put_mistake(&line, &mistakes->items[i]);
        diagnostics_messages_add(ret_lines, "%s", strbuf_cstr(&line));
    }
    strbuf_clear(&line);
    const size_t left =
        mistakes->count > DIAGNOSTICS_LISTED ? mistakes->count - DIAGNOSTICS_LISTED : 0;
    if (left > 0 || mistakes->cut) {
        put_rest(&line, left, mistakes->cut, paths);
        diagnostics_messages_add(ret_lines, "%s", strbuf_cstr(&line));
    }
    strbuf_done(&line);
}
