/*
 * convert.h - a column's text as a number. Pure.
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
 * Every other type is a wrong type, also where all values are NULL: a bare NULL is text and needs a
 * cast. The session gives intervals as iso_8601 and timestamps as ISO with their offset, whatever
 * the server's settings are; its time zone stays as it is, for the query's own sake.
 */
#ifndef STATGATE_POSTGRES_CONVERT_H
#define STATGATE_POSTGRES_CONVERT_H

#include <stdbool.h>

/** Settings that the texts depend on, for the start of each transaction. */
#define CONVERT_SETTINGS                                                                           \
    "SET LOCAL datestyle='ISO';SET LOCAL intervalstyle='iso_8601';SET LOCAL extra_float_digits=3;"

enum convert_kind {
    CONVERT_NONE, /**< a type that is no number */
    CONVERT_BOOLEAN,
    CONVERT_NUMBER,
    CONVERT_INTERVAL,
    CONVERT_TIMESTAMP
};

/** By a type's object identifier (pg_type.dat; those of built-in types never change). */
enum convert_kind convert_kind_of(unsigned type_oid);
/** Reads a terminated text as the server writes it. False: not a finite number. */
bool convert_value(enum convert_kind kind, const char *text, double *ret_value);

#endif
