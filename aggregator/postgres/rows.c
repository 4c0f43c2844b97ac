#include "postgres/rows.h"

#include <stdarg.h>
#include <string.h>

#include "store/store.h"

__attribute__((format(printf, 3, 4))) static bool
ingress_fail(struct failure *ret_failure, enum postgres_error error, const char *format, ...) {
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
            return ingress_fail(ret_failure, POSTGRES_MISSING_COLUMN,
                                "column \"%s\" is there more than once", name);
        found = i;
    }
    if (found < 0)
        return ingress_fail(ret_failure, POSTGRES_MISSING_COLUMN, "there is no column \"%s\"",
                            name);
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

bool rows_map(struct run *run, const PGresult *described, struct failure *ret_failure) {
    const struct catalog_query *query = run->query;
    int *label_columns = run->label_columns;
    if (PQnfields(described) == 0)
        return ingress_fail(ret_failure, POSTGRES_SQL, "the statement gives no rows");
    for (size_t i = 0; i < query->value_count; i++) {
        const struct query_value *value = &query->values[i];
        if (!find_column(described, value->column, &run->value_columns[i], ret_failure))
            return false;
        run->kinds[i] = convert_kind_of(PQftype(described, run->value_columns[i]));
        if (run->kinds[i] == CONVERT_NONE)
            return ingress_fail(ret_failure, POSTGRES_WRONG_TYPE,
                                "column \"%s\" is of no type that is read as a number",
                                value->column);
        for (uint32_t j = 0; j < value->family->label_count; j++)
            if (!map_label(query, &value->family->labels[j], described, label_columns++,
                           ret_failure))
                return false;
    }
    return true;
}

bool rows_begin(struct run *run) {
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
    if (!convert_value(run->kinds[index], PQgetvalue(result, row, column), &number))
        return ingress_fail(ret_failure, POSTGRES_WRONG_TYPE,
                            "column \"%s\" has a value that is not a finite number", value->column);
    read_labels(value->family, label_columns, result, row, labels);
    const struct gate_row_verdict verdict = gate_row(run->postgres->options.gate, value->family,
                                                     labels, number, run->query->combine, now);
    if (verdict.duplicate)
        return ingress_fail(
            ret_failure, POSTGRES_DUPLICATE_ROW,
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

bool rows_take(struct run *run, const PGresult *result, struct failure *ret_failure) {
    const struct store_time now = run->postgres->options.clock(run->postgres->options.arg);
    for (int row = 0; row < PQntuples(result); row++) {
        const int *label_columns = run->label_columns;
        if (run->rows == run->query->max_rows)
            return ingress_fail(ret_failure, POSTGRES_TOO_MANY_ROWS, "more than %u rows (max_rows)",
                                run->query->max_rows);
        if (is_too_long(result, row))
            return ingress_fail(ret_failure, POSTGRES_TOO_LONG_ROW, "a row of more than %d bytes",
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

void rows_show(struct run *run) {
    for (size_t i = 0; i < run->query->value_count; i++)
        store_set_commit(run->postgres->options.store, run->query->values[i].family);
    run->postgres->untidy = true;
}

void rows_clear(struct run *run) {
    for (size_t i = 0; i < run->query->value_count; i++)
        store_set_clear(run->postgres->options.store, run->query->values[i].family);
    run->postgres->untidy = true;
}

void rows_hide(struct run *run) {
    for (size_t i = 0; i < run->query->value_count; i++)
        store_set_hide(run->postgres->options.store, run->query->values[i].family);
    run->postgres->untidy = true;
}
