/* What the settings say of each endpoint, as options. */
#include "settings/setup.h"

#include <stdio.h>
#include <string.h>

#include "base/listen_address.h"
#include "catalog/catalog.h"
#include "self/self.h"

/* ---- options ---- */

static const char *const resources[] = {
    [RESOURCE_OFF] = "off", [RESOURCE_TARGET_INFO] = "target_info", [RESOURCE_LABELS] = "labels"};

const char *setup_resource_text(enum endpoint_resource resource) {
    return resources[resource];
}

/* The settings hold one of the words. */
static enum endpoint_resource resource_of(const char *word) {
    int resource = RESOURCE_LABELS;
    while (resource > RESOURCE_OFF && strcmp(word, resources[resource]) != 0)
        resource--;
    return (enum endpoint_resource)resource;
}

/* Two texts, one behind the other. NULL: memory is out. */
static const char *join(struct setup *setup, const char *first, const char *second) {
    const size_t size = strlen(first) + strlen(second) + 1;
    char *text = arena_alloc(&setup->arena, size);
    if (text)
        (void)snprintf(text, size, "%s%s", first, second);
    return text;
}

/* Address and path. The address is spelled one way, however it was written. */
static const char *name_of(struct setup *setup, const char *listen, const char *path) {
    struct listen_address address;
    const char *reason;
    char text[LISTEN_TEXT_MAX] = "";
    if (listen_address_parse(listen, &address, &reason))
        listen_address_text(&address, text, sizeof text);
    return join(setup, text, path);
}

static bool set_default(struct setup *setup, bool whole) {
    const struct settings *settings = setup->settings;
    setup->places[0] =
        (struct setup_place){.listen = settings->metrics_listen,
                             .listen_place = settings_place(settings, SETTING_metrics_listen),
                             .path = settings->metrics_path,
                             .bearer_token_file = settings->bearer_token_file,
                             .token_place = settings_place(settings, SETTING_bearer_token_file),
                             .handler_metrics = settings->handler_metrics};
    setup->options[0] = (struct endpoint_options){
        .place = "the default endpoint",
        .name = name_of(setup, settings->metrics_listen, settings->metrics_path),
        .include = settings->include,
        .exclude = settings->exclude,
        .include_place = whole ? settings_place(settings, SETTING_include) : NULL,
        .exclude_place = whole ? settings_place(settings, SETTING_exclude) : NULL,
        .resource = resource_of(settings->resource),
        .scope_labels = settings->scope_labels,
        .text_only = !settings->openmetrics,
        .created = settings->created};
    return setup->options[0].name != NULL;
}

/* The daemon's own service has no attributes: what was said for all endpoints is not meant for one
 * that shows it alone. */
static enum endpoint_resource further_resource(const struct settings_endpoint *from) {
    const bool said = (from->own & SETTING_BIT(resource)) != 0;
    const bool own_alone =
        from->services.count == 1 && strcmp(from->services.items[0], "statgate") == 0;
    return !said && own_alone ? RESOURCE_OFF : resource_of(from->resource);
}

static bool set_further(struct setup *setup, size_t index, const struct settings_endpoint *from) {
    struct setup_place *place = &setup->places[index];
    struct endpoint_options *options = &setup->options[index];
    const bool include = (from->own & SETTING_BIT(include)) != 0;
    const bool exclude = (from->own & SETTING_BIT(exclude)) != 0;
    const bool token = (from->own & SETTING_BIT(bearer_token_file)) != 0;
    *place = (struct setup_place){
        .listen = from->listen,
        .listen_place = join(setup, from->place, "/listen"),
        .path = from->path,
        .bearer_token_file = from->bearer_token_file,
        .token_place = token ? join(setup, from->place, "/bearer_token_file")
                             : settings_place(setup->settings, SETTING_bearer_token_file),
        .handler_metrics = from->handler_metrics};
    *options = (struct endpoint_options){.place = from->place,
                                         .name = name_of(setup, from->listen, from->path),
                                         .services = from->services.items,
                                         .service_count = from->services.count,
                                         .include = from->include,
                                         .exclude = from->exclude,
                                         .resource = further_resource(from),
                                         .scope_labels = from->scope_labels,
                                         .text_only = !from->openmetrics,
                                         .created = from->created};
    if (include)
        options->include_place = join(setup, from->place, "/include");
    if (exclude)
        options->exclude_place = join(setup, from->place, "/exclude");
    return place->listen_place && place->token_place && options->name &&
           (!include || options->include_place) && (!exclude || options->exclude_place);
}

bool setup_init(struct setup *ret_setup, const struct settings *settings, bool whole) {
    struct setup *setup = ret_setup;
    const size_t count = 1 + (whole ? settings->endpoint_count : 0);
    *setup = (struct setup){.settings = settings};
    arena_init(&setup->arena);
    setup->options = arena_array(&setup->arena, count, sizeof *setup->options);
    setup->places = arena_array(&setup->arena, count, sizeof *setup->places);
    if (!setup->options || !setup->places || !set_default(setup, whole))
        return false;
    setup->count = 1;
    for (; setup->count < count; setup->count++)
        if (!set_further(setup, setup->count, &settings->endpoints[setup->count - 1]))
            return false;
    return true;
}

void setup_done(struct setup *setup) {
    endpoints_done(&setup->endpoints);
    arena_done(&setup->arena);
    memset(setup, 0, sizeof *setup);
}

/* ---- the daemon's own catalogs ---- */

/* Steals the catalog. */
static bool add(struct catalog_set *set, struct catalog *catalog, const struct jsondoc_error *error,
                char *ret_error, size_t error_size) {
    if (catalog && catalog_set_add(set, catalog))
        return true;
    (void)snprintf(ret_error, error_size, "%s", catalog ? "out of memory" : error->text);
    catalog_free(catalog);
    return false;
}

bool setup_add_own(struct setup *setup, struct catalog_set *set, char *ret_error,
                   size_t error_size) {
    struct jsondoc_error error = {{0}};
    struct catalog *own = self_catalog(set, &error);
    if (!add(set, own, &error, ret_error, error_size))
        return false;
    for (size_t i = 0; i < setup->count; i++) {
        if (!setup->places[i].handler_metrics)
            continue;
        struct catalog *handler = self_handler_catalog(setup->options[i].name, &error);
        if (!add(set, handler, &error, ret_error, error_size))
            return false;
        setup->options[i].handler = handler;
    }
    return true;
}

/* ---- building ---- */

bool setup_build(struct setup *setup, struct catalog_set *set, char *ret_error, size_t error_size) {
    struct endpoint_options *first = &setup->options[0];
    /* A `resource` for all endpoints asks nothing of a default one that is nowhere. */
    if (setup->count > 1 && *setup->places[0].listen == '\0')
        first->resource = RESOURCE_OFF;
    endpoints_done(&setup->endpoints);
    return endpoints_build(&setup->endpoints, set, setup->options, setup->count, ret_error,
                           error_size);
}

void setup_measure(const struct exposure *page, uint64_t *ret_bound, uint64_t *ret_lines) {
    *ret_bound = 0;
    *ret_lines = 0;
    for (size_t i = 0; i < page->family_count; i++) {
        *ret_bound += page->families[i]->bound;
        *ret_lines += page->families[i]->lines;
    }
}
