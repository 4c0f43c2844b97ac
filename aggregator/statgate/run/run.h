/* SPDX-License-Identifier: MIT */
/* run.h - statgate run: a command as a job; statgate job: the events of a job, by hand. */
#ifndef STATGATE_STATGATE_RUN_RUN_H
#define STATGATE_STATGATE_RUN_RUN_H

#include "statgate/command.h"

extern const struct command run_command;
extern const struct command run_job_command;

#endif
