/* What a process that hangs is doing: three files of /proc. */
#include "supervisor/hang.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 2048, WORD_MAX = 64 };

/* ---- text ---- */

/* The value of a line "KEY:\tVALUE". NULL: there is no such line. */
static const char *find_line(const char *text, const char *key) {
    const size_t len = strlen(key);
    for (const char *at = text; at != NULL && *at != '\0';) {
        if (strncmp(at, key, len) == 0)
            return at + len;
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    return NULL;
}

struct hang_status hang_read_status(const char *text, size_t len) {
    char copy[FILE_BYTES + 1];
    struct hang_status status = {0};
    len = len < FILE_BYTES ? len : FILE_BYTES;
    memcpy(copy, text, len);
    copy[len] = '\0';
    const char *state = find_line(copy, "State:\t");
    const char *tracer = find_line(copy, "TracerPid:\t");
    if (state != NULL)
        (void)snprintf(status.state, sizeof status.state, "%.*s", (int)strcspn(state, "\n"), state);
    status.traced = tracer != NULL && strtol(tracer, NULL, 10) != 0;
    return status;
}

/* Append "BEGINNING WORD"; nothing unless the text begins with a word of letters, digits, "_" and
 * ".". */
static size_t put_word(char *out, size_t at, const char *beginning, const char *text) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const size_t len = strspn(text, letters);
    if (len == 0 || len > WORD_MAX)
        return at;
    return at +
           (size_t)snprintf(out + at, HANG_TEXT_BYTES - at, "%s %.*s", beginning, (int)len, text);
}

/* A process that runs has the word "running" for its call and "0" for its function. */
void hang_put(const struct hang_status *status, const char *function, const char *call,
              char ret_text[HANG_TEXT_BYTES]) {
    const bool calls = *call >= '0' && *call <= '9';
    size_t at = (size_t)snprintf(ret_text, HANG_TEXT_BYTES, "it was in state %s",
                                 status->state[0] != '\0' ? status->state : "unknown");
    if (strcmp(function, "0") != 0)
        at = put_word(ret_text, at, ", in the kernel's", function);
    if (calls)
        (void)put_word(ret_text, at, ", in system call", call);
}

/* ---- files ---- */

/* Read the beginning of a file of the process. "" if that is refused. */
static size_t read_file(int32_t pid, const char *name, char ret_text[FILE_BYTES]) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd >= 0 ? read(fd, ret_text, FILE_BYTES - 1) : 0;
    if (fd >= 0)
        (void)close(fd);
    ret_text[len > 0 ? len : 0] = '\0';
    return len > 0 ? (size_t)len : 0;
}

static struct hang_status read_status(int32_t pid) {
    char text[FILE_BYTES];
    const size_t len = read_file(pid, "status", text);
    return hang_read_status(text, len);
}

bool hang_is_traced(int32_t pid) {
    return read_status(pid).traced;
}

void hang_describe(int32_t pid, char ret_text[HANG_TEXT_BYTES]) {
    char function[FILE_BYTES];
    char call[FILE_BYTES];
    const struct hang_status status = read_status(pid);
    (void)read_file(pid, "wchan", function);
    (void)read_file(pid, "syscall", call);
    hang_put(&status, function, call, ret_text);
}
