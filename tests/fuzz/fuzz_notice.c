/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a message to the supervisor. The result is what a slower reader finds in the
 * message, names are valid and end within their buffers, and a status is within the message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "supervisor/supervisor.h"

/* The value of the first line that begins with the key and fits, as text from malloc. NULL if
 * none. */
static char *find(const char *message, const char *key, bool (*fits)(const char *value)) {
    char *copy = strdup(message);
    char *found = NULL;
    CHECK(copy != NULL);
    for (char *rest = copy, *line; found == NULL && (line = strsep(&rest, "\n")) != NULL;)
        if (strncmp(line, key, strlen(key)) == 0 && fits(line + strlen(key)))
            found = strdup(line + strlen(key));
    free(copy);
    return found;
}

static bool any(const char *value) {
    (void)value;
    return true;
}

static bool is_one(const char *value) {
    return strcmp(value, "1") == 0;
}

static bool is_zero(const char *value) {
    return strcmp(value, "0") == 0;
}

static bool is_name(const char *value) {
    const size_t len = strlen(value);
    for (size_t i = 0; i < len; i++)
        if ((signed char)value[i] < 32 || value[i] == 127 || value[i] == ':')
            return false;
    return len <= 255;
}

static bool is_pid(const char *value) {
    const size_t zeros = strspn(value, "0");
    const size_t len = strlen(value);
    return len > 0 && strspn(value, "0123456789") == len && len - zeros <= 10 &&
           strtoll(value, NULL, 10) > 1 && strtoll(value, NULL, 10) <= INT32_MAX;
}

static bool says(const char *message, const char *key, bool (*fits)(const char *value)) {
    char *found = find(message, key, fits);
    free(found);
    return found != NULL;
}

static void check_name(const char *message, const struct notice *notice) {
    char *name = find(message, "FDNAME=", is_name);
    CHECK(memchr(notice->name, '\0', sizeof notice->name) != NULL);
    CHECK(notice->named == (name != NULL));
    CHECK(strcmp(notice->name, name != NULL ? name : "stored") == 0);
    free(name);
}

static void check_status(const char *message, const struct notice *notice) {
    char *status = find(message, "STATUS=", any);
    CHECK((notice->status != NULL) == (status != NULL));
    if (status != NULL)
        CHECK(strlen(status) == notice->status_len &&
              memcmp(status, notice->status, notice->status_len) == 0);
    free(status);
}

static void check_pid(const char *message, const struct notice *notice) {
    char *pid = find(message, "MAINPID=", is_pid);
    CHECK(notice->main_pid == (pid != NULL ? (int32_t)strtoll(pid, NULL, 10) : 0));
    free(pid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *exact = malloc(size + (size == 0)); /* of exact size, so that a read past it is seen */
    char *message = calloc(1, size + 1);
    struct notice notice;
    CHECK(exact != NULL && message != NULL);
    if (size > 0) {
        memcpy(exact, data, size);
        memcpy(message, data, size);
    }
    const size_t len = strlen(message);
    const bool good = len <= NOTICE_BYTES_MAX && (size == len || size == len + 1);
    CHECK(notify_server_notice_read(exact, size, &notice) == good);
    if (good) {
        CHECK(notice.ready == says(message, "READY=", is_one));
        CHECK(notice.stopping == says(message, "STOPPING=", is_one));
        CHECK(notice.store == says(message, "FDSTORE=", is_one));
        CHECK(notice.remove == says(message, "FDSTOREREMOVE=", is_one));
        CHECK(notice.watched == !says(message, "FDPOLL=", is_zero));
        check_name(message, &notice);
        check_status(message, &notice);
        check_pid(message, &notice);
    }
    free(exact);
    free(message);
    return 0;
}
