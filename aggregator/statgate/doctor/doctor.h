/*
 * doctor.h - `statgate doctor`: what keeps samples from getting where they should. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_DOCTOR_H
#define STATGATE_STATGATE_DOCTOR_DOCTOR_H

#include "statgate/command.h"

extern const struct command doctor_command;

#endif
