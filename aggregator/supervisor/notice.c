#include "supervisor/notice.h"

#include <string.h>

/* The name of a descriptor without FDNAME=, according to sd_notify(3). */
static const char no_name[] = "stored";

/* A line of the message. */
struct notice_line {
    const char *at;
    size_t len;
};

static bool is(struct notice_line line, const char *word) {
    return line.len == strlen(word) && memcmp(line.at, word, line.len) == 0;
}

/* Find the value after the key and its `=`. */
static bool value_of(struct notice_line line, const char *key, struct notice_line *ret_value) {
    const size_t len = strlen(key);
    if (line.len < len || memcmp(line.at, key, len) != 0)
        return false;
    *ret_value = (struct notice_line){line.at + len, line.len - len};
    return true;
}

/* Parse a decimal number from 2 to INT32_MAX; else 0. Process 1 is nobody's child. */
static int32_t read_pid(struct notice_line digits) {
    int64_t pid = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return 0;
        pid = pid * 10 + (digits.at[i] - '0');
        if (pid > INT32_MAX)
            return 0;
    }
    return pid > 1 ? (int32_t)pid : 0;
}

static void read_name(struct notice *notice, struct notice_line name) {
    if (!kept_is_name(name.at, name.len))
        return;
    memcpy(notice->name, name.at, name.len);
    notice->name[name.len] = '\0';
    notice->named = true;
}

static void read_line(struct notice *notice, struct notice_line line) {
    struct notice_line value;
    notice->ready |= is(line, "READY=1");
    notice->stopping |= is(line, "STOPPING=1");
    notice->beat |= is(line, "WATCHDOG=1");
    notice->store |= is(line, "FDSTORE=1");
    notice->remove |= is(line, "FDSTOREREMOVE=1");
    notice->watched &= !is(line, "FDPOLL=0");
    if (!notice->named && value_of(line, "FDNAME=", &value))
        read_name(notice, value);
    if (notice->main_pid == 0 && value_of(line, "MAINPID=", &value))
        notice->main_pid = read_pid(value);
    if (notice->status == NULL && value_of(line, "STATUS=", &value)) {
        notice->status = value.at;
        notice->status_len = value.len;
    }
}

bool notice_read(const char *text, size_t len, struct notice *ret_notice) {
    if (len > 0 && text[len - 1] == '\0')
        len--; /* some senders include the terminator */
    if (len > NOTICE_BYTES_MAX || memchr(text, '\0', len) != NULL)
        return false;
    struct notice notice = {.watched = true};
    memcpy(notice.name, no_name, sizeof no_name);
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        const struct notice_line line = {text, end != NULL ? (size_t)(end - text) : len};
        read_line(&notice, line);
        const size_t gone = line.len + (end != NULL ? 1 : 0);
        text += gone;
        len -= gone;
    }
    *ret_notice = notice;
    return true;
}
