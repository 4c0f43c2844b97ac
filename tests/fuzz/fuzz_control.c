/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a request of the control socket. It is accepted if it matches a regular expression
 * and no key is repeated. What was read of it, when written again, is the same request.
 */
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "check.h"
#include "control/control.h"

#define LABEL "[^=,]+=([^\\,]|\\\\[\\,n])*"

static bool has_form(const char *text) {
    static regex_t form;
    static bool compiled;
    if (!compiled) {
        CHECK(regcomp(&form,
                      "^(reload|address|(forget [^ ]+ [^ ]+|tail)( " LABEL "(," LABEL ")*)?)$",
                      REG_EXTENDED | REG_NOSUB) == 0);
        compiled = true;
    }
    return regexec(&form, text, 0, NULL, 0) == 0;
}

static bool has_control_byte(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 32 || text[i] == 127)
            return true;
    return false;
}

/* The end of the label: the first comma without a backslash before it, or the end of the text. */
static const char *end_of(const char *label) {
    while (*label != '\0' && *label != ',')
        label += *label == '\\' ? 2 : 1;
    return label;
}

static bool same_key(const char *a, const char *b) {
    const size_t len = strcspn(a, "=");
    return len == strcspn(b, "=") && memcmp(a, b, len) == 0;
}

/* Whether a text that has the form has no more labels than allowed, and none twice. */
static bool has_fine_labels(const char *text) {
    const char *keys[CONTROL_LABELS_MAX + 1];
    size_t count = 0;
    const char *at = text;
    const int before = strncmp(text, "tail", 4) == 0 ? 1 : 3;
    for (int blanks = 0; at != NULL && blanks < before; blanks++)
        at = (at = strchr(at, ' ')) != NULL ? at + 1 : NULL;
    for (; at != NULL; at = *end_of(at) == ',' ? end_of(at) + 1 : NULL) {
        if (count == CONTROL_LABELS_MAX)
            return false;
        for (size_t i = 0; i < count; i++)
            if (same_key(keys[i], at))
                return false;
        keys[count++] = at;
    }
    return true;
}

/* ---- writing it again ---- */

static char *put(char *out, const char *text) {
    return stpcpy(out, text);
}

static char *put_value(char *out, const char *value) {
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == ',' || *value == '\n')
            *out++ = '\\';
        *out++ = *value == '\n' ? 'n' : *value;
    }
    *out = '\0';
    return out;
}

static void write_again(const struct control_request *request, char *out) {
    if (request->command == CONTROL_RELOAD || request->command == CONTROL_ADDRESS) {
        (void)put(out, request->command == CONTROL_RELOAD ? "reload" : "address");
        return;
    }
    if (request->command == CONTROL_TAIL)
        out = put(out, "tail");
    else
        out = put(put(put(put(out, "forget "), request->service), " "), request->family);
    for (size_t i = 0; i < request->label_count; i++) {
        out = put(put(put(out, i == 0 ? " " : ","), request->labels[i].key), "=");
        out = put_value(out, request->labels[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size >= CONTROL_LINE_MAX)
        return 0;
    char *line = malloc(size + 1); /* of exact size, so that a write past it is seen */
    char *text = calloc(1, size + 1);
    char *again = malloc(2 * size + 64);
    struct control_request request;
    struct error why = {0};
    CHECK(line != NULL && text != NULL && again != NULL);
    if (size > 0) {
        memcpy(line, data, size);
        memcpy(text, data, size);
    }
    const bool good = !has_control_byte(text, size) && utf8_is(text, size) && has_form(text) &&
                      has_fine_labels(text);
    CHECK(control_request_read(line, size, &request, &why) == good);
    CHECK(good == (why.text[0] == '\0'));
    if (good) {
        write_again(&request, again);
        CHECK(strcmp(again, text) == 0);
    }
    free(again);
    free(text);
    free(line);
    return 0;
}
