/*
 * client.h - the client at the other end of an open connection, as text.
 */
#ifndef STATGATE_HTTP_CLIENT_H
#define STATGATE_HTTP_CLIENT_H

enum { CLIENT_TEXT_MAX = 64 };

/** Write the client's address without its port, which changes: "10.0.0.5", "fe80::1"; for a Unix
 * socket its user: "uid 1000". "": not known. */
void client_text(int fd, char out[CLIENT_TEXT_MAX]);

#endif
