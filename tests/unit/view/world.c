/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"

enum { CATALOGS_MAX = 8, PATH_SIZE = 4096 };

struct view_source world_source(const struct fixture *fx) {
    return (struct view_source){
        .set = &fx->set,
        .store = fx->store,
        .ledger = fx->ledger,
        .breakers_jobs = fx->breakers_jobs,
    };
}

/* ---- cases ---- */

/* The comm that new senders get, as the ingress would look it up. */
static void describe(void *arg, const struct sender *sender) {
    ledger_sender_describe(sender, arg, 1);
}

static long take_number(char **words) {
    const char *word = strsep(words, " ");
    char *end;
    cr_assert(word != NULL);
    const long number = strtol(word, &end, 10);
    cr_assert(end != word && *end == '\0', "no number: %s", word);
    return number;
}

void world_end_process(struct fixture *fx, int32_t pid) {
    struct owners *owners = store_owners(fx->store);
    const owner_id owner = owners_find(owners, pid);
    cr_assert(ne(u32, owner, OWNER_NONE), "pid %d owns nothing", pid);
    owners_end(owners, owner);
    while (!breakers_jobs_release(fx->breakers_jobs, fx->now, 100))
        ;
}

static void direct(struct fixture *fx, char *line) {
    static char comm[64];
    char *words = line;
    const char *what = strsep(&words, " ");
    if (strcmp(what, "@sender") == 0) {
        fx->origin.pid = (int32_t)take_number(&words);
        fx->origin.uid = (uint32_t)take_number(&words);
        fx->origin.gid = (uint32_t)take_number(&words);
        cr_assert(words != NULL);
        (void)snprintf(comm, sizeof comm, "%s", words);
        gate_on_new_sender(fx->gate, describe, comm);
    } else if (strcmp(what, "@advance") == 0) {
        const long ms = take_number(&words);
        fx->now.mono_ms += ms;
        fx->now.real_ms += ms;
    } else if (strcmp(what, "@end") == 0) {
        world_end_process(fx, (int32_t)take_number(&words));
    } else {
        cr_assert(strcmp(what, "@hide") == 0, "unknown directive: %s", what);
        ledger_hide_text(fx->ledger);
    }
}

static void send_input(struct fixture *fx, char *input) {
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (*line == '\0' || *line == '#')
            continue;
        if (*line == '@')
            direct(fx, line);
        else
            fixture_send_bytes(fx, line, files_unescape(line), false);
    }
}

void world_load(struct fixture *fx, const char *folder) {
    char path[PATH_SIZE];
    char *catalogs[CATALOGS_MAX + 1] = {NULL};
    for (int i = 0; i < CATALOGS_MAX; i++) {
        (void)snprintf(path, sizeof path, "%s/catalog%.0d.json", folder, i);
        catalogs[i] = files_read(path, NULL);
        if (catalogs[i] == NULL)
            break;
    }
    cr_assert(catalogs[0] != NULL, "%s has no catalog.json", folder);
    fixture_init(fx, (const char *const *)catalogs);
    char *input = files_read_in(folder, "input");
    cr_assert(input != NULL, "%s has no input", folder);
    send_input(fx, input);
    breakers_jobs_publish(fx->breakers_jobs, fx->now);
    free(input);
    for (int i = 0; catalogs[i] != NULL; i++)
        free(catalogs[i]);
}

/* ---- rendering ---- */

char *world_render(const struct fixture *fx, struct view *view, size_t budget) {
    struct strbuf out = {0};
    size_t idle = 0;
    cr_assert(view != NULL);
    for (;;) {
        const size_t before = out.len;
        if (view_step(view, &out, budget, fx->now) == VIEW_DONE)
            break;
        idle = out.len == before ? idle + 1 : 0;
        cr_assert(lt(sz, idle, 100000), "the view gets nowhere");
    }
    view_free(view);
    cr_assert(not(out.failed));
    char *text = strdup(strbuf_cstr(&out));
    cr_assert(eq(sz, strlen(text), out.len), "no zero bytes");
    strbuf_done(&out);
    return text;
}

char *world_exposition(const struct fixture *fx, enum exposition_format format, size_t budget) {
    const struct view_source source = world_source(fx);
    const struct exposition_options options = {.format = format,
                                               .page = &fx->endpoints.items[0].all};
    return world_render(fx, view_exposition(&source, &options), budget);
}

const char *limit_text(size_t limit) {
    static char text[24];
    snprintf(text, sizeof text, "%zu", limit);
    return limit > 0 ? text : NULL;
}

json_t *world_json(const struct fixture *fx, world_list list, const struct json_query *query) {
    const struct view_source source = world_source(fx);
    const char *refusal;
    struct view *view = list(&source, query, &refusal);
    cr_assert(view != NULL, "%s", refusal);
    char *text = world_render(fx, view, VIEW_STEP_UNITS);
    json_error_t error;
    json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert(parsed != NULL, "%s in %s", error.text, text);
    free(text);
    return parsed;
}

const char *world_refusal(const struct fixture *fx, world_list list,
                          const struct json_query *query) {
    const struct view_source source = world_source(fx);
    const char *refusal = NULL;
    struct view *view = list(&source, query, &refusal);
    view_free(view);
    cr_assert(view == NULL);
    cr_assert(refusal != NULL);
    return refusal;
}
