/*
 * client.h - who is at the other end of a connection that is open.
 */
#ifndef STATGATE_HTTP_CLIENT_H
#define STATGATE_HTTP_CLIENT_H

enum { CLIENT_TEXT_MAX = 64 };

/** An address without its port, which changes: "10.0.0.5", "fe80::1"; of a Unix socket the user: "uid 1000". "": not
 * known. */
void client_text(int fd, char out[CLIENT_TEXT_MAX]);

#endif
