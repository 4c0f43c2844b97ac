/* SPDX-License-Identifier: MIT */
/*
 * Golden files: tests/cases/view/NAME holds catalogs and input (see world.h), and what the views of
 * it are, byte for byte, in one slice and in the smallest ones, expositions also with kept texts:
 *   expect.om  expect.created.om  expect.prom    expositions; .created with `_created`
 *   expect.{series,rejections,senders,catalog,services,families,breakers,jobs}.json
 * A file `endpoint` says what the page is like, a word and perhaps its value on each line:
 *   resource labels|target_info    scope_labels    exclude GROUPS    page SERVICE
 * Those that exist are compared. With STATGATE_UPDATE=1 in the environment they are rewritten
 * instead; read the difference before you commit it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "usual_options.h"
#include "view/view.h"
#include "world.h"

/* What all expositions of a case show, without and with `_created`. */
static const struct endpoint_page *pages[2];

static struct view *expose(const struct view_source *source, enum exposition_format format,
                           bool created) {
    const struct exposition_options options = {.format = format, .page = pages[created]};
    return view_exposition(source, &options);
}

static struct view *open_metrics(const struct view_source *source) {
    return expose(source, EXPOSITION_OPENMETRICS, false);
}

static struct view *open_metrics_created(const struct view_source *source) {
    return expose(source, EXPOSITION_OPENMETRICS, true);
}

static struct view *text_format(const struct view_source *source) {
    return expose(source, EXPOSITION_TEXT, true); /* where `_created` has no place */
}

static struct view *list(const struct view_source *source, world_list make) {
    const char *refusal;
    return make(source, &(struct json_query){0}, &refusal);
}

static struct view *series(const struct view_source *source) {
    return list(source, view_json_series);
}

static struct view *rejections(const struct view_source *source) {
    return list(source, view_json_rejections);
}

static struct view *senders(const struct view_source *source) {
    return list(source, view_json_senders);
}

static struct view *catalog(const struct view_source *source) {
    return list(source, view_json_catalog);
}

static struct view *services(const struct view_source *source) {
    return list(source, view_json_services);
}

static struct view *families(const struct view_source *source) {
    return list(source, view_json_families);
}

static struct view *breakers(const struct view_source *source) {
    return list(source, view_json_breakers);
}

static struct view *jobs(const struct view_source *source) {
    return list(source, view_json_jobs);
}

static const struct {
    const char *file;
    struct view *(*make)(const struct view_source *source);
} expectations[] = {
    {"expect.om", open_metrics},
    {"expect.created.om", open_metrics_created},
    {"expect.prom", text_format},
    {"expect.series.json", series},
    {"expect.rejections.json", rejections},
    {"expect.senders.json", senders},
    {"expect.catalog.json", catalog},
    {"expect.services.json", services},
    {"expect.families.json", families},
    {"expect.breakers.json", breakers},
    {"expect.jobs.json", jobs},
};

static void compare(const char *path, const char *want, const char *got) {
    size_t line = 1;
    size_t at = 0;
    for (; want[at] != '\0' && want[at] == got[at]; at++)
        line += want[at] == '\n';
    cr_expect(eq(str, (char *)got, (char *)want), "%s:%zu", path, line);
}

/* The words of a case's file `endpoint`, if there is one; they live as long as its text. */
static const char *read_endpoint(char *text, struct endpoint_options *options) {
    const char *page = NULL;
    for (char *line = text != NULL ? strtok(text, "\n") : NULL; line != NULL;
         line = strtok(NULL, "\n")) {
        char *value = strchr(line, ' ');
        if (value != NULL)
            *value++ = '\0';
        if (strcmp(line, "resource") == 0 && value != NULL)
            options->resource =
                strcmp(value, "labels") == 0 ? RESOURCE_LABELS : RESOURCE_TARGET_INFO;
        else if (strcmp(line, "scope_labels") == 0)
            options->scope_labels = true;
        else if (strcmp(line, "exclude") == 0 && value != NULL)
            options->exclude = value;
        else if (strcmp(line, "page") == 0)
            page = value;
        else
            cr_assert(false, "the word \"%s\" of a case", line);
    }
    return page;
}

/* The case's text of the endpoint, to be freed after the fixture. */
static char *open_pages(struct fixture *fx, const char *folder) {
    struct endpoint_options options[2] = {usual_options};
    char *text = files_read_in(folder, "endpoint");
    const char *page = read_endpoint(text, &options[0]);
    options[1] = options[0];
    options[1].created = true;
    fixture_endpoints(fx, options, 2);
    for (int i = 0; i < 2; i++) {
        const struct endpoint *endpoint = &fx->endpoints.items[i];
        pages[i] = page != NULL ? endpoint_page_of(endpoint, page) : &endpoint->all;
        cr_assert(pages[i] != NULL, "%s", page);
    }
    return text;
}

static json_t *read_json(const char *path, const char *text) {
    json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_expect(ne(ptr, read, NULL), "%s is no JSON", path);
    return read;
}

static size_t check_case(const char *folder) {
    struct fixture fx;
    world_load(&fx, folder);
    char *endpoint = open_pages(&fx, folder);
    const struct view_source source = world_source(&fx);
    size_t checked = 0;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, expectations[i].file);
        char *want = files_read(path, NULL);
        if (want == NULL)
            continue;
        char *got = world_render(&fx, expectations[i].make(&source), VIEW_STEP_UNITS);
        char *sliced = world_render(&fx, expectations[i].make(&source), 1);
        if (getenv("STATGATE_UPDATE") != NULL)
            files_write(path, got, strlen(got));
        else
            compare(path, want, got);
        cr_expect(eq(str, sliced, got), "%s in slices", path);
        if (strstr(expectations[i].file, ".json") != NULL)
            json_decref(read_json(path, got));
        free(want);
        free(got);
        free(sliced);
        checked++;
    }
    fixture_done(&fx);
    free(endpoint);
    return checked;
}

Test(view_cases, views_are_as_the_golden_files) {
    struct files cases = files_list("cases/view", "");
    for (size_t i = 0; i < cases.count; i++)
        cr_expect(ne(sz, check_case(cases.paths[i]), 0), "%s expects nothing", cases.paths[i]);
    cr_expect(ge(sz, cases.count, 17));
    files_free(&cases);
}
