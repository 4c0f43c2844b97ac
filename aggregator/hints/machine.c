#include "hints/machine.h"

#include <string.h>

#include "base/terminal.h"
#include "base/text.h"
#include "hints/words.h"
#include "machines/machines.h"

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

void machine_hint_letter(struct strbuf *out, const struct gate_trace *trace) {
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

void machine_hint_word(struct strbuf *out, const struct hints_world *world,
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
        else
            hint_outcome(out, family->attempts, word);
        break;
    }
}

/* ---- accepted and repeated events ---- */

void machine_hint_taken(struct strbuf *out, const struct hints_world *world,
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
                     struct machines_job *ret_job) {
    uint32_t hint = 0;
    uint64_t after = 0;
    for (; world->machines != NULL &&
           machines_job_next(world->machines, trace->family, after, &hint, ret_job);
         after = ret_job->serial)
        if (sg_span_same(trace->line.instance, (struct sg_span){ret_job->id, ret_job->id_len}))
            return true;
    return false;
}

void machine_hint_repeated(struct strbuf *out, const struct hints_world *world,
                           const struct gate_trace *trace) {
    struct machines_job job;
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
