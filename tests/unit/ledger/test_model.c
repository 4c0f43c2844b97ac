/* SPDX-License-Identifier: MIT */
/* Random operations against a plain model: three arrays that add. */
#include <string.h>

#include "assertions.h"
#include "fixture.h"

enum { PIDS = 40, STEPS = 200000 };

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct model_sender {
    uint64_t datagrams;
    uint64_t verdicts[VERDICT_COUNT];
    uint64_t sent[4];   /* by handle */
    uint64_t before[4]; /* delivered before the first report */
    bool met[4];
    uint64_t numbered;
};

struct model {
    struct model_sender senders[PIDS];
    uint64_t services[SERVICES + 1][VERDICT_COUNT];
    uint64_t reasons[SERVICES + 1][SG_REJECT_COUNT];
    uint64_t departed[VERDICT_COUNT];
    uint64_t departed_sent;
};

/* Counts some samples in the books and in the model. */
static void apply_verdict(struct fixture *f, struct model *model, const struct sender *sender,
                          uint64_t *state) {
    const uint64_t count = next_random(state) % 5;
    size_t service = next_random(state) % (SERVICES + 1);
    const enum verdict verdict = (enum verdict)(next_random(state) % VERDICT_COUNT);
    if (verdict == VERDICT_ACCEPTED)
        service %= SERVICES;
    const enum sg_reject reason = (enum sg_reject)(1 + next_random(state) % (SG_REJECT_COUNT - 1));
    const struct ledger_entry entry = {.service =
                                           service == SERVICES ? NULL : &f->services[service],
                                       .family = service == SERVICES ? NULL : &f->families[service],
                                       .label = (int)(next_random(state) % 4) - 1,
                                       .reason = reason};
    if (verdict == VERDICT_ACCEPTED)
        ledger_accept(f->ledger, sender, (uint32_t)service, count);
    else if (verdict == VERDICT_FOLDED)
        ledger_fold(f->ledger, sender, &entry, count);
    else if (verdict == VERDICT_IGNORED)
        ledger_ignore(f->ledger, sender, &entry, count);
    else
        ledger_reject(f->ledger, sender, &entry, (struct sg_span){"text", 4}, 0, count,
                      (int64_t)(next_random(state) % 100000));
    model->senders[sender->pid].verdicts[verdict] += count;
    model->services[service][verdict] += count;
    if (verdict == VERDICT_REJECTED)
        model->reasons[service][reason] += count;
}

static void apply_report(struct fixture *f, struct model *model, const struct sender *sender,
                         uint64_t *state) {
    struct model_sender *known = &model->senders[sender->pid];
    const size_t handle = next_random(state) % 4;
    const uint64_t sent = next_random(state) % 1000000;
    report(f, sender, handle, sent, 0, 3);
    f->mono_ms += 1000; /* long enough for every claim */
    known->numbered += 3;
    if (!known->met[handle]) {
        known->met[handle] = true;
        known->before[handle] = sent > 3 ? sent - 3 : 0;
    }
    if (sent > known->sent[handle])
        known->sent[handle] = sent;
}

static uint64_t sum_sent(const struct model_sender *known) {
    uint64_t sum = 0;
    for (size_t i = 0; i < 4; i++)
        sum += known->sent[i] - known->before[i];
    return sum;
}

static void apply_restart(struct fixture *f, struct model *model, const struct sender *sender) {
    struct model_sender *known = &model->senders[sender->pid];
    ledger_sender_restart(f->ledger, sender, 1);
    for (size_t v = 0; v < VERDICT_COUNT; v++)
        model->departed[v] += known->verdicts[v];
    model->departed_sent += sum_sent(known);
    memset(known, 0, sizeof *known);
}

static void compare(const struct fixture *f, const struct model *model) {
    for (size_t i = 0; i < ledger_sender_count(f->ledger); i++) {
        const struct sender *sender = ledger_sender_at(f->ledger, i);
        const struct model_sender *known = &model->senders[sender->pid];
        cr_assert(eq(u64, sender->datagrams, known->datagrams));
        cr_assert(eq(u64, sender->numbered, known->numbered));
        cr_assert(eq(u64, sender->sent, sum_sent(known)));
        for (size_t v = 0; v < VERDICT_COUNT; v++)
            cr_assert(eq(u64, sender->tally.by_verdict[v], known->verdicts[v]));
    }
    for (int s = 0; s <= SERVICES; s++) {
        const int service = s == SERVICES ? -1 : s;
        for (size_t v = 0; v < VERDICT_COUNT; v++)
            cr_assert(
                eq(u64, ledger_service(f->ledger, service)->by_verdict[v], model->services[s][v]));
        for (size_t r = 0; r < SG_REJECT_COUNT; r++)
            cr_assert(eq(u64, ledger_reasons(f->ledger, service)[r], model->reasons[s][r]));
    }
    uint64_t rows;
    const struct sender *departed = ledger_departed(f->ledger, &rows);
    for (size_t v = 0; v < VERDICT_COUNT; v++)
        cr_assert(eq(u64, departed->tally.by_verdict[v], model->departed[v]));
    cr_assert(eq(u64, departed->sent, model->departed_sent));
    assert_sums_close(f);
}

Test(ledger_model, random_operations_agree_with_a_plain_model) {
    static struct model model;
    struct fixture f;
    fixture_init(&f);
    uint64_t state = 0x9e3779b97f4a7c15;
    for (int step = 0; step < STEPS; step++) {
        bool is_new;
        const int32_t pid = (int32_t)(next_random(&state) % PIDS);
        const struct sender *sender = ledger_sender(f.ledger, pid, 5, 5, 1, &is_new);
        model.senders[pid].datagrams++;
        const uint64_t what = next_random(&state) % 1000;
        if (what < 900)
            apply_verdict(&f, &model, sender, &state);
        else if (what < 999)
            apply_report(&f, &model, sender, &state);
        else
            apply_restart(&f, &model, sender);
        if (step % 1000 == 0)
            compare(&f, &model);
    }
    compare(&f, &model);
    fixture_done(&f);
}

Test(ledger_model, sums_close_while_rows_come_and_go) {
    struct fixture f;
    fixture_init(&f);
    uint64_t state = 42;
    uint64_t datagrams = 0;
    for (int step = 0; step < STEPS; step++) {
        bool is_new;
        const int32_t pid = (int32_t)(next_random(&state) % (UINT64_C(4) * SENDERS_MAX));
        const struct sender *sender = ledger_sender(f.ledger, pid, 5, 5, step, &is_new);
        datagrams++;
        ledger_accept(f.ledger, sender, (uint32_t)(next_random(&state) % SERVICES), 2);
        if (next_random(&state) % 8 == 0)
            report(&f, sender, next_random(&state) % 3, (uint64_t)step, 1, 2);
        if (next_random(&state) % 64 == 0)
            ledger_set_alive(f.ledger, next_random(&state) % SENDERS_MAX, false);
    }
    uint64_t rows, sent, lost;
    const struct sender *departed = ledger_departed(f.ledger, &rows);
    cr_assert(lt(u64, 0, rows));
    cr_assert(eq(u64, rows, ledger_full(f.ledger).senders));
    uint64_t sum = departed->datagrams;
    uint64_t sum_of_sent = departed->sent;
    uint64_t sum_of_lost = departed->lost;
    for (size_t i = 0; i < ledger_sender_count(f.ledger); i++) {
        sum += ledger_sender_at(f.ledger, i)->datagrams;
        sum_of_sent += ledger_sender_at(f.ledger, i)->sent;
        sum_of_lost += ledger_sender_at(f.ledger, i)->lost;
    }
    ledger_reported(f.ledger, &sent, &lost);
    cr_assert(eq(u64, sum, datagrams));
    cr_assert(eq(u64, sum_of_sent, sent));
    cr_assert(eq(u64, sum_of_lost, lost));
    assert_sums_close(&f);
    fixture_done(&f);
}

Test(ledger_model, rows_are_closed_in_the_order_of_their_last_datagrams) {
    static int by_touch[SENDERS_MAX + STEPS]; /* the row of each datagram, in order */
    static bool is_last[SENDERS_MAX + STEPS];
    static bool later[SENDERS_MAX];
    struct fixture f;
    fixture_init(&f);
    uint64_t state = 7;
    bool is_new;
    for (int i = 0; i < SENDERS_MAX + STEPS; i++) {
        const int row = i < SENDERS_MAX ? i : (int)(next_random(&state) % SENDERS_MAX);
        by_touch[i] = row;
        ledger_sender(f.ledger, row, 5, 5, 1, &is_new);
        cr_assert(eq(int, is_new, i < SENDERS_MAX));
    }
    for (int i = SENDERS_MAX + STEPS - 1; i >= 0; i--) {
        is_last[i] = !later[by_touch[i]];
        later[by_touch[i]] = true;
    }
    int32_t pid = SENDERS_MAX;
    for (int i = 0; i < SENDERS_MAX + STEPS; i++) {
        if (!is_last[i])
            continue;
        ledger_sender(f.ledger, ++pid, 5, 5, 1, &is_new);
        cr_assert(eq(i32, ledger_sender_at(f.ledger, (size_t)by_touch[i])->pid, pid));
    }
    fixture_done(&f);
}
