/*
 * runs.c - counts samples. An accepted or ignored sample changes three words. A folded or rejected
 * one changes more; consecutive ones mostly have the same sender and group, so their counters are
 * looked up once for a run.
 */
#include "ledger/books.h"

void runs_add(struct ledger *ledger, uint64_t *word, uint64_t count) {
    undo_word(ledger->undo, word);
    *word += count;
}

static void sent_last_for(struct ledger *ledger, struct sender *sender, uint32_t service) {
    if (sender->service == (int32_t)service)
        return;
    undo_word(ledger->undo, &sender->service);
    sender->service = (int32_t)service;
}

struct sent_pair *runs_sends_for(struct ledger *ledger, struct sender *sender, uint32_t service) {
    if (sender->service == (int32_t)service && !sender->several)
        return NULL;
    struct sent_pair *pair = sender->service >= 0 ? pairs_meet(ledger, sender, service) : NULL;
    sent_last_for(ledger, sender, service);
    return pair;
}

void runs_count_verdict(struct ledger *ledger, const struct sender *sender, size_t service,
                        enum verdict verdict, uint64_t count) {
    struct sender *row = senders_row(sender);
    struct sent_pair *pair = service >= SERVICE_FIRST
                                 ? runs_sends_for(ledger, row, (uint32_t)service - SERVICE_FIRST)
                                 : NULL;
    runs_add(ledger, &ledger->books->total.by_verdict[verdict], count);
    runs_add(ledger, &ledger->services[service].tally.by_verdict[verdict], count);
    runs_add(ledger, &row->tally.by_verdict[verdict], count);
    if (pair != NULL)
        runs_add(ledger, &pair->tally.by_verdict[verdict], count);
    else if (service == SERVICE_NONE)
        runs_add(ledger, &row->none.by_verdict[verdict], count);
}

size_t runs_service_row(const struct ledger_entry *entry) {
    return entry->service == NULL ? SERVICE_NONE : SERVICE_FIRST + entry->service->index;
}

/* The counter in the family's table of labels and reasons. NULL: out of memory. */
static uint64_t *family_cell(struct ledger *ledger, const struct ledger_entry *entry,
                             enum verdict verdict) {
    const struct catalog_family *family = entry->family;
    struct family_books *books = &ledger->families[family->index];
    const uint32_t labels = family->label_count;
    const uint32_t row =
        entry->label >= 0 && (uint32_t)entry->label < labels ? (uint32_t)entry->label : labels;
    size_t at = (size_t)row * SG_REJECT_COUNT + entry->reason;
    if (verdict == VERDICT_FOLDED)
        at += table_cells(family);
    uint64_t *cells = tables_family(ledger, family);
    if (cells == NULL)
        return NULL;
    *(verdict == VERDICT_FOLDED ? &books->folded : &books->rejected) = true;
    return &cells[at];
}

/* List the counters for entries of a run; values of rows (without a sender) count only in the
 * family. */
static void list_words(struct ledger *ledger, const struct sender *sender, struct sent_pair *pair,
                       const struct ledger_entry *entry, enum verdict verdict, uint64_t *cell) {
    struct group_run *run = &ledger->groups.run;
    struct service_books *service = &ledger->services[runs_service_row(entry)];
    size_t count = 0;
    if (cell != NULL)
        run->words[count++] = cell;
    if (sender != NULL) {
        run->words[count++] = &ledger->books->total.by_verdict[verdict];
        run->words[count++] = &service->tally.by_verdict[verdict];
        run->words[count++] = &senders_row(sender)->tally.by_verdict[verdict];
    }
    if (pair != NULL)
        run->words[count++] = &pair->tally.by_verdict[verdict];
    else if (sender != NULL && entry->service == NULL)
        run->words[count++] = &senders_row(sender)->none.by_verdict[verdict];
    if (sender != NULL && verdict == VERDICT_REJECTED)
        run->words[count++] = &service->reasons[entry->reason];
    run->word_count = count;
}

static void count_in_words(struct ledger *ledger, uint64_t count) {
    const struct group_run *run = &ledger->groups.run;
    undo_several(ledger->undo, run->words, run->word_count);
    for (size_t i = 0; i < run->word_count; i++)
        *run->words[i] += count;
}

void runs_end(struct ledger *ledger) {
    const struct group_run *run = &ledger->groups.run;
    uint64_t *held = &ledger->books->held.count;
    ledger->groups.run_number++;
    if (*held == 0)
        return;
    run->group->rate.present += *held;
    count_in_words(ledger, *held);
    undo_word(ledger->undo, held);
    *held = 0;
}

void runs_forget(struct ledger *ledger) {
    runs_end(ledger);
    ledger->groups.run.group = NULL;
}

static void begin_run(struct ledger *ledger, const struct sender *sender, struct sent_pair *pair,
                      const struct ledger_entry *entry, enum verdict verdict, uint64_t count,
                      int64_t real_ms) {
    const uint64_t *reason = &ledger->services[runs_service_row(entry)].reasons[entry->reason];
    uint64_t *cell = entry->family != NULL ? family_cell(ledger, entry, verdict) : NULL;
    const uint64_t *counted = entry->family != NULL ? cell : reason;
    runs_end(ledger);
    const bool first = counted != NULL && *counted == 0;
    reject_groups_begin(ledger, sender, entry, verdict, first, count, real_ms);
    ledger->groups.run.texts = spellings_of(ledger, verdict, entry->reason);
    list_words(ledger, sender, pair, entry, verdict, cell);
}

void runs_count(struct ledger *ledger, const struct sender *sender,
                const struct ledger_entry *entry, enum verdict verdict, uint64_t count,
                int64_t real_ms) {
    struct group_run *run = &ledger->groups.run;
    struct sent_pair *pair =
        sender != NULL && entry->service != NULL
            ? runs_sends_for(ledger, senders_row(sender), entry->service->index)
            : NULL;
    if (reject_groups_is_run(run, sender, entry, verdict, real_ms))
        run->group->rate.present += count;
    else
        begin_run(ledger, sender, pair, entry, verdict, count, real_ms);
    count_in_words(ledger, count);
}

/* Record what the next process has to know of the run. */
static void describe_held(struct ledger *ledger) {
    const struct group_run *run = &ledger->groups.run;
    const struct group_key *key = &run->group->key;
    struct held_run *held = &ledger->books->held;
    undo_range(ledger->undo, held, sizeof *held);
    *held = (struct held_run){.row = (uint32_t)(run->sender - ledger->senders.rows),
                              .service = key->service,
                              .family = key->family,
                              .label = key->label,
                              .reason = key->reason,
                              .rejected = run->verdict == VERDICT_REJECTED};
}

void runs_hold_more(struct ledger *ledger, uint64_t count) {
    const struct group_run *run = &ledger->groups.run;
    uint64_t *held = &ledger->books->held.count;
    undo_word(ledger->undo, held);
    *held += count;
    if (run->service != NULL)
        sent_last_for(ledger, senders_row(run->sender), run->service->index);
}

void runs_hold(struct ledger *ledger, const struct sender *sender, const struct ledger_entry *entry,
               enum verdict verdict, uint64_t count, int64_t real_ms) {
    if (!reject_groups_is_run(&ledger->groups.run, sender, entry, verdict, real_ms)) {
        runs_count(ledger, sender, entry, verdict, count, real_ms);
        return;
    }
    if (ledger->books->held.count == 0)
        describe_held(ledger);
    runs_hold_more(ledger, count);
}
