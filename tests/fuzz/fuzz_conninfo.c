/* SPDX-License-Identifier: MIT */
/*
 * Any text as conninfo. libpq is called with the options that every connection of the daemon has,
 * and if there is no connection, the reason is one clean line without the password. The same bytes
 * also serve as a message to be cleaned.
 *
 * No input reaches a server: the call to libpq is wrapped, and looks for a socket in a folder that
 * does not exist, whatever host the input names.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "check.h"
#include "postgres/postgres_private.h"

PGconn *__real_PQconnectdbParams(const char *const *keywords, const char *const *values,
                                 int expand);
PGconn *__wrap_PQconnectdbParams(const char *const *keywords, const char *const *values,
                                 int expand);

enum { OPTIONS_MAX = 100 };

static unsigned timeout_s; /* passed to postgres_conninfo_connect */
static char *password;     /* passed to libpq, or NULL */
static const char withheld[] = "the connection failed; libpq's message is withheld";

/* The value of the last option of this name, which is the one that counts. */
static const char *last_value(const char *const *keywords, const char *const *values,
                              const char *name) {
    const char *value = NULL;
    for (size_t i = 0; keywords[i] != NULL; i++)
        if (strcmp(keywords[i], name) == 0)
            value = values[i];
    return value;
}

static void check_options(const char *const *keywords, const char *const *values) {
    const char *encoding = last_value(keywords, values, "client_encoding");
    const char *timeout = last_value(keywords, values, "connect_timeout");
    CHECK(encoding != NULL && strcmp(encoding, "UTF8") == 0);
    CHECK(last_value(keywords, values, "fallback_application_name") != NULL);
    const long limit_s = timeout != NULL ? strtol(timeout, NULL, 10) : 0;
    CHECK(limit_s > 0 && limit_s <= CONNINFO_TIMEOUT_MAX_S);
    CHECK(timeout_s == 0 || limit_s <= (long)timeout_s);
}

PGconn *__wrap_PQconnectdbParams(const char *const *keywords, const char *const *values,
                                 int expand) {
    const char *safe[OPTIONS_MAX];
    size_t count = 0;
    CHECK(expand == 0);
    check_options(keywords, values);
    for (; keywords[count] != NULL; count++) {
        CHECK(count < OPTIONS_MAX);
        safe[count] = strncmp(keywords[count], "host", 4) == 0 ? "" : values[count];
    }
    safe[count] = NULL;
    PGconn *pg = __real_PQconnectdbParams(keywords, safe, expand);
    const char *given = pg != NULL ? PQpass(pg) : NULL;
    password = given != NULL && *given != '\0' ? strdup(given) : NULL;
    return pg;
}

/* Checks that the text is one line of well-formed UTF-8, with single blanks between words. */
static void check_line(const char *text, size_t size) {
    size_t left = strlen(text);
    CHECK(left < size && *text != ' ');
    for (size_t len; left > 0; text += len, left -= len) {
        len = utf8_len(text, left);
        CHECK(len > 0 && (unsigned char)*text >= ' ' && *text != 0x7f);
        CHECK(*text != ' ' || (text[1] != ' ' && text[1] != '\0'));
    }
}

/* Checks that the error does not have the password. Short passwords, and those that cleaning could
 * make of other bytes, are not checked: they may be there by chance. */
static void check_secret(const char *error) {
    if (strlen(password) >= 4 && strpbrk(password, "? ") == NULL)
        CHECK(strstr(error, password) == NULL ||
              strncmp(error, withheld, sizeof withheld - 1) == 0);
}

static void check_clean(const char *text, size_t size) {
    char *once = malloc(size); /* of exact size, so that a write past it is seen */
    char *twice = malloc(size);
    CHECK(once != NULL && twice != NULL);
    postgres_message_clean(text, once, size);
    check_line(once, size);
    postgres_message_clean(once, twice, size);
    CHECK(strcmp(once, twice) == 0);
    free(once);
    free(twice);
}

static void open_once(void) {
    static bool open;
    if (open)
        return;
    open = true;
    /* Only the input may decide. */
    CHECK(clearenv() == 0);
    CHECK(setenv("PGHOST", "/nonexistent", 1) == 0 && setenv("HOME", "/nonexistent", 1) == 0);
    CHECK(setenv("PGSERVICEFILE", "/nonexistent", 1) == 0);
    CHECK(setenv("PGSYSCONFDIR", "/nonexistent", 1) == 0);
}

/* The first byte of the input is the timeout, and also the size of the buffer for a clean
 * message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    open_once();
    char *text = malloc(size);
    struct error error = {0};
    CHECK(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    timeout_s = data[0] % 16;
    CHECK(postgres_conninfo_connect(text, timeout_s, &error) == NULL);
    CHECK(error.text[0] != '\0');
    check_line(error.text, sizeof error.text);
    if (password != NULL)
        check_secret(error.text);
    free(password);
    password = NULL;
    check_clean(text, 1 + (size_t)data[0]);
    free(text);
    return 0;
}
