#include "cli/catalogs.h"

#include <stdarg.h>
#include <stdio.h>

#include "loader/loader.h"
#include "self/self.h"

/* ---- messages ---- */

void messages_init(struct messages *messages) {
    *messages = (struct messages){.count = 0};
    strbuf_init(&messages->text);
}

void messages_done(struct messages *messages) {
    strbuf_done(&messages->text);
}

void messages_add(struct messages *messages, const char *format, ...) {
    char text[JSONDOC_ERROR_MAX + 64];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    strbuf_put(&messages->text, text, strlen(text) + 1);
    messages->count++;
}

const char *messages_next(const struct messages *messages, const char *message) {
    const char *end = messages->text.data + messages->text.len;
    if (messages->text.len == 0)
        return NULL;
    const char *next = message ? message + strlen(message) + 1 : messages->text.data;
    return next < end ? next : NULL;
}

/* ---- the set ---- */

static void keep(void *arg, const struct jsondoc_error *error) {
    messages_add(arg, "%s", error->text);
}

/* Take the catalog that the message is about out of the set. False: it is about none. */
static bool drop_blamed(struct catalog_set *set, const char *message) {
    for (size_t i = 0; i < set->count; i++) {
        const char *file = set->catalogs[i]->file;
        const size_t len = strlen(file);
        if (strncmp(message, file, len) != 0 || strncmp(message + len, ": ", 2) != 0)
            continue;
        catalog_free(set->catalogs[i]);
        set->count--;
        memmove(&set->catalogs[i], &set->catalogs[i + 1],
                (set->count - i) * sizeof(struct catalog *));
        return true;
    }
    return false;
}

/* What catalogs must not share; without those that were refused for it, others may be at fault. */
static void cross_check(struct catalog_set *set, struct messages *errors) {
    char error[JSONDOC_ERROR_MAX] = "";
    while (!catalog_set_finish(set, error, sizeof error)) {
        messages_add(errors, "%s", error);
        if (!drop_blamed(set, error))
            return;
    }
}

static void add_own(struct catalog_set *set, const struct catalog_choice *choice,
                    struct messages *errors) {
    struct jsondoc_error error = {{0}};
    struct catalog *own = self_catalog(set, &error);
    if (own && catalog_set_add(set, own)) {
        catalog_set_select(set, choice->include, choice->exclude);
        cross_check(set, errors);
        return;
    }
    catalog_free(own);
    messages_add(errors, "%s", own ? "out of memory" : error.text);
}

bool catalogs_load(const struct catalog_choice *choice, struct catalog_set *ret_set,
                   struct messages *errors) {
    struct catalog_set *set = ret_set;
    catalog_set_init(set);
    for (size_t i = 0; i < choice->count; i++)
        (void)loader_path_all(set, choice->paths[i], keep, errors);
    catalog_set_select(set, choice->include, choice->exclude);
    cross_check(set, errors);
    if (errors->count == 0)
        add_own(set, choice, errors);
    if (errors->count > 0 || errors->text.failed) {
        catalog_set_done(set);
        return false;
    }
    return true;
}
