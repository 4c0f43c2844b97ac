/* SPDX-License-Identifier: MIT */
/* error_text.c - the reasons of failed queries in words, with or without libpq. */
#include "postgres/postgres.h"

const char *postgres_error_text(enum postgres_error error) {
    static const char *const texts[POSTGRES_ERROR_COUNT] = {
        [POSTGRES_OK] = "none",
        [POSTGRES_CONNECT] = "connect",
        [POSTGRES_LOST] = "connection_lost",
        [POSTGRES_TIMEOUT] = "timeout",
        [POSTGRES_SQL] = "sql",
        [POSTGRES_MISSING_COLUMN] = "missing_column",
        [POSTGRES_WRONG_TYPE] = "wrong_type",
        [POSTGRES_DUPLICATE_ROW] = "duplicate_row",
        [POSTGRES_TOO_MANY_ROWS] = "too_many_rows",
        [POSTGRES_TOO_LONG_ROW] = "too_long_row"};
    return texts[error];
}
