/* SPDX-License-Identifier: MIT */
/*
 * Any text as the rows of a query. Columns are mapped, or the query fails with a reason; a value is
 * a finite number or invalid; and the gate accepts it or refuses it with a reason. Store and ledger
 * are kept from input to input, as in a daemon.
 *
 * The first byte chooses the query. The rest is a result in the format of COPY, with tabs between
 * columns. The first line has the columns as name:type, where type is an object identifier; \N is
 * NULL.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "endpoint/endpoint.h"
#include "loader/loader.h"
#include "postgres/postgres_private.h"
#include "store/store.h"

/* One endpoint with all services and groups, which adds no labels to the series. */
static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none"};

enum { QUERIES = 5, VALUES_MAX = 2, COLUMNS_MAX = 8, MESSAGES_MAX = 64 };

/* The families of the first four queries. %d is the number of the query, %s how rows of one series
 * are combined. */
#define FAMILIES                                                                                   \
    "\"c%d_total\":{\"type\":\"counter\",\"help\":\"\",\"max_series\":6,\"labels\":{"              \
    "\"x\":{\"values\":[\"a\",\"b\"],\"otherwise\":\"o\"},"                                        \
    "\"y\":{\"pattern\":\"[a-z]+\",\"max\":3,\"otherwise\":\"o\"}}},"                              \
    "\"g%d\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"                                       \
    "\"x\":{\"values\":[\"a\",\"b\"],\"default\":\"a\"}}},"
#define QUERY                                                                                      \
    "{\"sql\":\"SELECT %d\",\"labels\":[\"x\",\"y\"],%s\"max_rows\":20,"                           \
    "\"values\":{\"c%d_total\":\"c\",\"g%d\":\"g\"}},"

static struct catalog_set set;
static struct endpoints endpoints;
static struct ledger *ledger;
static struct postgres postgres;

static struct store_time clock_of(void *arg) {
    static struct store_time now = {.mono_ms = 1, .real_ms = 1};
    (void)arg;
    now.mono_ms++;
    now.real_ms++;
    return now;
}

static struct catalog *load(void) {
    static const char *const combine[] = {"", "\"combine\":\"sum\",", "\"combine\":\"min\",",
                                          "\"combine\":\"max\","};
    char families[4096];
    char queries[2048];
    char text[8192];
    size_t families_len = 0;
    size_t queries_len = 0;
    for (int i = 0; i < QUERIES - 1; i++) {
        families_len += (size_t)snprintf(families + families_len, sizeof families - families_len,
                                         FAMILIES, i, i);
        queries_len += (size_t)snprintf(queries + queries_len, sizeof queries - queries_len, QUERY,
                                        i, combine[i], i, i);
    }
    (void)snprintf(text, sizeof text,
                   "{\"statgate\":1,\"service\":\"q\",\"databases\":{\"d\":{\"conninfo\":\"\"}},"
                   "\"families\":{%s\"n\":{\"type\":\"gauge\",\"help\":\"\"}},"
                   "\"queries\":[%s{\"sql\":\"SELECT n\",\"values\":[\"n\"]}]}",
                   families, queries);
    struct error error = {0};
    struct catalog *catalog = loader_text("fuzz", text, strlen(text), false, &error);
    if (catalog == NULL)
        (void)fprintf(stderr, "%s\n", error.text);
    return catalog;
}

static void open_once(void) {
    struct error error;
    if (ledger != NULL)
        return;
    catalog_set_init(&set);
    struct catalog *catalog = load();
    CHECK(catalog != NULL);
    catalog_set_add(&set, catalog);
    CHECK(endpoints_build(&endpoints, &set, &all_services, 1, &error));
    CHECK(set.query_count == QUERIES);
    const struct store_time now = clock_of(NULL);
    struct store *store = store_new(NULL, &set, 7, now);
    struct breakers_jobs *breakers_jobs = breakers_jobs_new(NULL, &set, store, 7, now);
    ledger = ledger_new(NULL, &set, 7);
    struct gate *gate = gate_new(NULL, &set, store, ledger, breakers_jobs, 7);
    CHECK(gate != NULL);
    postgres.options =
        (struct postgres_options){.set = &set, .store = store, .gate = gate, .clock = clock_of};
}

/* ---- the result ---- */

struct text {
    const char *at;
    size_t len;
};

/* Cuts the text up to `end_char` off `from`, and drops `end_char`. */
static struct text cut(struct text *from, char end_char) {
    const char *end = from->len > 0 ? memchr(from->at, end_char, from->len) : NULL;
    const struct text piece = {from->at, end != NULL ? (size_t)(end - from->at) : from->len};
    const size_t gone = piece.len + (end != NULL ? 1 : 0);
    from->at += gone;
    from->len -= gone;
    return piece;
}

/* Splits a line into columns. Even an empty line has one. */
static int cut_columns(struct text line, struct text *columns) {
    int count = 0;
    do
        columns[count++] = cut(&line, '\t');
    while (line.len > 0 && count < COLUMNS_MAX);
    return count;
}

static void describe(PGresult *result, struct text header) {
    struct text columns[COLUMNS_MAX];
    PGresAttDesc described[COLUMNS_MAX];
    char names[COLUMNS_MAX][64];
    const int count = header.len > 0 ? cut_columns(header, columns) : 0;
    for (int i = 0; i < count; i++) {
        const struct text name = cut(&columns[i], ':');
        char type[16];
        (void)snprintf(names[i], sizeof names[i], "%.*s", (int)name.len, name.at);
        (void)snprintf(type, sizeof type, "%.*s", (int)columns[i].len, columns[i].at);
        described[i] = (PGresAttDesc){.name = names[i], .typid = (Oid)strtoul(type, NULL, 10)};
    }
    CHECK(count == 0 || PQsetResultAttrs(result, count, described));
}

static PGresult *read_result(struct text rest) {
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    CHECK(result != NULL);
    describe(result, cut(&rest, '\n'));
    for (int row = 0; rest.len > 0 && PQnfields(result) > 0; row++) {
        struct text columns[COLUMNS_MAX];
        const int count = cut_columns(cut(&rest, '\n'), columns);
        for (int i = 0; i < PQnfields(result); i++) {
            const bool null =
                i >= count || (columns[i].len == 2 && memcmp(columns[i].at, "\\N", 2) == 0);
            CHECK(PQsetvalue(result, row, i, null ? NULL : (char *)(uintptr_t)columns[i].at,
                             null ? -1 : (int)columns[i].len));
        }
    }
    return result;
}

/* ---- claims ---- */

/* Checks that a message may appear in the log. Messages name only what the catalog declares, so
 * there are few different ones; if they had values of rows, there would soon be many. */
static void check_message(const char *text) {
    static char *messages[MESSAGES_MAX];
    size_t i = 0;
    CHECK(*text != '\0');
    while (i < MESSAGES_MAX && messages[i] != NULL && strcmp(messages[i], text) != 0)
        i++;
    CHECK(i < MESSAGES_MAX);
    if (messages[i] == NULL)
        messages[i] = strdup(text);
}

static void check_mapping(const struct run *run, const PGresult *result) {
    for (size_t i = 0; i < run->query->value_count; i++) {
        const int column = run->value_columns[i];
        double number;
        CHECK(column >= 0 && column < PQnfields(result) && run->kinds[i] != CONVERT_NONE);
        CHECK(strcmp(PQfname(result, column), run->query->values[i].column) == 0);
        for (int row = 0; row < PQntuples(result); row++)
            if (postgres_convert_value(run->kinds[i], PQgetvalue(result, row, column), &number))
                CHECK(isfinite(number));
    }
}

static uint64_t refused(void) {
    uint64_t sum = 0;
    CHECK(ledger_row_reasons(ledger, 0)[SG_REJECT_NONE] == 0);
    for (int i = 0; i < SG_REJECT_COUNT; i++)
        sum += ledger_row_reasons(ledger, 0)[i];
    return sum;
}

/* Checks that the series of a family are within its bound, and that their numbers are finite and,
 * in a counter, not below 0. */
static uint64_t check_family(const struct catalog_family *family) {
    struct store_cursor cursor;
    const struct series *series;
    uint64_t count = 0;
    size_t budget = SIZE_MAX;
    CHECK(store_settle(postgres.options.store, family, &budget));
    store_cursor_open(postgres.options.store, &cursor, family);
    while ((series = store_cursor_next(postgres.options.store, &cursor, clock_of(NULL))) != NULL) {
        CHECK(isfinite(series->value) && (!family->kind->only_grows || series->value >= 0));
        count++;
    }
    store_cursor_close(postgres.options.store, &cursor);
    CHECK(count == store_family_count(postgres.options.store, family) && count <= family->bound);
    return count;
}

static void check_shown(const struct run *run) {
    uint64_t count = 0;
    for (size_t i = 0; i < run->query->value_count; i++)
        count += check_family(run->query->values[i].family);
    CHECK(count <= run->values);
}

static void take(struct run *run, const PGresult *result) {
    struct failure failure = {.error = POSTGRES_OK};
    const uint64_t refused_before = refused();
    while (!postgres_rows_begin(run))
        ;
    if (postgres_rows_take(run, result, &failure)) {
        CHECK(run->rows == (uint64_t)PQntuples(result) && run->rows <= run->query->max_rows);
        CHECK(run->values + run->rejected + run->nulls == run->rows * run->query->value_count);
        CHECK(refused() - refused_before == run->rejected);
        postgres_rows_show(run);
    } else {
        CHECK(failure.error == POSTGRES_WRONG_TYPE || failure.error == POSTGRES_DUPLICATE_ROW ||
              failure.error == POSTGRES_TOO_MANY_ROWS);
        CHECK(failure.error != POSTGRES_DUPLICATE_ROW || run->query->combine == COMBINE_REFUSE);
        check_message(failure.message.text);
        postgres_rows_clear(run);
        run->values = 0;
    }
    check_shown(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    open_once();
    int value_columns[VALUES_MAX];
    enum convert_kind kinds[VALUES_MAX];
    int label_columns[VALUES_MAX * CATALOG_LABELS_MAX];
    struct run run = {.postgres = &postgres,
                      .query = set.queries[data[0] % QUERIES],
                      .value_columns = value_columns,
                      .kinds = kinds,
                      .label_columns = label_columns};
    struct failure failure = {.error = POSTGRES_OK};
    PGresult *result = read_result((struct text){(const char *)data + 1, size - 1});
    if (postgres_rows_map(&run, result, &failure)) {
        check_mapping(&run, result);
        take(&run, result);
    } else {
        CHECK(failure.error == POSTGRES_SQL || failure.error == POSTGRES_MISSING_COLUMN ||
              failure.error == POSTGRES_WRONG_TYPE);
        check_message(failure.message.text);
    }
    PQclear(result);
    size_t budget = 200;
    (void)store_set_tidy(postgres.options.store, &budget);
    return 0;
}
