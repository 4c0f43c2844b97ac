/*
 * wire.h - messages between a daemon and its successor on a socket pair (SOCK_SEQPACKET). A message
 * is a word, its arguments, and descriptors.
 *
 *   WORD TEXT            or          WORD
 *                                    NAME of the first descriptor
 *                                    NAME of the second ...
 *
 * succession.h lists the words. The two sides may be of different versions, so unknown messages are
 * ignored, and nothing in a message is trusted.
 */
#ifndef STATGATE_HOST_WIRE_H
#define STATGATE_HOST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/inherited.h"

enum {
    WIRE_FDS = 100, /**< descriptors of a message */
    WIRE_BYTES = WIRE_FDS * INHERITED_NAME_MAX + 64
};

/** A descriptor and its name, both borrowed. */
struct wire_item {
    const char *name;
    int fd;
};

struct wire_message {
    char text[WIRE_BYTES + 1]; /**< terminated */
    int fds[WIRE_FDS];         /**< -1: taken */
    size_t fd_count;
};

/** Make a socket pair: the first end is non-blocking, the second blocks. False with errno. */
bool wire_pair(int ret_ends[2]);

/** Send a message of formatted text. False with errno: the other side will not read it. */
bool wire_send(int sock, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Send these descriptors in as many messages as needed, or none if `count` is 0. */
bool wire_send_items(int sock, const char *word, const struct wire_item *items, size_t count);

enum wire_result {
    WIRE_GOT,
    WIRE_NONE, /**< no message yet */
    WIRE_END   /**< the other side is gone or sent an invalid message */
};
/** Receive the next message without waiting. The caller owns its descriptors, see wire_drop. */
enum wire_result wire_receive(int sock, struct wire_message *ret_message);
/** Wait for a message until `until_ns` of the monotonic clock. WIRE_NONE: the time is over. */
enum wire_result wire_await(int sock, uint64_t until_ns, struct wire_message *ret_message);

/** Whether the message starts with this word. If so, *ret_text is the text after it; ret_text may
 * be NULL. */
bool wire_is(const struct wire_message *message, const char *word, const char **ret_text);
/** Get name number `index` of a message with descriptors. False: it has no such line, or the line
 * is not a valid name. */
bool wire_name(const struct wire_message *message, size_t index, char ret_name[INHERITED_NAME_MAX]);
/** Take a descriptor out of the message. -1: there is none. */
int wire_take(struct wire_message *message, size_t index);
/** Close the descriptors that were not taken. */
void wire_drop(struct wire_message *message);

#endif
