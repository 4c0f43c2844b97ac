/* /debug/queries: databases and their connections, queries with their last run and last error. No
 * conninfo: it may hold secrets. */
#include <string.h>

#include "base/num.h"
#include "statgated/debug.h"

/* Bytes of texts: all is written in one piece, so many queries have less each. */
enum { SQL_SHOWN_ALL = 64 << 10, SQL_SHOWN_MAX = 4096 };

static void put_key(struct strbuf *out, const char *key) {
    strbuf_printf(out, ",\"%s\":", key);
}

static void put_text(struct strbuf *out, const char *key, const char *text) {
    put_key(out, key);
    view_json_string(out, text, strlen(text));
}

static void put_u64(struct strbuf *out, const char *key, uint64_t value) {
    strbuf_printf(out, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void put_bool(struct strbuf *out, const char *key, bool value) {
    put_key(out, key);
    strbuf_puts(out, value ? "true" : "false");
}

static void put_number(struct strbuf *out, const char *key, double value) {
    char text[NUM_TEXT_MAX];
    put_key(out, key);
    strbuf_put(out, text, num_put_json(text, value));
}

/* Unix time in milliseconds, as in all views; null when there is no such time. */
static void put_time(struct strbuf *out, const char *key, int64_t time_ms) {
    if (time_ms > 0) {
        put_u64(out, key, (uint64_t)time_ms);
        return;
    }
    put_key(out, key);
    strbuf_puts(out, "null");
}

static void put_message(struct strbuf *out, const char *message) {
    put_key(out, "message");
    if (message[0] == '\0')
        strbuf_puts(out, "null");
    else
        view_json_string(out, message, strlen(message));
}

/* How much of a text is shown: at most `most` bytes, not ending inside a character. */
static size_t cut(const char *text, size_t len, size_t most) {
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* ---- databases ---- */

static void write_database(struct strbuf *out, const struct postgres_database_view *view) {
    const struct catalog_database *database = view->database;
    strbuf_puts(out, "{\"service\":");
    view_json_string(out, database->catalog->service, strlen(database->catalog->service));
    put_text(out, "name", database->name);
    put_u64(out, "connected", view->connected);
    put_u64(out, "connecting", view->connecting);
    put_u64(out, "connects", view->connects);
    put_u64(out, "failures", view->failures);
    put_u64(out, "cancelled", view->cancelled);
    put_time(out, "retry_at", view->retry_ms);
    put_message(out, view->message);
    strbuf_putc(out, '}');
}

/* ---- queries ---- */

static void write_declared(struct strbuf *out, const struct catalog_query *query, size_t most) {
    const size_t sql_len = strlen(query->sql);
    const size_t shown = cut(query->sql, sql_len, most);
    strbuf_puts(out, "{\"service\":");
    view_json_string(out, query->catalog->service, strlen(query->catalog->service));
    put_text(out, "name", query->name);
    put_text(out, "database", query->database->name);
    put_key(out, "sql");
    view_json_string(out, query->sql, shown);
    put_bool(out, "sql_cut", shown < sql_len);
    put_key(out, "families");
    for (size_t i = 0; i < query->value_count; i++) {
        const char *family = query->values[i].family->name;
        strbuf_putc(out, i == 0 ? '[' : ',');
        view_json_string(out, family, strlen(family));
    }
    strbuf_putc(out, ']');
    put_number(out, "timeout_s", (double)query->timeout_ms / 1000);
    put_number(out, "cache_s", (double)query->cache_ms / 1000);
}

static void write_errors(struct strbuf *out, const struct postgres_view *view) {
    put_key(out, "errors");
    const char *before = "{";
    for (int reason = POSTGRES_OK + 1; reason < POSTGRES_ERROR_COUNT; reason++) {
        strbuf_printf(out, "%s\"%s\":%llu", before,
                      postgres_error_text((enum postgres_error)reason),
                      (unsigned long long)view->errors[reason]);
        before = ",";
    }
    strbuf_puts(out, "},\"last_error\":");
    if (view->error == POSTGRES_OK) {
        strbuf_puts(out, "null");
        return;
    }
    strbuf_printf(out, "{\"reason\":\"%s\",\"sqlstate\":", postgres_error_text(view->error));
    if (view->sqlstate[0] == '\0')
        strbuf_puts(out, "null");
    else
        view_json_string(out, view->sqlstate, strlen(view->sqlstate));
    put_message(out, view->message);
    strbuf_putc(out, '}');
}

static void write_query(struct strbuf *out, const struct postgres_view *view, size_t sql_most) {
    write_declared(out, view->query, sql_most);
    put_bool(out, "running", view->running);
    put_bool(out, "late", view->late);
    put_bool(out, "up", view->up);
    put_u64(out, "runs", view->runs);
    put_time(out, "last_run", view->last_run_ms);
    put_time(out, "last_good", view->last_good_ms);
    put_number(out, "duration_s", view->duration_s);
    put_u64(out, "rows", view->rows);
    put_u64(out, "values", view->values);
    put_u64(out, "rejected", view->rejected);
    put_u64(out, "nulls", view->nulls);
    write_errors(out, view);
    strbuf_putc(out, '}');
}

void debug_queries_write(const struct postgres *postgres, struct strbuf *out) {
    strbuf_puts(out, "{\"databases\":[");
    for (size_t i = 0; i < postgres_database_count(postgres); i++) {
        struct postgres_database_view view;
        postgres_database_at(postgres, i, &view);
        strbuf_puts(out, i == 0 ? "\n" : ",\n");
        write_database(out, &view);
    }
    strbuf_puts(out, "],\"queries\":[");
    const size_t count = postgres_count(postgres);
    const size_t share = SQL_SHOWN_ALL / (count > 0 ? count : 1);
    for (size_t i = 0; i < count; i++) {
        struct postgres_view view;
        postgres_at(postgres, i, &view);
        strbuf_puts(out, i == 0 ? "\n" : ",\n");
        write_query(out, &view, share < SQL_SHOWN_MAX ? share : SQL_SHOWN_MAX);
    }
    strbuf_puts(out, "]}\n");
}
