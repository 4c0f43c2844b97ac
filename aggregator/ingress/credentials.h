/*
 * credentials.h - the socket options that report who sent each datagram. Private.
 */
#ifndef STATGATE_INGRESS_CREDENTIALS_H
#define STATGATE_INGRESS_CREDENTIALS_H

#include <stdbool.h>

/* Enable credentials from the next datagram on, and refuse descriptors if the kernel can. Returns
 * false with errno. */
bool credentials_ask(int sock);

#endif
