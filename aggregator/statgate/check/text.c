#include "statgate/check/text.h"

#include <string.h>

#include "base/terminal.h"
#include "base/text.h"
#include "statgate/table.h"

typedef unsigned long long llu;

/* ---- one service ---- */

static void put_combinations(struct strbuf *out, const struct catalog_family *family) {
    if (family->combinations == UINT64_MAX)
        strbuf_puts(out, "2^64 or more");
    else
        strbuf_printf(out, "%llu", (llu)family->combinations);
}

/* Write how many values each label can have: "method 8 x path 6". */
static void put_labels(struct strbuf *out, const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        strbuf_printf(out, "%s%s %llu", i == 0 ? "" : " x ", family->labels[i].name,
                      (llu)family->labels[i].bound);
    if (family->state_label != NULL)
        strbuf_printf(out, "%s%u state%s", family->label_count == 0 ? "" : "; ",
                      family->state_label->value_count,
                      text_plural(family->state_label->value_count));
    else if (family->label_count == 0 && family->jobs == NULL)
        strbuf_putc(out, '-');
    if (family->label_count > 1 && family->bound < family->combinations) {
        strbuf_puts(out, " = ");
        put_combinations(out, family);
    }
    if (family->bound < family->combinations)
        strbuf_puts(out, ", cut");
    if (family->jobs != NULL)
        strbuf_printf(out, "%s%u live job%s", family->label_count == 0 ? "" : "; ",
                      family->jobs->max_live, text_plural(family->jobs->max_live));
}

struct rows {
    struct table *table;
    const struct check_report *report;
};

/* Write a family's row. Derived families are indented below their attempts or jobs. */
static void put_family(void *arg, const struct catalog_family *family) {
    const struct rows *rows = arg;
    struct table *table = rows->table;
    const struct check_report *report = rows->report;
    struct strbuf labels;
    strbuf_init(&labels);
    put_labels(&labels, family);
    table_cell(table, "%s%s", family->source == SOURCE_DERIVED ? "  " : "", family->name);
    table_cell(table, "%s", family->kind->type);
    table_cell(table, "%llu", (llu)family->bound);
    table_cell(table, "%llu", (llu)family->lines);
    table_bytes(table, check_family_bytes(report, family));
    table_cell(table, "%s%s", family->group != NULL ? family->group : "-",
               family->exposed ? "" : " (off)");
    table_cell(table, "%s", strbuf_cstr(&labels));
    strbuf_done(&labels);
}

static void put_families(struct strbuf *out, const struct check_report *report,
                         const struct catalog *catalog) {
    static const char *const heads[] = {"FAMILY", "TYPE",  "MAX SERIES", "LINES",
                                        "MEMORY", "GROUP", "LABELS"};
    struct table table;
    table_init(&table, "llrrrll");
    table_heads(&table, heads);
    table.whole_names = true;
    struct rows rows = {&table, report};
    check_each_family(catalog, put_family, &rows);
    table_write(&table, out, 2, report->width);
    table_done(&table);
}

/* Write what becomes of a new series when the family is full. */
static void put_fallback(struct strbuf *out, const struct catalog_family *family) {
    strbuf_printf(out, "  %s: %llu of ", family->name, (llu)family->bound);
    put_combinations(out, family);
    strbuf_puts(out, " combinations; ");
    if (family->reserved == 0) {
        strbuf_puts(out, "one more is rejected, series_limit, as no label has an otherwise\n");
        return;
    }
    strbuf_puts(out, "one more becomes");
    const char *before = " ";
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->otherwise < 0)
            continue;
        strbuf_printf(out, "%s%s=\"", before, label->name);
        terminal_put_visible(out, label->values[label->otherwise].text,
                             label->values[label->otherwise].len);
        strbuf_putc(out, '"');
        before = ", ";
    }
    strbuf_printf(out, " (%llu place%s kept for it)\n", (llu)family->reserved,
                  family->reserved == 1 ? " is" : "s are");
}

static void put_cuts(struct strbuf *out, const struct catalog *catalog) {
    bool any = false;
    for (size_t i = 0; i < catalog->family_count; i++) {
        if (catalog->families[i].bound >= catalog->families[i].combinations)
            continue;
        if (!any)
            strbuf_puts(out, "\n  cut by max_series:\n");
        any = true;
        strbuf_puts(out, "  ");
        put_fallback(out, &catalog->families[i]);
    }
}

static void put_service(struct strbuf *out, const struct check_report *report,
                        const struct catalog *catalog) {
    strbuf_printf(out, "service %s, from %s", catalog->service, catalog->file);
    if (catalog->socket != NULL)
        strbuf_printf(out, ", with the socket %s", catalog->socket);
    strbuf_puts(out, "\n\n");
    put_families(out, report, catalog);
    put_cuts(out, catalog);
    strbuf_putc(out, '\n');
}

/* ---- all services ---- */

/* Write a row for memory that all services share. */
static void put_shared(struct table *table, const char *name, uint64_t bytes) {
    table_cell(table, "%s", name);
    for (int i = 0; i < 3; i++)
        table_cell(table, "%s", "");
    table_bytes(table, bytes);
    table_cell(table, "%s", "");
}

static void put_name(struct table *table, const struct endpoint_plan *plan,
                     const struct catalog *catalog) {
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->options[i].handler != catalog)
            continue;
        table_cell(table, "handler metrics of %s", plan->options[i].name);
        return;
    }
    table_cell(table, "%s%s", catalog->service, catalog->internal ? " (the daemon's own)" : "");
}

static void put_totals(struct strbuf *out, const struct check_report *report) {
    static const char *const heads[] = {"SERVICE", "FAMILIES", "MAX SERIES",
                                        "LINES",   "MEMORY",   "LIMIT"};
    const struct catalog_set *set = report->set;
    size_t families = 0;
    struct table table;
    table_init(&table, "lrrrrr");
    table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        families += check_family_count(catalog);
        put_name(&table, report->plan, catalog);
        table_cell(&table, "%zu", check_family_count(catalog));
        table_cell(&table, "%llu", (llu)catalog->bound);
        table_cell(&table, "%llu", (llu)catalog->lines);
        table_bytes(&table, check_catalog_bytes(report, catalog));
        table_cell(&table, "%llu", (llu)catalog->max_series);
    }
    for (int i = 0; i < FOOTPRINT_PART_COUNT; i++)
        put_shared(&table, footprint_part_text((enum footprint_part)i), report->memory->parts[i]);
    table_cell(&table, "total");
    table_cell(&table, "%zu", families);
    table_cell(&table, "%llu", (llu)set->bound);
    table_cell(&table, "%llu", (llu)set->lines);
    table_bytes(&table, footprint_bytes(report->memory));
    table_cell(&table, "%s", "");
    put_shared(&table, "of which in the object", report->memory->object);
    put_shared(&table, "while a reload is under way", footprint_reload_bytes(report->memory));
    table_write(&table, out, 0, report->width);
    table_done(&table);
}

/* ---- endpoints ---- */

static void put_services(struct table *table, const struct endpoint *endpoint) {
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < endpoint->service_count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", endpoint->services[i]->service);
    table_cell(table, "%s", text.len > 0 ? strbuf_cstr(&text) : "-");
    strbuf_done(&text);
}

/* Write the settings that differ from the default: "token, scope labels". */
static void put_also(struct table *table, const struct endpoint_plan *plan, size_t index) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, *plan->places[index].bearer_token_file != '\0' ? "token" : "");
    endpoint_options_put_unusual(&text, &plan->options[index]);
    table_cell(table, "%s", text.len > 0 ? strbuf_cstr(&text) : "-");
    strbuf_done(&text);
}

static void put_endpoints(struct strbuf *out, const struct check_report *report) {
    const struct endpoint_plan *plan = report->plan;
    static const char *const heads[] = {"ENDPOINT", "SERVICES", "FAMILIES", "MAX SERIES",
                                        "LINES",    "RESOURCE", "ALSO"};
    struct table table;
    table_init(&table, "llrrrll");
    table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < plan->count; i++) {
        const struct endpoint *endpoint = &plan->endpoints.items[i];
        uint64_t bound;
        uint64_t lines;
        size_t len;
        settings_endpoint_plan_measure(&endpoint->all, &bound, &lines);
        table_cell(&table, "%s%s", *plan->places[i].listen == '\0' ? "nowhere " : "",
                   plan->options[i].name);
        put_services(&table, endpoint);
        table_cell(&table, "%zu", endpoint->all.family_count);
        table_cell(&table, "%llu", (llu)bound);
        table_cell(&table, "%llu", (llu)lines);
        const char *resource = endpoint_resource_word(plan->options[i].resource, &len);
        table_cell(&table, "%.*s", (int)len, resource);
        put_also(&table, plan, i);
    }
    strbuf_putc(out, '\n');
    table_write(&table, out, 0, report->width);
    table_done(&table);
}

/* ---- databases ---- */

/* Write the columns of a result: "state text (label state), n bigint (imgsrv_upload_sessions)". */
static void put_columns(struct strbuf *out, const struct catalog_query *query,
                        const struct postgres_check *check) {
    const size_t room = sizeof check->columns / sizeof check->columns[0];
    for (size_t i = 0; i < check->column_count && i < room; i++) {
        const struct postgres_column *column = &check->columns[i];
        bool is_label = false;
        const char *use = check_connect_use(query, column->name, &is_label);
        strbuf_puts(out, i == 0 ? "" : ", ");
        terminal_put_visible(out, column->name, strlen(column->name));
        strbuf_putc(out, ' ');
        terminal_put_visible(out, column->type, strlen(column->type));
        if (use != NULL)
            strbuf_printf(out, " (%s%s)", is_label ? "label " : "", use);
    }
    if (check->column_count > room)
        strbuf_printf(out, ", and %zu more", check->column_count - room);
    if (check->column_count == 0)
        strbuf_putc(out, '-');
}

static void put_check(struct table *table, const struct catalog_query *query,
                      const struct postgres_check *check) {
    struct strbuf columns;
    strbuf_init(&columns);
    put_columns(&columns, query, check);
    table_cell(table, "%s", query->name);
    table_cell(table, "%s", check->good ? "fits" : "does not fit");
    if (check->good) {
        table_cell(table, "%.2f", check->cost);
        table_cell(table, "%.0f", check->rows);
    } else {
        table_cell(table, "%s", "-");
        table_cell(table, "%s", "-");
    }
    table_cell(table, "%s", strbuf_cstr(&columns));
    strbuf_done(&columns);
}

static void put_database(struct strbuf *out, const struct check_report *report,
                         const struct check_database *database) {
    static const char *const heads[] = {"QUERY", "", "PLANNED COST", "PLANNED ROWS", "COLUMNS"};
    strbuf_printf(out, "\ndatabase %s of %s%s\n", database->database->name,
                  database->database->catalog->service,
                  database->answer.connected ? "" : ": no connection");
    if (database->count == 0)
        return;
    struct table table;
    table_init(&table, "llrrl");
    table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < database->count; i++)
        put_check(&table, check_connect_query(report->set, database, i), &database->checks[i]);
    strbuf_putc(out, '\n');
    table_write(&table, out, 2, report->width);
    table_done(&table);
}

void check_write_text(struct strbuf *out, const struct check_report *report) {
    for (size_t i = 0; i < report->set->count; i++)
        if (!report->set->catalogs[i]->internal)
            put_service(out, report, report->set->catalogs[i]);
    put_totals(out, report);
    if (report->plan->count > 1)
        put_endpoints(out, report);
    for (size_t i = 0; report->connect != NULL && i < report->connect->database_count; i++)
        put_database(out, report, &report->connect->databases[i]);
}
