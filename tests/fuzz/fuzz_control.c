/* SPDX-License-Identifier: MIT */
/*
 * Any text as the labels of a command. What was read, when written again, is the same text; what
 * was refused has a sentence.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "control/control.h"

static char *put_value(char *out, const char *value) {
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == ',' || *value == '\n')
            *out++ = '\\';
        *out++ = *value == '\n' ? 'n' : *value;
    }
    *out = '\0';
    return out;
}

static void write_again(const struct control_labels *labels, char *out) {
    for (size_t i = 0; i < labels->count; i++) {
        out = stpcpy(stpcpy(stpcpy(out, i == 0 ? "" : ","), labels->items[i].key), "=");
        out = put_value(out, labels->items[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1); /* of exact size, so that a write past it is seen */
    char *before = malloc(size + 1);
    char *again = malloc(2 * size + 64);
    struct control_labels labels;
    struct error why = {0};
    CHECK(text != NULL && before != NULL && again != NULL);
    for (size_t i = 0; i < size; i++) /* a parameter has no NUL, and a newline is \n */
        text[i] = data[i] == '\0' || data[i] == '\n' ? 'x' : (char)data[i];
    text[size] = '\0';
    memcpy(before, text, size + 1);
    const bool good = control_labels_read(text, &labels, &why);
    CHECK(good == (why.text[0] == '\0'));
    if (good) {
        write_again(&labels, again);
        CHECK(strcmp(again, before) == 0);
    }
    free(again);
    free(before);
    free(text);
    return 0;
}
