/*
 * spellings.c - what senders spell differently from the catalogs: names that no family has, labels
 * that their family does not declare, and values that were folded. The texts come from outside, so
 * each table holds only the most frequent ones (heavy.h).
 */
#include <string.h>

#include "ledger/books.h"

bool spellings_init(struct spellings *spellings, const struct memory *memory, uint64_t seed) {
    bool done = true;
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        done &= heavy_init(&spellings->tables[i], memory, seed);
    return done;
}

void spellings_done(struct spellings *spellings, const struct memory *memory) {
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        heavy_done(&spellings->tables[i], memory);
}

uint64_t spellings_bytes(void) {
    return LEDGER_SPELLING_COUNT * heavy_bytes();
}

void spellings_hide(struct spellings *spellings) {
    spellings->hidden = true;
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        heavy_clear(&spellings->tables[i]);
}

/* ---- counting ---- */

static void note_text(const struct ledger_entry *entry, uint64_t mark) {
    if (entry->mark != NULL)
        entry->mark->text = mark;
}

static bool count_text(struct ledger *ledger, enum ledger_spelling which,
                       const struct heavy_key *key, const struct ledger_entry *entry,
                       const struct sender *sender, uint64_t count, int64_t real_ms) {
    struct spellings *spellings = &ledger->spellings;
    uint64_t mark = 0;
    const bool none = spellings->hidden || key->text.at == NULL;
    if (!none && count > 0 &&
        heavy_count(&spellings->tables[which], key, sender, count, real_ms, &mark)) {
        uint64_t *full = &ledger->books->spellings_full[which];
        undo_word(ledger->undo, full);
        ++*full;
    }
    note_text(entry, mark);
    return none || mark != 0;
}

/* Count the entry by its mark. False: its text no longer has a place, or never had one. */
static bool count_again(struct ledger *ledger, enum ledger_spelling which,
                        const struct ledger_entry *entry, const struct sender *sender,
                        uint64_t count, int64_t real_ms) {
    struct heavy *heavy = &ledger->spellings.tables[which];
    return entry->mark != NULL && count > 0 &&
           heavy_count_again(heavy, entry->mark->text, sender, count, real_ms);
}

static enum ledger_spelling kind_of(enum verdict verdict, enum sg_reject reason) {
    if (verdict == VERDICT_FOLDED)
        return LEDGER_FOLDED_VALUES;
    return reason == SG_REJECT_UNKNOWN_FAMILY ? LEDGER_UNKNOWN_NAMES : LEDGER_UNKNOWN_LABELS;
}

struct heavy *spellings_of(struct ledger *ledger, enum verdict verdict, enum sg_reject reason) {
    return &ledger->spellings.tables[kind_of(verdict, reason)];
}

bool spellings_reject(struct ledger *ledger, const struct sender *sender,
                      const struct ledger_entry *entry, uint64_t count, int64_t real_ms) {
    const bool name = entry->reason == SG_REJECT_UNKNOWN_FAMILY;
    const enum ledger_spelling which = kind_of(VERDICT_REJECTED, entry->reason);
    if (!name && (entry->reason != SG_REJECT_UNKNOWN_LABEL || entry->family == NULL))
        return true;
    if (count_again(ledger, which, entry, sender, count, real_ms))
        return true;
    const uint32_t service = entry->service != NULL ? entry->service->index + 1 : 0;
    const struct heavy_key key = {.of = name ? service : entry->family->index,
                                  .text = entry->spelled,
                                  .hash = entry->spelled_hash};
    return count_text(ledger, which, &key, entry, sender, count, real_ms);
}

/* Bits of the reason, below a folded value's label, in one number. */
enum { REASON_BITS = 8 };

bool spellings_fold(struct ledger *ledger, const struct sender *sender,
                    const struct ledger_entry *entry, uint64_t count, int64_t real_ms) {
    if (entry->family == NULL || entry->label < 0 ||
        count_again(ledger, LEDGER_FOLDED_VALUES, entry, sender, count, real_ms))
        return true;
    const struct heavy_key key = {.of = entry->family->index,
                                  .detail = (uint32_t)entry->label << REASON_BITS |
                                            (uint32_t)entry->reason,
                                  .text = entry->spelled,
                                  .hash = entry->spelled_hash};
    return count_text(ledger, LEDGER_FOLDED_VALUES, &key, entry, sender, count, real_ms);
}

void spellings_settle(struct spellings *spellings) {
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        heavy_settle(&spellings->tables[i]);
}

/* ---- reading ---- */

size_t ledger_spelled_order(const struct ledger *ledger, enum ledger_spelling which,
                            uint16_t ret_places[LEDGER_SPELLED_MAX]) {
    return heavy_order(&ledger->spellings.tables[which], ret_places);
}

uint64_t ledger_spelled_left_out(const struct ledger *ledger, enum ledger_spelling which) {
    return ledger->spellings.tables[which].left_out;
}

static const struct catalog_family *
family_of(const struct ledger *ledger, enum ledger_spelling which, const struct heavy_item *item) {
    return which == LEDGER_UNKNOWN_NAMES ? NULL : ledger->set->families[item->of];
}

static const struct catalog *service_of(const struct ledger *ledger, enum ledger_spelling which,
                                        const struct heavy_item *item) {
    if (which != LEDGER_UNKNOWN_NAMES)
        return ledger->set->families[item->of]->catalog;
    return item->of > 0 ? ledger->set->catalogs[item->of - 1] : NULL;
}

bool ledger_spelled(const struct ledger *ledger, enum ledger_spelling which, size_t place,
                    int64_t real_ms, struct ledger_spelled *ret_spelled) {
    static const enum sg_reject reasons[LEDGER_SPELLING_COUNT] = {
        [LEDGER_UNKNOWN_NAMES] = SG_REJECT_UNKNOWN_FAMILY,
        [LEDGER_UNKNOWN_LABELS] = SG_REJECT_UNKNOWN_LABEL};
    const struct heavy_item *item = heavy_at(&ledger->spellings.tables[which], place);
    if (item == NULL)
        return false;
    const bool folded = which == LEDGER_FOLDED_VALUES;
    const uint32_t reason_mask = (1u << REASON_BITS) - 1;
    *ret_spelled = (struct ledger_spelled){
        .service = service_of(ledger, which, item),
        .family = family_of(ledger, which, item),
        .label = folded ? (int)(item->detail >> REASON_BITS) : -1,
        .reason = folded ? (enum sg_reject)(item->detail & reason_mask) : reasons[which],
        .text = item->text,
        .len = item->len,
        .count = item->count,
        .error = item->error,
        .first_ms = item->first_ms,
        .last_ms = item->last_ms,
        .rate = rate_read(&item->rate, real_ms),
        .sender = &item->who};
    return true;
}

bool ledger_unknown_label(const struct ledger *ledger, size_t index,
                          struct unknown_label *ret_label) {
    const struct heavy_item *item =
        heavy_at(&ledger->spellings.tables[LEDGER_UNKNOWN_LABELS], index);
    if (item == NULL)
        return false;
    *ret_label = (struct unknown_label){.family = ledger->set->families[item->of],
                                        .count = item->count - item->error,
                                        .key = item->text,
                                        .len = item->len};
    return true;
}

uint64_t ledger_unknown_sum(const struct ledger *ledger, const struct catalog_family *family) {
    const struct heavy *heavy = &ledger->spellings.tables[LEDGER_UNKNOWN_LABELS];
    const struct heavy_item *item;
    uint64_t sum = 0;
    for (size_t i = 0; (item = heavy_at(heavy, i)) != NULL; i++)
        if (item->of == family->index)
            sum += item->count - item->error;
    return sum;
}
