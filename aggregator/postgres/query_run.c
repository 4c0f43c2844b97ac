/* SPDX-License-Identifier: MIT */
/* query_run.c - a query on its way: sent, its rows read and converted, or its error. */
#include "postgres/postgres_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- transaction ---- */

void postgres_transaction_begin(int64_t timeout_ms, char ret_text[TRANSACTION_TEXT_MAX]) {
    (void)snprintf(ret_text, TRANSACTION_TEXT_MAX,
                   "BEGIN READ ONLY;SET LOCAL statement_timeout=%" PRId64
                   ";SET LOCAL search_path=pg_catalog,public,pg_temp;" CONVERT_SETTINGS,
                   timeout_ms);
}

/* ---- convert ---- */

/* From src/include/catalog/pg_type.dat. */
enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_INTERVAL = 1186,
    OID_NUMERIC = 1700
};

/* src/include/datatype/timestamp.h: the units that extract(epoch) uses */
static const double second_s = 1;
static const double minute_s = 60;
static const double hour_s = 3600;
static const double day_s = 86400;
static const double month_s = 30 * 86400.0;
static const double year_s = 365.25 * 86400.0;

enum convert_kind postgres_convert_kind_of(unsigned type_oid) {
    switch (type_oid) {
    case OID_BOOL:
        return CONVERT_BOOLEAN;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
        return CONVERT_NUMBER;
    case OID_INTERVAL:
        return CONVERT_INTERVAL;
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        return CONVERT_TIMESTAMP;
    default:
        return CONVERT_NONE;
    }
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool read_boolean(const char *text, double *ret_value) {
    if ((text[0] != 't' && text[0] != 'f') || text[1] != '\0')
        return false;
    *ret_value = text[0] == 't' ? 1 : 0;
    return true;
}

/* strtod without hexadecimal numbers, of which only the 0 is read. No server sends any. */
static double read_decimal(const char *text, const char **ret_end) {
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        *ret_end = digits + 1;
        return 0;
    }
    char *end;
    const double value = strtod(text, &end);
    *ret_end = end;
    return value;
}

static bool read_number(const char *text, double *ret_value) {
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (!is_digit(digits[0])) /* NaN, Infinity */
        return false;
    const char *end;
    const double value = read_decimal(text, &end);
    if (*end != '\0' || !isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

/* The seconds of a unit; 0 if it is unknown. M means months before the T, minutes after it. */
static double unit_s(char unit, bool time) {
    switch (unit) {
    case 'Y':
        return time ? 0 : year_s;
    case 'M':
        return time ? minute_s : month_s;
    case 'D':
        return time ? 0 : day_s;
    case 'H':
        return time ? hour_s : 0;
    case 'S':
        return time ? second_s : 0;
    default:
        return 0;
    }
}

/* Read P[nY][nM][nD][T[nH][nM][n.nS]], each number with a sign of its own; PT0S is zero. */
static bool read_interval(const char *text, double *ret_value) {
    double sum = 0;
    bool time = false;
    if (*text++ != 'P' || *text == '\0')
        return false;
    while (*text != '\0') {
        if (*text == 'T' && !time) {
            time = true;
            text++;
            continue;
        }
        if (!is_digit(text[text[0] == '-' ? 1 : 0]))
            return false;
        const char *end;
        const double number = read_decimal(text, &end);
        const double scale = unit_s(*end, time);
        if (scale <= 0)
            return false;
        sum += number * scale;
        text = end + 1;
    }
    if (!isfinite(sum))
        return false;
    *ret_value = sum;
    return true;
}

/* Read between `least` and `most` digits; false if there are fewer. */
static bool read_digits(const char **at, size_t least, size_t most, int64_t *ret_number) {
    int64_t number = 0;
    size_t count = 0;
    for (; count < most && is_digit((*at)[count]); count++)
        number = number * 10 + ((*at)[count] - '0');
    if (count < least)
        return false;
    *at += count;
    *ret_number = number;
    return true;
}

static bool skip(const char **at, char c) {
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* Read [+-]hh[:mm[:ss]]: seconds east of Greenwich; a missing offset is 0. */
static bool read_offset(const char **at, int64_t *ret_offset_s) {
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    const bool west = **at == '-';
    if (!west && **at != '+') {
        *ret_offset_s = 0;
        return true;
    }
    ++*at;
    if (!read_digits(at, 2, 2, &hours) || (skip(at, ':') && !read_digits(at, 2, 2, &minutes)) ||
        (skip(at, ':') && !read_digits(at, 2, 2, &seconds)))
        return false;
    const int64_t offset_s = hours * 3600 + minutes * 60 + seconds;
    *ret_offset_s = west ? -offset_s : offset_s;
    return true;
}

/* Read y...-mm-dd hh:mm:ss[.f][offset][ BC]. */
static bool read_timestamp(const char *text, double *ret_value) {
    const char *at = text;
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t offset_s;
    double fraction = 0;
    if (!read_digits(&at, 4, 6, &year) || !skip(&at, '-') || !read_digits(&at, 2, 2, &month) ||
        !skip(&at, '-') || !read_digits(&at, 2, 2, &day) || !skip(&at, ' ') ||
        !read_digits(&at, 2, 2, &hour) || !skip(&at, ':') || !read_digits(&at, 2, 2, &minute) ||
        !skip(&at, ':') || !read_digits(&at, 2, 2, &second))
        return false;
    if (*at == '.') {
        char *end;
        fraction = strtod(at, &end);
        at = end;
    }
    if (!read_offset(&at, &offset_s))
        return false;
    if (strcmp(at, " BC") == 0)
        year = 1 - year;
    else if (*at != '\0')
        return false;
    /* The proleptic Gregorian calendar, in which year 0 is 1 BC. */
    struct tm date = {.tm_year = (int)year - 1900,
                      .tm_mon = (int)month - 1,
                      .tm_mday = (int)day,
                      .tm_hour = (int)hour,
                      .tm_min = (int)minute,
                      .tm_sec = (int)second};
    const int64_t whole_s = timegm(&date) - offset_s;
    const double value = (double)whole_s + fraction;
    if (!isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

bool postgres_convert_value(enum convert_kind kind, const char *text, double *ret_value) {
    switch (kind) {
    case CONVERT_BOOLEAN:
        return read_boolean(text, ret_value);
    case CONVERT_NUMBER:
        return read_number(text, ret_value);
    case CONVERT_INTERVAL:
        return read_interval(text, ret_value);
    case CONVERT_TIMESTAMP:
        return read_timestamp(text, ret_value);
    case CONVERT_NONE:
        break;
    }
    return false;
}

/* ---- rows ---- */

__attribute__((format(printf, 3, 4))) static bool
fail(struct failure *ret_failure, enum postgres_error error, const char *format, ...) {
    ret_failure->error = error;
    ret_failure->sqlstate[0] = '\0';
    va_list args;
    va_start(args, format);
    error_clear(&ret_failure->message);
    error_vadd(&ret_failure->message, format, args);
    va_end(args);
    return false;
}

/* Find a column by its exact spelling: PQfnumber would fold the case. */
static bool find_column(const PGresult *result, const char *name, int *ret_column,
                        struct failure *ret_failure) {
    int found = -1;
    for (int i = 0; i < PQnfields(result); i++) {
        if (strcmp(PQfname(result, i), name) != 0)
            continue;
        if (found >= 0)
            return fail(ret_failure, POSTGRES_MISSING_COLUMN,
                        "column \"%s\" is there more than once", name);
        found = i;
    }
    if (found < 0)
        return fail(ret_failure, POSTGRES_MISSING_COLUMN, "there is no column \"%s\"", name);
    *ret_column = found;
    return true;
}

static bool map_label(const struct catalog_query *query, const struct catalog_label *label,
                      const PGresult *result, int *ret_column, struct failure *ret_failure) {
    for (size_t i = 0; i < query->label_count; i++)
        if (strcmp(query->labels[i].label, label->name) == 0)
            return find_column(result, query->labels[i].column, ret_column, ret_failure);
    *ret_column = -1;
    return true;
}

bool postgres_rows_map(struct run *run, const PGresult *described, struct failure *ret_failure) {
    const struct catalog_query *query = run->query;
    int *label_columns = run->label_columns;
    if (PQnfields(described) == 0)
        return fail(ret_failure, POSTGRES_SQL, "the statement gives no rows");
    for (size_t i = 0; i < query->value_count; i++) {
        const struct query_value *value = &query->values[i];
        if (!find_column(described, value->column, &run->value_columns[i], ret_failure))
            return false;
        run->kinds[i] = postgres_convert_kind_of(PQftype(described, run->value_columns[i]));
        if (run->kinds[i] == CONVERT_NONE)
            return fail(ret_failure, POSTGRES_WRONG_TYPE,
                        "column \"%s\" is of no type that is read as a number", value->column);
        for (uint32_t j = 0; j < value->family->label_count; j++)
            if (!map_label(query, &value->family->labels[j], described, label_columns++,
                           ret_failure))
                return false;
    }
    return true;
}

bool postgres_rows_begin(struct run *run) {
    size_t budget = UNITS_A_BIT;
    const struct catalog_query *query = run->query;
    run->postgres->untidy = true;
    for (; run->begun < query->value_count; run->begun++)
        if (!store_set_begin(run->postgres->options.store, query->values[run->begun].family,
                             &budget))
            return false;
    return true;
}

static void read_labels(const struct catalog_family *family, const int *columns,
                        const PGresult *result, int row, struct sg_span *ret_spans) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        const int column = columns[i];
        if (column < 0 || PQgetisnull(result, row, column))
            ret_spans[i] = (struct sg_span){.at = NULL};
        else
            ret_spans[i] = (struct sg_span){.at = PQgetvalue(result, row, column),
                                            .len = (size_t)PQgetlength(result, row, column)};
    }
}

static bool take_value(struct run *run, size_t index, const int *label_columns,
                       const PGresult *result, int row, struct store_time now,
                       struct failure *ret_failure) {
    const struct query_value *value = &run->query->values[index];
    const int column = run->value_columns[index];
    struct sg_span labels[CATALOG_LABELS_MAX];
    double number;
    if (PQgetisnull(result, row, column)) {
        run->nulls++;
        return true;
    }
    if (!postgres_convert_value(run->kinds[index], PQgetvalue(result, row, column), &number))
        return fail(ret_failure, POSTGRES_WRONG_TYPE,
                    "column \"%s\" has a value that is not a finite number", value->column);
    read_labels(value->family, label_columns, result, row, labels);
    const struct gate_row_verdict verdict = gate_row(run->postgres->options.gate, value->family,
                                                     labels, number, run->query->combine, now);
    if (verdict.duplicate)
        return fail(ret_failure, POSTGRES_DUPLICATE_ROW,
                    "rows meet on one series of %s, and the query does not say how to combine "
                    "them",
                    value->family->name);
    if (verdict.verdict == VERDICT_REJECTED)
        run->rejected++;
    else
        run->values++;
    return true;
}

/* Whether a row is too long; libpq may have read it whole before its bytes were counted. */
static bool is_too_long(const PGresult *result, int row) {
    size_t bytes = 0;
    for (int i = 0; i < PQnfields(result); i++)
        bytes += (size_t)PQgetlength(result, row, i);
    return bytes > ROW_BYTES_MAX;
}

bool postgres_rows_take(struct run *run, const PGresult *result, struct failure *ret_failure) {
    const struct store_time now = run->postgres->options.clock(run->postgres->options.arg);
    for (int row = 0; row < PQntuples(result); row++) {
        const int *label_columns = run->label_columns;
        if (run->rows == run->query->max_rows)
            return fail(ret_failure, POSTGRES_TOO_MANY_ROWS, "more than %u rows (max_rows)",
                        run->query->max_rows);
        if (is_too_long(result, row))
            return fail(ret_failure, POSTGRES_TOO_LONG_ROW, "a row of more than %d bytes",
                        ROW_BYTES_MAX);
        run->rows++;
        for (size_t i = 0; i < run->query->value_count; i++) {
            if (!take_value(run, i, label_columns, result, row, now, ret_failure))
                return false;
            label_columns += run->query->values[i].family->label_count;
        }
    }
    return true;
}

void postgres_rows_show(struct run *run) {
    for (size_t i = 0; i < run->query->value_count; i++)
        store_set_commit(run->postgres->options.store, run->query->values[i].family);
    run->postgres->untidy = true;
}

void postgres_rows_clear(struct run *run) {
    for (size_t i = 0; i < run->query->value_count; i++)
        store_set_clear(run->postgres->options.store, run->query->values[i].family);
    run->postgres->untidy = true;
}

/* Show nothing until all rows under way have arrived. */
static void rows_hide(struct run *run) {
    for (size_t i = 0; i < run->query->value_count; i++)
        store_set_hide(run->postgres->options.store, run->query->values[i].family);
    run->postgres->untidy = true;
}

/* ---- run ---- */

static struct failure failure_of(enum postgres_error error, const char *message) {
    struct failure failure = {.error = error};
    postgres_message_add(&failure.message, message);
    return failure;
}

/* Only a server that breaks its protocol would cause this; no PostgreSQL server does. */
static const char unexpected[] = "an answer that the statement cannot have";

/* ---- the answer ---- */

/* Rank the run behind all that held no connection without effect, or did so longer ago. */
static void set_back(struct run *run) {
    run->set_back = ++run->postgres->set_backs;
}

static void remember(struct run *run, const struct failure *failure, struct store_time now) {
    struct postgres_view *view = &run->view;
    const uint64_t since_ns = run->started_ns > 0 ? run->started_ns : run->queued_ns;
    view->runs++;
    view->last_run_ms = now.real_ms;
    view->duration_s = (double)(postgres_collector_now_ns() - since_ns) / 1e9;
    view->up = failure->error == POSTGRES_OK;
    view->error = failure->error;
    memcpy(view->sqlstate, failure->sqlstate, sizeof view->sqlstate);
    view->message = failure->message;
    view->late = false;
    if (failure->error == POSTGRES_TIMEOUT)
        set_back(run);
    if (!view->up) {
        view->errors[failure->error]++;
        return;
    }
    run->set_back = 0;
    run->good_ns = postgres_collector_now_ns() - since_ns;
    view->last_good_ms = now.real_ms;
    run->good_mono_ms = view->last_good_mono_ms = now.mono_ms;
    view->rows = run->rows;
    view->values = run->values;
    view->rejected = run->rejected;
    view->nulls = run->nulls;
}

/* Report the failure of a query; a database that cannot be reached is reported once for all its
 * queries. */
static void report(struct run *run, const struct failure *failure) {
    const struct postgres_news news = {.database = run->database->catalog,
                                       .query = run->query,
                                       .good = failure->error == POSTGRES_OK,
                                       .error = failure->error,
                                       .sqlstate = failure->sqlstate,
                                       .message = failure->sqlstate[0] == '\0' ||
                                                          postgres_news_may_cite(failure->sqlstate)
                                                      ? failure->message.text
                                                      : ""};
    if (failure->error != POSTGRES_CONNECT)
        postgres_collector_report(run->postgres, &run->news, &news);
}

void query_run_end(struct run *run, struct connection *connection, const struct failure *failure) {
    struct postgres *postgres = run->postgres;
    if (failure->error == POSTGRES_OK)
        postgres_rows_show(run);
    else
        postgres_rows_clear(run);
    remember(run, failure, postgres->options.clock(postgres->options.arg));
    run->stage = RUN_NONE;
    if (connection != NULL)
        connection->run = NULL;
    report(run, failure);
    postgres_waits_answered(postgres, run);
}

static void cancel(struct connection *connection) {
    connection->give_up_ns = postgres_collector_now_ns() + (uint64_t)GIVE_UP_MS * NS_PER_MS;
    if (!postgres_cancel_start(connection))
        connection_close(connection, "the query could not be cancelled");
}

void query_run_overdue(struct run *run, struct connection *connection) {
    char text[64];
    (void)snprintf(text, sizeof text, "no answer within %" PRId64 " ms", run->query->timeout_ms);
    const struct failure failure = failure_of(POSTGRES_TIMEOUT, text);
    query_run_end(run, connection, &failure);
    cancel(connection);
}

bool query_run_is_late(const struct run *run, uint64_t now_ns) {
    return now_ns >= run->wanted_until_ns;
}

void query_run_missed(struct run *run) {
    rows_hide(run);
    run->view.up = false;
    run->view.late = true;
}

void query_run_excuse(struct run *run) {
    struct postgres *postgres = run->postgres;
    if (run->excused == postgres->tickets)
        return;
    if (!query_run_is_late(run, postgres_collector_now_ns()))
        query_run_missed(run);
    run->wanted_until_ns = 0;
    postgres_waits_answered(postgres, run);
    run->excused = postgres->tickets;
}

/* Let the run wait for a connection again, from the start. */
static void queue_again(struct run *run, struct connection *connection) {
    run->stage = RUN_QUEUED;
    run->started_ns = 0;
    connection->run = NULL;
    postgres_ready_kick(run->postgres);
}

void query_run_abandon(struct connection *connection) {
    if (connection->run != NULL) {
        if (connection->cancel == NULL)
            (void)postgres_cancel_start(
                connection); /* else the server finds the connection closed */
        queue_again(connection->run, connection);
    }
    connection_leave(connection);
}

void query_run_skip(struct run *run) {
    run->stage = RUN_NONE;
    postgres_waits_answered(run->postgres, run);
}

void query_run_yield(struct run *run, struct connection *connection, uint64_t now_ns) {
    if (query_run_is_late(run, now_ns)) {
        const struct failure failure =
            failure_of(POSTGRES_TIMEOUT, "no answer when other queries needed the connection");
        query_run_end(run, connection, &failure);
    } else {
        set_back(run);
        run->had_turn = true;
        postgres_rows_clear(run);
        run->view.up = false;
        queue_again(run, connection);
    }
    cancel(connection);
}

/* Whether to retry: nothing came back on a connection that was good before, as after a restart of
 * the server. This happens at most once for each such connection. */
static bool may_retry(const struct connection *connection) {
    return connection->used && connection->phase == PHASE_BEGIN;
}

static void lose_run(struct connection *connection, const char *why) {
    struct run *run = connection->run;
    if (run == NULL)
        return;
    if (may_retry(connection)) {
        queue_again(run, connection);
        return;
    }
    const struct failure failure = failure_of(POSTGRES_LOST, why);
    query_run_end(run, connection, &failure);
}

/* Close the connection and end its run. */
static void drop(struct connection *connection, const char *why) {
    lose_run(connection, why);
    connection_close(connection, why);
}

void query_run_drop(struct connection *connection) {
    struct error why;
    connection_why_lost(connection, &why);
    drop(connection, why.text);
}

/* ---- sending ---- */

static void send_or_close(struct connection *connection, int sent) {
    connection->asked_ns = postgres_collector_now_ns();
    if (sent != 1 || !connection_listen(connection))
        query_run_drop(connection);
}

void query_run_start(struct run *run, struct connection *connection) {
    char text[TRANSACTION_TEXT_MAX];
    run->stage = RUN_ACTIVE;
    run->started_ns = postgres_collector_now_ns();
    run->deadline_ns =
        run->started_ns + (uint64_t)(run->query->timeout_ms + DEADLINE_GRACE_MS) * NS_PER_MS;
    run->begun = 0;
    run->rows = run->values = run->rejected = run->nulls = 0;
    connection->run = run;
    connection->state = CONNECTION_BUSY;
    connection->phase = PHASE_BEGIN;
    connection->clean = false;
    connection->give_up_ns = 0;
    postgres_transaction_begin(run->query->timeout_ms, text);
    send_or_close(connection, PQsendQuery(connection->pg, text));
}

/* The extended protocol takes one statement only, so the text cannot end its transaction and
 * continue with another statement. */
static void send_prepare(struct connection *connection) {
    connection->phase = PHASE_PREPARE;
    send_or_close(connection,
                  PQsendPrepare(connection->pg, "", connection->run->query->sql, 0, NULL));
}

static void send_describe(struct connection *connection) {
    connection->phase = PHASE_DESCRIBE;
    send_or_close(connection, PQsendDescribePrepared(connection->pg, ""));
}

static void send_query(struct connection *connection) {
    int sent = PQsendQueryPrepared(connection->pg, "", 0, NULL, NULL, NULL, 0);
    if (sent == 1)
        sent = PQsetSingleRowMode(connection->pg);
    connection->phase = PHASE_ROWS;
    send_or_close(connection, sent);
}

static void send_end(struct connection *connection) {
    connection->phase = PHASE_END;
    if (connection->give_up_ns == 0)
        connection->give_up_ns = postgres_collector_now_ns() + (uint64_t)GIVE_UP_MS * NS_PER_MS;
    send_or_close(connection, PQsendQuery(connection->pg, TRANSACTION_END));
}

static void send_discard(struct connection *connection) {
    connection->phase = PHASE_DISCARD;
    send_or_close(connection, PQsendQuery(connection->pg, TRANSACTION_DISCARD));
}

void query_run_probe(struct connection *connection) {
    connection->state = CONNECTION_BUSY;
    connection->run = NULL;
    connection->give_up_ns = postgres_collector_now_ns() +
                             (uint64_t)(POSTGRES_SILENT_MS + DEADLINE_GRACE_MS) * NS_PER_MS;
    send_discard(connection);
}

void query_run_settled(struct connection *connection) {
    connection->phase = PHASE_SETTLING;
    if (connection->cancel != NULL) /* it must not cancel the next transaction */
        return;
    /* The request may have cancelled the ROLLBACK, which must then be repeated. */
    if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE) {
        send_end(connection);
    } else if (!connection->clean) {
        send_discard(connection);
    } else {
        connection->used = true;
        connection_idle(connection);
    }
}

/* ---- results ---- */

static bool is_fatal(const PGresult *result) {
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity != NULL && strcmp(severity, "ERROR") != 0;
}

/* Classify an error. 57014 is query_canceled: by the timeout, if its time was over; else by
 * somebody else. */
static enum postgres_error error_of(const struct connection *connection, const PGresult *result,
                                    const char *sqlstate) {
    const struct run *run = connection->run;
    const uint64_t timeout_ns = (uint64_t)run->query->timeout_ms * NS_PER_MS;
    if (is_fatal(result) || PQstatus(connection->pg) == CONNECTION_BAD)
        return POSTGRES_LOST;
    if (sqlstate != NULL && strcmp(sqlstate, "57014") == 0 &&
        postgres_collector_now_ns() - run->started_ns >= timeout_ns)
        return POSTGRES_TIMEOUT;
    return POSTGRES_SQL;
}

/* Take SQLSTATE and primary message; never detail or context, which may quote rows and
 * parameters. */
static void refused(struct connection *connection, const PGresult *result) {
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const enum postgres_error error = error_of(connection, result, sqlstate);
    if (error == POSTGRES_LOST && may_retry(connection)) {
        lose_run(connection, "");
        return;
    }
    struct failure failure =
        failure_of(error, primary != NULL ? primary : PQresultErrorMessage(result));
    if (sqlstate != NULL)
        (void)snprintf(failure.sqlstate, sizeof failure.sqlstate, "%s", sqlstate);
    query_run_end(connection->run, connection, &failure);
}

/* Check the description. A statement that gives no rows, such as COPY or COMMIT, is refused before
 * it runs. */
static void take_description(struct connection *connection, const PGresult *described) {
    struct failure failure;
    if (!postgres_rows_map(connection->run, described, &failure))
        query_run_end(connection->run, connection, &failure);
}

static void take_rows(struct connection *connection, const PGresult *result) {
    struct run *run = connection->run;
    struct failure failure;
    if (!postgres_rows_take(run, result, &failure)) {
        query_run_end(run, connection, &failure);
        cancel(connection);
        return;
    }
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return;
    failure = (struct failure){.error = POSTGRES_OK};
    query_run_end(run, connection, &failure);
}

static bool is_error(ExecStatusType status) {
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

static bool is_expected(enum connection_phase phase, ExecStatusType status) {
    if (phase == PHASE_ROWS)
        return status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK;
    return status == PGRES_COMMAND_OK;
}

static void take_result(struct connection *connection, const PGresult *result) {
    const ExecStatusType status = PQresultStatus(result);
    if (!is_error(status) && !is_expected(connection->phase, status)) {
        drop(connection, unexpected);
        return;
    }
    connection->clean = connection->phase == PHASE_DISCARD && !is_error(status);
    if (connection->run == NULL)
        return;
    if (is_error(status))
        refused(connection, result);
    else if (connection->phase == PHASE_DESCRIBE)
        take_description(connection, result);
    else if (connection->phase == PHASE_ROWS)
        take_rows(connection, result);
}

/* Continue once all results of the last request have arrived. */
static void next_phase(struct connection *connection) {
    const enum connection_phase phase = connection->phase;
    if (phase == PHASE_DISCARD && !connection->clean)
        connection_close(connection, "the session could not be made clean");
    else if (phase == PHASE_END || phase == PHASE_DISCARD)
        query_run_settled(connection);
    else if (phase == PHASE_ROWS || connection->run == NULL)
        send_end(connection);
    else if (phase == PHASE_BEGIN)
        send_prepare(connection);
    else if (phase == PHASE_PREPARE)
        send_describe(connection);
    else
        send_query(connection);
}

/* After a connection is lost, libpq returns the results that it has, then NULL forever. */
bool query_run_results(struct connection *connection, uint64_t until_ns) {
    while (connection->state == CONNECTION_BUSY && connection->phase != PHASE_SETTLING &&
           !PQisBusy(connection->pg)) {
        struct run *run = connection->run;
        if (connection->phase == PHASE_ROWS && run != NULL &&
            run->begun < run->query->value_count) {
            if (!postgres_rows_begin(run)) {
                if (postgres_collector_now_ns() >= until_ns)
                    return true;
                continue;
            }
        }
        PGresult *result = PQgetResult(connection->pg);
        connection->unread = 0;
        if (result != NULL)
            take_result(connection, result);
        else if (PQstatus(connection->pg) == CONNECTION_BAD)
            return false;
        else
            next_phase(connection);
        PQclear(result);
        if (postgres_collector_now_ns() >= until_ns)
            return connection->state == CONNECTION_BUSY;
    }
    return false;
}
