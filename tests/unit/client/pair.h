/* SPDX-License-Identifier: MIT */
/*
 * pair.h - a handle and the receiver that it sends to, for tests that need no more.
 */
#ifndef TESTS_CLIENT_PAIR_H
#define TESTS_CLIENT_PAIR_H

#include "fixture.h"

extern struct statgate sg;
extern int receiver;

/** With the fixture: for .init and .fini of a suite. */
void pair_open(void);
void pair_close(void);

#endif
