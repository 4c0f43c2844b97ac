#include "control/request.h"

#include <string.h>

#include "base/utf8.h"

static bool fail(struct error *error, const char *why) {
    return error_set(error,
                     "%s; a request is one line: reload, forget SERVICE FAMILY [KEY=VALUE,...], "
                     "tail [KEY=VALUE,...], or address",
                     why);
}

static bool is_text(const char *line, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    return true;
}

/* Take the word at *rest, which moves past the word and one blank; "" at the end. */
static char *take_word(char **rest) {
    char *word = *rest;
    char *end = strchrnul(word, ' ');
    *rest = *end == ' ' ? end + 1 : end;
    *end = '\0';
    return word;
}

/* ---- labels ---- */

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

static bool has_key(const struct control_request *request, const char *key) {
    for (size_t i = 0; i < request->label_count; i++)
        if (strcmp(request->labels[i].key, key) == 0)
            return true;
    return false;
}

/* Take one KEY=VALUE; *rest moves as for take_value. */
static bool take_label(struct control_request *request, char **rest, struct error *error) {
    char *key = *rest;
    char *sign = key + strcspn(key, "=,");
    if (*sign != '=' || sign == key)
        return fail(error, "labels are KEY=VALUE, with commas between them");
    *sign = '\0';
    *rest = sign + 1;
    const char *value = take_value(rest);
    if (value == NULL)
        return fail(error, "in a label value, \\ stands before \\, a comma or n only");
    if (request->label_count == CONTROL_LABELS_MAX || has_key(request, key))
        return fail(error, "a label is named twice, or there are more than 32");
    request->labels[request->label_count++] = (struct control_label){.key = key, .value = value};
    return true;
}

static bool take_labels(struct control_request *request, char *rest, struct error *error) {
    while (rest != NULL)
        if (!take_label(request, &rest, error))
            return false;
    return true;
}

/* ---- commands ---- */

static bool read_forget(struct control_request *request, char *rest, struct error *error) {
    request->command = CONTROL_FORGET;
    request->service = take_word(&rest);
    const bool labelled = strchr(rest, ' ') != NULL;
    request->family = take_word(&rest);
    if (*request->service == '\0' || *request->family == '\0')
        return fail(error, "forget needs a service and a family");
    return !labelled || take_labels(request, rest, error);
}

/* Explain why a line is not text; NULL: it is. Checks first for faults that are hard to see. The
 * value of a label may end with a blank. */
static const char *why_not_text(const char *line, size_t len) {
    if (len > 0 && line[len - 1] == '\r')
        return "a line ends with a newline alone, this one has a carriage return before it";
    if (len > 0 && line[len - 1] == ' ' && memchr(line, '=', len) == NULL)
        return "there is a blank at the end of the line";
    if (!utf8_is(line, len))
        return "a request is UTF-8, and this one has other bytes";
    return is_text(line, len) ? NULL : "a control byte is no part of a request";
}

bool control_request_read(char *line, size_t len, struct control_request *ret_request,
                          struct error *ret_error) {
    struct control_request request = {.command = CONTROL_RELOAD};
    const char *why = why_not_text(line, len);
    if (why != NULL)
        return fail(ret_error, why);
    line[len] = '\0';
    char *rest = line;
    const bool more = strchr(line, ' ') != NULL;
    const char *word = take_word(&rest);
    if (strcmp(word, "forget") == 0) {
        if (!read_forget(&request, rest, ret_error))
            return false;
    } else if (strcmp(word, "tail") == 0) {
        request.command = CONTROL_TAIL;
        if (more && !take_labels(&request, rest, ret_error))
            return false;
    } else if (strcmp(word, "address") == 0 && !more) {
        request.command = CONTROL_ADDRESS;
    } else if (strcmp(word, "reload") != 0 || more) {
        return fail(ret_error, "there is no such command");
    }
    *ret_request = request;
    return true;
}
