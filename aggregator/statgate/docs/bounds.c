/* The section on bounds: how many series there can be. */
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

/* Write "method 8 × path 6 = 48". */
static void put_product(struct strbuf *out, const struct catalog_family *family) {
    if (family->label_count == 0)
        strbuf_puts(out, "1");
    for (uint32_t i = 0; i < family->label_count; i++) {
        strbuf_puts(out, i == 0 ? "" : " × ");
        docs_put_code(out, family->labels[i].name);
        strbuf_putc(out, ' ');
        docs_put_count(out, family->labels[i].bound);
    }
    if (family->label_count > 1) {
        strbuf_puts(out, " = ");
        docs_put_count(out, family->combinations);
    }
}

/* Write what one more series becomes if max_series cuts the family. */
static void put_beyond(struct strbuf *out, const struct catalog_family *family) {
    if (family->bound >= family->combinations) {
        strbuf_puts(out, "–");
        return;
    }
    if (family->reserved == 0) {
        strbuf_puts(out, "rejected");
        return;
    }
    const char *before = "";
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->otherwise < 0)
            continue;
        strbuf_puts(out, before);
        docs_put_code(out, label->name);
        strbuf_puts(out, " = ");
        docs_put_code(out, label->values[label->otherwise].text);
        before = ", ";
    }
}

/* Whether the family has one series with one line. */
static bool is_plain(const struct catalog_family *family) {
    return family->label_count == 0 && family->bound == 1 && family->lines == 1;
}

static void put_row(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "| ");
    docs_put_code(out, family->name);
    if (!family_has_lines(family))
        strbuf_printf(out, " (%s)", family->kind->type);
    strbuf_puts(out, " | ");
    put_product(out, family);
    if (family->jobs != NULL) {
        strbuf_puts(out, "; ");
        docs_put_count(out, family->jobs->max_live);
        strbuf_puts(out, " live jobs");
    }
    strbuf_puts(out, " | ");
    docs_put_count(out, family->bound);
    strbuf_puts(out, " | ");
    docs_put_count(out, family->lines);
    strbuf_puts(out, " | ");
    put_beyond(out, family);
    strbuf_puts(out, " |\n");
}

static void put_plain(struct strbuf *out, uint64_t count, bool all) {
    if (count == 0)
        return;
    strbuf_printf(out, "| %s | 1 each | ", all ? "all" : "all others");
    docs_put_count(out, count);
    strbuf_puts(out, " | ");
    docs_put_count(out, count);
    strbuf_puts(out, " | – |\n");
}

void docs_write_bounds(struct strbuf *out, const struct catalog *catalog, int level) {
    bool breakers_jobs = false;
    bool whole = false; /* a row ends with a dash */
    for (size_t i = 0; i < catalog->family_count; i++) {
        breakers_jobs |= !family_has_lines(&catalog->families[i]);
        whole |= catalog->families[i].bound >= catalog->families[i].combinations;
    }
    docs_put_heading(out, level, "Bounds");
    strbuf_puts(out, "Whatever is sent, there are never more series than this. `statgate check` "
                     "shows the memory.\n");
    if (breakers_jobs)
        strbuf_puts(out, "Attempts and jobs have one place for each combination of their labels, "
                         "which is not exposed.\n");
    if (whole)
        strbuf_puts(out, "– under *One more becomes* means that every combination of allowed "
                         "values has its place.\n");
    strbuf_puts(out, "\n| Series | Label values | Most series | Most sample lines | One more "
                     "becomes |\n|---|---|---:|---:|---|\n");
    uint64_t plain = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        const bool apart = !is_plain(&catalog->families[i]);
        plain += apart ? 0 : 1;
        if (apart)
            put_row(out, &catalog->families[i]);
    }
    put_plain(out, plain, plain == catalog->family_count);
    strbuf_puts(out, "| **All** | | **");
    docs_put_count(out, catalog->bound);
    strbuf_puts(out, "** | **");
    docs_put_count(out, catalog->lines);
    strbuf_puts(out, "** | |\n");
}
