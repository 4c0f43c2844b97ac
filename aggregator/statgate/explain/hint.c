/* What a person can do about a line: for each reason the facts that the catalog knows. */
#include <stdlib.h>

#include "base/nearest.h"
#include "endpoint/endpoint.h"
#include "statgate/explain/explain.h"
#include "statgate/terminal.h"

/* Values and names of a list that are shown. */
enum { LISTED_MAX = 12 };

typedef unsigned long long llu;

void explain_put_quoted(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    terminal_put_visible(out, text, strlen(text));
    strbuf_putc(out, '"');
}

void explain_put_near(struct strbuf *out, struct sg_span sent, const char *const *words) {
    const struct word word = word_of(sent);
    const char *near = word.text[0] ? nearest_word(word.text, words) : NULL;
    if (!near)
        return;
    strbuf_puts(out, "did you mean ");
    explain_put_quoted(out, near);
    strbuf_puts(out, "?\n");
}

/* ---- labels ---- */

static void put_near_value(struct strbuf *out, const struct catalog_label *label,
                           struct sg_span sent) {
    const char **words = calloc((size_t)label->value_count + 1, sizeof *words);
    if (!words)
        return;
    for (uint32_t id = 0; id < label->value_count; id++)
        words[id] = catalog_label_wire(label, id);
    explain_put_near(out, sent, words);
    free(words);
}

/* Values beside `otherwise` and `default`, which the file has. */
static bool is_listed(const struct catalog_label *label) {
    for (uint32_t id = 0; id < label->value_count; id++)
        if ((int32_t)id != label->otherwise && (int32_t)id != label->default_value)
            return true;
    return false;
}

static void put_variable(struct strbuf *out, const struct catalog_label *label) {
    const bool set = label->kind != LABEL_PATTERN && is_listed(label);
    strbuf_printf(out, "%s of the daemon's environment lists the values of %s%s\n", label->variable,
                  label->name, set ? "" : "; here it is not set");
}

/* "allowed for outcome: "ok", "error"", as the wire spells them. */
static void put_allowed(struct strbuf *out, const struct catalog_label *label) {
    if (label->variable)
        put_variable(out, label);
    strbuf_printf(out, "allowed for %s%s:", label->name,
                  label->templates ? ", whatever variables are called" : "");
    if (label->kind == LABEL_PATTERN)
        strbuf_printf(out, " up to %u values that match the pattern %s%s", label->max,
                      pattern_source(label->pattern), label->value_count > 0 ? "; and" : "");
    for (uint32_t id = 0; id < label->value_count && id < LISTED_MAX; id++) {
        const char *wire = catalog_label_wire(label, id);
        strbuf_puts(out, id == 0 ? " " : ", ");
        explain_put_quoted(out, wire);
        if (strcmp(wire, label->values[id].text) != 0) {
            strbuf_puts(out, " (exposed as ");
            explain_put_quoted(out, label->values[id].text);
            strbuf_putc(out, ')');
        }
    }
    if (label->value_count > LISTED_MAX)
        strbuf_printf(out, " and %u more", label->value_count - LISTED_MAX);
    strbuf_putc(out, '\n');
}

static void put_quantiles(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "allowed for quantile:");
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        strbuf_puts(out, i == 0 ? " " : ", ");
        terminal_put_number(out, family->quantiles[i]);
    }
    strbuf_printf(out, "; sum and count go to %s_sum and %s_count\n", family->name, family->name);
}

static const struct explain_label *find_fate(const struct explanation *why, enum label_fate fate) {
    for (size_t i = 0; i < why->label_count; i++)
        if (why->labels[i].fate == fate)
            return &why->labels[i];
    return NULL;
}

static void hint_values(struct strbuf *out, const struct explanation *why, enum label_fate fate) {
    for (size_t i = 0; i < why->label_count; i++) {
        const struct explain_label *item = &why->labels[i];
        if (item->fate == fate && item->is_item && !item->declared)
            put_quantiles(out, why->gate.family);
        if (item->fate != fate || !item->declared)
            continue;
        if (fate == FATE_FOLDED && item->reason != SG_REJECT_LABEL_VALUE)
            continue;
        put_allowed(out, item->declared);
        put_near_value(out, item->declared, item->sent);
    }
}

static void hint_unknown_label(struct strbuf *out, const struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    const struct explain_label *item = find_fate(why, FATE_REJECTED);
    const char *names[CATALOG_LABELS_MAX + 2];
    uint32_t count = 0;
    for (; count < family->label_count; count++)
        names[count] = family->labels[count].name;
    if (family->state_label)
        names[count++] = family->name;
    else if (family_is_relayed(family) && family_item(family, why->line.name) < 0)
        names[count++] = "quantile";
    names[count] = NULL;
    strbuf_printf(out, "%s declares %s", family->name, count == 0 ? "no label" : "the labels");
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(out, "%s %s", i == 0 ? "" : ",", names[i]);
    strbuf_putc(out, '\n');
    const struct word word = word_of(item ? item->name : (struct sg_span){0});
    const char *near = word.text[0] ? nearest_word(word.text, names) : NULL;
    if (near)
        strbuf_printf(out, "did you mean %s?\n", near);
    strbuf_printf(out, "labels that nobody wants go to \"ignore_labels\" of %s;",
                  family->catalog->file);
    for (size_t i = 0; i < family->catalog->ignore_label_count && i < LISTED_MAX; i++) {
        strbuf_puts(out, i == 0 ? " now there: " : ", ");
        terminal_put_visible(out, family->catalog->ignore_labels[i],
                             strlen(family->catalog->ignore_labels[i]));
    }
    if (family->catalog->ignore_label_count > LISTED_MAX)
        strbuf_printf(out, " and %zu more", family->catalog->ignore_label_count - LISTED_MAX);
    strbuf_puts(out, family->catalog->ignore_label_count == 0 ? " none is there now\n" : "\n");
}

/* The pattern label that had no room, or NULL. */
static const struct catalog_label *full_label(const struct explanation *why) {
    if (why->gate.reason == SG_REJECT_LABEL_OVERFLOW && why->gate.label >= 0)
        return &why->gate.family->labels[why->gate.label];
    for (size_t i = 0; i < why->label_count; i++)
        if (why->labels[i].fate == FATE_FOLDED && why->labels[i].reason == SG_REJECT_LABEL_OVERFLOW)
            return why->labels[i].declared;
    return NULL;
}

static void hint_full(struct strbuf *out, const struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    const struct catalog_label *label = full_label(why);
    if (label) {
        strbuf_printf(out,
                      "the lines before gave %s its %u values; a value is freed with its last "
                      "series\nraise \"max\" of the label%s\n",
                      label->name, label->max,
                      label->otherwise < 0 ? ", or give it an \"otherwise\"" : "");
        return;
    }
    strbuf_printf(out, "the lines before gave %s its %llu series%s\n", family->name,
                  (llu)(family->bound - family->reserved),
                  family->reserved > 0 ? ", those kept for fallbacks not counted" : "");
    strbuf_printf(out, "raise \"max_series\" of the family%s\n",
                  family->reserved == 0 ? ", or give a label an \"otherwise\"" : "");
}

/* ---- the rest ---- */

/* What a family takes that is no machine. */
static const char *letters_of(const struct catalog_family *family) {
    switch (family->type) {
    case FAMILY_COUNTER:
        return family_is_owned(family) ? "g, the current total of the process" : "c";
    case FAMILY_GAUGE:
        return "g";
    case FAMILY_UPDOWNCOUNTER:
        return "g or c, both a change";
    case FAMILY_SUMMARY:
        if (family_is_relayed(family))
            return "g, as it is relayed and not computed here";
        return "h or d, and ms for milliseconds";
    case FAMILY_HISTOGRAM:
        return "h or d, and ms for milliseconds";
    case FAMILY_INFO:
        return "g with the value 1";
    case FAMILY_STATESET:
        return "g: 1 selects the state, 0 deselects it";
    case FAMILY_ATTEMPTS:
        return "a";
    case FAMILY_JOBS:
        return "j";
    case FAMILY_TYPE_COUNT:
        break;
    }
    return "?";
}

static void hint_type(struct strbuf *out, const struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    if (family->source == SOURCE_QUERY) {
        strbuf_printf(out, "%s takes no lines; its values come from the query %s of %s\n",
                      family->name, family->query->name, family->catalog->file);
        return;
    }
    if (family->source != SOURCE_DATAGRAMS || !family_has_lines(family)) {
        machine_hint_letter(out, why);
        return;
    }
    strbuf_printf(out, "%s is %s%s and takes %s\n", family->name, explain_article(family->type),
                  catalog_family_type_text(family->type), letters_of(family));
}

/* Why a number is no value of this family. */
static void hint_number(struct strbuf *out, const struct explanation *why, double value) {
    const struct catalog_family *family = why->gate.family;
    switch (family->type) {
    case FAMILY_INFO:
        strbuf_puts(out, "the value of an info is 1: its content is in its labels\n");
        return;
    case FAMILY_STATESET:
        strbuf_puts(out, "1 selects the state in the label, 0 deselects it\n");
        return;
    case FAMILY_SUMMARY:
        if (family_item(family, why->line.name) == RELAYED_COUNT)
            strbuf_puts(out, "a count is a whole number and not below 0\n");
        else if (value < 0)
            strbuf_puts(out, "a summary takes no negative number\n");
        else
            break;
        return;
    case FAMILY_COUNTER:
        if (value >= 0)
            break;
        strbuf_puts(out, family_is_owned(family)
                             ? "a reading is a total, which is not below 0\n"
                             : "a counter only grows; what goes up and down is an updowncounter or "
                               "a gauge\n");
        return;
    case FAMILY_HISTOGRAM:
        if (value >= 0 || family->allow_negative)
            break;
        strbuf_puts(out, "this histogram has no negative bucket bound, so it takes no negative "
                         "observation\n");
        return;
    default:
        break;
    }
    strbuf_puts(out, "with it the total would no longer be a finite number\n");
}

static void hint_value(struct strbuf *out, const struct explanation *why, size_t offset) {
    const char *at = why->text.at + offset;
    const char *end = why->line.values.at + why->line.values.len;
    size_t len = 0;
    while (at + len < end && at[len] != ':')
        len++;
    double value;
    if (sg_number_parse(at, len, &value))
        hint_number(out, why, value);
    else
        strbuf_puts(out, "a number is digits, then if need be a dot and digits, and an exponent: "
                         "7, -2, 0.25, 1e-7; finite, and nothing around it\n");
}

static void hint_owner(struct strbuf *out, const struct explain_world *world,
                       const struct explanation *why) {
    const enum family_type type = why->gate.family->type;
    if (world->origin.pid > 0) {
        strbuf_printf(out,
                      "the table of processes (%d) or that of what they own (%d) is full; both "
                      "empty as processes end\n",
                      OWNERS_MAX, PARTS_MAX);
        return;
    }
    strbuf_puts(out, "the kernel names no process that can be watched for its end (pid 0), as for "
                     "a sender in another pid namespace\n");
    if (type == FAMILY_GAUGE)
        strbuf_puts(out, "a gauge with \"merge\": \"last\" needs no owner\n");
    else if (type == FAMILY_UPDOWNCOUNTER)
        strbuf_puts(out, "an updowncounter with \"owner\": \"host\" needs none\n");
    else if (type == FAMILY_COUNTER)
        strbuf_puts(out, "a counter of increments, without \"reading\", needs none\n");
    else if (type == FAMILY_SUMMARY)
        strbuf_puts(out, "a summary that is computed here, without \"reading\", needs none\n");
}

static void put_ids(struct strbuf *out, const char *what, const uint32_t *ids, size_t count) {
    for (size_t i = 0; i < count && i < LISTED_MAX; i++)
        strbuf_printf(out, "%s%s %u", i == 0 ? " " : ", ", what, ids[i]);
    if (count > LISTED_MAX)
        strbuf_printf(out, " and %zu more", count - LISTED_MAX);
}

static void hint_sender(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why) {
    const struct catalog *catalog = why->gate.family->catalog;
    strbuf_printf(out, "sent as uid %u, gid %u; \"senders\" of %s lists", world->origin.uid,
                  world->origin.gid, catalog->file);
    put_ids(out, "uid", catalog->uids, catalog->uid_count);
    if (catalog->uid_count > 0 && catalog->gid_count > 0)
        strbuf_putc(out, ',');
    put_ids(out, "gid", catalog->gids, catalog->gid_count);
    strbuf_puts(out, "\ntry another sender with --uid and --gid\n");
}

static void put_choice(struct strbuf *out, const char *include, const char *exclude) {
    strbuf_printf(out, " (include: %s, exclude: %s)", include, exclude);
}

/* Which endpoints could show the family, and do not. */
static void hint_group(struct strbuf *out, const struct explain_world *world,
                       const struct catalog_family *family) {
    const struct endpoint_plan *plan = world->plan;
    const char *group = family->group ? family->group : "-";
    if (plan == NULL || plan->count == 1) {
        strbuf_printf(out, "the group %s is not exposed", group);
        put_choice(out, world->include, world->exclude);
        strbuf_putc(out, '\n');
        return;
    }
    strbuf_printf(out, "no endpoint exposes the group %s:", group);
    for (size_t i = 0; i < plan->count; i++) {
        if (!endpoint_page_of(&plan->endpoints.items[i], family->catalog->service))
            continue;
        strbuf_printf(out, " %s", plan->options[i].name);
        put_choice(out, plan->options[i].include, plan->options[i].exclude);
    }
    strbuf_putc(out, '\n');
}

static void hint_ignored(struct strbuf *out, const struct explain_world *world,
                         const struct explanation *why) {
    if (why->line.kind != SG_LINE_METRIC) {
        strbuf_printf(out, "%s: only its form was checked\n",
                      why->line.kind == SG_LINE_EVENT ? "an event" : "a service check");
        return;
    }
    const struct catalog_family *family = why->gate.family;
    if (family && family->exposed)
        machine_hint_repeated(out, world, why);
    else if (family)
        hint_group(out, world, family);
    else
        strbuf_puts(out, "a DogStatsD client reports on itself; /debug/senders shows it\n");
}

static void hint_reason(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why, enum sg_reject reason, size_t offset) {
    if (explain_is_value_fault(why) && !family_has_lines(why->gate.family)) {
        machine_hint_word(out, why, reason, offset);
        return;
    }
    switch (reason) {
    case SG_REJECT_MALFORMED:
        strbuf_puts(out, "a line is name:value|type, then fields behind bars: "
                         "deploys_total:1|c|@0.1|#env:prod\n");
        break;
    case SG_REJECT_TOO_LONG:
        strbuf_printf(out,
                      "at most %d bytes a line, %d a name, a label or a label's value; %d labels\n",
                      SG_LINE_MAX, SG_NAME_MAX, SG_LABELS_MAX);
        break;
    case SG_REJECT_UNKNOWN_FAMILY:
        names_hint_unknown(out, world, why);
        break;
    case SG_REJECT_AMBIGUOUS:
        names_hint_ambiguous(out, world, why);
        break;
    case SG_REJECT_TYPE_MISMATCH:
        hint_type(out, why);
        break;
    case SG_REJECT_BAD_VALUE:
        hint_value(out, why, offset);
        break;
    case SG_REJECT_NO_OWNER:
        hint_owner(out, world, why);
        break;
    case SG_REJECT_UNKNOWN_LABEL:
        hint_unknown_label(out, why);
        break;
    case SG_REJECT_MISSING_LABEL:
        hint_values(out, why, FATE_MISSING);
        break;
    case SG_REJECT_LABEL_VALUE:
        hint_values(out, why, FATE_REJECTED);
        break;
    case SG_REJECT_LABEL_OVERFLOW:
    case SG_REJECT_SERIES_LIMIT:
        hint_full(out, why);
        break;
    case SG_REJECT_FORBIDDEN_SENDER:
        hint_sender(out, world, why);
        break;
    default: /* the reason's own text says it all */
        break;
    }
}

/* What an accepted value has to do with its sender: a reading stays in the total, all else goes. */
static void hint_taken(struct strbuf *out, const struct explain_world *world,
                       const struct explanation *why) {
    const struct catalog_family *family = why->gate.family;
    if (!family_has_lines(family))
        machine_hint_taken(out, world, why);
    else if (family_is_owned(family) && family->merge != MERGE_READING)
        strbuf_puts(out, "the value belongs to its sender and goes with that process: from "
                         "statgate send it is gone at once\n");
}

void explain_put_hints(struct strbuf *out, const struct explain_world *world,
                       const struct explanation *why) {
    if (why->samples[VERDICT_IGNORED] > 0)
        hint_ignored(out, world, why);
    if (why->bad_count > 0)
        hint_reason(out, world, why, why->bad_reason, why->bad_offsets[0]);
    else if (why->samples[VERDICT_REJECTED] > 0)
        hint_reason(out, world, why, why->gate.reason, why->gate.offset);
    const enum sg_reject fold = explain_fold_reason(why);
    if (why->has_series)
        hint_taken(out, world, why);
    if (why->samples[VERDICT_FOLDED] > 0) {
        if (fold == SG_REJECT_LABEL_OVERFLOW || fold == SG_REJECT_SERIES_LIMIT)
            hint_full(out, why);
        hint_values(out, why, FATE_FOLDED);
    }
}
