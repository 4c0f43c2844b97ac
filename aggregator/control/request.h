/*
 * request.h - parses a line of the control socket (proto/PROTOCOL.md, "The control socket").
 *
 *   reload
 *   forget SERVICE FAMILY [KEY=VALUE,...]
 *   tail [KEY=VALUE,...]
 *   address
 *
 * Pure. Names are not looked up here.
 */
#ifndef STATGATE_CONTROL_REQUEST_H
#define STATGATE_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
    CONTROL_LINE_MAX = 8192, /**< bytes of a request, with its newline */
    CONTROL_LABELS_MAX = 32
};

enum control_command { CONTROL_RELOAD, CONTROL_FORGET, CONTROL_TAIL, CONTROL_ADDRESS };

struct control_label {
    const char *key;
    const char *value; /**< may be "" */
};

/** Texts are terminated and stored in the line that was read. */
struct control_request {
    enum control_command command;
    const char *service;                             /**< for forget */
    const char *family;                              /**< for forget */
    struct control_label labels[CONTROL_LABELS_MAX]; /**< no key twice; for tail, its filters */
    size_t label_count;
};

/** Parse a line of `len` bytes without its newline. The line is changed, and must have room for one
 * more byte. False, with a sentence in ret_error, if it is not a request. */
bool control_request_read(char *line, size_t len, struct control_request *ret_request,
                          struct error *ret_error);

#endif
