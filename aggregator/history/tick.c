/* Counts what happened in each second: a lap over senders, services and families. */
#include "history/history_private.h"

enum {
    LATE_MS = SECOND_MS / 2, /* how late or early a tick may be and still find its second */
    ROWS_A_UNIT = 2,         /* senders: each reads two distant cache lines */
    SERVICE_UNITS = 2,
    FAMILIES_A_UNIT = 32, /* adjacent in memory, except for the first access to a slot */
    OF_OTHERS_MS = 60000  /* how long a process that cannot be inspected counts as live */
};

static void spend(size_t *budget, size_t units) {
    *budget -= units < *budget ? units : *budget;
}

/* Return how much a count grew since the previous lap, and remember the present count. */
static uint32_t grown(uint32_t *seen, uint64_t now) {
    const uint32_t more = (uint32_t)now - *seen;
    *seen = (uint32_t)now;
    return more;
}

void history_count_scrape(struct history *history, int service) {
    const uint32_t row = service < 0 ? ROWS_ALL : history->rows.of_service[service];
    if (row != ROWS_NONE)
        history->scrapes[row]++;
}

/* ---- senders ---- */

/* Like grown, but a row of the ledger may belong to another process by now, whose count starts at
 * 0. */
static uint32_t grown_of_row(uint32_t *seen, uint64_t now) {
    if ((uint32_t)now < *seen)
        *seen = 0;
    return grown(seen, now);
}

static bool is_live(const struct sender *sender, int64_t real_ms) {
    return sender->alive && (sender->pid > 0 || real_ms - sender->last_seen_ms < OF_OTHERS_MS);
}

static uint32_t row_of(const struct history *history, const struct sender *sender) {
    return sender->service < 0 ? ROWS_NONE : history->rows.of_service[sender->service];
}

/* Count a live process for each service that it has sent for. */
static void count_live(struct history *history, size_t index) {
    struct ledger_sent sent;
    for (uint32_t at = 0; ledger_sent_next(history->source.ledger, index, &at, &sent);) {
        const uint32_t row = history->rows.of_service[sent.service];
        if (row != ROWS_NONE)
            history->sums[row].senders++;
    }
}

static void look_at_sender(struct history *history, size_t index) {
    const struct sender *sender = ledger_sender_at(history->source.ledger, index);
    struct sender_seen *seen = &history->senders_seen[index];
    const uint32_t row = row_of(history, sender);
    const uint32_t datagrams = grown_of_row(&seen->datagrams, sender->datagrams);
    const uint32_t lost = grown_of_row(&seen->lost, sender->lost);
    const uint32_t live = is_live(sender, history->lap.real_ms);
    history->sums[ROWS_ALL].senders += live;
    if (row == ROWS_NONE)
        return;
    struct senders_sums *sums = &history->sums[row];
    sums->datagrams += datagrams;
    sums->lost += lost;
    if (live)
        count_live(history, index);
}

static bool do_senders(struct history *history, size_t *budget) {
    const size_t count = ledger_sender_count(history->source.ledger);
    for (; history->lap.at < count; history->lap.at++) {
        if (*budget == 0)
            return false;
        look_at_sender(history, history->lap.at);
        spend(budget,
              ROWS_A_UNIT + ledger_sender_services(history->source.ledger, history->lap.at) / 2);
    }
    return true;
}

/* ---- services ---- */

static void put(uint32_t *slot, uint32_t more) {
    if (slot != NULL)
        *slot = ring_more(*slot, more);
}

static void put_most(uint32_t *slot, uint32_t number) {
    if (slot != NULL && number + 1 > *slot)
        *slot = number + 1;
}

static uint32_t *slot_at(uint32_t *slots, size_t index) {
    return slots == NULL ? NULL : &slots[index];
}

/* Read cumulative counts by curve. Counts of processes grow by the sums of this lap. */
static void read_counts(const struct history *history, uint32_t row,
                        uint64_t ret_counts[HISTORY_CURVE_COUNT]) {
    struct ledger *ledger = history->source.ledger;
    const uint32_t *seen = history->services_seen[row].counts;
    const struct senders_sums *sums = &history->sums[row];
    const struct tally *tally =
        row == ROWS_ALL ? ledger_total(ledger)
                        : ledger_service(ledger, (int)rows_service(&history->rows, row));
    ret_counts[HISTORY_SAMPLES] = tally_total(tally);
    ret_counts[HISTORY_REJECTED] = tally->by_verdict[VERDICT_REJECTED];
    ret_counts[HISTORY_FOLDED] = tally->by_verdict[VERDICT_FOLDED];
    ret_counts[HISTORY_IGNORED] = tally->by_verdict[VERDICT_IGNORED];
    ret_counts[HISTORY_LOST] = seen[HISTORY_LOST] + sums->lost;
    ret_counts[HISTORY_DATAGRAMS] = seen[HISTORY_DATAGRAMS] + sums->datagrams;
    ret_counts[HISTORY_SCRAPES] = history->scrapes[row];
    if (row == ROWS_ALL) {
        uint64_t sent;
        ledger_reported(ledger, &sent, &ret_counts[HISTORY_LOST]);
        ret_counts[HISTORY_DATAGRAMS] = ledger_traffic(ledger)->datagrams;
    }
}

static void look_at_service(struct history *history, uint32_t row) {
    const struct lap *lap = &history->lap;
    uint64_t counts[HISTORY_CURVE_COUNT];
    read_counts(history, row, counts);
    for (size_t i = 0; i < HISTORY_SENDERS; i++) {
        const size_t at = row * (size_t)HISTORY_CURVE_COUNT + i;
        const uint32_t more = grown(&history->services_seen[row].counts[i], counts[i]);
        put(slot_at(lap->seconds, at), more);
        put(slot_at(lap->minutes, at), more);
    }
    const size_t at = row * (size_t)HISTORY_CURVE_COUNT + HISTORY_SENDERS;
    put_most(slot_at(lap->seconds, at), history->sums[row].senders);
    put_most(slot_at(lap->minutes, at), history->sums[row].senders);
    history->sums[row] = (struct senders_sums){0};
}

static bool do_services(struct history *history, size_t *budget) {
    for (; history->lap.at < history->rows.service_count; history->lap.at++) {
        if (*budget == 0)
            return false;
        look_at_service(history, (uint32_t)history->lap.at);
        spend(budget, SERVICE_UNITS);
    }
    return true;
}

/* ---- families ---- */

static bool do_families(struct history *history, size_t *budget) {
    struct lap *lap = &history->lap;
    for (; lap->at < history->rows.family_count; lap->at++) {
        if (*budget == 0)
            return false;
        const uint32_t index = rows_family(&history->rows, (uint32_t)lap->at);
        const uint32_t more =
            grown(&history->families_seen[lap->at], history->source.family_samples[index]);
        put(slot_at(lap->short_families, lap->at), more);
        put(slot_at(lap->long_families, lap->at), more);
        spend(budget, lap->at % FAMILIES_A_UNIT == 0);
    }
    return true;
}

/* ---- laps ---- */

static uint32_t *slots_at(struct ring *ring, int64_t mono_ms) {
    return ring_write(ring, ring_step(ring, mono_ms));
}

static void begin(struct history *history, int64_t mono_ms, int64_t real_ms) {
    const int64_t second_ms = mono_ms - LATE_MS;
    struct lap *lap = &history->lap;
    *lap = (struct lap){.phase = LAP_SENDERS, .mono_ms = second_ms, .real_ms = real_ms};
    if (!history->begun) /* earlier counts belong to no second */
        return;
    lap->seconds = slots_at(&history->services[HISTORY_SHORT], second_ms);
    lap->minutes = slots_at(&history->services[HISTORY_LONG], second_ms);
    lap->short_families = slots_at(&history->families[HISTORY_SHORT], second_ms);
    lap->long_families = slots_at(&history->families[HISTORY_LONG], second_ms);
}

static void end(struct history *history) {
    const struct ring *seconds = &history->services[HISTORY_SHORT];
    if (history->begun) {
        history->has_points = true;
        history->end_ms = (ring_step(seconds, history->lap.mono_ms) + 1) * SECOND_MS;
    }
    history->begun = true;
    history->lap = (struct lap){.phase = LAP_NONE};
}

static bool do_phase(struct history *history, size_t *budget) {
    switch (history->lap.phase) {
    case LAP_SENDERS:
        return do_senders(history, budget);
    case LAP_SERVICES:
        return do_services(history, budget);
    case LAP_FAMILIES:
        return do_families(history, budget);
    case LAP_NONE:
        break;
    }
    return true;
}

bool history_tick(struct history *history, int64_t mono_ms, int64_t real_ms, size_t *budget) {
    struct lap *lap = &history->lap;
    if (lap->phase == LAP_NONE)
        begin(history, mono_ms, real_ms);
    while (do_phase(history, budget)) {
        if (lap->phase == LAP_FAMILIES) {
            end(history);
            return true;
        }
        lap->phase++;
        lap->at = 0;
    }
    return false;
}
