/*
 * unix_socket.h - sockets of the Unix domain at paths: what is there already, and how a socket gets
 * there.
 *
 * A socket is bound under a temporary name in the path's folder, has its mode from the first
 * moment, and is renamed to its path when it is ready: whoever finds the name finds a socket that
 * answers, and what was there before stays until then.
 */
#ifndef STATGATE_HOST_UNIX_SOCKET_H
#define STATGATE_HOST_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

enum {
    UNIX_SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path, /**< with the terminator */
    UNIX_SOCKET_TEMPORARY_LEN = 3 + 8 /**< room that the folder must leave for a temporary name */
};

/** The file of a socket, to know it again. */
struct unix_socket_file {
    dev_t device;
    ino_t inode; /**< 0: none */
};

enum unix_socket_place {
    UNIX_SOCKET_FREE,       /**< nothing, or a socket that nobody receives on */
    UNIX_SOCKET_TAKEN,      /**< another process receives on it */
    UNIX_SOCKET_OTHER_TYPE, /**< another process uses it for another type of socket */
    UNIX_SOCKET_OTHER_FILE, /**< no socket */
    UNIX_SOCKET_HIDDEN,     /**< cannot be looked at */
    UNIX_SOCKET_UNCLEAR     /**< a socket, but nobody can say whether somebody receives on it */
};

/** What is at the path, for a socket of `type` (SOCK_DGRAM, SOCK_STREAM). *ret_errno is the reason
 * of the last two. Nothing reaches a receiver by this. */
enum unix_socket_place unix_socket_look(const char *path, int type, int *ret_errno);

/** A non-blocking socket of `type` that is connected to the path, or a negative errno. */
int unix_socket_connect(const char *path, int type);

/** Bind under a temporary name, written to ret_temporary (UNIX_SOCKET_PATH_MAX bytes). False with
 * errno: ENAMETOOLONG when the folder leaves no room. */
bool unix_socket_bind(int sock, const char *path, mode_t mode, char *ret_temporary);

/** Rename a bound socket to its path. False with errno. */
bool unix_socket_rename(const char *temporary, const char *path, struct unix_socket_file *ret_file);

/** Whether the path has this file. */
bool unix_socket_in_place(const char *path, const struct unix_socket_file *file);

/** Whether the path is a name as unix_socket_bind makes them. */
bool unix_socket_is_temporary(const char *path);

/** Bytes of the path up to its last slash, that included. */
size_t unix_socket_folder_len(const char *path);

#endif
