/* SPDX-License-Identifier: MIT */
/* docs.h - statgate docs: the reference page of a catalog. */
#ifndef STATGATE_STATGATE_DOCS_DOCS_H
#define STATGATE_STATGATE_DOCS_DOCS_H

#include "statgate/command.h"

extern const struct command docs_command;

#endif
