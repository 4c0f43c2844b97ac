/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the configuration file. They become settings, or a message with a place in the file;
 * then, with three small services, consistent endpoints or again a message.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "loader/loader.h"
#include "self_metrics/self_metrics.h"
#include "settings/settings.h"

/* "two" and "three" have a family of the same name; "three" declares a label that resource labels
 * would add. */
static const char *const services[] = {
    "{\"statgate\":1,\"service\":\"one\",\"groups\":[\"api\",\"app\"],"
    "\"resource\":{\"service.name\":\"one\"},\"scope\":{\"name\":\"s\"},\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"group\":\"api\"},"
    "\"b\":{\"type\":\"histogram\",\"buckets\":[1],\"group\":\"app\"}}}",
    "{\"statgate\":1,\"service\":\"two\",\"families\":{\"c\":{\"type\":\"gauge\"}}}",
    "{\"statgate\":1,\"service\":\"three\",\"resource\":{\"zone\":\"z\"},\"families\":{"
    "\"c\":{\"type\":\"gauge\",\"group\":\"app\"},"
    "\"d\":{\"type\":\"gauge\",\"labels\":{\"zone\":[\"z\"]}}}}",
};
enum { SERVICES = sizeof services / sizeof services[0] };

/* Checks that the message is a sentence on one line. */
static void check_message(const char *text) {
    CHECK(*text != '\0');
    for (; *text != '\0'; text++)
        CHECK((unsigned char)*text >= ' ');
}

static void check_settings(const struct settings *settings) {
    CHECK(settings->endpoint_count <= SETTINGS_ENDPOINTS_MAX);
    for (size_t i = 0; i < settings->endpoint_count; i++) {
        const struct settings_endpoint *endpoint = &settings->endpoints[i];
        CHECK(*endpoint->listen != '\0' && endpoint->path[0] == '/');
        CHECK(endpoint->options.service_count > 0 &&
              endpoint->options.service_count <= SETTINGS_ENDPOINT_SERVICES_MAX);
        CHECK(endpoint->options.include != NULL && endpoint->options.exclude != NULL);
        CHECK(endpoint->options.resource <= RESOURCE_LABELS);
        CHECK(endpoint->bearer_token_file != NULL);
    }
}

static bool is_on(const struct endpoint_page *page, const struct catalog_family *family) {
    for (size_t i = 0; i < page->family_count; i++)
        if (page->families[i] == family)
            return true;
    return false;
}

/* Checks that exactly those families are exposed which some page shows, and that pages are in
 * order. */
static void check_endpoints(const struct endpoints *endpoints, const struct catalog_set *set) {
    for (size_t i = 0; i < set->family_count; i++) {
        bool shown = false;
        for (size_t j = 0; j < endpoints->count; j++)
            shown |= is_on(&endpoints->items[j].all, set->families[i]);
        CHECK(shown == set->families[i]->exposed);
    }
    for (size_t j = 0; j < endpoints->count; j++) {
        const struct endpoint *endpoint = &endpoints->items[j];
        for (size_t i = 1; i < endpoint->all.family_count; i++)
            CHECK(strcmp(endpoint->all.families[i - 1]->name, endpoint->all.families[i]->name) < 0);
        for (size_t i = 0; i < endpoint->service_count; i++) {
            const struct endpoint_page *page =
                endpoint_page_of(endpoint, endpoint->services[i]->service);
            CHECK(page == &endpoint->each[i]);
            for (size_t f = 0; f < page->family_count; f++)
                CHECK(is_on(&endpoint->all, page->families[f]));
        }
    }
}

static void check_plan(const struct settings *settings) {
    struct catalog_set set;
    struct endpoint_plan plan;
    const char *handlers[ENDPOINTS_MAX];
    struct error error = {0};
    catalog_set_init(&set);
    for (size_t i = 0; i < SERVICES; i++) {
        struct catalog *catalog =
            loader_text("a.json", services[i], strlen(services[i]), false, &error);
        CHECK(catalog != NULL);
        catalog_set_add(&set, catalog);
    }
    settings_endpoint_plan_init(&plan, settings, true);
    const size_t count = settings_endpoint_plan_handlers(&plan, handlers);
    if (self_metrics_add_catalogs(&set, handlers, count, &error) &&
        settings_endpoint_plan_build(&plan, &set, &error))
        check_endpoints(&plan.endpoints, &set);
    else
        check_message(error.text);
    settings_endpoint_plan_done(&plan);
    catalog_set_done(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("settings", MFD_CLOEXEC);
        CHECK(file >= 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    CHECK(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);

    const struct settings_program program = {
        .name = "statgated", .usage = "", .about = "", .allowed = SETTINGS_ALL};
    char *const none[] = {NULL};
    const struct settings_host host = {.uid = 0, .environment = none, .config_file = ""};
    char name[] = "statgated";
    char flag[] = "--config";
    char *const argv[] = {name, flag, path, NULL};
    struct settings settings;
    struct error error = {0};
    switch (settings_parse(&settings, &program, 3, argv, &host, &error)) {
    case SETTINGS_OK:
        check_settings(&settings);
        check_plan(&settings);
        settings_done(&settings);
        break;
    case SETTINGS_ERROR:
        check_message(error.text);
        CHECK(strncmp(error.text, path, strlen(path)) == 0);
        break;
    default:
        CHECK(false); /* no input can ask for help */
    }
    return 0;
}
