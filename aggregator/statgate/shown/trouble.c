#include "statgate/shown/trouble.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "json/jsonread.h"

bool trouble_is_none(const struct trouble *trouble) {
    return trouble->state == FETCH_DONE && trouble->status == 200;
}

/* ---- nobody answers ---- */

static const char *why_nobody(int error) {
    switch (error) {
    case ECONNREFUSED:
        return "no process listens there";
    case ENOENT:
    case ENOTDIR:
        return "no socket there";
    case EACCES:
    case EPERM:
        return "permission denied";
    case EAGAIN:
        return "its queue is full";
    default:
        return strerror(error);
    }
}

static void explain_nobody(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *words) {
    const bool denied = trouble->error == EACCES || trouble->error == EPERM;
    (void)error_set(&words->what, "no daemon at %s (%s): %s", where->text, where->source,
                    why_nobody(trouble->error));
    (void)error_set(&words->todo, "%s",
                    denied ? "ask as a user who may write to that socket"
                           : "start statgated, or name its address: --daemon ADDRESS or "
                             "STATGATE_DAEMON=ADDRESS");
}

/* ---- it answers, but not with what was asked for ---- */

/* Add the daemon's own sentence if it starts with `begin` (or does not, if `wanted` is false).
 * False: none was added. */
static bool add_said_if(const struct trouble *trouble, const char *begin, bool wanted,
                        struct error *error) {
    struct error none;
    json_t *root = jsonread_parse(trouble->body, trouble->body_len, &none);
    const char *said = jsonread_text(root, "error", NULL);
    const bool fits = *said != '\0' && text_begins(said, begin) == wanted;
    if (fits)
        (void)error_add(error, ": %s", said);
    json_decref(root);
    return fits;
}

static void add_said(const struct trouble *trouble, struct error *error) {
    (void)add_said_if(trouble, "", true, error);
}

/* Explain 404: the path is served but has nothing to show, or it is not served. */
static void explain_missing(const struct trouble *trouble, struct trouble_words *words) {
    if (add_said_if(trouble, "no such page", false, &words->what))
        return;
    (void)error_add(&words->what, " has no %.*s", (int)strcspn(trouble->target, "?"),
                    trouble->target);
    add_said(trouble, &words->what);
    (void)error_set(&words->todo, "ask at the daemon's debug_listen: --daemon ADDRESS or "
                                  "STATGATE_DAEMON=ADDRESS. Or the daemon is older than this "
                                  "command");
}

static void explain_token(const struct where *where, struct trouble_words *words) {
    const bool given = where->token != NULL;
    (void)error_add(&words->what, ": the daemon %s",
                    given ? "refuses this token" : "wants a token");
    (void)error_set(&words->todo, "%s",
                    given ? "name the file with the right one: --token-file FILE"
                          : "name the file that its setting debug_token_file or "
                            "bearer_token_file names: --token-file FILE");
}

static void explain_status(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *words) {
    (void)error_set(&words->what, "%s", where->text);
    switch (trouble->status) {
    case 400:
        add_said(trouble, &words->what);
        break;
    case 401:
    case 403:
        explain_token(where, words);
        break;
    case 404:
        explain_missing(trouble, words);
        break;
    case 421:
        (void)error_add(&words->what, ": the daemon does not answer to this name");
        (void)error_set(&words->todo,
                        "ask by its IP address, or add the name to its setting debug_hosts");
        break;
    case 503:
        (void)error_add(&words->what, ": the daemon has no room for an answer now");
        add_said(trouble, &words->what);
        (void)error_set(&words->todo, "try again");
        break;
    default:
        (void)error_add(&words->what, ": answered %u", trouble->status);
        add_said(trouble, &words->what);
    }
}

static void explain_answer(const struct trouble *trouble, const struct where *where,
                           struct trouble_words *words) {
    switch (trouble->state) {
    case FETCH_UNDER_WAY:
        (void)error_set(&words->what,
                        "%s: no answer in time: the daemon is stopped or busy, or another "
                        "program listens there",
                        where->text);
        break;
    case FETCH_CUT:
        (void)error_set(&words->what,
                        "%s: the connection ended before the answer did. The daemon may have ended",
                        where->text);
        (void)error_set(&words->todo, "try again");
        break;
    case FETCH_NO_RESPONSE:
        (void)error_set(&words->what, "%s: what listens there speaks no HTTP", where->text);
        (void)error_set(&words->todo, "name the daemon's address: --daemon ADDRESS");
        break;
    case FETCH_TOO_LARGE:
        (void)error_set(&words->what, "%s: the answer is too large", where->text);
        (void)error_set(&words->todo, "ask for less: --limit, --service or --family");
        break;
    case FETCH_NO_MEMORY:
        (void)error_no_memory(&words->what);
        break;
    case FETCH_NOBODY:
        explain_nobody(trouble, where, words);
        break;
    case FETCH_DONE:
        explain_status(trouble, where, words);
        break;
    }
}

int trouble_describe(const struct trouble *trouble, const struct where *where,
                     struct trouble_words *ret_words) {
    error_clear(&ret_words->todo);
    explain_answer(trouble, where, ret_words);
    if (where->note.text[0] != '\0')
        (void)error_add(&ret_words->what, ". Also, %s", where->note.text);
    return trouble->state == FETCH_DONE && trouble->status == 400 ? CLI_USAGE : CLI_FAILURE;
}

void trouble_join(const struct trouble_words *words, struct error *ret_error) {
    const char *todo = words->todo.text;
    (void)error_set(ret_error, "%s", words->what.text);
    if (*todo != '\0')
        (void)error_add(ret_error, ". %c%s", toupper((unsigned char)*todo), todo + 1);
}

int trouble_explain(const struct trouble *trouble, const struct where *where,
                    struct error *ret_error) {
    struct trouble_words words;
    const int code = trouble_describe(trouble, where, &words);
    trouble_join(&words, ret_error);
    return code;
}
