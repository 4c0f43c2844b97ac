#include "statgated/tokens.h"

#include <string.h>

#include "host/log.h"
#include "settings/settings.h"

const char *tokens_find(const struct tokens *tokens, const char *path) {
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->paths[i], path) == 0)
            return tokens->texts[i];
    return NULL;
}

/* Where tokens come from, and where it is said that a file is refused. */
struct token_source {
    const struct accepted *kept;
    struct messages *refused;
};

static char *copy_kept(const struct token_source *from, const char *path, const char *place,
                       const struct error *wrong) {
    const struct accepted_text *text = accepted_find(from->kept, ACCEPTED_TOKEN, "", path);
    if (text == NULL)
        return NULL;
    mistakes_messages_add(from->refused, "%s: %s", place, wrong->text);
    return strdup(text->text);
}

static bool read_token(struct tokens *tokens, const char *path, const char *place,
                       const struct token_source *from, struct start_error *ret_error) {
    bool exposed = false;
    struct error wrong;
    if (*path == '\0' || tokens_find(tokens, path) != NULL)
        return true;
    char *text = settings_read_token(path, &exposed, &wrong);
    if (text == NULL)
        text = copy_kept(from, path, place, &wrong);
    if (text == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s: %s", place, wrong.text);
    if (exposed)
        log_write(LOG_LEVEL_WARN, "http", "%s can be read by others; chmod 600 it", path);
    tokens->paths[tokens->count] = path;
    tokens->texts[tokens->count++] = text;
    return true;
}

bool tokens_read(struct tokens *tokens, const struct endpoint_plan *plan,
                 const struct accepted *kept, struct messages *refused,
                 struct start_error *ret_error) {
    const struct token_source from = {kept, refused};
    for (size_t i = 0; i < plan->count; i++)
        if (!read_token(tokens, plan->places[i].bearer_token_file, plan->places[i].token_place,
                        &from, ret_error))
            return false;
    return read_token(tokens, settings_debug_access_token_file(plan),
                      settings_debug_access_token_place(plan), &from, ret_error);
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
