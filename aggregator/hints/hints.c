/* SPDX-License-Identifier: MIT */
/* hints.c - what to do about a rejected sample, in words. */
#include "hints/hints_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/utf8.h"
#include "store/store.h"

/* ---- words ---- */

static struct words_copy words_copy_of(struct sg_span span) {
    struct words_copy word = {{0}};
    const size_t len = span.len < sizeof word.text - 1 ? span.len : sizeof word.text - 1;
    assert(len == 0 || span.at != NULL);
    if (len > 0)
        memcpy(word.text, span.at, len);
    return word;
}

bool hints_says(const struct gate_trace *trace, const char *word) {
    struct sg_values values;
    struct sg_span value;
    sg_values_init(&values, &trace->line);
    while (sg_words_next(&values, &value))
        if (sg_span_is(value, word))
            return true;
    return false;
}

/* Append a name or value from outside, in quotes. */
static void words_put_quoted(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    terminal_put_visible(out, text, strlen(text));
    strbuf_putc(out, '"');
}

/* Append "did you mean "worked"?" if one of `words` (ended by NULL) is similar. */
static void words_put_near(struct strbuf *out, struct sg_span sent, const char *const *words) {
    const struct words_copy word = words_copy_of(sent);
    const char *near = word.text[0] ? nearest_word(word.text, words) : NULL;
    if (near == NULL)
        return;
    strbuf_puts(out, "did you mean ");
    words_put_quoted(out, near);
    strbuf_puts(out, "?\n");
}

/* ---- kinds ---- */

static const struct hints_kind rows[KIND_COUNT] = {
    [KIND_COUNTER] = {.takes = "c",
                      .refuses = "a counter only grows; what goes up and down is an updowncounter "
                                 "or a gauge"},
    [KIND_READING] = {.takes = "g, the current total of the process",
                      .own = "a reading: the process's own total",
                      .refuses = "a reading is a total, which is not below 0",
                      .no_owner = "a counter of increments, without \"reading\", needs none"},
    [KIND_GAUGE] = {.takes = "g",
                    .own = "the process's own value as it is",
                    .refuses = "a gauge takes every finite number",
                    .no_owner = "a gauge with \"merge\": \"last\" needs no owner"},
    [KIND_UPDOWNCOUNTER] = {.takes = "g or c, both a change",
                            .value = "a change",
                            .own = "a change of what the process has",
                            .changes = true,
                            .refuses = "an updowncounter takes every finite number",
                            .no_owner = "an updowncounter with \"owner\": \"host\" needs none"},
    [KIND_HISTOGRAM] = {.takes = "h or d, and ms for milliseconds",
                        .refuses = "this histogram has no negative bucket bound, so it takes no "
                                   "negative observation"},
    [KIND_SUMMARY] = {.takes = "h or d, and ms for milliseconds",
                      .refuses = "a summary takes no negative number"},
    [KIND_RELAYED] = {.takes = "g, as it is relayed and not computed here",
                      .own = "a quantile that the process has",
                      .refuses = "a summary takes no negative number",
                      .no_owner =
                          "a summary that is computed here, without \"reading\", needs none"},
    [KIND_INFO] = {.takes = "g with the value 1",
                   .own = "1: these are the process's labels now",
                   .refuses = "the value of an info is 1: its content is in its labels"},
    [KIND_STATESET] = {.takes = "g: 1 selects the state, 0 deselects it",
                       .value = "1 selects the state, 0 deselects it",
                       .refuses = "1 selects the state in the label, 0 deselects it"},
};

const struct hints_kind *hints_kind(const struct catalog_family *family) {
    return &rows[family->kind - catalog_kind_rows];
}

void hints_put_type(struct strbuf *out, const struct catalog_family *family) {
    const char *article = family->kind->article;
    strbuf_printf(out, "%s%s%s", article != NULL ? article : "", article != NULL ? " " : "",
                  family->kind->type);
}

/* ---- names ---- */

/* Names that the sender of a line may have meant. */
struct hint_names {
    const char **items; /* ended by NULL */
    size_t count;
    size_t room;
};

bool hints_names_has_alias(const struct catalog_family *family, struct sg_span name) {
    for (size_t i = 0; i < family->alias_count; i++)
        if (sg_span_is(name, family->aliases[i]))
            return true;
    return false;
}

static size_t count_names(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += 1 + catalog->families[i].alias_count;
    return count;
}

static void put_name(struct hint_names *names, const char *name) {
    if (names->count < names->room)
        names->items[names->count++] = name;
}

/* Whether lines can reach the catalog. If the socket is unknown, all catalogs count. */
static bool is_reached(const struct hints_world *world, const struct catalog *catalog) {
    return !catalog->internal &&
           (world->origin == NULL || gate_scope_of(catalog) == world->origin->scope);
}

static void put_family(const struct hints_world *world, const struct catalog_family *family,
                       struct hint_names *names) {
    if (family->source != SOURCE_DATAGRAMS || !is_reached(world, family->catalog))
        return; /* takes no lines, so no one can have meant it */
    put_name(names, family->name);
    for (size_t j = 0; j < family->alias_count; j++)
        put_name(names, family->aliases[j]);
}

static void make_room(struct hint_names *names, size_t room) {
    *names = (struct hint_names){.room = room};
    names->items = memory_array(room + 1, sizeof *names->items);
}

/* All names that this socket knows: a person who waits has time for it. The caller frees. */
static const char **all_names(const struct hints_world *world) {
    struct hint_names names;
    size_t room = 0;
    for (size_t i = 0; i < world->set->count; i++)
        room += count_names(world->set->catalogs[i]);
    make_room(&names, room);
    for (size_t i = 0; i < world->set->count; i++) {
        const struct catalog *catalog = world->set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count; j++)
            put_family(world, &catalog->families[j], &names);
    }
    return names.items;
}

/* The names near this one in sorted order. The caller frees. */
static const char **near_names(const struct hints_world *world, struct sg_span name) {
    const struct order_window near = hints_order_near_family(world->set, name);
    struct hint_names names;
    make_room(&names, (size_t)2 * ORDER_NEAR_MAX);
    for (size_t i = near.from; i < near.to; i++)
        put_family(world, world->set->families[i], &names);
    return names.items;
}

/* Find the name that was meant: first a counter whose last word was left out, however similar
 * another name is. */
static const char *find_meant(const char *word, const char *const *names) {
    const size_t len = strlen(word);
    for (size_t i = 0; names[i] != NULL; i++)
        if (strncmp(names[i], word, len) == 0 && strcmp(names[i] + len, "_total") == 0)
            return names[i];
    return nearest_word(word, names);
}

static void hint_elsewhere(struct strbuf *out, const struct hints_world *world,
                           const struct catalog_family *family) {
    const struct catalog *catalog = family->catalog;
    if (catalog->internal)
        strbuf_printf(out, "%s is the daemon's own and takes no datagrams\n", family->name);
    else if (catalog->socket != NULL)
        strbuf_printf(
            out, "%s is a family of the service %s, which has the socket %s of its own%s%s\n",
            family->name, catalog->service, catalog->socket,
            world->tried ? ": try --service-socket " : "", world->tried ? catalog->service : "");
    else
        strbuf_printf(out, "%s is a family of the service %s, on the shared socket%s\n",
                      family->name, catalog->service,
                      world->tried ? ": try without --service-socket" : "");
}

/* The key of a catalog under which the letter's families are declared. */
static const char *section_of(enum sg_letter letter) {
    return letter == SG_LETTER_A ? "attempts" : letter == SG_LETTER_J ? "jobs" : "families";
}

/* For a name that no family on this socket has, or that several services declare. */
static void names_hint_unknown(struct strbuf *out, const struct hints_world *world,
                               const struct gate_trace *trace) {
    if (trace->elsewhere != NULL) {
        hint_elsewhere(out, world, trace->elsewhere);
        return;
    }
    const char **names = world->tried ? all_names(world) : near_names(world, trace->line.name);
    const struct words_copy word = words_copy_of(trace->line.name);
    const char *near = names != NULL && word.text[0] ? find_meant(word.text, names) : NULL;
    if (near != NULL) {
        strbuf_puts(out, "did you mean ");
        terminal_put_visible(out, near, strlen(near));
        strbuf_puts(out, "?\n");
    }
    strbuf_printf(out,
                  "%sdeclare it under \"%s\" of a catalog, or as one of a family's \"aliases\"; "
                  "statgate learn writes that\n",
                  near != NULL ? "else " : "", section_of(trace->line.letter));
    free(names);
}

static void names_hint_ambiguous(struct strbuf *out, const struct gate_trace *trace) {
    for (size_t i = 0; i < trace->family_count; i++)
        strbuf_printf(out, "%sservice:%s", i == 0 ? "add one of the labels " : ", ",
                      trace->families[i]->catalog->service);
    if (trace->family_rest > 0)
        strbuf_printf(out, " or of %zu more", trace->family_rest);
    strbuf_putc(out, '\n');
}

/* ---- labels ---- */

/* The most values and names of a list that are shown. */
enum { LABELS_LISTED_MAX = 12 };

typedef unsigned long long llu;

/* Append a similar value. In a long list, the daemon compares only neighbours. */
static void put_near_value(struct strbuf *out, const struct hints_world *world,
                           const struct catalog_label *label, struct sg_span sent) {
    const struct order_window near = world->tried || sent.at == NULL
                                         ? (struct order_window){0, label->value_count}
                                         : hints_order_near_value(label, sent);
    const char **words = memory_array(near.to - near.from + 1, sizeof *words);
    size_t count = 0;
    for (size_t id = near.from; id < near.to; id++)
        if (label->values[id].len > 0)
            words[count++] = catalog_label_wire(label, (uint32_t)id);
    words_put_near(out, sent, words);
    free(words);
}

/* Whether the file lists values in addition to `otherwise` and `default`. */
static bool is_listed(const struct catalog_label *label) {
    for (uint32_t id = 0; id < label->value_count; id++)
        if ((int32_t)id != label->otherwise && (int32_t)id != label->default_value)
            return true;
    return false;
}

/* Say which list is not in the catalog. */
static void put_outside(struct strbuf *out, const struct catalog_label *label) {
    if (label->file != NULL) {
        strbuf_printf(out, "%s lists the values of %s; a reload reads it\n", label->file->path,
                      label->name);
        return;
    }
    const bool set = label->kind != LABEL_PATTERN && is_listed(label);
    strbuf_printf(out, "%s of the daemon's environment lists the values of %s%s\n", label->variable,
                  label->name, set ? "" : "; here it is not set");
}

/* Append "allowed for outcome: "ok", "error"", as spelled on the wire. */
static void put_allowed(struct strbuf *out, const struct catalog_label *label) {
    if (catalog_label_is_outside(label))
        put_outside(out, label);
    strbuf_printf(out, "allowed for %s%s:", label->name,
                  label->templates ? " (names in braces may differ)" : "");
    if (label->kind == LABEL_PATTERN)
        strbuf_printf(out, " up to %u value%s the pattern %s%s", label->max,
                      label->max == 1 ? " that matches" : "s that match",
                      catalog_pattern_source(label->pattern),
                      label->value_count > 0 ? "; and" : "");
    const char *before = " ";
    for (uint32_t id = 0; id < label->value_count && id < LABELS_LISTED_MAX; id++) {
        const char *wire = catalog_label_wire(label, id);
        strbuf_puts(out, before);
        before = ", ";
        if (wire[0] == '\0') {
            strbuf_puts(out, "none (the label may be left out)");
            continue;
        }
        words_put_quoted(out, wire);
        if (strcmp(wire, label->values[id].text) != 0) {
            strbuf_puts(out, " (exposed as ");
            words_put_quoted(out, label->values[id].text);
            strbuf_putc(out, ')');
        }
    }
    if (label->value_count > LABELS_LISTED_MAX)
        strbuf_printf(out, " and %u more", label->value_count - LABELS_LISTED_MAX);
    strbuf_putc(out, '\n');
}

static void put_quantiles(struct strbuf *out, const struct catalog_family *family) {
    if (family->quantile_count > 0)
        strbuf_puts(out, "allowed for quantile:");
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        strbuf_puts(out, i == 0 ? " " : ", ");
        terminal_put_number(out, family->quantiles[i]);
    }
    strbuf_printf(out, "%ssum and count go to %s_sum and %s_count\n",
                  family->quantile_count > 0 ? "; " : "the summary has no quantiles; ",
                  family->name, family->name);
}

static const struct trace_label *find_fate(const struct gate_trace *trace, enum trace_fate fate) {
    for (size_t i = 0; i < trace->label_count; i++)
        if (trace->labels[i].fate == fate)
            return &trace->labels[i];
    return NULL;
}

/* Whether the line has `NAME:` behind a bar or a comma, and no labels. */
static bool has_bare(struct sg_span text, const char *name) {
    const size_t len = strlen(name);
    if (text.at == NULL || memmem(text.at, text.len, "|#", 2) != NULL)
        return false;
    for (size_t i = 0; i + len + 1 < text.len; i++)
        if ((text.at[i] == '|' || text.at[i] == ',') && memcmp(text.at + i + 1, name, len) == 0 &&
            text.at[i + 1 + len] == ':')
            return true;
    return false;
}

static void put_missing(struct strbuf *out, const struct gate_trace *trace, const char *name) {
    strbuf_printf(out, "the line has no label %s\n", name);
    if (has_bare(trace->text, name))
        strbuf_printf(out, "labels come behind |#, as in |#%s:value\n", name);
}

bool hints_can_be_listed(struct sg_span text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == '\x7f')
            return false;
    return text.len > 0 && utf8_is(text.at, text.len);
}

/* Say what to write into the catalog if the line is right: its value, or that it may lack the
 * label. */
static void put_addition(struct strbuf *out, const struct catalog_family *family,
                         const struct trace_label *item) {
    const struct catalog_label *label = item->declared;
    if (item->fate == FATE_MISSING) {
        if (!item->is_item)
            strbuf_printf(
                out,
                "if lines may lack it, give \"%s\" a \"default\", or \"optional\": true, in "
                "%s\n",
                label->name, family->catalog->file);
        return;
    }
    if (label->kind != LABEL_VALUES || catalog_label_is_outside(label) ||
        !hints_can_be_listed(item->sent))
        return;
    strbuf_puts(out, "if the line is right, add ");
    json_writer_string(out, item->sent.at, item->sent.len);
    strbuf_printf(out, " to the values of \"%s\" in %s\n", label->name, family->catalog->file);
}

void hints_labels_hint_values(struct strbuf *out, const struct hints_world *world,
                              const struct gate_trace *trace, enum trace_fate fate) {
    for (size_t i = 0; i < trace->label_count; i++) {
        const struct trace_label *item = &trace->labels[i];
        if (item->fate == fate && fate == FATE_MISSING)
            put_missing(out, trace, item->declared != NULL ? item->declared->name : "quantile");
        if (item->fate == fate && item->is_item && item->declared == NULL)
            put_quantiles(out, trace->family);
        if (item->fate != fate || item->declared == NULL)
            continue;
        if (fate == FATE_FOLDED && item->reason != SG_REJECT_LABEL_VALUE)
            continue;
        put_allowed(out, item->declared);
        put_near_value(out, world, item->declared, item->sent);
        put_addition(out, trace->family, item);
    }
}

/* Which labels the family has. */
static void labels_hint_unknown(struct strbuf *out, const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    const struct trace_label *item = find_fate(trace, FATE_REJECTED);
    const char *names[CATALOG_LABELS_MAX + 2];
    uint32_t count = 0;
    for (; count < family->label_count; count++)
        names[count] = family->labels[count].name;
    if (trace->item_label != NULL)
        names[count++] = trace->item_label;
    names[count] = NULL;
    strbuf_printf(out, "%s declares %s", family->name, count == 0 ? "no label" : "the labels");
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(out, "%s %s", i == 0 ? "" : ",", names[i]);
    strbuf_putc(out, '\n');
    const struct words_copy word = words_copy_of(item != NULL ? item->name : (struct sg_span){0});
    const char *equals = strchr(word.text, '=');
    if (equals != NULL) {
        strbuf_printf(out, "a colon stands between a label and its value, as in %.*s:%s\n",
                      (int)(equals - word.text), word.text, equals + 1);
        return;
    }
    const char *near = word.text[0] ? nearest_word(word.text, names) : NULL;
    if (near != NULL)
        strbuf_printf(out, "did you mean %s?\n", near);
    strbuf_printf(out, "unwanted labels go to \"ignore_labels\" of %s;", family->catalog->file);
    for (size_t i = 0; i < family->catalog->ignore_label_count && i < LABELS_LISTED_MAX; i++) {
        strbuf_puts(out, i == 0 ? " now there: " : ", ");
        terminal_put_visible(out, family->catalog->ignore_labels[i],
                             strlen(family->catalog->ignore_labels[i]));
    }
    if (family->catalog->ignore_label_count > LABELS_LISTED_MAX)
        strbuf_printf(out, " and %zu more",
                      family->catalog->ignore_label_count - LABELS_LISTED_MAX);
    strbuf_puts(out, family->catalog->ignore_label_count == 0 ? " none is there now\n" : "\n");
}

void hints_labels_hint_full(struct strbuf *out, const struct hints_world *world,
                            const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    const char *given = world->tried ? "the lines before gave " : "";
    const char *has = world->tried ? "" : " has";
    if (trace->full_label >= 0) {
        const struct catalog_label *label = &family->labels[trace->full_label];
        strbuf_printf(out,
                      "%s%s%s its %u value%s; a value is freed with its last "
                      "series\nraise \"max\" of the label%s\n",
                      given, label->name, has, label->max, text_plural(label->max),
                      label->otherwise < 0 ? ", or give it an \"otherwise\"" : "");
        return;
    }
    strbuf_printf(out, "%s%s%s its %llu series%s\n", given, family->name, has,
                  (llu)(family->bound - family->reserved),
                  family->reserved > 0 ? ", those kept for fallbacks not counted" : "");
    strbuf_printf(out, "raise \"max_series\" of the family%s\n",
                  family->reserved == 0 ? ", or give a label an \"otherwise\"" : "");
}

/* ---- machine: hints for lines of attempts and jobs. ---- */

/* ---- which letters ---- */

static void put_example_labels(struct strbuf *out, const struct catalog_family *machine) {
    const char *before = "|#";
    for (uint32_t i = 0; i < machine->label_count; i++) {
        const struct catalog_label *label = &machine->labels[i];
        if (label->default_value >= 0)
            continue;
        const char *value = catalog_label_wire(label, 0);
        strbuf_printf(out, "%s%s:", before, label->name);
        terminal_put_visible(out, value, strlen(value));
        before = ",";
    }
}

/* Append an example of a line that the declaration accepts. */
static void put_example(struct strbuf *out, const struct catalog_family *machine,
                        enum sg_letter letter) {
    const char *word = letter == SG_LETTER_A   ? machine->attempts->words[0]
                       : letter == SG_LETTER_B ? catalog_breaker_state_text(BREAKER_OPEN)
                                               : catalog_job_state_text(JOB_QUEUED);
    strbuf_printf(out, "%s:", machine->name);
    terminal_put_visible(out, word, strlen(word));
    strbuf_printf(out, "|%s", sg_letter_text(letter));
    put_example_labels(out, machine);
    if (letter == SG_LETTER_J)
        strbuf_puts(out, "|i:7f3a");
}

static void hint_derived(struct strbuf *out, const struct catalog_family *family) {
    const struct catalog_family *machine = catalog_family_origin(family);
    strbuf_printf(out, "%s is derived from /%s/%s of %s and takes no lines", family->name,
                  family->section, family->key, family->catalog->file);
    if (machine != NULL) {
        strbuf_puts(out, "; send ");
        put_example(out, machine, machine->attempts != NULL ? SG_LETTER_A : SG_LETTER_J);
    }
    strbuf_putc(out, '\n');
}

static void hint_reports(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, family->attempts->breaker.declared
                         ? "the daemon runs this breaker itself, from the attempts"
                         : "no breaker is declared here");
    strbuf_puts(out, "; reports are for a service that runs its own, with \"breaker\": "
                     "\"reported\"\n");
}

/* Which letters the family takes. */
static void machine_hint_letter(struct strbuf *out, const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (family->source == SOURCE_DERIVED) {
        hint_derived(out, family);
        return;
    }
    const bool attempts = family->attempts != NULL;
    strbuf_printf(out, "%s declares %s and takes %s: ", family->name,
                  attempts ? "attempts" : "jobs", attempts ? "a" : "j");
    put_example(out, family, attempts ? SG_LETTER_A : SG_LETTER_J);
    if (attempts && family->attempts->breaker.reported) {
        strbuf_puts(out, ", and b: ");
        put_example(out, family, SG_LETTER_B);
    }
    strbuf_putc(out, '\n');
    if (attempts && trace->line.letter == SG_LETTER_B)
        hint_reports(out, family);
}

/* ---- words ---- */

enum { WORDS_SHOWN = CATALOG_WORDS_MAX };

static void put_words(struct strbuf *out, const char *head, const char *const *words,
                      size_t count) {
    strbuf_puts(out, head);
    for (size_t i = 0; i < count; i++) {
        strbuf_puts(out, i == 0 ? " " : ", ");
        words_put_quoted(out, words[i]);
    }
    strbuf_putc(out, '\n');
}

static void hint_outcome(struct strbuf *out, const struct catalog_attempts *attempts,
                         struct sg_span word) {
    const char *words[WORDS_SHOWN + 1] = {NULL};
    const uint32_t successes = attempts->success_count;
    put_words(out, "outcomes that mean success:", attempts->words, successes);
    put_words(out, "outcomes that mean failure:", attempts->words + successes,
              attempts->word_count - successes);
    for (uint32_t i = 0; i < attempts->word_count && i < WORDS_SHOWN; i++)
        words[i] = attempts->words[i];
    words_put_near(out, word, words);
}

static void hint_field(struct strbuf *out, char letter) {
    const char *hint = "the field p: is the epoch in which the breaker page allowed the attempt: a "
                       "whole number below 2^30\n";
    if (letter == 'n')
        hint = "the field n: says how many attempts were denied: a whole number below 2^32\n";
    else if (letter == 'd')
        hint = "the field d: says how many seconds the attempt took: a number of at least 0\n";
    strbuf_puts(out, hint);
}

static void hint_state(struct strbuf *out, struct sg_span word) {
    const char *states[BREAKER_STATE_COUNT + 1] = {NULL};
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        states[i] = catalog_breaker_state_text((enum breaker_state)i);
    put_words(out, "states of a breaker:", states, BREAKER_STATE_COUNT);
    words_put_near(out, word, states);
}

static void hint_event(struct strbuf *out, struct sg_span word) {
    const char *lost = catalog_job_outcome_text(JOB_LOST);
    const char *events[JOB_EVENT_COUNT + 1] = {NULL};
    for (int i = 0; i < JOB_EVENT_COUNT; i++)
        events[i] = job_event_text((enum job_event)i);
    put_words(out, "events of a job:", events, JOB_EVENT_COUNT);
    if (sg_span_is(word, lost))
        strbuf_puts(out, "lost is what the daemon finds by itself, when a running job's process "
                         "ends\n");
    else
        words_put_near(out, word, events);
}

/* Why the first refused outcome, state or event was refused. */
static void machine_hint_word(struct strbuf *out, const struct hints_world *world,
                              const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    const struct sg_span word = trace->refused.items[0].text;
    switch (trace->refused.items[0].reason) {
    case SG_REJECT_MALFORMED:
        strbuf_puts(out, "an event says in the field i: which job it is of: ");
        put_example(out, family, SG_LETTER_J);
        strbuf_putc(out, '\n');
        break;
    case SG_REJECT_TOO_LONG:
        strbuf_printf(out, "the id of a job, in the field i:, has at most %d bytes",
                      SG_INSTANCE_MAX);
        if (trace->line.instance.len > 0)
            strbuf_printf(out, "; this one has %zu", trace->line.instance.len);
        strbuf_putc(out, '\n');
        break;
    case SG_REJECT_SERIES_LIMIT:
        strbuf_printf(out,
                      "%s%s%s its %u live job%s; one that ends makes room\n"
                      "raise \"max_live\" of the jobs\n",
                      world->tried ? "the lines before gave " : "", family->name,
                      world->tried ? "" : " has", family->jobs->max_live,
                      text_plural(family->jobs->max_live));
        break;
    default:
        if (family->jobs != NULL)
            hint_event(out, word);
        else if (trace->line.letter == SG_LETTER_B)
            hint_state(out, word);
        else if (trace->line.values.at != NULL &&
                 word.at > trace->line.values.at + trace->line.values.len)
            hint_field(out, *word.at);
        else
            hint_outcome(out, family->attempts, word);
        break;
    }
}

/* ---- accepted and repeated events ---- */

/* What to know about accepted events. */
static void machine_hint_taken(struct strbuf *out, const struct hints_world *world,
                               const struct gate_trace *trace) {
    bool runs = trace->family->jobs != NULL && hints_says(trace, job_event_text(JOB_EVENT_STARTED));
    for (int i = 0; runs && i < JOB_OUTCOME_COUNT; i++)
        runs = !hints_says(trace, catalog_job_outcome_text((enum job_outcome)i));
    if (!runs)
        return;
    strbuf_puts(out,
                world->origin != NULL && world->origin->pid <= 0
                    ? "the sender's process is unknown (pid 0): if it ends, the job is not "
                      "found to be lost\n"
                    : "the sender of started runs the job, which is lost when that process ends: "
                      "from statgate send at once\n");
}

/* Find the live job to which the line refers. */
static bool find_job(const struct hints_world *world, const struct gate_trace *trace,
                     struct jobs_entry *ret_job) {
    uint32_t hint = 0;
    uint64_t after = 0;
    for (; world->breakers_jobs != NULL &&
           jobs_next(world->breakers_jobs, trace->family, after, &hint, ret_job);
         after = ret_job->serial)
        if (sg_span_same(trace->line.instance, (struct sg_span){ret_job->id, ret_job->id_len}))
            return true;
    return false;
}

/* Why an event was ignored. */
static void machine_hint_repeated(struct strbuf *out, const struct hints_world *world,
                                  const struct gate_trace *trace) {
    struct jobs_entry job;
    if (trace->line.letter == SG_LETTER_B) {
        strbuf_puts(out, "this process has reported this state already, and was the last to "
                         "report\n");
        return;
    }
    strbuf_puts(out, "the job ");
    terminal_put_visible(out, trace->line.instance.at, trace->line.instance.len);
    if (!find_job(world, trace, &job))
        strbuf_puts(out, " has ended already, so this says nothing new or comes too late\n");
    else if (job.state == JOB_QUEUED)
        strbuf_puts(out, " is queued already\n");
    else
        strbuf_puts(out, " runs already, in this process\n");
}

/* ---- values ---- */

bool hints_values_differ(const struct gate_trace *trace) {
    return trace->refused.count > 0 &&
           trace->samples[VERDICT_REJECTED] < sg_line_samples(&trace->line);
}

/* Which letters the family takes. */
static void values_hint_type(struct strbuf *out, const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (family->source == SOURCE_QUERY) {
        strbuf_printf(out, "%s takes no lines; its values come from the query %s of %s\n",
                      family->name, family->query->name, family->catalog->file);
        return;
    }
    if (family->source != SOURCE_DATAGRAMS || !family_has_lines(family)) {
        machine_hint_letter(out, trace);
        return;
    }
    strbuf_printf(out, "%s is ", family->name);
    hints_put_type(out, family);
    strbuf_printf(out, " and takes %s\n", hints_kind(family)->takes);
}

static const char *kind_refuses(const struct gate_trace *trace) {
    return trace->named_item == RELAYED_COUNT ? "a count is a whole number and not below 0"
                                              : hints_kind(trace->family)->refuses;
}

/* Why the first refused number is not a value of the family. */
static void values_hint_number(struct strbuf *out, const struct gate_trace *trace) {
    switch (trace->refused.items[0].flaw) {
    case FLAW_NONE:
        break;
    case FLAW_FORM:
        strbuf_puts(out, "a number is digits, then if need be a dot and digits, and an exponent: "
                         "7, -2, 0.25, 1e-7; finite, and nothing around it\n");
        break;
    case FLAW_KIND:
        strbuf_printf(out, "%s\n", kind_refuses(trace));
        break;
    case FLAW_TOTAL:
        strbuf_puts(out, "with it the total would no longer be a finite number\n");
        break;
    }
}

/* ---- reason ---- */

/* The most ids of a list that are shown. */
enum { REASON_LISTED_MAX = 12 };

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
                     "a sender in another pid namespace, or over UDP\n");
    if (kind->no_owner != NULL)
        strbuf_printf(out, "%s\n", kind->no_owner);
}

static void put_ids(struct strbuf *out, const char *what, const uint32_t *ids, size_t count) {
    for (size_t i = 0; i < count && i < REASON_LISTED_MAX; i++)
        strbuf_printf(out, "%s%s %u", i == 0 ? " " : ", ", what, ids[i]);
    if (count > REASON_LISTED_MAX)
        strbuf_printf(out, " and %zu more", count - REASON_LISTED_MAX);
}

static void hint_sender(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace) {
    const struct catalog *catalog = trace->family->catalog;
    if (!catalog->senders_restricted) {
        strbuf_puts(out, "UDP does not say who sends: send attempts, breakers and jobs to a Unix "
                         "socket\n");
        return;
    }
    if (world->origin != NULL)
        strbuf_printf(out, "sent as uid %u, gid %u; ", world->origin->uid, world->origin->gid);
    strbuf_printf(out, "\"senders\" of %s lists", catalog->file);
    put_ids(out, "uid", catalog->uids, catalog->uid_count);
    if (catalog->uid_count > 0 && catalog->gid_count > 0)
        strbuf_putc(out, ',');
    put_ids(out, "gid", catalog->gids, catalog->gid_count);
    strbuf_puts(out, world->tried ? "\ntry another sender with --uid and --gid\n" : "\n");
}

/* ---- the reasons ---- */

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

static void hint_malformed(struct strbuf *out, struct sg_span text) {
    if (is_exposed_form(text))
        strbuf_puts(out, "this is the form in which metrics are exposed, not that in which "
                         "they are sent\n");
    strbuf_puts(out, "a line is name:value|type, then fields behind bars: "
                     "deploys_total:1|c|@0.1|#env:prod\n");
}

void hints_put_reason(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace, enum sg_reject reason) {
    if (trace->step == STEP_VALUES && !family_has_lines(trace->family)) {
        machine_hint_word(out, world, trace);
        return;
    }
    switch (reason) {
    case SG_REJECT_MALFORMED:
        hint_malformed(out, trace->text);
        return;
    case SG_REJECT_TOO_LONG:
        strbuf_printf(out,
                      "at most %d bytes a line, %d a name, a label or a label's value; %d labels\n",
                      SG_LINE_MAX, SG_NAME_MAX, SG_LABELS_MAX);
        return;
    case SG_REJECT_UNKNOWN_FAMILY:
        names_hint_unknown(out, world, trace);
        return;
    case SG_REJECT_AMBIGUOUS:
        names_hint_ambiguous(out, trace);
        return;
    case SG_REJECT_TYPE_MISMATCH:
        values_hint_type(out, trace);
        return;
    case SG_REJECT_BAD_VALUE:
        values_hint_number(out, trace);
        return;
    case SG_REJECT_NO_OWNER:
        hint_owner(out, world, trace);
        return;
    case SG_REJECT_FORBIDDEN_SENDER:
        hint_sender(out, world, trace);
        return;
    case SG_REJECT_UNKNOWN_LABEL:
        labels_hint_unknown(out, trace);
        return;
    case SG_REJECT_MISSING_LABEL:
        hints_labels_hint_values(out, world, trace, FATE_MISSING);
        return;
    case SG_REJECT_LABEL_VALUE:
        hints_labels_hint_values(out, world, trace, FATE_REJECTED);
        return;
    case SG_REJECT_LABEL_OVERFLOW:
    case SG_REJECT_SERIES_LIMIT:
        hints_labels_hint_full(out, world, trace);
        return;
    default: /* its own text says enough */
        return;
    }
}

/* ---- hints ---- */

static void put_choice(struct strbuf *out, const char *include, const char *exclude) {
    strbuf_printf(out, " (include: %s, exclude: %s)", include, exclude);
}

/* Say which endpoints could show the family, but do not. */
static void hint_group(struct strbuf *out, const struct hints_world *world,
                       const struct catalog_family *family) {
    const struct endpoints *endpoints = world->endpoints;
    const char *group = family->group != NULL ? family->group : "-";
    if (endpoints == NULL || endpoints->count == 1) {
        strbuf_printf(out, "the group %s is not exposed", group);
        put_choice(out, world->include, world->exclude);
        strbuf_putc(out, '\n');
        return;
    }
    strbuf_printf(out, "no endpoint exposes the group %s:", group);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = &endpoints->items[i];
        if (endpoint_page_of(endpoint, family->catalog->service) == NULL)
            continue;
        strbuf_printf(out, " %s", endpoint->options.name);
        put_choice(out, endpoint->options.include, endpoint->options.exclude);
    }
    strbuf_putc(out, '\n');
}

static void hint_ignored(struct strbuf *out, const struct hints_world *world,
                         const struct gate_trace *trace) {
    if (trace->line.kind != SG_LINE_METRIC) {
        strbuf_printf(out, "%s: only its form was checked\n",
                      trace->line.kind == SG_LINE_EVENT ? "an event" : "a service check");
        return;
    }
    if (trace->step == STEP_VALUES)
        machine_hint_repeated(out, world, trace);
    else if (trace->step == STEP_EXPOSURE)
        hint_group(out, world, trace->family);
    else
        strbuf_puts(out, "a DogStatsD client reports on itself; /debug/senders shows it\n");
}

/* Whether the value has a plus, which means a change elsewhere, and the family is set by it. */
static bool is_change_of_gauge(const struct gate_trace *trace) {
    const struct sg_span values = trace->line.values;
    return trace->family->kind == &catalog_kind_rows[KIND_GAUGE] && values.len > 0 &&
           values.at[0] == '+';
}

/* Say what happens to an accepted value when its sender ends: a reading stays in the total,
 * everything else goes. */
static void hint_taken(struct strbuf *out, const struct hints_world *world,
                       const struct gate_trace *trace) {
    const struct catalog_family *family = trace->family;
    if (is_change_of_gauge(trace))
        strbuf_puts(out, "a gauge is set to the value, sign or not; for changes declare an "
                         "updowncounter\n");
    if (!family_has_lines(family))
        machine_hint_taken(out, world, trace);
    else if (family_is_owned(family) && family->merge != MERGE_READING)
        strbuf_puts(out, "the value belongs to its sender and goes with that process: from "
                         "statgate send it is gone at once\n");
}

void hints_put(struct strbuf *out, const struct hints_world *world,
               const struct gate_trace *trace) {
    if (trace->samples[VERDICT_IGNORED] > 0)
        hint_ignored(out, world, trace);
    if (hints_values_differ(trace))
        hints_put_reason(out, world, trace, trace->refused.items[0].reason);
    else if (trace->samples[VERDICT_REJECTED] > 0)
        hints_put_reason(out, world, trace, trace->reason);
    if (trace->series != NULL)
        hint_taken(out, world, trace);
    if (trace->samples[VERDICT_FOLDED] > 0) {
        if (trace->full != SG_REJECT_NONE)
            hints_labels_hint_full(out, world, trace);
        hints_labels_hint_values(out, world, trace, FATE_FOLDED);
    }
}
