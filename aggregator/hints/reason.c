#include "hints/reason.h"

#include <string.h>

#include "hints/kinds.h"
#include "hints/labels.h"
#include "hints/machine.h"
#include "hints/names.h"
#include "hints/values.h"
#include "store/store.h"

/* The most ids of a list that are shown. */
enum { LISTED_MAX = 12 };

static void hint_owner(struct strbuf *out, const struct hints_world *world,
                       const struct gate_trace *trace) {
    const struct hints_kind *kind = hints_kind(trace->family);
    if (world->origin == NULL || world->origin->pid > 0)
        strbuf_printf(out,
                      "the table of processes (%d) or that of what they own (%d) is full; both "
                      "empty as processes end%s\n",
                      OWNERS_MAX, PARTS_MAX, world->origin == NULL ? "; or" : "");
    if (world->origin != NULL && world->origin->pid > 0)
        return;
    strbuf_puts(out, "the kernel names no process that can be watched for its end (pid 0), as for "
                     "a sender in another pid namespace\n");
    if (kind->no_owner != NULL)
        strbuf_printf(out, "%s\n", kind->no_owner);
}

static void put_ids(struct strbuf *out, const char *what, const uint32_t *ids, size_t count) {
    for (size_t i = 0; i < count && i < LISTED_MAX; i++)
        strbuf_printf(out, "%s%s %u", i == 0 ? " " : ", ", what, ids[i]);
    if (count > LISTED_MAX)
        strbuf_printf(out, " and %zu more", count - LISTED_MAX);
}

static void hint_sender(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace) {
    const struct catalog *catalog = trace->family->catalog;
    if (world->origin != NULL)
        strbuf_printf(out, "sent as uid %u, gid %u; ", world->origin->uid, world->origin->gid);
    strbuf_printf(out, "\"senders\" of %s lists", catalog->file);
    put_ids(out, "uid", catalog->uids, catalog->uid_count);
    if (catalog->uid_count > 0 && catalog->gid_count > 0)
        strbuf_putc(out, ',');
    put_ids(out, "gid", catalog->gids, catalog->gid_count);
    strbuf_puts(out, world->tried ? "\ntry another sender with --uid and --gid\n" : "\n");
}

/* ---- the reasons, by what is at fault; each function appends nothing for those of others ---- */

/* Whether it begins as a line of an exposition does: a comment, or a name followed by labels in
 * braces or by a blank and a number. */
static bool is_exposed_form(struct sg_span text) {
    static const char ends[] = {':', '{', ' '};
    static const char firsts[] = {'0', '1', '2', '3', '4', '5', '6',
                                  '7', '8', '9', '+', '-', 'N', 'I'};
    size_t len = 0;
    if (text.len > 0 && text.at[0] == '#')
        return true;
    while (len < text.len && memchr(ends, text.at[len], sizeof ends) == NULL)
        len++;
    if (len == 0 || len + 1 >= text.len || text.at[len] == ':')
        return false;
    return text.at[len] == '{' ? memmem(text.at, text.len, "=\"", 2) != NULL
                               : memchr(firsts, text.at[len + 1], sizeof firsts) != NULL;
}

static void hint_line(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace, enum sg_reject reason) {
    switch (reason) {
    case SG_REJECT_MALFORMED:
        if (is_exposed_form(trace->text))
            strbuf_puts(out, "this is the form in which metrics are exposed, not that in which "
                             "they are sent\n");
        strbuf_puts(out, "a line is name:value|type, then fields behind bars: "
                         "deploys_total:1|c|@0.1|#env:prod\n");
        break;
    case SG_REJECT_TOO_LONG:
        strbuf_printf(out,
                      "at most %d bytes a line, %d a name, a label or a label's value; %d labels\n",
                      SG_LINE_MAX, SG_NAME_MAX, SG_LABELS_MAX);
        break;
    case SG_REJECT_UNKNOWN_FAMILY:
        names_hint_unknown(out, world, trace);
        break;
    case SG_REJECT_AMBIGUOUS:
        names_hint_ambiguous(out, trace);
        break;
    default:
        break;
    }
}

static void hint_sample(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace, enum sg_reject reason) {
    switch (reason) {
    case SG_REJECT_TYPE_MISMATCH:
        values_hint_type(out, trace);
        break;
    case SG_REJECT_BAD_VALUE:
        values_hint_number(out, trace);
        break;
    case SG_REJECT_NO_OWNER:
        hint_owner(out, world, trace);
        break;
    case SG_REJECT_FORBIDDEN_SENDER:
        hint_sender(out, world, trace);
        break;
    default:
        break;
    }
}

static void hint_labels(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace, enum sg_reject reason) {
    switch (reason) {
    case SG_REJECT_UNKNOWN_LABEL:
        labels_hint_unknown(out, trace);
        break;
    case SG_REJECT_MISSING_LABEL:
        labels_hint_values(out, world, trace, FATE_MISSING);
        break;
    case SG_REJECT_LABEL_VALUE:
        labels_hint_values(out, world, trace, FATE_REJECTED);
        break;
    case SG_REJECT_LABEL_OVERFLOW:
    case SG_REJECT_SERIES_LIMIT:
        labels_hint_full(out, world, trace);
        break;
    default:
        break;
    }
}

/* Of a reason that none of them has a hint for, its own text says enough. */
void hints_put_reason(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace, enum sg_reject reason) {
    if (trace->step == STEP_VALUES && !family_has_lines(trace->family)) {
        machine_hint_word(out, world, trace);
        return;
    }
    hint_line(out, world, trace, reason);
    hint_sample(out, world, trace, reason);
    hint_labels(out, world, trace, reason);
}
