/*
 * wire.h - what a daemon and its successor say to each other on a pair of sockets (SOCK_SEQPACKET): each
 * message a word, what belongs to it, and descriptors.
 *
 *   WORD TEXT            or          WORD
 *                                    NAME of the first descriptor
 *                                    NAME of the second ...
 *
 * succession.h has the words. Both sides may be of different versions, so a message that is not known is passed over,
 * and nothing in one is believed.
 */
#ifndef STATGATE_HOST_WIRE_H
#define STATGATE_HOST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/inherited.h"

enum {
    WIRE_FDS = 100, /**< of a message */
    WIRE_BYTES = WIRE_FDS * INHERITED_NAME_MAX + 64
};

/** A descriptor and its name, both borrowed. */
struct wire_item {
    const char *name;
    int fd;
};

struct wire_message {
    char text[WIRE_BYTES + 1]; /**< ends with 0 */
    int fds[WIRE_FDS];         /**< -1: taken */
    size_t fd_count;
};

/** Both ends: the first does not wait, the second does. False with errno. */
bool wire_pair(int ret_ends[2]);

/** False with errno: nobody will read it. */
bool wire_send(int sock, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Send these in as many messages as it takes, none if there are none. */
bool wire_send_items(int sock, const char *word, const struct wire_item *items, size_t count);

enum wire_result {
    WIRE_GOT,
    WIRE_NONE, /**< not yet */
    WIRE_END   /**< the other side is gone, or sends nonsense */
};
/** The next message, without waiting. Its descriptors are the caller's, see wire_drop. */
enum wire_result wire_receive(int sock, struct wire_message *ret_message);
/** Wait for one until `until_ns` of the monotonic clock; NONE: time is over. */
enum wire_result wire_await(int sock, uint64_t until_ns, struct wire_message *ret_message);

/** Whether the message has this word, and the text after it; may be NULL. */
bool wire_is(const struct wire_message *message, const char *word, const char **ret_text);
/** Name number `index` of a message of descriptors. False: it has no such line, or it is no name. */
bool wire_name(const struct wire_message *message, size_t index, char ret_name[INHERITED_NAME_MAX]);
/** Take a descriptor out of the message; -1: there is none. */
int wire_take(struct wire_message *message, size_t index);
/** Close what was not taken. */
void wire_drop(struct wire_message *message);

#endif
