/*
 * doctor.h - `statgate doctor`: finds what keeps samples from reaching Prometheus. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_DOCTOR_H
#define STATGATE_STATGATE_DOCTOR_DOCTOR_H

#include "statgate/command.h"

extern const struct command doctor_command;

#endif
