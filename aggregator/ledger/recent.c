/*
 * recent.c - the newest rejections with their offending text, for people. A ring, with at most
 * RECENT_PER_SECOND copies per second, so that a flood of nonsense costs no more than its verdicts.
 */
#include <string.h>

#include "ledger/books.h"

bool recent_init(struct recent_ring *ring, const struct memory *memory) {
    ring->items = memory_array(memory, RECENT_MAX, sizeof *ring->items);
    return ring->items != NULL;
}

void recent_done(struct recent_ring *ring, const struct memory *memory) {
    memory_release(memory, ring->items);
}

uint64_t recent_bytes(void) {
    return heap_bytes(RECENT_MAX * sizeof(struct recent));
}

bool recent_keep(struct recent_ring *ring, const struct sender *sender, enum sg_reject reason,
                 struct sg_span line, size_t offset, int64_t real_ms) {
    const int64_t second = real_ms / 1000;
    if (second != ring->second) {
        ring->second = second;
        ring->copied = 0;
    }
    if (ring->copied >= RECENT_PER_SECOND)
        return false;
    ring->copied++;

    struct recent *item = &ring->items[ring->serial % RECENT_MAX];
    item->serial = ++ring->serial;
    item->at_ms = real_ms;
    item->reason = reason;
    item->offset = offset;
    item->pid = sender->pid;
    item->uid = sender->uid;
    memcpy(item->comm, sender->comm, sizeof item->comm);
    memcpy(item->unit, sender->unit, sizeof item->unit);
    const size_t kept = ring->hidden || line.at == NULL ? 0
                        : line.len < RECENT_LINE_MAX    ? line.len
                                                        : RECENT_LINE_MAX;
    if (kept > 0)
        memcpy(item->line, line.at, kept);
    item->line_len = (uint16_t)kept;
    item->line_cut = !ring->hidden && kept < line.len;
    return true;
}

const struct recent *ledger_recent(const struct ledger *ledger, size_t index) {
    const struct recent_ring *ring = &ledger->recent;
    if (index >= RECENT_MAX || index >= ring->serial)
        return NULL;
    return &ring->items[(ring->serial - 1 - index) % RECENT_MAX];
}

void recent_hide(struct recent_ring *ring) {
    ring->hidden = true;
    for (size_t i = 0; i < RECENT_MAX; i++) {
        memset(ring->items[i].line, 0, sizeof ring->items[i].line);
        ring->items[i].line_len = 0;
        ring->items[i].line_cut = false;
    }
}
