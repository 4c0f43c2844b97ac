/* statgate breakers: attempts and circuit breakers, those that are not closed first. */
#include <inttypes.h>
#include <string.h>

#include "statgate/shown/page.h"
#include "statgate/shown/words.h"

static const char *state_of(const json_t *breaker) {
    return jsonread_text(breaker, "state", NULL);
}

/* Put why the breaker changed, and who opened it. */
static void put_why(struct table *table, const json_t *breaker) {
    const json_t *transition = jsonread_member(breaker, "last_transition");
    const json_t *opened_by = jsonread_member(breaker, "opened_by");
    struct strbuf text = {0};
    size_t len;
    const char *why = jsonread_text(transition, "why", &len);
    strbuf_put(&text, len > 0 ? why : "-", len > 0 ? len : 1);
    if (opened_by != NULL && strcmp(state_of(breaker), "closed") != 0) {
        strbuf_puts(&text, "; opened by ");
        words_process(&text, opened_by);
    }
    table_text(table, text.data, text.len);
    strbuf_done(&text);
}

static void put_cooldown(const struct shown_page *page, struct table *table,
                         const json_t *breaker) {
    const int64_t ends = jsonread_i64(breaker, "cooldown_ends", 0);
    char text[WORDS_MAX];
    if (ends > page->now_ms)
        table_cell(table, "%s", words_duration(text, ends - page->now_ms));
    else
        table_cell(table, "-");
}

static void put_breaker(const struct shown_page *page, struct table *table, const json_t *breaker) {
    const char *state = state_of(breaker);
    if (*state == '\0')
        table_cell(table, "no breaker");
    else
        page_text(table, breaker, "state");
    page_text(table, breaker, "service");
    page_labelled(table, jsonread_text(breaker, "name", NULL), breaker);
    page_ago(table, page, breaker, "since");
    put_cooldown(page, table, breaker);
    page_count(table, breaker, "consecutive_failures");
    page_ago(table, page, breaker, "last_success");
    page_ago(table, page, breaker, "last_error");
    put_why(table, breaker);
}

/* Order: open, half-open, closed, attempts without a breaker. */
static int rank_of(const json_t *breaker) {
    static const char *const states[] = {"open", "half_open", "closed"};
    int rank = 0;
    while (rank < 3 && strcmp(state_of(breaker), states[rank]) != 0)
        rank++;
    return rank;
}

/* Put the attempts that led to breakers that are open or half-open. */
static void put_attempts(const struct shown_page *page) {
    static const char *const heads[] = {"WHEN", "OUTCOME", "SERVICE", "ATTEMPTS", "PROCESS"};
    struct table table;
    size_t index;
    size_t number;
    json_t *breaker;
    json_t *attempt;
    table_init(&table, "rllll");
    table_heads(&table, heads);
    json_array_foreach(jsonread_list(page->root, "breakers"), index, breaker) {
        if (rank_of(breaker) > 1)
            continue;
        json_array_foreach(jsonread_list(breaker, "attempts"), number, attempt) {
            page_ago(&table, page, attempt, "at");
            page_text(&table, attempt, "outcome");
            page_text(&table, breaker, "service");
            page_labelled(&table, jsonread_text(breaker, "name", NULL), breaker);
            page_process(&table, attempt);
        }
    }
    page_put_table(page, "Attempts that led there", &table);
}

void shown_breakers(const struct shown_page *page) {
    static const char *const heads[] = {"STATE",   "SERVICE",   "ATTEMPTS",
                                        "CHANGED", "COOL-DOWN", "FAILURES IN A ROW",
                                        "SUCCESS", "ERROR",     "WHY"};
    const json_t *breakers = jsonread_list(page->root, "breakers");
    struct table table;
    size_t index;
    json_t *breaker;
    table_init(&table, "lllrrrrrl");
    table_heads(&table, heads);
    for (int rank = 0; rank <= 3; rank++)
        json_array_foreach((json_t *)(uintptr_t)breakers, index,
                           breaker) if (rank_of(breaker) == rank)
            put_breaker(page, &table, breaker);
    if (json_array_size(breakers) == 0)
        strbuf_puts(page->out, "no attempts are declared\n");
    page_put_table(page, NULL, &table);
    put_attempts(page);
}
