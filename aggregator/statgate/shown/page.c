#include "statgate/shown/page.h"

#include <inttypes.h>
#include <string.h>

#include "statgate/shown/words.h"

void page_text(struct table *table, const json_t *object, const char *key) {
    size_t len;
    const char *text = jsonread_text(object, key, &len);
    table_text(table, len > 0 ? text : "-", len > 0 ? len : 1);
}

void page_count(struct table *table, const json_t *object, const char *key) {
    const int64_t count = jsonread_i64(object, key, -1);
    if (count < 0)
        table_cell(table, "-");
    else
        table_cell(table, "%" PRId64, count);
}

void page_ago(struct table *table, const struct shown_page *page, const json_t *object,
              const char *key) {
    char text[WORDS_MAX];
    table_cell(table, "%s", words_ago(text, page->now_ms, jsonread_i64(object, key, 0), "-"));
}

void page_process(struct table *table, const json_t *process) {
    struct strbuf text = {0};
    words_process(&text, process);
    table_text(table, text.data, text.len);
    strbuf_done(&text);
}

void page_labelled(struct table *table, const char *name, const json_t *object) {
    struct strbuf text = {0};
    strbuf_puts(&text, name);
    words_labels(&text, jsonread_member(object, "labels"));
    table_text(table, text.data, text.len);
    strbuf_done(&text);
}

void page_put_table(const struct shown_page *page, const char *heading, struct table *table) {
    if (table->cells > strlen(table->align)) {
        if (heading != NULL)
            strbuf_printf(page->out, "%s%s\n", page->out->len > 0 ? "\n" : "", heading);
        table->spare = true;
        table_write(table, page->out, heading != NULL ? 2 : 0, page->width);
    }
    table_done(table);
}
