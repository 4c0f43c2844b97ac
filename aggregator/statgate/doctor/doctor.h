/* SPDX-License-Identifier: MIT */
/* doctor.h - statgate doctor: what is wrong, and the remedy. */
#ifndef STATGATE_STATGATE_DOCTOR_DOCTOR_H
#define STATGATE_STATGATE_DOCTOR_DOCTOR_H

#include "statgate/command.h"

extern const struct command doctor_command;

#endif
