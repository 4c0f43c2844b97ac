/*
 * judge.h - all rules over one tree.
 */
#ifndef ARROWS_JUDGE_H
#define ARROWS_JUDGE_H

#include <stdio.h>

/**
 * Writes a line for everything that is wrong in the tree `root`, and gives their number. `facts` is as
 * facts.h has it, `symbols` what nm wrote. What cannot be read counts, too, and is reported on stderr.
 * `known`, unless NULL, is a file of what need not be reported yet: a part of a line on each line.
 */
size_t judge(FILE *out, const char *facts, const char *symbols, const char *root,
             const char *known);

#endif
