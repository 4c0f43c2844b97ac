/* SPDX-License-Identifier: MIT */
/* Books of a process that ended in the middle of a change, or with counts that it held back. */
#include <string.h>

#include "assertions.h"
#include "restored.h"

TestSuite(ledger_restore_midway, .init = restored_open, .fini = restored_close, .timeout = 300);

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Makes one of the changes that belong to a datagram. */
static void change(uint64_t *state, int64_t now_ms) {
    static const struct ledger_entry nothing = {.label = -1, .reason = SG_REJECT_MALFORMED};
    struct ledger_entry a =
        entry_of("a_total", (int)(next_random(state) % 3) - 1, SG_REJECT_LABEL_VALUE);
    const uint64_t pids = next_random(state) >> 32 & 1 ? 400 : 2 * SENDERS_MAX;
    const uint64_t pid = (next_random(state) >> 16) % pids;
    const struct sender *sender = world_sender(&old, (int32_t)pid, now_ms);
    const uint64_t handle = next_random(state) % 3;
    switch (next_random(state) % 10) {
    case 0:
        ledger_accept(old.ledger, sender, (uint32_t)(next_random(state) % 2), 3);
        break;
    case 1:
        for (uint64_t i = next_random(state) % 3; i < 3; i++)
            ledger_fold(old.ledger, sender, &a, 2);
        break;
    case 2:
        ledger_ignore(old.ledger, sender, &nothing, 2);
        break;
    case 3:
        if (next_random(state) % 2)
            a = nothing;
        for (uint64_t i = next_random(state) % 3; i < 3; i++)
            reject(sender, &a, 2);
        break;
    case 4:
        ledger_row(old.ledger, &a, VERDICT_REJECTED, 1000);
        break;
    case 5:
        ledger_sender_own(old.ledger, sender, 5);
        break;
    case 6:
        ledger_sender_restart(old.ledger, sender, now_ms);
        restored_report(&old, sender, handle, 7, 1, 3); /* in the place of an earlier handle */
        break;
    case 7:
        ledger_sender_telemetry(old.ledger, sender, TELEMETRY_EVENTS, 3);
        break;
    default: /* not a first report: that there was one is not undone */
        if (sender->reports)
            restored_report(&old, sender, handle, sender->sent + 3, next_random(state) % 4, 3);
        break;
    }
}

/* Writes what a further report adds to each handle, which depends on what it had reported
 * before. */
static void put_handles(const struct world *world, struct strbuf *out) {
    for (size_t i = 0; i < ledger_sender_count(world->ledger); i++) {
        const struct sender *sender = ledger_sender_at(world->ledger, i);
        for (uint64_t handle = 0; handle < 3; handle++) {
            const uint64_t before = sender->sent;
            restored_report(world, sender, handle, 100000, 50000, 0);
            strbuf_printf(out, " %llu", (unsigned long long)(sender->sent - before));
        }
    }
}

/* Writes what the next process would have. */
static void put_restored(struct strbuf *out) {
    strbuf_clear(out);
    world_init(&new);
    restore_copy(world_copy(&old));
    world_dump(&new, out);
    put_handles(&new, out);
    world_done(&new);
}

struct texts {
    struct strbuf before;
    struct strbuf now;
    struct strbuf live;
};

static void check_changes(struct texts *texts, int steps, uint64_t *state, int64_t now_ms) {
    put_restored(&texts->before);
    for (int i = 0; i < steps; i++) {
        change(state, now_ms + i);
        cr_assert(lt(u32, undo_count(undo()), UNDO_MAX));
        put_restored(&texts->now);
        cr_assert(strcmp(strbuf_cstr(&texts->before), strbuf_cstr(&texts->now)) == 0, "%s\n%s",
                  strbuf_cstr(&texts->before), strbuf_cstr(&texts->now));
        undo_commit(undo());
        put_restored(&texts->before);
        strbuf_clear(&texts->live);
        world_dump(&old, &texts->live);
        cr_assert(
            strncmp(strbuf_cstr(&texts->before), strbuf_cstr(&texts->live), texts->live.len) == 0);
    }
}

/* There are so many senders that rows and handles are replaced by others. */
Test(ledger_restore_midway, a_change_is_whole_or_was_not) {
    enum { WARM = 60000, STEPS = 60 };
    uint64_t state = 42;
    struct texts texts;
    strbuf_init(&texts.before);
    strbuf_init(&texts.now);
    strbuf_init(&texts.live);
    check_changes(&texts, STEPS, &state, 10000);
    for (int i = 0; i < WARM; i++) {
        change(&state, 20000 + i);
        undo_commit(undo());
    }
    check_changes(&texts, STEPS, &state, 90000);
    cr_expect(lt(u64, 100, ledger_full(old.ledger).senders), "rows gave way");
    cr_expect(lt(sz, 100, ledger_sender_count(old.ledger)));
    world_init(&new);
    strbuf_done(&texts.before);
    strbuf_done(&texts.now);
    strbuf_done(&texts.live);
}
