#include "settings/endpoint_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/listen_address.h"
#include "settings/endpoint_keys.h"

/* ---- options ---- */

/* Join three texts. NULL when out of memory. */
static const char *join(struct endpoint_plan *plan, const char *first, const char *second,
                        const char *third) {
    const size_t size = strlen(first) + strlen(second) + strlen(third) + 1;
    char *text = arena_alloc(&plan->arena, size);
    if (text != NULL)
        (void)snprintf(text, size, "%s%s%s", first, second, third);
    return text;
}

/* The endpoint's name: address and path. The address has one spelling, however it was written. */
static const char *name_of(struct endpoint_plan *plan, const struct settings_endpoint *from) {
    struct listen_address address;
    const char *reason;
    char text[LISTEN_TEXT_MAX] = "";
    if (listen_address_parse(from->listen, &address, &reason))
        listen_address_text(&address, text, sizeof text);
    return join(plan, text, from->path, "");
}

/* Set the place for messages: the endpoint's own key if it has one, else where the setting came
 * from. False when out of memory. */
static bool put_place(struct endpoint_plan *plan, const struct settings_endpoint *from,
                      enum setting_id id, const char **ret_place) {
    const bool own = (from->own >> id & 1) != 0;
    *ret_place = own ? join(plan, from->options.place, "/", endpoint_keys_name(id))
                     : settings_place(plan->settings, id);
    return !own || *ret_place != NULL;
}

/* Whether the endpoint shows only the daemon's own service, which has no attributes: a `resource`
 * set for all endpoints does not apply to it. */
static bool is_without_resource(const struct settings_endpoint *from) {
    return (from->own & SETTING_BIT(resource)) == 0 && from->options.service_count == 1 &&
           strcmp(from->options.services[0], "statgate") == 0;
}

/* Set one endpoint's options. `checked` has the SETTING_BIT()s of include and exclude if their
 * groups have to exist. */
static bool set(struct endpoint_plan *plan, size_t index, const struct settings_endpoint *from,
                uint32_t checked) {
    struct endpoint_place *place = &plan->places[index];
    struct endpoint_options *options = &plan->options[index];
    *place = (struct endpoint_place){
        .listen = from->listen, .path = from->path, .bearer_token_file = from->bearer_token_file};
    *options = from->options;
    options->name = name_of(plan, from);
    if (is_without_resource(from))
        options->resource = RESOURCE_OFF;
    return options->name != NULL &&
           put_place(plan, from, SETTING_metrics_listen, &place->listen_place) &&
           put_place(plan, from, SETTING_bearer_token_file, &place->token_place) &&
           ((checked & SETTING_BIT(include)) == 0 ||
            put_place(plan, from, SETTING_include, &options->include_place)) &&
           ((checked & SETTING_BIT(exclude)) == 0 ||
            put_place(plan, from, SETTING_exclude, &options->exclude_place));
}

bool endpoint_plan_init(struct endpoint_plan *ret_plan, const struct settings *settings,
                        bool whole) {
    struct endpoint_plan *plan = ret_plan;
    const size_t count = 1 + (whole ? settings->endpoint_count : 0);
    *plan = (struct endpoint_plan){.settings = settings};
    arena_init(&plan->arena);
    plan->options = arena_array(&plan->arena, count, sizeof *plan->options);
    plan->places = arena_array(&plan->arena, count, sizeof *plan->places);
    const struct settings_endpoint first = settings_default_endpoint(settings);
    if (plan->options == NULL || plan->places == NULL ||
        !set(plan, 0, &first, whole ? SETTINGS_ALL : 0))
        return false;
    plan->count = 1;
    for (; plan->count < count; plan->count++) {
        const struct settings_endpoint *from = &settings->endpoints[plan->count - 1];
        if (!set(plan, plan->count, from, from->own))
            return false;
    }
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
        if (plan->options[i].handler_metrics)
            ret_names[count++] = plan->options[i].name;
    return count;
}

/* Find the handler's service: it is named like the endpoint, as no user's catalog can be. */
static const struct catalog *find_handler(const struct catalog_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->internal && strcmp(set->catalogs[i]->service, name) == 0)
            return set->catalogs[i];
    return NULL;
}

bool endpoint_plan_build(struct endpoint_plan *plan, struct catalog_set *set,
                         struct error *ret_error) {
    struct endpoint_options *first = &plan->options[0];
    /* A `resource` for all endpoints does not apply to a default endpoint without an address. */
    if (plan->count > 1 && *plan->places[0].listen == '\0')
        first->resource = RESOURCE_OFF;
    for (size_t i = 0; i < plan->count; i++) {
        struct endpoint_options *options = &plan->options[i];
        options->handler = options->handler_metrics ? find_handler(set, options->name) : NULL;
    }
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
