/* What a person can do about a line: for each reason the facts that the catalog knows. */
#include <stdlib.h>

#include "cli/explain.h"
#include "cli/text.h"
#include "json/jsondoc.h"

/* Values and names of a list that are shown. */
enum { LISTED_MAX = 12 };

typedef unsigned long long llu;

/* A terminated copy, cut, for look-ups of what is near. */
struct word {
    char text[CATALOG_NAME_MAX + 1];
};

static struct word word_of(struct sg_span span) {
    struct word word = {{0}};
    const size_t len = span.len < sizeof word.text - 1 ? span.len : sizeof word.text - 1;
    if (len > 0)
        memcpy(word.text, span.at, len);
    return word;
}

static void put_quoted(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    text_put_visible(out, text, strlen(text));
    strbuf_putc(out, '"');
}

/* ---- labels ---- */

static void put_near_value(struct strbuf *out, const struct catalog_label *label,
                           struct sg_span sent) {
    const char **words = calloc((size_t)label->value_count + 1, sizeof *words);
    if (!words)
        return;
    for (uint32_t id = 0; id < label->value_count; id++)
        words[id] = catalog_label_wire(label, id);
    const struct word word = word_of(sent);
    const char *near = word.text[0] ? jsondoc_nearest(word.text, words) : NULL;
    free(words);
    if (!near)
        return;
    strbuf_puts(out, "did you mean ");
    put_quoted(out, near);
    strbuf_puts(out, "?\n");
}

/* "allowed for outcome: "ok", "error"", as the wire spells them. */
static void put_allowed(struct strbuf *out, const struct catalog_label *label) {
    strbuf_printf(out, "allowed for %s:", label->name);
    if (label->kind == LABEL_PATTERN)
        strbuf_printf(out, " up to %u values that match the pattern %s%s", label->max,
                      pattern_source(label->pattern), label->value_count > 0 ? "; and" : "");
    for (uint32_t id = 0; id < label->value_count && id < LISTED_MAX; id++) {
        const char *wire = catalog_label_wire(label, id);
        strbuf_puts(out, id == 0 ? " " : ", ");
        put_quoted(out, wire);
        if (strcmp(wire, label->values[id].text) != 0) {
            strbuf_puts(out, " (exposed as ");
            put_quoted(out, label->values[id].text);
            strbuf_putc(out, ')');
        }
    }
    if (label->value_count > LISTED_MAX)
        strbuf_printf(out, " and %u more", label->value_count - LISTED_MAX);
    strbuf_putc(out, '\n');
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
    const char *names[CATALOG_LABELS_MAX + 1];
    strbuf_printf(out, "%s declares %s", family->name,
                  family->label_count == 0 ? "no label" : "the labels");
    for (uint32_t i = 0; i < family->label_count; i++) {
        names[i] = family->labels[i].name;
        strbuf_printf(out, "%s %s", i == 0 ? "" : ",", names[i]);
    }
    names[family->label_count] = NULL;
    strbuf_putc(out, '\n');
    const struct word word = word_of(item ? item->name : (struct sg_span){0});
    const char *near = word.text[0] ? jsondoc_nearest(word.text, names) : NULL;
    if (near)
        strbuf_printf(out, "did you mean %s?\n", near);
    strbuf_printf(out, "labels that nobody wants go to \"ignore_labels\" of %s;",
                  family->catalog->file);
    for (size_t i = 0; i < family->catalog->ignore_label_count && i < LISTED_MAX; i++) {
        strbuf_puts(out, i == 0 ? " now there: " : ", ");
        text_put_visible(out, family->catalog->ignore_labels[i],
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

/* ---- names ---- */

static gate_scope scope_of(const struct catalog *catalog) {
    return catalog->socket ? catalog->index + 1 : 0;
}

/* Is there a family of this name that no line through this socket can reach? */
static bool find_elsewhere(const struct explain_world *world, struct sg_span name,
                           const struct catalog_family **ret_family) {
    for (size_t i = 0; i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count; j++) {
            if (!family_answers(&catalog->families[j], name))
                continue;
            *ret_family = &catalog->families[j];
            return true;
        }
    }
    return false;
}

static size_t count_names(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += 1 + catalog->families[i].alias_count;
    return count;
}

static size_t put_names(const struct catalog *catalog, const char **names) {
    size_t at = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        names[at++] = family->name;
        for (size_t j = 0; j < family->alias_count; j++)
            names[at++] = family->aliases[j];
    }
    return at;
}

/* Every name that this socket knows, ended by NULL; to be freed. */
static const char **known_names(const struct explain_world *world) {
    size_t count = 0;
    for (size_t i = 0; i < world->set->count; i++)
        count += count_names(world->set->catalogs[i]);
    const char **names = calloc(count + 1, sizeof *names);
    size_t at = 0;
    for (size_t i = 0; names && i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        if (!catalog->internal && scope_of(catalog) == world->origin.scope)
            at += put_names(catalog, names + at);
    }
    return names;
}

static void hint_elsewhere(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog *catalog = family->catalog;
    if (catalog->internal)
        strbuf_printf(out, "%s is the daemon's own and takes no datagrams\n", family->name);
    else if (catalog->socket)
        strbuf_printf(out,
                      "%s is a family of the service %s, which has the socket %s of its own: try "
                      "--service-socket %s\n",
                      family->name, catalog->service, catalog->socket, catalog->service);
    else
        strbuf_printf(out,
                      "%s is a family of the service %s, on the shared socket: try without "
                      "--service-socket\n",
                      family->name, catalog->service);
}

static void hint_unknown_family(struct strbuf *out, const struct explain_world *world,
                                const struct explanation *why) {
    const struct catalog_family *elsewhere;
    if (find_elsewhere(world, why->line.name, &elsewhere)) {
        hint_elsewhere(out, elsewhere);
        return;
    }
    const char **names = known_names(world);
    const struct word word = word_of(why->line.name);
    const char *near = names ? jsondoc_nearest(word.text, names) : NULL;
    if (near) {
        strbuf_puts(out, "did you mean ");
        text_put_visible(out, near, strlen(near));
        strbuf_puts(out, "?\n");
    }
    strbuf_printf(out,
                  "%sdeclare it under \"families\" of a catalog, or as one of a family's "
                  "\"aliases\"\n",
                  near ? "else " : "");
    free(names);
}

static bool declares(const struct catalog *catalog, struct sg_span name) {
    for (size_t i = 0; i < catalog->family_count; i++)
        if (family_answers(&catalog->families[i], name))
            return true;
    return false;
}

static void hint_ambiguous(struct strbuf *out, const struct explain_world *world,
                           const struct explanation *why) {
    const char *before = "add one of the labels ";
    for (size_t i = 0; i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        if (scope_of(catalog) != world->origin.scope || !declares(catalog, why->line.name))
            continue;
        strbuf_printf(out, "%sservice:%s", before, catalog->service);
        before = ", ";
    }
    strbuf_putc(out, '\n');
}

/* ---- the rest ---- */

static void hint_type(struct strbuf *out, const struct explanation *why) {
    static const char *const letters[FAMILY_TYPE_COUNT] = {
        [FAMILY_COUNTER] = "c",
        [FAMILY_GAUGE] = "g",
        [FAMILY_UPDOWNCOUNTER] = "g or c, both a change",
        [FAMILY_HISTOGRAM] = "h or d, and ms for milliseconds",
    };
    const enum family_type type = why->gate.family->type;
    strbuf_printf(out, "%s is a%s %s and takes %s\n", why->gate.family->name,
                  type == FAMILY_UPDOWNCOUNTER ? "n" : "", family_type_text(type), letters[type]);
}

static void hint_value(struct strbuf *out, const struct explanation *why) {
    const size_t offset =
        why->gate.verdict == VERDICT_REJECTED ? why->gate.offset : why->bad_offsets[0];
    const char *at = why->text.at + offset;
    const char *end = why->line.values.at + why->line.values.len;
    size_t len = 0;
    while (at + len < end && at[len] != ':')
        len++;
    double value;
    const struct catalog_family *family = why->gate.family;
    if (!sg_number_parse(at, len, &value)) {
        strbuf_puts(out, "a number is digits, then if need be a dot and digits, and an exponent: "
                         "7, -2, 0.25, 1e-7; finite, and nothing around it\n");
    } else if (value < 0 && family->type == FAMILY_COUNTER) {
        strbuf_puts(out, "a counter only grows; what goes up and down is an updowncounter or a "
                         "gauge\n");
    } else if (value < 0 && family->type == FAMILY_HISTOGRAM && !family->allow_negative) {
        strbuf_puts(out, "this histogram has no negative bucket bound, so it takes no negative "
                         "observation\n");
    } else {
        strbuf_puts(out, "with it the total would no longer be a finite number\n");
    }
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

static void hint_ignored(struct strbuf *out, const struct explain_world *world,
                         const struct explanation *why) {
    if (why->line.kind != SG_LINE_METRIC) {
        strbuf_printf(out, "%s: only its form was checked\n",
                      why->line.kind == SG_LINE_EVENT ? "an event" : "a service check");
        return;
    }
    const struct catalog_family *family = why->gate.family;
    if (family)
        strbuf_printf(out, "the group %s is not exposed (include: %s, exclude: %s)\n",
                      family->group ? family->group : "-", world->include, world->exclude);
    else
        strbuf_puts(out, "what a DogStatsD client says about itself; it stands in "
                         "/debug/senders\n");
}

static void hint_reason(struct strbuf *out, const struct explain_world *world,
                        const struct explanation *why, enum sg_reject reason) {
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
        hint_unknown_family(out, world, why);
        break;
    case SG_REJECT_AMBIGUOUS:
        hint_ambiguous(out, world, why);
        break;
    case SG_REJECT_TYPE_MISMATCH:
        hint_type(out, why);
        break;
    case SG_REJECT_BAD_VALUE:
        hint_value(out, why);
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

void explain_put_hints(struct strbuf *out, const struct explain_world *world,
                       const struct explanation *why) {
    if (why->gate.verdict == VERDICT_IGNORED) {
        hint_ignored(out, world, why);
        return;
    }
    if (why->gate.verdict == VERDICT_REJECTED)
        hint_reason(out, world, why, why->gate.reason);
    else if (why->samples[VERDICT_REJECTED] > 0)
        hint_value(out, why);
    const enum sg_reject fold = explain_fold_reason(why);
    if (why->samples[VERDICT_FOLDED] > 0) {
        if (fold == SG_REJECT_LABEL_OVERFLOW || fold == SG_REJECT_SERIES_LIMIT)
            hint_full(out, why);
        hint_values(out, why, FATE_FOLDED);
    }
}
