/* statgate senders: who sends, what became of the samples, and which senders have ended. */
#include <inttypes.h>

#include "base/text.h"
#include "statgate/shown/page.h"
#include "statgate/shown/words.h"

static const char *state_of(const json_t *sender) {
    const json_t *alive = jsonread_member(sender, "alive");
    if (alive == NULL)
        return "unseen";
    return json_is_true(alive) ? "alive" : "gone";
}

static void put_sender(const struct shown_page *page, struct table *table, const json_t *sender) {
    const json_t *owns = jsonread_member(sender, "owns");
    const int64_t parts = jsonread_i64(owns, "parts", 0);
    const int64_t jobs = jsonread_i64(owns, "jobs", 0);
    const int64_t services = jsonread_i64(sender, "services", 0);
    page_process(table, sender);
    page_count(table, sender, "uid");
    if (services > 1)
        table_cell(table, "%s +%" PRId64, jsonread_text(sender, "service", NULL) ?: "-",
                   services - 1);
    else
        page_text(table, sender, "service");
    page_count(table, sender, "samples");
    page_count(table, sender, "accepted");
    page_count(table, sender, "folded");
    page_count(table, sender, "rejected");
    page_count(table, sender, "ignored");
    page_count(table, sender, "lost");
    if (parts > 0 || jobs > 0)
        table_cell(table, "%" PRId64 " + %" PRId64, parts, jobs);
    else
        table_cell(table, "-");
    page_ago(table, page, sender, "last_seen");
    table_cell(table, "%s", state_of(sender));
}

static void put_senders(const struct shown_page *page) {
    static const char *const heads[] = {"PROCESS",  "UID",          "SERVICE",  "SAMPLES",
                                        "ACCEPTED", "FOLDED",       "REJECTED", "IGNORED",
                                        "LOST",     "PARTS + JOBS", "LAST",     "STATE"};
    const json_t *senders = jsonread_list(page->root, "senders");
    struct table table;
    size_t index;
    json_t *sender;
    table_init(&table, "lrlrrrrrrrrl");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)senders, index, sender)
        put_sender(page, &table, sender);
    page_put_table(page, "Senders", &table);
}

/* Put the processes that have ended, with the parts and jobs that ended with them. */
static void put_ended(const struct shown_page *page) {
    static const char *const heads[] = {"PROCESS",    "SERVICE", "SAMPLES",
                                        "TOOK PARTS", "JOBS",    "ENDED"};
    const json_t *list = jsonread_list(page->root, "ended");
    struct table table;
    size_t index;
    json_t *sender;
    table_init(&table, "llrrrr");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)list, index, sender) {
        const json_t *took = jsonread_member(sender, "took");
        page_process(&table, sender);
        page_text(&table, sender, "service");
        page_count(&table, sender, "samples");
        page_count(&table, took, "parts");
        page_count(&table, took, "jobs");
        page_ago(&table, page, sender, "at");
    }
    page_put_table(page, "Ended", &table);
}

static void put_equation(const struct shown_page *page) {
    const json_t *total = jsonread_member(page->root, "total");
    const int64_t samples = jsonread_i64(total, "samples", 0);
    strbuf_printf(page->out,
                  "%" PRId64 " sample%s = %" PRId64 " accepted + %" PRId64 " folded + %" PRId64
                  " rejected + %" PRId64 " ignored\n",
                  samples, text_plural((uint64_t)samples), jsonread_i64(total, "accepted", 0),
                  jsonread_i64(total, "folded", 0), jsonread_i64(total, "rejected", 0),
                  jsonread_i64(total, "ignored", 0));
}

void shown_senders(const struct shown_page *page) {
    put_equation(page);
    put_senders(page);
    put_ended(page);
}
