#include "statgated/tokens.h"

#include <string.h>

#include "host/log.h"
#include "settings/debug_access.h"
#include "settings/token.h"

const char *tokens_find(const struct tokens *tokens, const char *path) {
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->paths[i], path) == 0)
            return tokens->texts[i];
    return NULL;
}

static bool read_token(struct tokens *tokens, const char *path, const char *place,
                       struct start_error *ret_error) {
    bool exposed = false;
    struct error wrong;
    if (*path == '\0' || tokens_find(tokens, path) != NULL)
        return true;
    char *text = settings_read_token(path, &exposed, &wrong);
    if (text == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s: %s", place, wrong.text);
    if (exposed)
        log_write(LOG_LEVEL_WARN, "http", "%s can be read by others; chmod 600 it", path);
    tokens->paths[tokens->count] = path;
    tokens->texts[tokens->count++] = text;
    return true;
}

bool tokens_read(struct tokens *tokens, const struct endpoint_plan *plan,
                 struct start_error *ret_error) {
    for (size_t i = 0; i < plan->count; i++)
        if (!read_token(tokens, plan->places[i].bearer_token_file, plan->places[i].token_place,
                        ret_error))
            return false;
    return read_token(tokens, debug_access_token_file(plan), debug_access_token_place(plan),
                      ret_error);
}

void tokens_done(struct tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        settings_token_free(tokens->texts[i]);
    tokens->count = 0;
}
