#include "statgate/check/findings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/faults.h"
#include "json/locate.h"

enum { FILE_BYTES_MAX = 16 << 20 };

/* ---- files ---- */

/* The whole file, terminated; NULL: it is none, or cannot be read. The caller frees. */
static char *read_file(const char *path, size_t *ret_len) {
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "re") : NULL;
    if (file == NULL)
        return NULL;
    const size_t size = status.st_size > FILE_BYTES_MAX ? FILE_BYTES_MAX : (size_t)status.st_size;
    char *text = malloc(size + 1);
    if (text != NULL) {
        *ret_len = fread(text, 1, size, file);
        text[*ret_len] = '\0';
    }
    (void)fclose(file);
    return text;
}

/* How many bytes of a message are the name of a file, before `: ` or `:LINE:`. */
static size_t file_of(const char *message) {
    char path[4096];
    for (const char *at = strchr(message, ':'); at != NULL; at = strchr(at + 1, ':')) {
        const size_t len = (size_t)(at - message);
        struct stat status;
        if (len == 0 || len >= sizeof path)
            continue;
        memcpy(path, message, len);
        path[len] = '\0';
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
            return len;
    }
    return 0;
}

/* ---- findings ---- */

static const char *keep(struct check_findings *findings, const char *text, size_t len) {
    const char *copy = arena_strndup(&findings->arena, text, len);
    findings->failed |= copy == NULL;
    return copy != NULL ? copy : "";
}

static void add(struct check_findings *findings, const struct check_finding *finding) {
    struct check_finding *more =
        realloc(findings->items, (findings->count + 1) * sizeof *findings->items);
    if (more == NULL) {
        findings->failed = true;
        return;
    }
    findings->items = more;
    more[findings->count++] = *finding;
}

/* A file in which mistakes are looked for. */
struct check_reading {
    struct check_findings *findings;
    const char *file;
};

static void add_fault(void *arg, const struct loader_fault *fault) {
    const struct check_reading *reading = arg;
    struct check_findings *findings = reading->findings;
    add(findings,
        &(struct check_finding){.file = reading->file,
                                .line = fault->line,
                                .column = fault->column,
                                .pointer = keep(findings, fault->pointer, strlen(fault->pointer)),
                                .text = keep(findings, fault->text, strlen(fault->text)),
                                .hint = fault->hint});
}

/* Of a pointer to a query, which has its name behind it in brackets. */
static void find_place(struct check_finding *finding, const char *text, size_t len) {
    char pointer[1024];
    (void)snprintf(pointer, sizeof pointer, "%.*s", (int)strcspn(finding->pointer, " "),
                   finding->pointer);
    locate_line(text, len, locate_pointer(text, len, pointer), &finding->line, &finding->column);
}

/* "12:3: " of a parser, which is taken off. */
static const char *take_place(struct check_finding *finding, const char *rest) {
    char *end;
    if (!isdigit((unsigned char)*rest))
        return rest;
    const unsigned long line = strtoul(rest, &end, 10);
    if (*end != ':' || !isdigit((unsigned char)end[1]))
        return rest;
    const unsigned long column = strtoul(end + 1, &end, 10);
    if (strncmp(end, ": ", 2) != 0)
        return rest;
    finding->line = line;
    finding->column = column;
    return end + 2;
}

/* What is behind the file's name: a place, or a pointer to a value of it, and what is said of that. */
static void add_about(struct check_findings *findings, struct check_finding *finding,
                      const char *rest, const char *text, size_t len) {
    rest = take_place(finding, rest);
    const char *end = *rest == '/' ? strstr(rest, ": ") : NULL;
    finding->pointer = end != NULL ? keep(findings, rest, (size_t)(end - rest)) : "";
    finding->text =
        keep(findings, end != NULL ? end + 2 : rest, strlen(end != NULL ? end + 2 : rest));
    if (end != NULL && text != NULL)
        find_place(finding, text, len);
    add(findings, finding);
}

/* True if the catalog was seen already: a file is named once for each of its mistakes. */
static bool is_known(const struct check_findings *findings, const char *file) {
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].file != NULL && strcmp(findings->items[i].file, file) == 0)
            return true;
    return false;
}

/* All mistakes of a catalog, if the message is the first of them. Of a file that is none, or was refused for
 * what others have, nothing is added. */
static bool add_faults(struct check_findings *findings, const struct check_finding *about,
                       const char *text, size_t len, const char *message) {
    const size_t before = findings->count;
    const char *rest = message + strlen(about->file);
    struct check_reading reading = {findings, about->file};
    if (is_known(findings, about->file) || faults_find(text, len, add_fault, &reading) == 0)
        return false;
    if (isdigit((unsigned char)rest[1]) ||
        (findings->count > before && strstr(rest, findings->items[before].text) != NULL))
        return true;
    findings->count = before;
    return false;
}

static void add_message(struct check_findings *findings, const char *message, bool warning) {
    struct check_finding finding = {.warning = warning, .pointer = ""};
    finding.message = keep(findings, message, strlen(message));
    const size_t len = file_of(message);
    size_t text_len = 0;
    if (len == 0) {
        finding.text = finding.message;
        add(findings, &finding);
        return;
    }
    finding.file = keep(findings, message, len);
    char *text = read_file(finding.file, &text_len);
    if (warning || text == NULL || !add_faults(findings, &finding, text, text_len, message)) {
        const char *rest = message + len + 1;
        add_about(findings, &finding, rest + strspn(rest, " "), text, text_len);
    }
    free(text);
}

static void add_all(struct check_findings *findings, const struct messages *messages,
                    bool warning) {
    for (const char *text = messages_next(messages, NULL); text != NULL;
         text = messages_next(messages, text))
        add_message(findings, text, warning);
}

void check_findings_init(struct check_findings *ret_findings, const struct messages *errors,
                         const struct messages *warnings) {
    *ret_findings = (struct check_findings){0};
    arena_init(&ret_findings->arena);
    add_all(ret_findings, errors, false);
    add_all(ret_findings, warnings, true);
}

void check_findings_done(struct check_findings *findings) {
    free(findings->items);
    arena_done(&findings->arena);
    *findings = (struct check_findings){0};
}

void check_findings_write_text(const struct check_findings *findings, struct strbuf *out) {
    for (size_t i = 0; i < findings->count; i++) {
        const struct check_finding *finding = &findings->items[i];
        strbuf_puts(out, finding->warning ? "warning: " : "");
        if (finding->file == NULL || finding->line == 0)
            strbuf_puts(out, finding->message);
        else
            strbuf_printf(out, "%s:%zu:%zu: %s%s%s", finding->file, finding->line, finding->column,
                          finding->pointer, *finding->pointer != '\0' ? ": " : "", finding->text);
        if (finding->hint != NULL)
            strbuf_printf(out, "; %s", finding->hint);
        strbuf_putc(out, '\n');
    }
}
