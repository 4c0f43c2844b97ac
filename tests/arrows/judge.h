/*
 * judge.h - all rules over one tree.
 */
#ifndef ARROWS_JUDGE_H
#define ARROWS_JUDGE_H

#include <stdio.h>

/**
 * Writes a line for each fault of the tree `root` and returns how many there are. `facts` names a
 * file in the format of facts.h, `symbols` one with the output of nm. If either cannot be read,
 * that is one fault, reported on stderr.
 */
size_t judge(FILE *out, const char *facts, const char *symbols, const char *root);

#endif
