/* SPDX-License-Identifier: MIT */
/* Lines that find a full label or family: what was full may have room later. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "books.h"
#include "fixture.h"
#include "gate/gate.h"
#include "store/store.h"
#include "usual_options.h"

static struct fixture fx;

/* Sends the line once more, and returns its verdict. */
static enum verdict verdict_of(const char *line) {
    const struct tally before = *ledger_total(fx.ledger);
    fixture_send(&fx, line);
    const struct tally *after = ledger_total(fx.ledger);
    int verdict = 0;
    while (verdict < VERDICT_COUNT - 1 && after->by_verdict[verdict] == before.by_verdict[verdict])
        verdict++;
    return (enum verdict)verdict;
}

/* Sends the line several times. */
static void repeat(const char *line, enum verdict verdict) {
    for (int i = 0; i < 4; i++)
        cr_expect(eq(i32, (int)verdict_of(line), (int)verdict), "%s", line);
}

#define GAUGE(name, keys)  "\"" name "\":{\"type\":\"gauge\",\"help\":\"\"," keys "}"
#define PATTERN(max, rest) "\"labels\":{\"x\":{\"pattern\":\"[a-z]\",\"max\":" max rest "}}"

Test(gate_full, a_label_that_was_full_has_room_once_a_value_ended) {
    fixture_families(&fx,
                     GAUGE("g", "\"absent\":0," PATTERN("1", ",\"otherwise\":\"other\"")) "," GAUGE(
                         "h", "\"absent\":0," PATTERN("1", "")));
    fixture_send(&fx, "g:1|g|#x:a\nh:1|g|#x:a");
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    repeat("h:1|g|#x:b", VERDICT_REJECTED);
    struct store_figures figures;
    store_figures(fx.store, &figures);
    cr_expect(eq(u64, figures.pattern_full, 4), "each refusal is counted, and no fold");
    fixture_send(&fx, "g:0|g|#x:a\nh:0|g|#x:a");
    cr_expect(eq(i32, (int)verdict_of("g:1|g|#x:b"), VERDICT_ACCEPTED));
    cr_expect(eq(i32, (int)verdict_of("h:1|g|#x:b"), VERDICT_ACCEPTED));
    repeat("g:1|g|#x:a", VERDICT_FOLDED);
    fixture_done(&fx);
}

Test(gate_full, a_family_that_was_full_has_room_once_a_series_ended) {
    fixture_families(
        &fx, GAUGE("g", "\"absent\":0,\"max_series\":2," PATTERN("9", ",\"otherwise\":\"other\"")));
    fixture_send(&fx, "g:1|g|#x:a");
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    struct store_figures figures;
    store_figures(fx.store, &figures);
    cr_expect(zero(u64, figures.series_full), "a fold is no refusal");
    fixture_send(&fx, "g:0|g|#x:a");
    cr_expect(eq(i32, (int)verdict_of("g:1|g|#x:b"), VERDICT_ACCEPTED));
    fixture_done(&fx);
}

Test(gate_full, who_finds_a_full_table_still_ends_what_is_past_its_time) {
    fixture_families(&fx, GAUGE("g", "\"ttl_s\":10," PATTERN("1", ",\"otherwise\":\"other\"")));
    fixture_send(&fx, "g:1|g|#x:a");
    fx.now.mono_ms += 9000;
    repeat("g:1|g|#x:b", VERDICT_FOLDED);
    fx.now.mono_ms += 1000;
    cr_expect(eq(i32, (int)verdict_of("g:1|g|#x:b"), VERDICT_ACCEPTED));
    fixture_done(&fx);
}

static uint64_t overflows_of(uint32_t label) {
    const uint64_t *cells = ledger_family_rejected(fx.ledger, fixture_family(&fx, "g"));
    return cells[(size_t)label * SG_REJECT_COUNT + SG_REJECT_LABEL_OVERFLOW];
}

Test(gate_full, a_label_that_became_full_is_named_before_a_later_one) {
    fixture_families(&fx, GAUGE("g", "\"labels\":{\"x\":{\"pattern\":\"[a-z]\",\"max\":2},"
                                     "\"y\":{\"pattern\":\"[a-z]\",\"max\":1}}"));
    fixture_send(&fx, "g:1|g|#x:a,y:a");
    repeat("g:1|g|#x:c,y:b", VERDICT_REJECTED);
    cr_expect(eq(u64, overflows_of(1), 4));
    fixture_send(&fx, "g:1|g|#x:b,y:a\ng:1|g|#x:c,y:b\ng:1|g|#x:c,y:c");
    cr_expect(eq(u64, overflows_of(1), 4));
    cr_expect(eq(u64, overflows_of(0), 2), "one that is remembered, and one like it");
    fixture_done(&fx);
}
