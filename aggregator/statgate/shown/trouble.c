#include "statgate/shown/trouble.h"

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
        return "nobody listens there";
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
                           struct error *error) {
    (void)error_set(error, "no daemon at %s (%s): %s", where->text, where->source,
                    why_nobody(trouble->error));
    if (trouble->error == EACCES || trouble->error == EPERM)
        (void)error_add(error, ". Ask as a user who may write to that socket");
    else
        (void)error_add(error, ". Is statgated running? Start it, or name its address: --daemon "
                               "ADDRESS or STATGATE_DAEMON=ADDRESS");
}

/* ---- it answers, but not with what was asked for ---- */

/* The daemon's own sentence, if the answer has one. False: it has none, or its begin is not `wanted`. */
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

/* The path is served, and there is nothing to show; or it is not. */
static void explain_missing(const struct trouble *trouble, struct error *error) {
    if (add_said_if(trouble, "no such page", false, error))
        return;
    (void)error_add(error, " has no %.*s", (int)strcspn(trouble->target, "?"), trouble->target);
    add_said(trouble, error);
    (void)error_add(error, ". Ask at the daemon's debug_listen: --daemon ADDRESS or "
                           "STATGATE_DAEMON=ADDRESS. Or the daemon is older than this command");
}

static void explain_status(const struct trouble *trouble, const struct where *where,
                           struct error *error) {
    (void)error_set(error, "%s", where->text);
    switch (trouble->status) {
    case 400:
        add_said(trouble, error);
        break;
    case 401:
    case 403:
        if (where->token != NULL)
            (void)error_add(error, ": the daemon refuses this token. Name the file with the right "
                                   "one: --token-file FILE");
        else
            (void)error_add(error,
                            ": the daemon wants a token. Name the file that its setting "
                            "debug_token_file or bearer_token_file names: --token-file FILE");
        break;
    case 404:
        explain_missing(trouble, error);
        break;
    case 421:
        (void)error_add(error, ": the daemon does not answer to this name. Ask by its IP address, "
                               "or add the name to its setting debug_hosts");
        break;
    case 503:
        (void)error_add(error, ": the daemon has no room for an answer now. Try again");
        add_said(trouble, error);
        break;
    default:
        (void)error_add(error, ": answered %u", trouble->status);
        add_said(trouble, error);
    }
}

static void explain_answer(const struct trouble *trouble, const struct where *where,
                           struct error *error) {
    switch (trouble->state) {
    case FETCH_UNDER_WAY:
        (void)error_set(error,
                        "%s: no answer in time: the daemon is stopped or busy, or another "
                        "program listens there",
                        where->text);
        break;
    case FETCH_CUT:
        (void)error_set(error,
                        "%s: the connection ended before the answer did. The daemon may "
                        "have ended: try again",
                        where->text);
        break;
    case FETCH_NO_RESPONSE:
        (void)error_set(error,
                        "%s: what listens there speaks no HTTP. Name the daemon's address: "
                        "--daemon ADDRESS",
                        where->text);
        break;
    case FETCH_TOO_LARGE:
        (void)error_set(error,
                        "%s: the answer is too large. Ask for less: --limit, --service or "
                        "--family",
                        where->text);
        break;
    case FETCH_NO_MEMORY:
        (void)error_no_memory(error);
        break;
    case FETCH_NOBODY:
        explain_nobody(trouble, where, error);
        break;
    case FETCH_DONE:
        explain_status(trouble, where, error);
        break;
    }
}

int trouble_explain(const struct trouble *trouble, const struct where *where,
                    struct error *ret_error) {
    explain_answer(trouble, where, ret_error);
    if (where->note.text[0] != '\0')
        (void)error_add(ret_error, ". Also, %s", where->note.text);
    return trouble->state == FETCH_DONE && trouble->status == 400 ? CLI_USAGE : CLI_FAILURE;
}
