#include "host/unix_listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The text for an errno. Static. */
static const char *word_of(int error) {
    if (error == EACCES)
        return "permission denied";
    const char *text = strerrordesc_np(error);
    return text != NULL ? text : "unknown error";
}

/* Explain why the path cannot be used. Only a socket without a listener may be replaced. NULL: the
 * path is free. */
static const char *why_not_free(const char *path) {
    int error = 0;
    switch (unix_socket_look(path, SOCK_STREAM, &error)) {
    case UNIX_SOCKET_FREE:
        return NULL;
    case UNIX_SOCKET_TAKEN:
        return "another process listens on this socket";
    case UNIX_SOCKET_OTHER_TYPE:
        return "a socket of another type (a datagram socket?) is at this path";
    case UNIX_SOCKET_OTHER_FILE:
        return "something other than a socket is at this path";
    case UNIX_SOCKET_HIDDEN:
    case UNIX_SOCKET_UNCLEAR:
        break;
    }
    return word_of(error);
}

const char *unix_listener_bind(int fd, const char *path, mode_t mode,
                               struct unix_socket_file *ret_file) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    const char *why = why_not_free(path);
    if (why != NULL)
        return why;
    if (!unix_socket_bind(fd, path, mode, temporary))
        return word_of(errno);
    if (listen(fd, SOMAXCONN) == 0 && unix_socket_rename(temporary, path, ret_file))
        return NULL;
    const int error = errno;
    unlink(temporary);
    return word_of(error);
}

static bool has_option(int fd, int option, int value) {
    int is = -1;
    socklen_t len = sizeof is;
    return getsockopt(fd, SOL_SOCKET, option, &is, &len) == 0 && is == value;
}

bool unix_listener_listens(int fd, int domain) {
    return has_option(fd, SO_ACCEPTCONN, 1) && has_option(fd, SO_TYPE, SOCK_STREAM) &&
           has_option(fd, SO_DOMAIN, domain);
}
