#include "settings/debug_access.h"

#include "base/listen_address.h"

static bool has_own_token(const struct endpoint_plan *plan) {
    return *plan->settings->debug_token_file != '\0';
}

const char *debug_access_token_file(const struct endpoint_plan *plan) {
    return has_own_token(plan) ? plan->settings->debug_token_file
                               : plan->places[0].bearer_token_file;
}

const char *debug_access_token_place(const struct endpoint_plan *plan) {
    return has_own_token(plan) ? settings_place(plan->settings, SETTING_debug_token_file)
                               : plan->places[0].token_place;
}

const char *debug_access_address(const struct endpoint_plan *plan) {
    const char *own = plan->settings->debug_listen;
    return own != NULL ? own : plan->places[0].listen;
}

bool debug_access_is_open(const struct endpoint_plan *plan) {
    struct listen_address address;
    const char *reason;
    return *debug_access_token_file(plan) == '\0' &&
           listen_address_parse(debug_access_address(plan), &address, &reason) &&
           address.kind != LISTEN_NONE && !listen_address_is_local(&address);
}
