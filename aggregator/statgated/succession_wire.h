/*
 * succession_wire.h - what a daemon and its successor say to each other on a pair of sockets (SOCK_SEQPACKET): each
 * message a word, what belongs to it, and descriptors.
 *
 *   WORD TEXT            or          WORD
 *                                    NAME of the first descriptor
 *                                    NAME of the second ...
 *
 * succession.h has the words. Both sides may be of different versions, so a message that is not known is passed over,
 * and nothing in one is believed.
 */
#ifndef STATGATE_STATGATED_SUCCESSION_WIRE_H
#define STATGATE_STATGATED_SUCCESSION_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/inherited.h"

enum {
    SUCCESSION_WIRE_FDS = 100, /**< of a message */
    SUCCESSION_WIRE_BYTES = SUCCESSION_WIRE_FDS * INHERITED_NAME_MAX + 64
};

/** A descriptor and its name, both borrowed. */
struct succession_item {
    const char *name;
    int fd;
};

struct succession_message {
    char text[SUCCESSION_WIRE_BYTES + 1]; /**< ends with 0 */
    int fds[SUCCESSION_WIRE_FDS];         /**< -1: taken */
    size_t fd_count;
};

/** Both ends: the first does not wait, the second does. False with errno. */
bool succession_wire_pair(int ret_ends[2]);

/** False with errno: nobody will read it. */
bool succession_wire_send(int sock, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Send these in as many messages as it takes, none if there are none. */
bool succession_wire_send_items(int sock, const char *word, const struct succession_item *items,
                                size_t count);

enum succession_wire_result {
    SUCCESSION_WIRE_GOT,
    SUCCESSION_WIRE_NONE, /**< not yet */
    SUCCESSION_WIRE_END   /**< the other side is gone, or sends nonsense */
};
/** The next message, without waiting. Its descriptors are the caller's, see succession_wire_drop. */
enum succession_wire_result succession_wire_receive(int sock,
                                                    struct succession_message *ret_message);
/** Wait for one until `until_ns` of the monotonic clock; NONE: time is over. */
enum succession_wire_result succession_wire_await(int sock, uint64_t until_ns,
                                                  struct succession_message *ret_message);

/** Whether the message has this word, and the text after it; may be NULL. */
bool succession_wire_is(const struct succession_message *message, const char *word,
                        const char **ret_text);
/** Name number `index` of a message of descriptors. False: it has no such line, or it is no name. */
bool succession_wire_name(const struct succession_message *message, size_t index,
                          char ret_name[INHERITED_NAME_MAX]);
/** Take a descriptor out of the message; -1: there is none. */
int succession_wire_take(struct succession_message *message, size_t index);
/** Close what was not taken. */
void succession_wire_drop(struct succession_message *message);

#endif
