/* SPDX-License-Identifier: MIT */
/* check_output.c - what check found, as text, JSON and GitHub's annotations. */
#include "statgate/check/check_private.h"

#include <string.h>

#include "base/json_writer.h"
#include "base/terminal.h"
#include "base/text.h"
#include "view/view.h"

/* ---- text ---- */

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
    statgate_table_cell(table, "%s%s", family->source == SOURCE_DERIVED ? "  " : "", family->name);
    statgate_table_cell(table, "%s", family->kind->type);
    statgate_table_cell(table, "%llu", (llu)family->bound);
    statgate_table_cell(table, "%llu", (llu)family->lines);
    statgate_table_bytes(table, check_family_bytes(report, family));
    statgate_table_cell(table, "%s%s", family->group != NULL ? family->group : "-",
                        family->exposed ? "" : " (off)");
    statgate_table_cell(table, "%s", strbuf_cstr(&labels));
    strbuf_done(&labels);
}

static void put_families(struct strbuf *out, const struct check_report *report,
                         const struct catalog *catalog) {
    static const char *const heads[] = {"FAMILY", "TYPE",  "MAX SERIES", "LINES",
                                        "MEMORY", "GROUP", "LABELS"};
    struct table table;
    statgate_table_init(&table, "llrrrll");
    statgate_table_heads(&table, heads);
    table.whole_names = true;
    struct rows rows = {&table, report};
    check_each_family(catalog, put_family, &rows);
    statgate_table_write(&table, out, 2, report->width);
    statgate_table_done(&table);
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
    statgate_table_cell(table, "%s", name);
    for (int i = 0; i < 3; i++)
        statgate_table_cell(table, "%s", "");
    statgate_table_bytes(table, bytes);
    statgate_table_cell(table, "%s", "");
}

static void put_name(struct table *table, const struct endpoint_plan *plan,
                     const struct catalog *catalog) {
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->options[i].handler != catalog)
            continue;
        statgate_table_cell(table, "handler metrics of %s", plan->options[i].name);
        return;
    }
    statgate_table_cell(table, "%s%s", catalog->service,
                        catalog->internal ? " (the daemon's own)" : "");
}

static void put_totals(struct strbuf *out, const struct check_report *report) {
    static const char *const heads[] = {"SERVICE", "FAMILIES", "MAX SERIES",
                                        "LINES",   "MEMORY",   "LIMIT"};
    const struct catalog_set *set = report->set;
    size_t families = 0;
    struct table table;
    statgate_table_init(&table, "lrrrrr");
    statgate_table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        families += check_family_count(catalog);
        put_name(&table, report->plan, catalog);
        statgate_table_cell(&table, "%zu", check_family_count(catalog));
        statgate_table_cell(&table, "%llu", (llu)catalog->bound);
        statgate_table_cell(&table, "%llu", (llu)catalog->lines);
        statgate_table_bytes(&table, check_catalog_bytes(report, catalog));
        statgate_table_cell(&table, "%llu", (llu)catalog->max_series);
    }
    for (int i = 0; i < FOOTPRINT_PART_COUNT; i++)
        put_shared(&table, footprint_part_text((enum footprint_part)i), report->memory->parts[i]);
    statgate_table_cell(&table, "total");
    statgate_table_cell(&table, "%zu", families);
    statgate_table_cell(&table, "%llu", (llu)set->bound);
    statgate_table_cell(&table, "%llu", (llu)set->lines);
    statgate_table_bytes(&table, footprint_bytes(report->memory));
    statgate_table_cell(&table, "%s", "");
    put_shared(&table, "of which in the object", report->memory->object);
    put_shared(&table, "while a reload is under way", footprint_reload_bytes(report->memory));
    statgate_table_write(&table, out, 0, report->width);
    statgate_table_done(&table);
}

/* ---- endpoints ---- */

static void put_services(struct table *table, const struct endpoint *endpoint) {
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < endpoint->service_count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", endpoint->services[i]->service);
    statgate_table_cell(table, "%s", text.len > 0 ? strbuf_cstr(&text) : "-");
    strbuf_done(&text);
}

/* Write the settings that differ from the default: "token, scope labels". */
static void put_also(struct table *table, const struct endpoint_plan *plan, size_t index) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, *plan->places[index].bearer_token_file != '\0' ? "token" : "");
    if (plan->places[index].closed_by != NULL)
        strbuf_printf(&text, "%sclosed: %s is not set", text.len > 0 ? ", " : "",
                      plan->places[index].closed_by);
    else
        endpoint_options_put_unusual(&text, &plan->options[index]);
    statgate_table_cell(table, "%s", text.len > 0 ? strbuf_cstr(&text) : "-");
    strbuf_done(&text);
}

static void put_endpoints(struct strbuf *out, const struct check_report *report) {
    const struct endpoint_plan *plan = report->plan;
    static const char *const heads[] = {"ENDPOINT", "SERVICES", "FAMILIES", "MAX SERIES",
                                        "LINES",    "RESOURCE", "ALSO"};
    struct table table;
    statgate_table_init(&table, "llrrrll");
    statgate_table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < plan->count; i++) {
        const struct endpoint *endpoint = &plan->endpoints.items[i];
        uint64_t bound;
        uint64_t lines;
        size_t len;
        settings_endpoint_plan_measure(&endpoint->all, &bound, &lines);
        statgate_table_cell(&table, "%s%s", *plan->places[i].listen == '\0' ? "nowhere " : "",
                            plan->options[i].name);
        put_services(&table, endpoint);
        statgate_table_cell(&table, "%zu", endpoint->all.family_count);
        statgate_table_cell(&table, "%llu", (llu)bound);
        statgate_table_cell(&table, "%llu", (llu)lines);
        const char *resource = endpoint_resource_word(plan->options[i].resource, &len);
        statgate_table_cell(&table, "%.*s", (int)len, resource);
        put_also(&table, plan, i);
    }
    strbuf_putc(out, '\n');
    statgate_table_write(&table, out, 0, report->width);
    statgate_table_done(&table);
}

/* ---- inputs ---- */

static void put_inputs(struct strbuf *out, const struct check_report *report) {
    static const char *const heads[] = {"INPUT", "SERVICES", "WHO CAN SEND", "GAUGES"};
    struct table table;
    statgate_table_init(&table, "llll");
    statgate_table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < report->plan->input_count; i++) {
        const struct input_plan *input = &report->plan->inputs[i];
        struct strbuf services;
        strbuf_init(&services);
        settings_input_put_services(&services, input);
        statgate_table_cell(&table, "%s", input->input->listen);
        statgate_table_cell(&table, "%s", strbuf_cstr(&services));
        statgate_table_cell(&table, "%s",
                            input->input->udp
                                ? "every program on this host, as nobody in particular"
                                : "whoever may write to the socket");
        statgate_table_cell(&table, "%s", input->input->statsd_gauges ? "statsd" : "set");
        strbuf_done(&services);
    }
    strbuf_putc(out, '\n');
    statgate_table_write(&table, out, 0, report->width);
    statgate_table_done(&table);
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
    statgate_table_cell(table, "%s", query->name);
    statgate_table_cell(table, "%s", check->good ? "fits" : "does not fit");
    if (check->good) {
        statgate_table_cell(table, "%.2f", check->cost);
        statgate_table_cell(table, "%.0f", check->rows);
    } else {
        statgate_table_cell(table, "%s", "-");
        statgate_table_cell(table, "%s", "-");
    }
    statgate_table_cell(table, "%s", strbuf_cstr(&columns));
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
    statgate_table_init(&table, "llrrl");
    statgate_table_heads(&table, heads);
    table.whole_names = true;
    for (size_t i = 0; i < database->count; i++)
        put_check(&table, check_connect_query(report->set, database, i), &database->checks[i]);
    strbuf_putc(out, '\n');
    statgate_table_write(&table, out, 2, report->width);
    statgate_table_done(&table);
}

void check_write_text(struct strbuf *out, const struct check_report *report) {
    for (size_t i = 0; i < report->set->count; i++)
        if (!report->set->catalogs[i]->internal)
            put_service(out, report, report->set->catalogs[i]);
    put_totals(out, report);
    if (report->plan->count > 1)
        put_endpoints(out, report);
    if (report->plan->input_count > 0)
        put_inputs(out, report);
    for (size_t i = 0; report->connect != NULL && i < report->connect->database_count; i++)
        put_database(out, report, &report->connect->databases[i]);
}

/* ---- json ---- */

static void write_messages(struct json_writer *w, const char *key,
                           const struct messages *messages) {
    json_open_member(w, key, '[');
    for (const char *text = diagnostics_messages_next(messages, NULL); text != NULL;
         text = diagnostics_messages_next(messages, text)) {
        json_line(w);
        json_text(w, text);
    }
    json_close(w, ']');
}

static void write_findings(struct json_writer *w, const struct diagnostics *findings) {
    json_open_member(w, "findings", '[');
    for (size_t i = 0; i < findings->count; i++) {
        const struct mistake *finding = &findings->items[i];
        json_line(w);
        json_open(w, '{');
        json_member_text(w, "level", finding->warning ? "warning" : "error");
        json_member_text(w, "file", finding->file);
        json_key(w, "line");
        if (finding->line > 0)
            json_u64(w, finding->line);
        else
            json_text(w, NULL);
        json_key(w, "column");
        if (finding->line > 0)
            json_u64(w, finding->column);
        else
            json_text(w, NULL);
        json_member_text(w, "pointer", finding->pointer);
        json_member_text(w, "text", finding->text);
        json_member_text(w, "hint", finding->hint);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_label(struct json_writer *w, const struct catalog_label *label) {
    static const char *const kinds[] = {
        [LABEL_VALUES] = "values", [LABEL_PATTERN] = "pattern", [LABEL_CONST] = "const"};
    json_open(w, '{');
    json_member_text(w, "name", label->name);
    json_member_text(w, "kind", kinds[label->kind]);
    json_member_u64(w, "bound", label->bound);
    if (label->variable != NULL)
        json_member_text(w, "variable", label->variable);
    if (label->file != NULL)
        json_member_text(w, "file", label->file->path);
    json_member_text(w, "otherwise",
                     label->otherwise < 0 ? NULL : label->values[label->otherwise].text);
    if (catalog_label_is_optional(label))
        json_member_bool(w, "optional", true);
    json_close(w, '}');
}

/* Write what a family is derived from: "attempts/imgsrv_background_job". */
static void write_origin(struct json_writer *w, const struct catalog_family *family) {
    struct strbuf text;
    strbuf_init(&text);
    if (family->source == SOURCE_DERIVED)
        strbuf_printf(&text, "%s/%s", family->section, family->key);
    json_member_text(w, "derived_from", text.len > 0 ? strbuf_cstr(&text) : NULL);
    strbuf_done(&text);
}

struct list {
    struct json_writer *writer;
    const struct check_report *report;
};

static void write_family(void *arg, const struct catalog_family *family) {
    const struct list *list = arg;
    struct json_writer *w = list->writer;
    const struct check_report *report = list->report;
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "name", family->name);
    json_member_text(w, "type", family->kind->type);
    json_member_text(w, "unit", family->unit);
    json_member_text(w, "group", family->group);
    json_member_bool(w, "exposed", family->exposed);
    json_member_u64(w, "combinations", family->combinations);
    json_member_u64(w, "bound", family->bound);
    json_member_u64(w, "reserved", family->reserved);
    json_member_u64(w, "lines", family->lines);
    json_member_u64(w, "bytes", check_family_bytes(report, family));
    write_origin(w, family);
    (void)view_json_settings_put(w, family);
    json_open_member(w, "labels", '[');
    for (uint32_t i = 0; i < family->label_count; i++)
        write_label(w, &family->labels[i]);
    json_close(w, ']');
    json_close(w, '}');
}

static void write_service(struct json_writer *w, const struct check_report *report,
                          const struct catalog *catalog) {
    json_line(w);
    char fingerprint[FINGERPRINT_TEXT_SIZE];
    json_open(w, '{');
    json_member_text(w, "service", catalog->service);
    json_member_text(w, "file", catalog->file);
    if (!catalog->internal) {
        fingerprint_put(fingerprint, &catalog->fingerprint);
        json_member_text(w, "fingerprint", fingerprint);
    }
    json_member_bool(w, "internal", catalog->internal);
    json_member_text(w, "socket", catalog->socket);
    json_member_u64(w, "max_series", catalog->max_series);
    json_member_u64(w, "bound", catalog->bound);
    json_member_u64(w, "lines", catalog->lines);
    json_member_u64(w, "bytes", check_catalog_bytes(report, catalog));
    json_open_member(w, "families", '[');
    struct list list = {w, report};
    check_each_family(catalog, write_family, &list);
    json_close(w, ']');
    json_close(w, '}');
}

static void write_total(struct json_writer *w, const struct check_report *report) {
    const struct catalog_set *set = report->set;
    uint64_t series_bytes = 0;
    uint64_t families = 0;
    for (size_t i = 0; i < set->count; i++) {
        series_bytes += check_catalog_bytes(report, set->catalogs[i]);
        families += check_family_count(set->catalogs[i]);
    }
    json_open_member(w, "total", '{');
    json_member_u64(w, "families", families);
    json_member_u64(w, "bound", set->bound);
    json_member_u64(w, "lines", set->lines);
    json_member_u64(w, "series_bytes", series_bytes);
    for (int i = 0; i < FOOTPRINT_PART_COUNT; i++)
        json_member_u64(w, footprint_part_key((enum footprint_part)i), report->memory->parts[i]);
    json_member_u64(w, "bytes", footprint_bytes(report->memory));
    json_member_u64(w, "object_bytes", report->memory->object);
    json_member_u64(w, "reload_bytes", footprint_reload_bytes(report->memory));
    json_close(w, '}');
}

/* ---- endpoints ---- */

static void write_endpoint(struct json_writer *w, const struct endpoint_plan *plan, size_t index) {
    const struct endpoint_place *place = &plan->places[index];
    const struct endpoint *endpoint = &plan->endpoints.items[index];
    uint64_t bound;
    uint64_t lines;
    settings_endpoint_plan_measure(&endpoint->all, &bound, &lines);
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "listen", *place->listen == '\0' ? NULL : place->listen);
    json_member_text(w, "closed_by", place->closed_by);
    json_member_text(w, "path", place->path);
    json_member_bool(w, "default", index == 0);
    json_open_member(w, "services", '[');
    for (size_t i = 0; i < endpoint->service_count; i++)
        json_text(w, endpoint->services[i]->service);
    json_close(w, ']');
    json_member_u64(w, "families", endpoint->all.family_count);
    json_member_u64(w, "bound", bound);
    json_member_u64(w, "lines", lines);
    endpoint_options_put_json(w, &plan->options[index]);
    json_member_bool(w, "token", *place->bearer_token_file != '\0');
    json_close(w, '}');
}

static void write_inputs(struct json_writer *w, const struct endpoint_plan *plan) {
    json_open_member(w, "inputs", '[');
    for (size_t i = 0; i < plan->input_count; i++) {
        const struct input_plan *input = &plan->inputs[i];
        json_line(w);
        json_open(w, '{');
        json_member_text(w, "listen", input->input->listen);
        settings_input_write(w, input);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_endpoints(struct json_writer *w, const struct endpoint_plan *plan) {
    json_open_member(w, "endpoints", '[');
    for (size_t i = 0; i < plan->endpoints.count; i++)
        write_endpoint(w, plan, i);
    json_close(w, ']');
}

/* ---- databases ---- */

static void write_columns(struct json_writer *w, const struct catalog_query *query,
                          const struct postgres_check *check) {
    const size_t room = sizeof check->columns / sizeof check->columns[0];
    json_member_u64(w, "column_count", check->column_count);
    json_open_member(w, "columns", '[');
    for (size_t i = 0; i < check->column_count && i < room; i++) {
        const struct postgres_column *column = &check->columns[i];
        bool is_label = false;
        const char *use = check_connect_use(query, column->name, &is_label);
        json_open(w, '{');
        json_member_text(w, "name", column->name);
        json_member_text(w, "type", column->type);
        json_member_text(w, "label", is_label ? use : NULL);
        json_member_text(w, "family", is_label ? NULL : use);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_check(struct json_writer *w, const struct catalog_query *query,
                        const struct postgres_check *check) {
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "name", query->name);
    json_member_bool(w, "ok", check->good);
    json_member_text(w, "error", check->good ? NULL : check->error.text);
    json_member_number(w, "cost", check->cost);
    json_member_number(w, "rows", check->rows);
    write_columns(w, query, check);
    json_close(w, '}');
}

static void write_database(struct json_writer *w, const struct catalog_set *set,
                           const struct check_database *database) {
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "service", database->database->catalog->service);
    json_member_text(w, "name", database->database->name);
    json_member_bool(w, "connected", database->answer.connected);
    json_member_text(w, "error", database->answer.connected ? NULL : database->answer.error.text);
    json_open_member(w, "queries", '[');
    for (size_t i = 0; i < database->count; i++)
        write_check(w, check_connect_query(set, database, i), &database->checks[i]);
    json_close(w, ']');
    json_close(w, '}');
}

static void write_databases(struct json_writer *w, const struct check_report *report) {
    json_open_member(w, "databases", '[');
    for (size_t i = 0; i < report->connect->database_count; i++)
        write_database(w, report->set, &report->connect->databases[i]);
    json_close(w, ']');
}

void check_write_json(struct strbuf *out, const struct check_report *report) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_member_bool(&w, "ok", report->errors->count == 0);
    write_messages(&w, "errors", report->errors);
    write_messages(&w, "warnings", report->warnings);
    if (report->findings != NULL)
        write_findings(&w, report->findings);
    json_open_member(&w, "services", '[');
    for (size_t i = 0; i < report->set->count; i++)
        write_service(&w, report, report->set->catalogs[i]);
    json_close(&w, ']');
    write_endpoints(&w, report->plan);
    write_inputs(&w, report->plan);
    if (report->connect != NULL)
        write_databases(&w, report);
    if (report->set->count > 0)
        write_total(&w, report);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}

/* ---- github: Workflow commands of GitHub Actions: ::error file=F,line=L,col=C::TEXT. ---- */

/* Write bytes that would end a command, or one of its properties, as %XX. */
static void put_escaped(struct strbuf *out, const char *text, const char *ends) {
    for (; *text != '\0'; text++) {
        if (strchr(ends, *text) != NULL)
            strbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            strbuf_putc(out, *text);
    }
}

static void put_mistake(struct strbuf *out, const struct mistake *mistake) {
    strbuf_puts(out, mistake->warning ? "::warning" : "::error");
    if (mistake->file != NULL) {
        strbuf_puts(out, " file=");
        put_escaped(out, mistake->file, "%\r\n:,");
    }
    if (mistake->file != NULL && mistake->line > 0)
        strbuf_printf(out, ",line=%zu,col=%zu", mistake->line, mistake->column);
    strbuf_puts(out, "::");
    put_escaped(out, mistake->pointer, "%\r\n");
    strbuf_puts(out, *mistake->pointer != '\0' ? ": " : "");
    put_escaped(out, mistake->text, "%\r\n");
    if (mistake->hint != NULL) {
        strbuf_puts(out, "; ");
        put_escaped(out, mistake->hint, "%\r\n");
    }
    strbuf_putc(out, '\n');
}

void check_write_github(const struct diagnostics *mistakes, struct strbuf *out) {
    for (size_t i = 0; i < mistakes->count; i++)
        put_mistake(out, &mistakes->items[i]);
}
