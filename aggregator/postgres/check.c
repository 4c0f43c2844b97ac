/* Checks queries against a database before anybody scrapes. Blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "postgres/conninfo.h"
#include "postgres/convert.h"
#include "postgres/message.h"
#include "postgres/postgres.h"
#include "postgres/transaction.h"

enum { STATEMENT_TIMEOUT_S = 30 };

static void tell_error(const PGresult *result, struct postgres_check *check) {
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    error_clear(&check->error);
    if (sqlstate != NULL)
        error_set(&check->error, "%s: ", sqlstate);
    message_add(&check->error, primary != NULL ? primary : PQresultErrorMessage(result));
}

/* Check a result's status, report an error, and free the result. */
static bool is_good(PGresult *result, ExecStatusType wanted, struct postgres_check *check) {
    const bool good = PQresultStatus(result) == wanted;
    if (!good)
        tell_error(result, check);
    PQclear(result);
    return good;
}

/* ---- columns and types ---- */

static void name_type(PGconn *pg, Oid oid, int modifier, char *ret_type, size_t size) {
    char text[96];
    (void)snprintf(text, sizeof text, "SELECT pg_catalog.format_type(%u,%d)", oid, modifier);
    PGresult *result = PQexec(pg, text);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
        message_clean(PQgetvalue(result, 0, 0), ret_type, size);
    else
        (void)snprintf(ret_type, size, "oid %u", oid);
    PQclear(result);
}

static void list_columns(PGconn *pg, const PGresult *described, struct postgres_check *check) {
    const size_t room = sizeof check->columns / sizeof check->columns[0];
    check->column_count = (size_t)PQnfields(described);
    for (size_t i = 0; i < check->column_count && i < room; i++) {
        struct postgres_column *column = &check->columns[i];
        message_clean(PQfname(described, (int)i), column->name, sizeof column->name);
        name_type(pg, PQftype(described, (int)i), PQfmod(described, (int)i), column->type,
                  sizeof column->type);
    }
}

static int find_column(const PGresult *described, const char *name, struct postgres_check *check) {
    int found = -1;
    for (int i = 0; i < PQnfields(described); i++) {
        if (strcmp(PQfname(described, i), name) != 0)
            continue;
        if (found >= 0) {
            error_set(&check->error, "column \"%s\" is there more than once", name);
            return -1;
        }
        found = i;
    }
    if (found < 0)
        error_set(&check->error, "there is no column \"%s\"", name);
    return found;
}

static bool fits(const struct catalog_query *query, PGconn *pg, const PGresult *described,
                 struct postgres_check *check) {
    if (PQnfields(described) == 0)
        return error_set(&check->error, "the statement gives no rows");
    for (size_t i = 0; i < query->label_count; i++)
        if (find_column(described, query->labels[i].column, check) < 0)
            return false;
    for (size_t i = 0; i < query->value_count; i++) {
        const int column = find_column(described, query->values[i].column, check);
        if (column < 0)
            return false;
        if (convert_kind_of(PQftype(described, column)) != CONVERT_NONE)
            continue;
        char type[64];
        name_type(pg, PQftype(described, column), PQfmod(described, column), type, sizeof type);
        return error_set(&check->error, "column \"%s\" is %s, which is not read as a number",
                         query->values[i].column, type);
    }
    return true;
}

static bool describe(PGconn *pg, const struct catalog_query *query, struct postgres_check *check) {
    if (!is_good(PQprepare(pg, "", query->sql, 0, NULL), PGRES_COMMAND_OK, check))
        return false;
    PGresult *described = PQdescribePrepared(pg, "");
    bool good = PQresultStatus(described) == PGRES_COMMAND_OK;
    if (!good) {
        tell_error(described, check);
    } else if (PQnparams(described) > 0) {
        good = error_set(&check->error, "the query has parameters ($1)");
    } else {
        list_columns(pg, described, check);
        good = fits(query, pg, described, check);
    }
    PQclear(described);
    return good;
}

/* ---- the plan ---- */

/* The number after a key's first occurrence, which is that of the top node. */
static double number_after(const char *json, const char *key) {
    const char *at = strstr(json, key);
    return at != NULL ? strtod(at + strlen(key), NULL) : 0;
}

/* Read the plan of a query. Some statements that return rows cannot be explained (SHOW): then cost
 * and rows stay 0. */
static void plan(PGconn *pg, const struct catalog_query *query, struct postgres_check *check) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "EXPLAIN (FORMAT JSON) ");
    strbuf_puts(&text, query->sql);
    PGresult *result = PQexecParams(pg, strbuf_cstr(&text), 0, NULL, NULL, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
        const char *json = PQgetvalue(result, 0, 0);
        check->cost = number_after(json, "\"Total Cost\":");
        check->rows = number_after(json, "\"Plan Rows\":");
    }
    PQclear(result);
    strbuf_done(&text);
}

static int64_t timeout_ms_of(unsigned timeout_s) {
    return (int64_t)(timeout_s > 0 ? timeout_s : STATEMENT_TIMEOUT_S) * 1000;
}

static void check_query(PGconn *pg, const struct catalog_query *query, unsigned timeout_s,
                        struct postgres_check *check) {
    char begin[TRANSACTION_TEXT_MAX];
    transaction_begin(timeout_ms_of(timeout_s), begin);
    if (is_good(PQexec(pg, begin), PGRES_COMMAND_OK, check) && describe(pg, query, check)) {
        plan(pg, query, check);
        check->good = true;
    }
    PQclear(PQexec(pg, TRANSACTION_END));
}

/* ---- the role ---- */

static enum postgres_role read_role(const PGresult *result) {
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        return POSTGRES_ROLE_PLAIN;
    if (PQgetvalue(result, 0, 0)[0] == 't')
        return POSTGRES_ROLE_SUPERUSER;
    return PQgetvalue(result, 0, 1)[0] == 't' ? POSTGRES_ROLE_SERVER : POSTGRES_ROLE_PLAIN;
}

static enum postgres_role look_at_role(PGconn *pg, unsigned timeout_s) {
    static const char text[] =
        "SELECT r.rolsuper, EXISTS (SELECT FROM pg_roles AS g WHERE g.rolname IN "
        "('pg_execute_server_program', 'pg_write_server_files') AND pg_has_role(r.oid, g.oid, "
        "'member')) FROM pg_roles AS r WHERE r.rolname = current_user";
    char begin[TRANSACTION_TEXT_MAX];
    transaction_begin(timeout_ms_of(timeout_s), begin);
    PQclear(PQexec(pg, begin));
    PGresult *result = PQexec(pg, text);
    const enum postgres_role role = read_role(result);
    PQclear(result);
    PQclear(PQexec(pg, TRANSACTION_END));
    return role;
}

void postgres_check_database(const struct catalog_set *set, const struct catalog_database *database,
                             unsigned timeout_s, struct postgres_check *ret_checks,
                             size_t max_checks, struct postgres_database_check *ret_database) {
    size_t count = 0;
    *ret_database = (struct postgres_database_check){.connected = false};
    PGconn *pg =
        conninfo_connect(memory_heap(), database->conninfo, timeout_s, &ret_database->error);
    if (pg == NULL)
        return;
    ret_database->connected = true;
    ret_database->role = look_at_role(pg, timeout_s);
    for (size_t i = 0; i < set->query_count && count < max_checks; i++) {
        if (set->queries[i]->database != database)
            continue;
        ret_checks[count] = (struct postgres_check){.good = false};
        check_query(pg, set->queries[i], timeout_s, &ret_checks[count++]);
    }
    PQfinish(pg);
}
