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

static char *copy_kept(const struct accepted *kept, const char *path, const struct error *wrong) {
    const struct accepted_text *text = accepted_find(kept, ACCEPTED_TOKEN, "", path);
    if (text == NULL)
        return NULL;
    log_write(LOG_LEVEL_ERROR, "http", "%s; the token that was accepted last stays in force",
              wrong->text);
    return strdup(text->text);
}

static bool read_token(struct tokens *tokens, const char *path, const char *place,
                       const struct accepted *kept, struct start_error *ret_error) {
    bool exposed = false;
    struct error wrong;
    if (*path == '\0' || tokens_find(tokens, path) != NULL)
        return true;
    char *text = settings_read_token(path, &exposed, &wrong);
    if (text == NULL)
        text = copy_kept(kept, path, &wrong);
    if (text == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s: %s", place, wrong.text);
    if (exposed)
        log_write(LOG_LEVEL_WARN, "http", "%s can be read by others; chmod 600 it", path);
    tokens->paths[tokens->count] = path;
    tokens->texts[tokens->count++] = text;
    return true;
}

bool tokens_read(struct tokens *tokens, const struct endpoint_plan *plan,
                 const struct accepted *kept, struct start_error *ret_error) {
    for (size_t i = 0; i < plan->count; i++)
        if (!read_token(tokens, plan->places[i].bearer_token_file, plan->places[i].token_place,
                        kept, ret_error))
            return false;
    return read_token(tokens, debug_access_token_file(plan), debug_access_token_place(plan), kept,
                      ret_error);
}

bool tokens_note(const struct tokens *tokens, const struct accepted *kept, int64_t now_ms,
                 struct accepted *to) {
    bool good = true;
    for (size_t i = 0; good && i < tokens->count; i++) {
        const struct accepted_text *before =
            accepted_find(kept, ACCEPTED_TOKEN, "", tokens->paths[i]);
        const bool same = before != NULL && strcmp(before->text, tokens->texts[i]) == 0;
        good =
            accepted_add(to, &(struct accepted_text){.kind = ACCEPTED_TOKEN,
                                                     .name = tokens->paths[i],
                                                     .of = "",
                                                     .text = tokens->texts[i],
                                                     .len = strlen(tokens->texts[i]),
                                                     .since_ms = same ? before->since_ms : now_ms});
    }
    return good;
}

void tokens_done(struct tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        settings_token_free(tokens->texts[i]);
    tokens->count = 0;
}
