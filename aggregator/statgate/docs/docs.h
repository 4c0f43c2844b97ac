/*
 * docs.h - `statgate docs`: a Markdown reference page of what catalogs declare. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_DOCS_H
#define STATGATE_STATGATE_DOCS_DOCS_H

#include "statgate/command.h"

extern const struct command docs_command;

#endif
