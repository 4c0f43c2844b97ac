/*
 * hosts.h - names under which people may ask for /debug and the page. Pure.
 *
 * A page of a stranger, open in a browser on this host, can let its own name point here (DNS
 * rebinding), and then read every answer: to the browser both are one site. The request still names
 * the stranger, in Host. So it has to name an IP address, which nobody can redirect, or this host.
 */
#ifndef STATGATE_HTTP_HOSTS_H
#define STATGATE_HTTP_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * True for the authority of a request ("name:port", as in Host) that is an IPv4 address, an IPv6 one
 * in brackets, `localhost`, or one of `names`: separated by commas, and `.suffix` is all names that
 * end so. Case, a port and a dot at the end do not matter. False for what is no authority.
 */
bool hosts_admit(const char *names, const char *authority, size_t len);

#endif
