#include "postgres/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "postgres/cancel.h"
#include "postgres/connection.h"
#include "postgres/message.h"
#include "postgres/ready.h"
#include "postgres/rows.h"
#include "postgres/transaction.h"
#include "postgres/waits.h"

static struct failure failure_of(enum postgres_error error, const char *message) {
    struct failure failure = {.error = error};
    message_add(&failure.message, message);
    return failure;
}

/* Only a server that breaks its protocol would cause this; no PostgreSQL server does. */
static const char unexpected[] = "an answer that the statement cannot have";

/* ---- the answer ---- */

/* Rank the run behind all that held no connection in vain, or did so longer ago. */
static void set_back(struct run *run) {
    run->set_back = ++run->postgres->set_backs;
}

static void remember(struct run *run, const struct failure *failure, struct store_time now) {
    struct postgres_view *view = &run->view;
    const uint64_t since_ns = run->started_ns > 0 ? run->started_ns : run->queued_ns;
    view->runs++;
    view->last_run_ms = now.real_ms;
    view->duration_s = (double)(collector_now_ns() - since_ns) / 1e9;
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
    run->good_ns = collector_now_ns() - since_ns;
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
                                                          news_may_cite(failure->sqlstate)
                                                      ? failure->message.text
                                                      : ""};
    if (failure->error != POSTGRES_CONNECT)
        collector_report(run->postgres, &run->news, &news);
}

void run_end(struct run *run, struct connection *connection, const struct failure *failure) {
    struct postgres *postgres = run->postgres;
    if (failure->error == POSTGRES_OK)
        rows_show(run);
    else
        rows_clear(run);
    remember(run, failure, postgres->options.clock(postgres->options.arg));
    run->stage = RUN_NONE;
    if (connection != NULL)
        connection->run = NULL;
    report(run, failure);
    waits_answered(postgres, run);
}

static void cancel(struct connection *connection) {
    connection->give_up_ns = collector_now_ns() + (uint64_t)GIVE_UP_MS * NS_PER_MS;
    if (!cancel_start(connection))
        connection_close(connection, "the query could not be cancelled");
}

void run_overdue(struct run *run, struct connection *connection) {
    char text[64];
    (void)snprintf(text, sizeof text, "no answer within %" PRId64 " ms", run->query->timeout_ms);
    const struct failure failure = failure_of(POSTGRES_TIMEOUT, text);
    run_end(run, connection, &failure);
    cancel(connection);
}

bool run_is_late(const struct run *run, uint64_t now_ns) {
    return now_ns >= run->wanted_until_ns;
}

void run_missed(struct run *run) {
    rows_hide(run);
    run->view.up = false;
    run->view.late = true;
}

void run_excuse(struct run *run) {
    struct postgres *postgres = run->postgres;
    if (run->excused == postgres->tickets)
        return;
    if (!run_is_late(run, collector_now_ns()))
        run_missed(run);
    run->wanted_until_ns = 0;
    waits_answered(postgres, run);
    run->excused = postgres->tickets;
}

/* Let the run wait for a connection again, from the start. */
static void queue_again(struct run *run, struct connection *connection) {
    run->stage = RUN_QUEUED;
    run->started_ns = 0;
    connection->run = NULL;
    ready_kick(run->postgres);
}

void run_abandon(struct connection *connection) {
    if (connection->run != NULL) {
        if (connection->cancel == NULL)
            (void)cancel_start(connection); /* else the server finds the connection closed */
        queue_again(connection->run, connection);
    }
    connection_leave(connection);
}

void run_skip(struct run *run) {
    run->stage = RUN_NONE;
    waits_answered(run->postgres, run);
}

void run_yield(struct run *run, struct connection *connection, uint64_t now_ns) {
    if (run_is_late(run, now_ns)) {
        const struct failure failure =
            failure_of(POSTGRES_TIMEOUT, "no answer when other queries needed the connection");
        run_end(run, connection, &failure);
    } else {
        set_back(run);
        run->had_turn = true;
        rows_clear(run);
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
    run_end(run, connection, &failure);
}

/* Close the connection and end its run. */
static void drop(struct connection *connection, const char *why) {
    lose_run(connection, why);
    connection_close(connection, why);
}

void run_drop(struct connection *connection) {
    struct error why;
    connection_why_lost(connection, &why);
    drop(connection, why.text);
}

/* ---- sending ---- */

static void send_or_close(struct connection *connection, int sent) {
    connection->asked_ns = collector_now_ns();
    if (sent != 1 || !connection_listen(connection))
        run_drop(connection);
}

void run_start(struct run *run, struct connection *connection) {
    char text[TRANSACTION_TEXT_MAX];
    run->stage = RUN_ACTIVE;
    run->started_ns = collector_now_ns();
    run->deadline_ns =
        run->started_ns + (uint64_t)(run->query->timeout_ms + DEADLINE_GRACE_MS) * NS_PER_MS;
    run->begun = 0;
    run->rows = run->values = run->rejected = run->nulls = 0;
    connection->run = run;
    connection->state = CONNECTION_BUSY;
    connection->phase = PHASE_BEGIN;
    connection->clean = false;
    connection->give_up_ns = 0;
    transaction_begin(run->query->timeout_ms, text);
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
        connection->give_up_ns = collector_now_ns() + (uint64_t)GIVE_UP_MS * NS_PER_MS;
    send_or_close(connection, PQsendQuery(connection->pg, TRANSACTION_END));
}

static void send_discard(struct connection *connection) {
    connection->phase = PHASE_DISCARD;
    send_or_close(connection, PQsendQuery(connection->pg, TRANSACTION_DISCARD));
}

void run_probe(struct connection *connection) {
    connection->state = CONNECTION_BUSY;
    connection->run = NULL;
    connection->give_up_ns =
        collector_now_ns() + (uint64_t)(POSTGRES_SILENT_MS + DEADLINE_GRACE_MS) * NS_PER_MS;
    send_discard(connection);
}

void run_settled(struct connection *connection) {
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
        collector_now_ns() - run->started_ns >= timeout_ns)
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
    run_end(connection->run, connection, &failure);
}

/* Check the description. A statement that gives no rows, such as COPY or COMMIT, is refused before
 * it runs. */
static void take_description(struct connection *connection, const PGresult *described) {
    struct failure failure;
    if (!rows_map(connection->run, described, &failure))
        run_end(connection->run, connection, &failure);
}

static void take_rows(struct connection *connection, const PGresult *result) {
    struct run *run = connection->run;
    struct failure failure;
    if (!rows_take(run, result, &failure)) {
        run_end(run, connection, &failure);
        cancel(connection);
        return;
    }
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return;
    failure = (struct failure){.error = POSTGRES_OK};
    run_end(run, connection, &failure);
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
        run_settled(connection);
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
bool run_results(struct connection *connection, uint64_t until_ns) {
    while (connection->state == CONNECTION_BUSY && connection->phase != PHASE_SETTLING &&
           !PQisBusy(connection->pg)) {
        struct run *run = connection->run;
        if (connection->phase == PHASE_ROWS && run != NULL &&
            run->begun < run->query->value_count) {
            if (!rows_begin(run)) {
                if (collector_now_ns() >= until_ns)
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
        if (collector_now_ns() >= until_ns)
            return connection->state == CONNECTION_BUSY;
    }
    return false;
}
