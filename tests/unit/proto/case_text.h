/* SPDX-License-Identifier: MIT */
/*
 * case_text.h - the result of parsing a datagram, as text to read and to compare.
 *
 * One block for each line of the datagram:
 *
 *   metric c "page.views" rate 0.5      kind, letter, name; the rate unless it is 1
 *     value 3                           one for each packed value (`word`, `member` for a b j, s)
 *     value reject bad_value at 11 "x"  offset from the start of the line, and the bytes
 *     label "k" = "v"                   without `=` when it is a bare word
 *     label reject too_long at 20 "..." the walk of the labels ends there
 *     instance "7f3a"
 *     report 00000000deadbeef sent 10 lost 2
 *   event
 *   service_check
 *   reject malformed at 4
 *
 * Bytes outside printable ASCII are \xNN; long ones are cut and their number given.
 */
#ifndef CASE_TEXT_H
#define CASE_TEXT_H

#include <stddef.h>

/** What is in a datagram, for whole corpora. */
struct case_counts {
    size_t lines;
    size_t faults;     /**< lines, values and labels refused */
    size_t mismatches; /**< metric lines whose sg_line_samples is not the number of items walked */
};

/** The text, new: free() it. *ret_counts may be NULL. */
char *case_text(const char *datagram, size_t len, struct case_counts *ret_counts);

#endif
