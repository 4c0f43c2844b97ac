/*
 * gathering.c - see gathering.h.
 */
#include "page/gathering.h"

#include <stdlib.h>

#include "status/status.h"

enum { ITEM_BATCH = 16 }; /* items that count as one work unit: a few words of each are read */

bool gathering_init(struct gathering *gathering, const struct view_source *source,
                    const struct catalog *only, const char *pid, size_t rows) {
    *gathering =
        (struct gathering){.memory = source->memory,
                           .services = memory_array(source->memory, source->set->count + 1,
                                                    sizeof(struct service_sums)),
                           .row_max = rows < GATHERED_SENDERS_MAX ? rows : GATHERED_SENDERS_MAX,
                           .only = only,
                           .pid = pid != NULL ? (int32_t)strtol(pid, NULL, 10) : -1};
    return gathering->services != NULL;
}

void gathering_done(struct gathering *gathering) {
    memory_release(gathering->memory, gathering->services);
    gathering->services = NULL;
}

/* ---- senders ---- */

static bool is_pressing(const struct sender *sender) {
    return sender->lost > 0 || sender->tally.by_verdict[VERDICT_REJECTED] > 0;
}

static bool comes_before(const struct sender *a, const struct sender *b) {
    if (is_pressing(a) != is_pressing(b))
        return is_pressing(a);
    return a->last_seen_ms > b->last_seen_ms;
}

/* Insert a row at its place; the last row may drop out. */
static void list_row(struct gathering *gathering, const struct ledger *ledger, uint32_t row) {
    const struct sender *sender = ledger_sender_at(ledger, row);
    size_t place = gathering->row_count;
    while (place > 0 && comes_before(sender, ledger_sender_at(ledger, gathering->rows[place - 1])))
        place--;
    if (place == gathering->row_max)
        return;
    if (gathering->row_count < gathering->row_max)
        gathering->row_count++;
    for (size_t i = gathering->row_count - 1; i > place; i--)
        gathering->rows[i] = gathering->rows[i - 1];
    gathering->rows[place] = row;
}

static void add_sender(struct gathering *gathering, const struct view_source *source, size_t row) {
    const struct sender *sender = ledger_sender_at(source->ledger, row);
    struct ledger_sent sent;
    for (uint32_t at = 0; ledger_sent_next(source->ledger, row, &at, &sent);) {
        struct service_sums *sums = &gathering->services[sent.service];
        sums->senders += sender->alive;
        if (sent.last_seen_ms > sums->last_seen_ms)
            sums->last_seen_ms = sent.last_seen_ms;
    }
    if (gathering->only != NULL &&
        !ledger_sent_for(source->ledger, row, gathering->only->index, &sent))
        return;
    if (gathering->pid >= 0 && sender->pid != gathering->pid)
        return;
    gathering->row_total++;
    list_row(gathering, source->ledger, (uint32_t)row);
}

/* ---- the walk ---- */

static void add_family(struct gathering *gathering, const struct view_source *source,
                       const struct catalog_family *family) {
    struct service_sums *sums = &gathering->services[family->catalog->index];
    const uint64_t live = store_family_count(source->store, family);
    sums->live += live;
    sums->near |= status_fullness_of_family(family, live);
}

bool gathering_step(struct gathering *gathering, const struct view_source *source,
                    struct slice *slice) {
    const struct catalog_set *set = source->set;
    for (; gathering->family < set->family_count; gathering->family++) {
        if (slice_is_spent(slice))
            return false;
        add_family(gathering, source, set->families[gathering->family]);
        slice_spend(slice, gathering->family % ITEM_BATCH == 0);
    }
    for (; gathering->sender < ledger_sender_count(source->ledger); gathering->sender++) {
        if (slice_is_spent(slice))
            return false;
        add_sender(gathering, source, gathering->sender);
        slice_spend(slice, 1 + gathering->row_max / ITEM_BATCH +
                               ledger_sender_services(source->ledger, gathering->sender) / 2);
    }
    return true;
}
