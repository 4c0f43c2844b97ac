/*
 * unknown.c - the keys of labels that families do not declare: what a deployment added that its
 * catalog does not have. Keys come from outside, so there are UNKNOWN_LABELS_MAX at most, and when
 * all are taken the rarest makes way: a flood of keys that never repeat pushes out itself.
 */
#include <string.h>

#include "base/hash.h"
#include "ledger/books.h"

bool unknown_init(struct unknown_table *table, const struct memory *memory) {
    table->texts = memory_array(memory, UNKNOWN_LABELS_MAX, sizeof *table->texts);
    return table->texts != NULL;
}

void unknown_done(struct unknown_table *table, const struct memory *memory) {
    memory_release(memory, table->texts);
}

uint64_t unknown_bytes(void) {
    return heap_bytes(UNKNOWN_LABELS_MAX * sizeof(struct unknown_text));
}

void unknown_hide(struct unknown_table *table) {
    table->hidden = true;
    memset(table->counts, 0, sizeof table->counts);
    memset(table->texts, 0, UNKNOWN_LABELS_MAX * sizeof *table->texts);
}

static size_t find(const struct unknown_table *table, uint32_t hash, uint32_t family,
                   struct sg_span key) {
    for (size_t i = 0; i < UNKNOWN_LABELS_MAX; i++) {
        const struct unknown_text *text = &table->texts[i];
        if (table->hashes[i] == hash && table->counts[i] > 0 && text->family == family &&
            text->len == key.len && memcmp(text->key, key.at, key.len) == 0)
            return i;
    }
    return UNKNOWN_LABELS_MAX;
}

/* An empty place counts 0. Among equals each gets its turn, so a new one stays for a while. */
static size_t find_rarest(struct unknown_table *table) {
    size_t rarest = table->hand;
    for (size_t n = 1; n < UNKNOWN_LABELS_MAX; n++) {
        const size_t i = (table->hand + n) % UNKNOWN_LABELS_MAX;
        if (table->counts[i] < table->counts[rarest])
            rarest = i;
    }
    table->hand = (uint32_t)((rarest + 1) % UNKNOWN_LABELS_MAX);
    return rarest;
}

void unknown_count(struct ledger *ledger, const struct ledger_entry *entry, uint64_t count) {
    struct unknown_table *table = &ledger->unknown;
    const struct sg_span key = entry->unknown;
    if (table->hidden || count == 0 || key.len > SG_NAME_MAX)
        return;
    const uint32_t hash =
        (uint32_t)hash_bytes(key.at, key.len, ledger->seed + entry->family->index);
    size_t place = find(table, hash, entry->family->index, key);
    if (place < UNKNOWN_LABELS_MAX) {
        table->counts[place] += count;
        return;
    }
    place = find_rarest(table);
    if (table->counts[place] > 0) {
        undo_word(ledger->undo, &ledger->books->full.unknown_labels);
        ledger->books->full.unknown_labels++;
    }
    struct unknown_text *text = &table->texts[place];
    table->hashes[place] = hash;
    table->counts[place] = count;
    text->family = entry->family->index;
    text->len = (uint32_t)key.len;
    memcpy(text->key, key.at, key.len);
}

bool ledger_unknown_label(const struct ledger *ledger, size_t index,
                          struct unknown_label *ret_label) {
    const struct unknown_table *table = &ledger->unknown;
    if (index >= UNKNOWN_LABELS_MAX || table->counts[index] == 0)
        return false;
    const struct unknown_text *text = &table->texts[index];
    *ret_label = (struct unknown_label){.family = ledger->set->families[text->family],
                                        .count = table->counts[index],
                                        .key = text->key,
                                        .len = text->len};
    return true;
}

uint64_t ledger_unknown_sum(const struct ledger *ledger, const struct catalog_family *family) {
    const struct unknown_table *table = &ledger->unknown;
    uint64_t sum = 0;
    for (size_t i = 0; i < UNKNOWN_LABELS_MAX; i++)
        if (table->counts[i] > 0 && table->texts[i].family == family->index)
            sum += table->counts[i];
    return sum;
}
