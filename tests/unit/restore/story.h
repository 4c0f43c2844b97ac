/* SPDX-License-Identifier: MIT */
/*
 * story.h - catalogs with every kind of family, and a list of events for a daemon with them: each
 * kind of sample, a first and a last series, ends of processes, time.
 */
#ifndef STATGATE_TESTS_TAKEOVER_STORY_H
#define STATGATE_TESTS_TAKEOVER_STORY_H

#include "life.h"

extern const char *const story_catalogs[]; /* ended by NULL */
extern const struct step story_steps[];
extern const size_t story_step_count;

#endif
