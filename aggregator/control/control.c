/* SPDX-License-Identifier: MIT */
/* control.c - exit codes and labels of commands. */
#include "control/control.h"

#include <string.h>

int control_exit_code(unsigned status) {
    switch (status) {
#define STATUS(id, status, exit_code)                                                              \
    case status:                                                                                   \
        return exit_code;
#include "control/statuses.def"
#undef STATUS
    default:
        return 1;
    }
}

/* Take the value at *rest up to the next comma and resolve its escapes in place. *rest moves past
 * the comma, or becomes NULL at the end. Returns NULL for an invalid escape. */
static char *take_value(char **rest) {
    char *value = *rest;
    char *out = value;
    const char *at = value;
    for (; *at != '\0' && *at != ','; at++) {
        if (*at == '\\') {
            at++;
            if (*at != '\\' && *at != ',' && *at != 'n')
                return NULL;
            *out++ = *at == 'n' ? '\n' : *at;
        } else {
            *out++ = *at;
        }
    }
    *rest = *at == ',' ? value + (at - value) + 1 : NULL;
    *out = '\0';
    return value;
}

static bool has_key(const struct control_labels *labels, const char *key) {
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->items[i].key, key) == 0)
            return true;
    return false;
}

/* Take one KEY=VALUE; *rest moves as for take_value. */
static bool take_label(struct control_labels *labels, char **rest, struct error *error) {
    char *key = *rest;
    char *sign = key + strcspn(key, "=,");
    if (*sign != '=' || sign == key)
        return error_set(error, "labels are KEY=VALUE, with commas between them");
    *sign = '\0';
    *rest = sign + 1;
    const char *value = take_value(rest);
    if (value == NULL)
        return error_set(error,
                         "in the value of label %.100s, \\ stands before \\, a comma or n "
                         "only",
                         key);
    if (has_key(labels, key))
        return error_set(error, "label %.100s is named twice", key);
    if (labels->count == CONTROL_LABELS_MAX)
        return error_set(error, "there are more than %d labels", (int)CONTROL_LABELS_MAX);
    labels->items[labels->count++] = (struct control_label){.key = key, .value = value};
    return true;
}

bool control_labels_read(char *text, struct control_labels *ret_labels, struct error *ret_error) {
    ret_labels->count = 0;
    for (char *rest = text; rest != NULL;)
        if (!take_label(ret_labels, &rest, ret_error))
            return false;
    return true;
}
