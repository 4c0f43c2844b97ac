/* statgate jobs: live jobs, oldest first, and jobs that ended. */
#include <inttypes.h>

#include "statgate/shown/page.h"
#include "statgate/shown/words.h"

static void put_families(const struct shown_page *page) {
    static const char *const heads[] = {"SERVICE", "JOBS", "LIVE", "QUEUED", "RUNNING"};
    const json_t *families = jsonread_list(page->root, "families");
    struct table table;
    size_t index;
    json_t *family;
    table_init(&table, "llrrr");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)families, index, family) {
        page_text(&table, family, "service");
        page_text(&table, family, "name");
        page_count(&table, family, "live");
        page_count(&table, family, "queued");
        page_count(&table, family, "running");
    }
    if (json_array_size(families) == 0)
        strbuf_puts(page->out, "no jobs are declared\n");
    page_put_table(page, NULL, &table);
}

static void put_live(const struct shown_page *page) {
    static const char *const heads[] = {"FOR", "STATE",   "SERVICE",   "JOBS",
                                        "ID",  "PROCESS", "IF IT ENDS"};
    const json_t *jobs = jsonread_list(page->root, "jobs");
    struct table table;
    size_t index;
    json_t *job;
    table_init(&table, "rllllll");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)jobs, index, job) {
        char text[WORDS_MAX];
        const double age_s = jsonread_number(job, "age_s", 0);
        table_cell(&table, "%s", words_duration(text, (int64_t)(age_s * 1000)));
        page_text(&table, job, "state");
        page_text(&table, job, "service");
        page_labelled(&table, jsonread_text(job, "name", NULL), job);
        page_text(&table, job, "id");
        page_process(&table, job);
        table_cell(&table, "%s", jsonread_bool(job, "owned", false) ? "lost" : "stays");
    }
    page_put_table(page, "Live", &table);
}

static void put_ran(struct table *table, const json_t *job) {
    char text[WORDS_MAX];
    const double ran_s = jsonread_number(job, "ran_s", -1);
    table_cell(table, "%s", ran_s >= 0 ? words_duration(text, (int64_t)(ran_s * 1000)) : "-");
}

static void put_ended(const struct shown_page *page) {
    static const char *const heads[] = {"ENDED", "OUTCOME", "RAN",    "SERVICE",
                                        "JOBS",  "ID",      "PROCESS"};
    const json_t *jobs = jsonread_list(page->root, "ended");
    struct table table;
    size_t index;
    json_t *job;
    table_init(&table, "rlrllll");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)jobs, index, job) {
        page_ago(&table, page, job, "at");
        page_text(&table, job, "outcome");
        put_ran(&table, job);
        page_text(&table, job, "service");
        page_labelled(&table, jsonread_text(job, "name", NULL), job);
        page_text(&table, job, "id");
        page_process(&table, jsonread_member(job, "owner"));
    }
    page_put_table(page, "Ended", &table);
}

void shown_jobs(const struct shown_page *page) {
    put_families(page);
    put_live(page);
    put_ended(page);
}
