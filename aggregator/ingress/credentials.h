/*
 * credentials.h - the options of a socket before it receives: who sent each datagram. Private.
 */
#ifndef STATGATE_INGRESS_CREDENTIALS_H
#define STATGATE_INGRESS_CREDENTIALS_H

#include <stdbool.h>

/* Credentials from the next datagram on; descriptors refused where the kernel can. False with errno. */
bool credentials_ask(int sock);

#endif
