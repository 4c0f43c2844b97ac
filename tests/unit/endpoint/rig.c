/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "loader/loader.h"
#include "usual_options.h"

struct catalog_set rig_set;
struct endpoints rig_endpoints;
struct error rig_error;

static char list[16384];
static char words[4096]; /* the texts of rig_options */
static size_t word_bytes;
static const char *items[1024];
static size_t item_count;

void rig_start(void) {
    catalog_set_init(&rig_set);
    word_bytes = 0;
    item_count = 0;
}

void rig_end(void) {
    endpoints_done(&rig_endpoints);
    catalog_set_done(&rig_set);
}

static struct catalog *add(const char *file, const char *text, bool internal) {
    struct error error = {0};
    struct catalog *catalog = loader_text(file, text, strlen(text), internal, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    catalog_set_add(&rig_set, catalog);
    return catalog;
}

struct catalog *rig_add(const char *file, const char *text) {
    return add(file, text, false);
}

struct catalog *rig_add_own(void) {
    return add(
        "(built-in)",
        SERVICE("statgate", FAMILIES(GAUGE("statgate_up") "," IN_GROUP("process_x", "process"))),
        true);
}

struct catalog *rig_add_handler(const char *endpoint) {
    struct catalog *catalog =
        add("handler_metrics", SERVICE("statgate", FAMILIES(GAUGE("promhttp_up"))), true);
    catalog->service = endpoint;
    return catalog;
}

static const char *keep(const char *text, size_t len) {
    char *copy = words + word_bytes;
    cr_assert(lt(sz, word_bytes + len + 1, sizeof words));
    memcpy(copy, text, len);
    copy[len] = '\0';
    word_bytes += len + 1;
    return copy;
}

struct endpoint_options rig_options(const char *name, const char *services) {
    char place[128];
    const int len = snprintf(place, sizeof place, "c.json: /%s", name);
    struct endpoint_options options = usual_options;
    options.place = keep(place, (size_t)len);
    options.name = name;
    options.services = services != NULL ? &items[item_count] : NULL;
    for (const char *at = services; at != NULL && *at != '\0';) {
        const size_t word = strcspn(at, " ");
        cr_assert(lt(sz, item_count, 1024));
        items[item_count++] = keep(at, word);
        options.service_count++;
        at += word + (at[word] == ' ');
    }
    return options;
}

void rig_build(const struct endpoint_options *options, size_t count) {
    endpoints_done(&rig_endpoints);
    cr_assert(endpoints_build(&rig_endpoints, &rig_set, options, count, &rig_error), "%s",
              rig_error.text);
    cr_assert(eq(sz, rig_endpoints.count, count));
}

void rig_refuses(const struct endpoint_options *options, size_t count, const char *message) {
    endpoints_done(&rig_endpoints);
    cr_assert(not(endpoints_build(&rig_endpoints, &rig_set, options, count, &rig_error)));
    cr_expect(eq(str, rig_error.text, (char *)message));
    cr_expect(eq(sz, rig_endpoints.count, 0));
    cr_expect(rig_endpoints.items == NULL);
}

static void put(const char *before, const char *text, const char *after) {
    const size_t len = strlen(list);
    (void)snprintf(list + len, sizeof list - len, "%s%s%s%s", len > 0 ? " " : "", before, text,
                   after);
}

char *rig_families(const struct endpoint_page *page) {
    list[0] = '\0';
    for (size_t i = 0; i < page->family_count; i++)
        put("", page->families[i]->name, "");
    return list;
}

char *rig_services(const struct endpoint *endpoint) {
    list[0] = '\0';
    for (size_t i = 0; i < endpoint->service_count; i++)
        put("", endpoint->services[i]->service, "");
    return list;
}

char *rig_labels(const struct constant_labels *labels) {
    list[0] = '\0';
    for (size_t i = 0; i < labels->count; i++) {
        char value[2048];
        (void)snprintf(value, sizeof value, "=\"%s\"", labels->items[i].value);
        put("", labels->items[i].name, value);
    }
    return list;
}

char *rig_constants(const struct endpoint_page *page, const char *service) {
    const struct catalog *catalog = catalog_set_find(&rig_set, service, strlen(service));
    cr_assert(catalog != NULL, "%s", service);
    return rig_labels(&page->constants[catalog->index]);
}

char *rig_exposed(void) {
    list[0] = '\0';
    for (size_t i = 0; i < rig_set.family_count; i++)
        if (rig_set.families[i]->exposed)
            put("", rig_set.families[i]->name, "");
    return list;
}
