/*
 * unix_socket.h - Unix sockets at paths: finding out what is at a path, and putting a socket there.
 *
 * A socket is bound under a temporary name in the folder of its path, has its mode from the first
 * moment, and is renamed to its path when it is ready. So whoever finds the path finds a socket
 * that answers, and whatever was there before stays until then.
 */
#ifndef STATGATE_HOST_UNIX_SOCKET_H
#define STATGATE_HOST_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

enum {
    UNIX_SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path, /**< with the terminator */
    UNIX_SOCKET_TEMPORARY_LEN = 3 + 8 /**< room for a temporary name, which the folder must leave */
};

/** Identifies the file of a socket. */
struct unix_socket_file {
    dev_t device;
    ino_t inode; /**< 0: none */
};

enum unix_socket_place {
    UNIX_SOCKET_FREE,       /**< nothing, or a socket on which nobody receives */
    UNIX_SOCKET_TAKEN,      /**< another process receives on it */
    UNIX_SOCKET_OTHER_TYPE, /**< another process uses it for another type of socket */
    UNIX_SOCKET_OTHER_FILE, /**< a file that is not a socket */
    UNIX_SOCKET_HIDDEN,     /**< cannot be inspected */
    UNIX_SOCKET_UNCLEAR     /**< a socket, but whether it has a receiver cannot be found out */
};

/** Find out what is at the path, for a socket of `type` (SOCK_DGRAM, SOCK_STREAM). *ret_errno is
 * the reason for UNIX_SOCKET_HIDDEN and UNIX_SOCKET_UNCLEAR. No receiver gets any data from this
 * check. */
enum unix_socket_place unix_socket_look(const char *path, int type, int *ret_errno);

/** Make a non-blocking socket of `type` and connect it to the path. Returns it, or a negative
 * errno. */
int unix_socket_connect(const char *path, int type);

/** Bind under a temporary name, which is written to ret_temporary (UNIX_SOCKET_PATH_MAX bytes).
 * False with errno: ENAMETOOLONG if the path leaves no room for the name. */
bool unix_socket_bind(int sock, const char *path, mode_t mode, char *ret_temporary);

/** Rename a bound socket to its path. False with errno. */
bool unix_socket_rename(const char *temporary, const char *path, struct unix_socket_file *ret_file);

/** Whether this file is still at the path. */
bool unix_socket_in_place(const char *path, const struct unix_socket_file *file);

/** Whether the path is a temporary name that unix_socket_bind made. */
bool unix_socket_is_temporary(const char *path);

/** Length of the path up to and including its last slash. */
size_t unix_socket_folder_len(const char *path);

#endif
