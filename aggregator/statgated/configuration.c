#include "statgated/configuration.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/settings.h"
#include "statgated/state.h"

/* Make a file without a name, for another process. Returns -1 on failure. */
static int make_file(const struct strbuf *text) {
    const int fd = text->failed ? -1 : memfd_create("statgate-text", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < text->len) {
        const ssize_t written = write(fd, text->data + done, text->len - done);
        if (written <= 0) {
            (void)close(fd);
            return -1;
        }
        done += (size_t)written;
    }
    return fd;
}

static bool read_file(int fd, struct strbuf *out) {
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size > CONFIGURATION_BYTES_MAX ||
        !strbuf_reserve(out, (size_t)status.st_size))
        return false;
    while (out->len < (size_t)status.st_size) {
        const ssize_t got =
            pread(fd, out->data + out->len, (size_t)status.st_size - out->len, (off_t)out->len);
        if (got <= 0)
            return false;
        out->len += (size_t)got;
    }
    return true;
}

void configuration_describe(struct daemon *daemon) {
    struct strbuf text;
    strbuf_init(&text);
    settings_changes_describe(&daemon->plan, &daemon->set, &text);
    daemon->description = make_file(&text);
    strbuf_done(&text);
}

/* Add each line to the report of /debug/catalog. */
static void note(struct daemon *daemon, const struct strbuf *lines) {
    char line[CHANGES_LINE_MAX + 1];
    for (size_t at = 0; at < lines->len;) {
        const char *end = memchr(lines->data + at, '\n', lines->len - at);
        const size_t len = (size_t)(end - (lines->data + at));
        memcpy(line, lines->data + at, len);
        line[len] = '\0';
        reload_report_changed(&daemon->reload, line);
        at += len + 1;
    }
}

static bool has_line(const struct strbuf *lines, const char *beginning) {
    const size_t len = strlen(beginning);
    if (lines->len == 0)
        return false;
    const char *end = lines->data + lines->len;
    for (const char *at = lines->data; at < end;
         at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1)
        if ((size_t)(end - at) > len && memcmp(at, beginning, len) == 0)
            return true;
    return false;
}

/* The former daemon holds its state file until it has handed over; another file can be tried
 * now. */
static void warn(struct daemon *daemon, struct strbuf *lines) {
    struct error why;
    if (has_line(lines, "changed setting state_file:") && !state_try(daemon, &why))
        strbuf_printf(lines, CONFIGURATION_WARNING "%.*s\n", CONFIGURATION_WARNING_MAX, why.text);
}

/* Say that a reload does not change the environment, if catalogs take something from it. */
static void put_environment(const struct catalog_set *set, struct strbuf *lines) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->variables != NULL)
            strbuf_printf(
                lines, "%s takes %.*s from the environment, which only a restart changes\n",
                set->catalogs[i]->service, CONFIGURATION_WARNING_MAX, set->catalogs[i]->variables);
}

int configuration_compare(struct daemon *daemon, int former) {
    struct strbuf before;
    struct strbuf after;
    struct strbuf lines;
    int fd = -1;
    strbuf_init(&before);
    strbuf_init(&after);
    strbuf_init(&lines);
    if (former >= 0 && daemon->description >= 0 && read_file(former, &before) &&
        read_file(daemon->description, &after) &&
        settings_changes_write(before.data, before.len, after.data, after.len, &lines)) {
        warn(daemon, &lines);
        note(daemon, &lines);
        put_environment(&daemon->set, &lines);
        fd = make_file(&lines);
    }
    strbuf_done(&before);
    strbuf_done(&after);
    strbuf_done(&lines);
    return fd;
}
