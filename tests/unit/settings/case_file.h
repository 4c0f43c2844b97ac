/* SPDX-License-Identifier: MIT */
/*
 * case_file.h - one case of tests/cases/settings, a text file of lines:
 *
 *   arg: --created            an argument; $FILE is the configuration file, $FOLDER its folder
 *   env: STATGATE_CREATED=on  a variable, with $FILE and $FOLDER, too
 *   uid: 0                    the user (default 1000)
 *   words: yes                the program takes words that are not flags
 *   allowed: socket catalog   the program takes only these settings
 *   file: {"created": true}   a line of the default configuration file (it exists from the first
 *                             one on)
 *   error: TEXT               expected: this message; then no other expectation is allowed
 *   value: created = on       expected: a setting's value
 *   place: created = --created  expected: where it came from
 *   word: X                   expected: the words, in order
 *   endpoint: ADDRESS PATH SERVICES token=FILE include=GROUPS exclude=GROUPS resource=WORD
 *                             expected: the endpoints, in order, with scope_labels, handler_metrics
 *                             and created behind it where they are on; all on one line
 *   at: $FILE: /endpoints/0   expected: the place of the endpoint before
 *   outcome: help             expected instead: help or version
 *
 * Other lines are comments.
 */
#ifndef STATGATE_TEST_SETTINGS_CASE_FILE_H
#define STATGATE_TEST_SETTINGS_CASE_FILE_H

/* Runs a case; a difference fails the test, naming the file and its line. */
void case_file_check(const char *path);

#endif
