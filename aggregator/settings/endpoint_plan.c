#include "settings/endpoint_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/listen_address.h"

/* ---- options ---- */

static const char *const resources[] = {
    [RESOURCE_OFF] = "off", [RESOURCE_TARGET_INFO] = "target_info", [RESOURCE_LABELS] = "labels"};

const char *endpoint_plan_resource_text(enum endpoint_resource resource) {
    return resources[resource];
}

/* The settings hold one of the words. */
static enum endpoint_resource resource_of(const char *word) {
    int resource = RESOURCE_LABELS;
    while (resource > RESOURCE_OFF && strcmp(word, resources[resource]) != 0)
        resource--;
    return (enum endpoint_resource)resource;
}

/* Two texts, one behind the other. NULL: out of memory. */
static const char *join(struct endpoint_plan *plan, const char *first, const char *second) {
    const size_t size = strlen(first) + strlen(second) + 1;
    char *text = arena_alloc(&plan->arena, size);
    if (text != NULL)
        (void)snprintf(text, size, "%s%s", first, second);
    return text;
}

/* Address and path. The address is spelled one way, however it was written. */
static const char *name_of(struct endpoint_plan *plan, const char *listen, const char *path) {
    struct listen_address address;
    const char *reason;
    char text[LISTEN_TEXT_MAX] = "";
    if (listen_address_parse(listen, &address, &reason))
        listen_address_text(&address, text, sizeof text);
    return join(plan, text, path);
}

static bool set_default(struct endpoint_plan *plan, bool whole) {
    const struct settings *settings = plan->settings;
    plan->places[0] =
        (struct endpoint_place){.listen = settings->metrics_listen,
                                .listen_place = settings_place(settings, SETTING_metrics_listen),
                                .path = settings->metrics_path,
                                .bearer_token_file = settings->bearer_token_file,
                                .token_place = settings_place(settings, SETTING_bearer_token_file),
                                .handler_metrics = settings->handler_metrics};
    plan->options[0] = (struct endpoint_options){
        .place = "the default endpoint",
        .name = name_of(plan, settings->metrics_listen, settings->metrics_path),
        .include = settings->include,
        .exclude = settings->exclude,
        .include_place = whole ? settings_place(settings, SETTING_include) : NULL,
        .exclude_place = whole ? settings_place(settings, SETTING_exclude) : NULL,
        .resource = resource_of(settings->resource),
        .scope_labels = settings->scope_labels,
        .text_only = !settings->openmetrics,
        .created = settings->created};
    return plan->options[0].name != NULL;
}

/* The daemon's own service has no attributes: what was said for all endpoints is not meant for one
 * that shows it alone. */
static enum endpoint_resource further_resource(const struct settings_endpoint *from) {
    const bool said = (from->own & SETTING_BIT(resource)) != 0;
    const bool own_alone =
        from->services.count == 1 && strcmp(from->services.items[0], "statgate") == 0;
    return !said && own_alone ? RESOURCE_OFF : resource_of(from->resource);
}

static bool set_further(struct endpoint_plan *plan, size_t index,
                        const struct settings_endpoint *from) {
    struct endpoint_place *place = &plan->places[index];
    struct endpoint_options *options = &plan->options[index];
    const bool include = (from->own & SETTING_BIT(include)) != 0;
    const bool exclude = (from->own & SETTING_BIT(exclude)) != 0;
    const bool token = (from->own & SETTING_BIT(bearer_token_file)) != 0;
    *place = (struct endpoint_place){
        .listen = from->listen,
        .listen_place = join(plan, from->place, "/listen"),
        .path = from->path,
        .bearer_token_file = from->bearer_token_file,
        .token_place = token ? join(plan, from->place, "/bearer_token_file")
                             : settings_place(plan->settings, SETTING_bearer_token_file),
        .handler_metrics = from->handler_metrics};
    *options = (struct endpoint_options){.place = from->place,
                                         .name = name_of(plan, from->listen, from->path),
                                         .services = from->services.items,
                                         .service_count = from->services.count,
                                         .include = from->include,
                                         .exclude = from->exclude,
                                         .resource = further_resource(from),
                                         .scope_labels = from->scope_labels,
                                         .text_only = !from->openmetrics,
                                         .created = from->created};
    if (include)
        options->include_place = join(plan, from->place, "/include");
    if (exclude)
        options->exclude_place = join(plan, from->place, "/exclude");
    return place->listen_place != NULL && place->token_place != NULL && options->name != NULL &&
           (!include || options->include_place != NULL) &&
           (!exclude || options->exclude_place != NULL);
}

bool endpoint_plan_init(struct endpoint_plan *ret_plan, const struct settings *settings,
                        bool whole) {
    struct endpoint_plan *plan = ret_plan;
    const size_t count = 1 + (whole ? settings->endpoint_count : 0);
    *plan = (struct endpoint_plan){.settings = settings};
    arena_init(&plan->arena);
    plan->options = arena_array(&plan->arena, count, sizeof *plan->options);
    plan->places = arena_array(&plan->arena, count, sizeof *plan->places);
    if (plan->options == NULL || plan->places == NULL || !set_default(plan, whole))
        return false;
    plan->count = 1;
    for (; plan->count < count; plan->count++)
        if (!set_further(plan, plan->count, &settings->endpoints[plan->count - 1]))
            return false;
    return true;
}

void endpoint_plan_done(struct endpoint_plan *plan) {
    endpoints_done(&plan->endpoints);
    arena_done(&plan->arena);
    memset(plan, 0, sizeof *plan);
}

/* ---- building ---- */

size_t endpoint_plan_handlers(const struct endpoint_plan *plan,
                              const char *ret_names[ENDPOINTS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->places[i].handler_metrics)
            ret_names[count++] = plan->options[i].name;
    return count;
}

/* Its service is named as the endpoint is, and no catalog of a user can be. */
static const struct catalog *find_handler(const struct catalog_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->internal && strcmp(set->catalogs[i]->service, name) == 0)
            return set->catalogs[i];
    return NULL;
}

bool endpoint_plan_build(struct endpoint_plan *plan, struct catalog_set *set,
                         struct error *ret_error) {
    struct endpoint_options *first = &plan->options[0];
    /* A `resource` for all endpoints asks nothing of a default one that is nowhere. */
    if (plan->count > 1 && *plan->places[0].listen == '\0')
        first->resource = RESOURCE_OFF;
    for (size_t i = 0; i < plan->count; i++)
        plan->options[i].handler =
            plan->places[i].handler_metrics ? find_handler(set, plan->options[i].name) : NULL;
    endpoints_done(&plan->endpoints);
    return endpoints_build(&plan->endpoints, set, plan->options, plan->count, ret_error);
}

void endpoint_plan_measure(const struct endpoint_page *page, uint64_t *ret_bound,
                           uint64_t *ret_lines) {
    *ret_bound = 0;
    *ret_lines = 0;
    for (size_t i = 0; i < page->family_count; i++) {
        *ret_bound += page->families[i]->bound;
        *ret_lines += page->families[i]->lines;
    }
}
