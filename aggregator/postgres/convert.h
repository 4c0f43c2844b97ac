/*
 * convert.h - converts a column's text to a number. Pure.
 *
 * By the type of the column, as the server describes it (a domain counts as its base type):
 *
 *   boolean                         false 0, true 1
 *   smallint integer bigint         the number; beyond 2^53 the nearest double
 *   real double precision numeric   the number; NaN and infinities are wrong
 *   interval                        seconds, as extract(epoch from ...) counts them: a month has 30
 *                                   days, 12 months 365.25 days, a day 86,400 s
 *   timestamp with time zone        Unix seconds
 *   timestamp                       Unix seconds, taken as UTC
 *
 * Any other type is a wrong type, even if all values are NULL: a bare NULL has type text and needs
 * a cast. The session formats intervals as iso_8601 and timestamps as ISO with their offset,
 * whatever the server's settings are; its time zone is left alone, for the query's own sake.
 */
#ifndef STATGATE_POSTGRES_CONVERT_H
#define STATGATE_POSTGRES_CONVERT_H

#include <stdbool.h>

/** Settings on which the texts depend, for the start of each transaction. */
#define CONVERT_SETTINGS                                                                           \
    "SET LOCAL datestyle='ISO';SET LOCAL intervalstyle='iso_8601';SET LOCAL extra_float_digits=3;"

enum convert_kind {
    CONVERT_NONE, /**< not a numeric type */
    CONVERT_BOOLEAN,
    CONVERT_NUMBER,
    CONVERT_INTERVAL,
    CONVERT_TIMESTAMP
};

/** The kind for a type's object identifier (pg_type.dat; those of built-in types never change). */
enum convert_kind convert_kind_of(unsigned type_oid);
/** Read a terminated text as the server writes it. False: not a finite number. */
bool convert_value(enum convert_kind kind, const char *text, double *ret_value);

#endif
