/* /debug/queries: databases with their connections, and queries with their last run and last
 * error. A conninfo is never shown, as it may hold secrets. */
#include <string.h>

#include "base/json_writer.h"
#include "statgated/debug.h"

/* Bytes of SQL shown: the view is written in one piece, so each of many queries gets less. */
enum { SQL_SHOWN_ALL = 64 << 10, SQL_SHOWN_MAX = 4096 };

/* Write Unix time in milliseconds, as in all views; null if there is none. */
static void write_time(struct json_writer *w, const char *key, int64_t time_ms) {
    json_member_time_known(w, key, time_ms > 0 ? time_ms : 0);
}

/* Write a text; null if it is empty. */
static void write_known(struct json_writer *w, const char *key, const char *text) {
    json_member_text(w, key, text[0] != '\0' ? text : NULL);
}

/* How many bytes of a text are shown: at most `most`, without splitting a character. */
static size_t cut(const char *text, size_t len, size_t most) {
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* ---- databases ---- */

static void write_database(struct json_writer *w, const struct postgres_database_view *view) {
    const struct catalog_database *database = view->database;
    json_open(w, '{');
    json_member_text(w, "service", database->catalog->service);
    json_member_text(w, "name", database->name);
    json_member_u64(w, "connected", view->connected);
    json_member_u64(w, "connecting", view->connecting);
    json_member_bool(w, "silent", view->silent);
    json_member_u64(w, "connects", view->connects);
    json_member_u64(w, "failures", view->failures);
    json_member_u64(w, "cancelled", view->cancelled);
    write_time(w, "retry_at", view->retry_ms);
    write_known(w, "message", view->message.text);
    json_close(w, '}');
}

/* ---- queries ---- */

static void write_declared(struct json_writer *w, const struct catalog_query *query, size_t most) {
    const size_t sql_len = strlen(query->sql);
    const size_t shown = cut(query->sql, sql_len, most);
    json_member_text(w, "service", query->catalog->service);
    json_member_text(w, "name", query->name);
    json_member_text(w, "database", query->database->name);
    json_key(w, "sql");
    json_bytes(w, query->sql, shown);
    json_member_bool(w, "sql_cut", shown < sql_len);
    json_open_member(w, "families", '[');
    for (size_t i = 0; i < query->value_count; i++)
        json_text(w, query->values[i].family->name);
    json_close(w, ']');
    json_member_number(w, "timeout_s", (double)query->timeout_ms / 1000);
    json_member_number(w, "cache_s", (double)query->cache_ms / 1000);
}

static void write_errors(struct json_writer *w, const struct postgres_view *view) {
    json_open_member(w, "errors", '{');
    for (int reason = POSTGRES_OK + 1; reason < POSTGRES_ERROR_COUNT; reason++)
        json_member_u64(w, postgres_error_text((enum postgres_error)reason), view->errors[reason]);
    json_close(w, '}');
    if (view->error == POSTGRES_OK) {
        json_member_text(w, "last_error", NULL);
        return;
    }
    json_open_member(w, "last_error", '{');
    json_member_text(w, "reason", postgres_error_text(view->error));
    write_known(w, "sqlstate", view->sqlstate);
    write_known(w, "message", view->message.text);
    json_close(w, '}');
}

static void write_query(struct json_writer *w, const struct postgres_view *view, size_t sql_most) {
    json_open(w, '{');
    write_declared(w, view->query, sql_most);
    json_member_bool(w, "running", view->running);
    json_member_bool(w, "late", view->late);
    json_member_bool(w, "up", view->up);
    json_member_u64(w, "runs", view->runs);
    write_time(w, "last_run", view->last_run_ms);
    write_time(w, "last_good", view->last_good_ms);
    json_member_number(w, "duration_s", view->duration_s);
    json_member_u64(w, "rows", view->rows);
    json_member_u64(w, "values", view->values);
    json_member_u64(w, "rejected", view->rejected);
    json_member_u64(w, "nulls", view->nulls);
    write_errors(w, view);
    json_close(w, '}');
}

static bool has_family(const struct catalog_query *query, const char *family) {
    bool found = family == NULL;
    for (size_t i = 0; i < query->value_count; i++)
        found |= family != NULL && strcmp(query->values[i].family->name, family) == 0;
    return found;
}

static bool shows_query(const struct json_selection *selection, const struct postgres_view *view) {
    return (selection->service == NULL || selection->service == view->query->catalog) &&
           has_family(view->query, selection->family) &&
           json_selection_has_time(selection, view->last_run_ms);
}

static void write_databases(struct json_writer *w, const struct postgres *postgres,
                            const struct json_selection *selection) {
    json_open_member(w, "databases", '[');
    for (size_t i = 0; i < postgres_database_count(postgres); i++) {
        struct postgres_database_view view;
        postgres_database_at(postgres, i, &view);
        if (selection->service != NULL && selection->service != view.database->catalog)
            continue;
        json_line(w);
        write_database(w, &view);
    }
    json_close(w, ']');
}

static void write_queries(struct json_writer *w, const struct postgres *postgres,
                          const struct json_selection *selection) {
    const size_t count = postgres_count(postgres);
    const size_t share = SQL_SHOWN_ALL / (count > 0 ? count : 1);
    json_open_member(w, "queries", '[');
    for (size_t i = 0; i < count; i++) {
        struct postgres_view view;
        postgres_at(postgres, i, &view);
        if (!shows_query(selection, &view))
            continue;
        json_line(w);
        write_query(w, &view, share < SQL_SHOWN_MAX ? share : SQL_SHOWN_MAX);
    }
    json_close(w, ']');
}

void debug_queries_write(const struct postgres *postgres, const struct json_selection *selection,
                         struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    write_databases(&w, postgres, selection);
    write_queries(&w, postgres, selection);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
