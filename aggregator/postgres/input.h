/*
 * input.h - reads what arrived on a connection, and acts on it. Private.
 */
#ifndef STATGATE_POSTGRES_INPUT_H
#define STATGATE_POSTGRES_INPUT_H

#include "postgres/collector.h"

/** Read what is there and act on it until `until_ns`. True: there is more to do at once. */
bool input_step(struct connection *connection, uint64_t until_ns);

#endif
