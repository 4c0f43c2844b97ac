/*
 * hosts.h - host names under which people may request /debug and the page. Pure.
 *
 * A foreign web page, open in a browser on this host, can make its own name point here (DNS
 * rebinding), and then read every answer: for the browser both are one site. But Host of such a
 * request has the foreign name. So Host has to be an IP address, which nobody can redirect, or a
 * name of this host.
 */
#ifndef STATGATE_HTTP_HOSTS_H
#define STATGATE_HTTP_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * True for the authority of a request ("name:port", as in Host) that is an IPv4 address, an IPv6
 * address in brackets, `localhost`, or one of `names`, which are separated by commas; `.suffix`
 * stands for all names that end with it. Case, a port and a dot at the end do not matter. False for
 * a text that is not an authority.
 */
bool hosts_admit(const char *names, const char *authority, size_t len);

#endif
