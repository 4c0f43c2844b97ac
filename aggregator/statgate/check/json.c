#include "statgate/check/json.h"

#include "view/view.h"

static void write_messages(struct json_writer *w, const char *key,
                           const struct messages *messages) {
    json_open_member(w, key, '[');
    for (const char *text = mistakes_messages_next(messages, NULL); text != NULL;
         text = mistakes_messages_next(messages, text)) {
        json_line(w);
        json_text(w, text);
    }
    json_close(w, ']');
}

static void write_findings(struct json_writer *w, const struct mistakes *findings) {
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
    json_close(w, '}');
}

/* Write what a family is derived from: "attempts/imgsrv_background_job". */
static void write_origin(struct json_writer *w, const struct catalog_family *family) {
    struct strbuf text;
    strbuf_init(&text);
    if (family->source == SOURCE_DERIVED)
        strbuf_printf(&text, "%s/%s", family->section, family->key);
    json_member_text(w, "derived_from", text.len > 0 ? strbuf_cstr(&text) : NULL);
    w->out->failed |= text.failed;
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
    if (report->connect != NULL)
        write_databases(&w, report);
    if (report->set->count > 0)
        write_total(&w, report);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
