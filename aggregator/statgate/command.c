/* SPDX-License-Identifier: MIT */
/* command.c - the subcommands: their flags, help, input lines, tables and output. */
#include "statgate/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/terminal.h"
#include "breakers_jobs/breakers_jobs.h"
#include "host/files.h"
#include "loader/loader.h"
#include "sg_number.h"
#include "statgate/control/control_command.h"
#include "statgate/explain/explain_command.h"
#include "statgate/send/send.h"
#include "statgate/shown/shown.h"
#include "json/json.h"

/* ---- cli ---- */

static size_t cli_width_of(int fd) {
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void statgate_cli_init(struct cli *cli) {
    *cli = (struct cli){.host = settings_host_here(),
                        .gid = getegid(),
                        .pid = getpid(),
                        .input_fd = STDIN_FILENO,
                        .output_fd = STDOUT_FILENO,
                        .error_fd = STDERR_FILENO,
                        .width = cli_width_of(STDOUT_FILENO),
                        .system_socket = "/run/statgate/statgate.sock",
                        .tmp_folder = "/tmp",
                        .lock_folder = "/run/lock",
                        .root_lock_folder = "/run",
                        .retry_ms = 1000};
    strbuf_init(&cli->out);
    strbuf_init(&cli->err);
}

void statgate_cli_done(struct cli *cli) {
    strbuf_done(&cli->out);
    strbuf_done(&cli->err);
}

const char *statgate_cli_variable(const struct cli *cli, const char *name) {
    const size_t len = strlen(name);
    for (char *const *entry = cli->host.environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return (*entry)[len + 1] ? *entry + len + 1 : NULL;
    return NULL;
}

void statgate_cli_flush(struct cli *cli) {
    if (cli->output_fd >= 0) {
        cli->broken |= !host_write_all(cli->output_fd, cli->out.data, cli->out.len);
        strbuf_clear(&cli->out);
    }
    if (cli->error_fd >= 0) {
        cli->broken |= !host_write_all(cli->error_fd, cli->err.data, cli->err.len);
        strbuf_clear(&cli->err);
    }
}

/* ---- table ---- */

enum { KEPT = 10 /* least columns of a text that is cut */ };

void statgate_table_init(struct table *table, const char *align) {
    *table = (struct table){.align = align};
    strbuf_init(&table->text);
}

void statgate_table_done(struct table *table) {
    strbuf_done(&table->text);
}

/* End a cell with a newline, which no cell contains. */
static void end_cell(struct table *table) {
    strbuf_putc(&table->text, '\n');
    table->cells++;
}

void statgate_table_cell(struct table *table, const char *format, ...) {
    struct strbuf *text = &table->text;
    va_list args;
    va_start(args, format);
    const int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need > 0 && strbuf_reserve(text, (size_t)need + 1)) {
        va_start(args, format);
        (void)vsnprintf(text->data + text->len, (size_t)need + 1, format, args);
        va_end(args);
        text->len += (size_t)need;
    }
    end_cell(table);
}

void statgate_table_text(struct table *table, const char *text, size_t len) {
    terminal_put_visible(&table->text, text, len);
    end_cell(table);
}

void statgate_table_heads(struct table *table, const char *const *heads) {
    const size_t columns = strlen(table->align);
    for (size_t i = 0; i < columns; i++)
        statgate_table_cell(table, "%s", heads[i]);
}

void statgate_table_bytes(struct table *table, uint64_t bytes) {
    terminal_put_bytes(&table->text, bytes);
    end_cell(table);
}

/* Length of the next cell; moves *at behind it. */
static size_t take_cell(const struct table *table, size_t *at) {
    const char *cell = table->text.data + *at;
    const char *end = memchr(cell, '\n', table->text.len - *at);
    const size_t len = end != NULL ? (size_t)(end - cell) : 0;
    *at += len + 1;
    return len;
}

/* Compute the width of each column; 0: the column is left out. */
static void measure(const struct table *table, size_t columns, size_t widths[TABLE_COLUMNS_MAX]) {
    bool needed[TABLE_COLUMNS_MAX] = {false};
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        const size_t width = terminal_columns_of(cell, len);
        needed[i % columns] |= !table->spare || (i >= columns && (len != 1 || cell[0] != '-'));
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t i = 0; i < columns; i++)
        widths[i] = needed[i] ? widths[i] : 0;
}

/* The width of a row. */
static size_t table_width_of(const size_t *widths, size_t columns, size_t indent) {
    size_t sum = indent;
    bool first = true;
    for (size_t i = 0; i < columns; i++) {
        sum += widths[i] + (widths[i] > 0 && !first ? 2 : 0);
        first = first && widths[i] == 0;
    }
    return sum;
}

/* Whether the cell is a name: without blanks, except before it. */
static bool is_name(const char *cell, size_t len) {
    size_t from = 0;
    while (from < len && cell[from] == ' ')
        from++;
    return memchr(cell + from, ' ', len - from) == NULL;
}

/* Compute the width of the widest name or head in each column. */
static void measure_names(const struct table *table, size_t columns,
                          size_t names[TABLE_COLUMNS_MAX]) {
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        const size_t width = is_name(cell, len) ? terminal_columns_of(cell, len) : 0;
        if (width > names[i % columns])
            names[i % columns] = width;
    }
}

static size_t least_of(const struct table *table, size_t column, size_t names, bool cuts_names) {
    const size_t kept = names > KEPT ? names : KEPT;
    if (table->align[column] == 'r')
        return SIZE_MAX;
    return cuts_names ? KEPT : kept;
}

/* Narrow the widest columns until the rows fit. False: they cannot. */
static bool shorten(const struct table *table, size_t columns, size_t width, bool cuts_names,
                    size_t widths[TABLE_COLUMNS_MAX], size_t indent) {
    size_t names[TABLE_COLUMNS_MAX] = {0};
    measure_names(table, columns, names);
    while (table_width_of(widths, columns, indent) > width) {
        size_t widest = columns;
        for (size_t i = 0; i < columns; i++)
            if (widths[i] > least_of(table, i, names[i], cuts_names) &&
                (widest == columns || widths[i] > widths[widest]))
                widest = i;
        if (widest == columns)
            return false;
        widths[widest]--;
    }
    return true;
}

/* Narrow columns of sentences first, then those of names, which distinguish rows. If the rows
 * still do not fit, leave them unchanged: cutting would not make them easier to read. */
static void fit(const struct table *table, size_t columns, size_t width,
                size_t widths[TABLE_COLUMNS_MAX], size_t indent) {
    size_t shorter[TABLE_COLUMNS_MAX];
    memcpy(shorter, widths, sizeof shorter);
    if (shorten(table, columns, width, false, shorter, indent) ||
        (!table->whole_names && shorten(table, columns, width, true, shorter, indent)))
        memcpy(widths, shorter, sizeof shorter);
}

/* Put at most the last `columns` columns of the text. */
static void put_end(struct strbuf *out, const char *text, size_t len, size_t columns) {
    size_t left = terminal_columns_of(text, len);
    size_t at = 0;
    while (at < len && left > columns) {
        const struct columns_glyph glyph = terminal_columns_next(text + at, len - at);
        left -= glyph.columns;
        at += glyph.len;
    }
    strbuf_put(out, text + at, len - at);
}

/* Put a cut cell: names lose their middle, because many begin alike; sentences lose their end. */
static void put_cut(struct strbuf *out, const char *cell, size_t len, size_t width) {
    const size_t kept = width - strlen("...");
    const size_t end = is_name(cell, len) ? kept / 2 : 0;
    terminal_put_cut(out, cell, len, kept - end);
    put_end(out, cell, len, end);
}

/* Put a cell, cut if necessary. Returns the columns used. */
static size_t put_cell(struct strbuf *out, const char *cell, size_t len, size_t width) {
    const size_t whole = terminal_columns_of(cell, len);
    const size_t before = out->len;
    if (whole <= width) {
        strbuf_put(out, cell, len);
        return whole;
    }
    put_cut(out, cell, len, width);
    return terminal_columns_of(out->data + before, out->len - before);
}

void statgate_table_write(struct table *table, struct strbuf *out, size_t indent, size_t width) {
    const size_t columns = strlen(table->align);
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    measure(table, columns, widths);
    if (width > 0 && table->cells > 0)
        fit(table, columns, width, widths, indent);
    size_t blanks = 0; /* pending: written when text follows */
    bool first = true; /* the first cell of its row */
    for (size_t i = 0, at = 0; i < table->cells; i++) {
        const size_t column = i % columns;
        const char *cell = table->text.data + at;
        const size_t len = take_cell(table, &at);
        if (widths[column] > 0) {
            const size_t full = terminal_columns_of(cell, len);
            size_t pad = full < widths[column] ? widths[column] - full : 0;
            const bool right = table->align[column] == 'r';
            blanks += first ? indent : 2;
            blanks += right ? pad : 0;
            if (len > 0) {
                strbuf_printf(out, "%*s", (int)blanks, "");
                pad = widths[column] - put_cell(out, cell, len, widths[column]);
                blanks = 0;
            }
            blanks += right ? 0 : pad;
            first = false;
        }
        if (column + 1 == columns) {
            strbuf_putc(out, '\n');
            blanks = 0;
            first = true;
        }
    }
}

/* ---- lines ---- */

/* ---- checking ---- */

static bool lines_fail(enum sg_reject reason, struct sg_span line, const char *at,
                       struct sg_fault *ret_fault) {
    *ret_fault = (struct sg_fault){.reason = reason, .offset = (size_t)(at - line.at)};
    return false;
}

static bool has_numbers(enum sg_letter letter) {
    return letter == SG_LETTER_C || letter == SG_LETTER_G || letter == SG_LETTER_H ||
           letter == SG_LETTER_D || letter == SG_LETTER_MS;
}

/* Whether the word may be accepted. Outcomes depend on the catalog, so any outcome may. */
static bool is_taken(enum sg_letter letter, struct sg_span word) {
    bool taken = letter == SG_LETTER_A && word.len > 0;
    for (int i = 0; letter == SG_LETTER_B && i < BREAKER_STATE_COUNT; i++)
        taken |= sg_span_is(word, catalog_breaker_state_text((enum breaker_state)i));
    enum job_event event;
    return taken || (letter == SG_LETTER_J && job_event_find(word, &event));
}

static bool has_words(enum sg_letter letter) {
    return letter == SG_LETTER_A || letter == SG_LETTER_B || letter == SG_LETTER_J;
}

/* Check the id: under any catalog, an event belongs to one job. */
static bool check_instance(const struct sg_line *line, struct sg_fault *ret_fault) {
    const struct sg_span id = line->instance;
    if (line->letter != SG_LETTER_J || (id.len > 0 && id.len <= SG_INSTANCE_MAX))
        return true;
    return id.len == 0 ? lines_fail(SG_REJECT_MALFORMED, line->text, line->values.at, ret_fault)
                       : lines_fail(SG_REJECT_TOO_LONG, line->text, id.at, ret_fault);
}

/* Check the fields that only attempts or jobs have. */
static bool check_said(const struct sg_line *line, struct sg_fault *ret_fault) {
    struct sg_attempt attempt;
    struct sg_job job;
    struct sg_span bad = {0};
    const bool good = line->letter == SG_LETTER_A   ? sg_attempt_read(line, &attempt, &bad)
                      : line->letter == SG_LETTER_J ? sg_job_read(line, &job, &bad)
                                                    : true;
    return good || lines_fail(SG_REJECT_BAD_VALUE, line->text, bad.at, ret_fault);
}

bool statgate_line_check(struct sg_span text, struct sg_fault *ret_fault) {
    struct sg_line line;
    if (sg_line_parse(text, &line, ret_fault) != SG_REJECT_NONE)
        return false;
    if (line.kind != SG_LINE_METRIC)
        return true;
    struct sg_values values;
    struct sg_span item;
    double value;
    enum sg_reject reason;
    sg_values_init(&values, &line);
    while (has_numbers(line.letter) && sg_values_next(&values, &value, &reason, &item))
        if (reason != SG_REJECT_NONE)
            return lines_fail(reason, text, item.at, ret_fault);
    while (has_words(line.letter) && sg_words_next(&values, &item))
        if (!is_taken(line.letter, item))
            return lines_fail(SG_REJECT_BAD_VALUE, text, item.at, ret_fault);
    if (!check_instance(&line, ret_fault) || !check_said(&line, ret_fault))
        return false;
    struct sg_tags tags;
    struct sg_tag tag;
    sg_tags_init(&tags, line.tags);
    while (sg_tags_next(&tags, &tag, &reason))
        if (reason != SG_REJECT_NONE)
            return lines_fail(reason, text, tag.key.at, ret_fault);
    return true;
}

/* ---- reading ---- */

struct reader {
    struct strbuf pending; /* bytes of an incomplete line */
    bool skipping;         /* skip the rest of a line that was cut */
    size_t number;
    line_fn on_line;
    void *arg;
};

static bool give(struct reader *reader, const char *at, size_t len) {
    reader->number++;
    if (len > 0 && at[len - 1] == '\r')
        len--;
    return len == 0 || reader->on_line(reader->arg, (struct sg_span){at, len}, reader->number);
}

/* Pass on the complete lines, and the beginning of a line that is too long. */
static bool give_lines(struct reader *reader) {
    struct strbuf *pending = &reader->pending;
    size_t start = 0;
    bool more = true;
    while (more && start < pending->len) {
        const char *at = pending->data + start;
        const size_t rest = pending->len - start;
        const char *end = memchr(at, '\n', rest);
        if (end == NULL && rest < LINES_MAX && !reader->skipping)
            break;
        size_t len = end != NULL ? (size_t)(end - at) : rest;
        start += end != NULL ? len + 1 : len;
        if (len > LINES_MAX)
            len = LINES_MAX;
        if (!reader->skipping)
            more = give(reader, at, len);
        reader->skipping = end == NULL;
    }
    strbuf_consume(pending, start);
    return more;
}

int statgate_lines_read(int fd, line_fn on_line, line_pause_fn on_pause, void *arg) {
    struct reader reader = {.on_line = on_line, .arg = arg};
    int result = 0;
    strbuf_init(&reader.pending);
    while (result == 0) {
        (void)strbuf_reserve(&reader.pending, LINES_MAX);
        const ssize_t got = read(fd, reader.pending.data + reader.pending.len, LINES_MAX);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            result = -errno;
            break;
        }
        reader.pending.len += (size_t)got;
        if (got == 0 && !reader.skipping && reader.pending.len > 0)
            result = give(&reader, reader.pending.data, reader.pending.len) ? 0 : 1;
        else if (!give_lines(&reader))
            result = 1;
        if (result == 0 && !on_pause(arg))
            result = 1;
        if (got == 0)
            break;
    }
    strbuf_done(&reader.pending);
    return result;
}

/* ---- durations ---- */

bool statgate_read_duration(const char *text, double *ret_seconds) {
    static const char units[] = "smhd";
    static const double of[] = {1, 60, 3600, 86400};
    const size_t len = strlen(text);
    const char *unit = len > 1 ? strchr(units, text[len - 1]) : NULL;
    double number;
    if (unit == NULL || !sg_number_parse(text, len - 1, &number) || !(number > 0))
        return false;
    *ret_seconds = number * of[unit - units];
    return true;
}

/* ---- services ---- */

static void keep(void *arg, const struct error *error) {
    diagnostics_messages_add(arg, "%s", error->text);
}

/* Finish a catalog in a set of its own. */
static bool finish(struct catalog *catalog, struct messages *errors) {
    struct error error;
    struct catalog_set alone;
    catalog_set_init(&alone);
    catalog_set_add(&alone, catalog);
    const bool good = catalog_set_finish(&alone, &error);
    alone.count = 0; /* the catalog stays in its original set */
    catalog_set_done(&alone);
    if (!good)
        diagnostics_messages_add(errors, "%s", error.text);
    return good;
}

static int by_service(const void *a, const void *b) {
    const struct catalog *const *left = a;
    const struct catalog *const *right = b;
    const int order = strcmp((*left)->service, (*right)->service);
    return order != 0 ? order : strcmp((*left)->file, (*right)->file);
}

bool statgate_services_load(const struct settings_list *paths, struct catalog_set *set,
                            struct messages *errors) {
    for (size_t i = 0; i < paths->count; i++)
        (void)loader_path(set, paths->items[i], keep, errors);
    if (set->count > 1)
        qsort(set->catalogs, set->count, sizeof *set->catalogs, by_service);
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *before = i > 0 ? set->catalogs[i - 1] : NULL;
        if (before != NULL && strcmp(before->service, set->catalogs[i]->service) == 0)
            diagnostics_messages_add(
                errors,
                "%s: /service: the service \"%s\" is declared in %s, too; a service has "
                "one catalog",
                set->catalogs[i]->file, before->service, before->file);
        (void)finish(set->catalogs[i], errors);
    }
    if (errors->count == 0 && set->count == 0)
        diagnostics_messages_add(errors, "no catalog to describe");
    return errors->count == 0;
}

/* ---- output ---- */

static bool output_fail(const char *path, const char *reason, struct error *ret_error) {
    return error_set(ret_error, "%.900s: %s", path, reason);
}

bool statgate_output_holds(const char *path, const struct strbuf *text, struct error *ret_error) {
    const char *why;
    size_t len;
    size_t same = 0;
    char *now = json_jsondoc_bytes(path, SIZE_MAX, "", &len, &why);
    if (now == NULL)
        return output_fail(path, why, ret_error);
    size_t line = 1;
    for (; same < len && same < text->len && now[same] == text->data[same]; same++)
        line += now[same] == '\n';
    free(now);
    return (same == len && same == text->len) ||
           error_set(ret_error, "%.900s is stale from line %zu on; write it again with --output",
                     path, line);
}

/* The mode of a file created by open(). The file mode creation mask can only be read by setting
 * it. */
static mode_t new_mode(void) {
    const mode_t mask = umask(0);
    (void)umask(mask);
    return 0666 & ~mask;
}

/* Write a new file beside the old one and rename it, so that the rename stays in one file
 * system. */
static bool replace(const char *path, mode_t mode, const struct stat *former,
                    const struct strbuf *text, struct error *ret_error) {
    char beside[PATH_MAX + 16];
    if (strlen(path) >= PATH_MAX)
        return output_fail(path, strerror(ENAMETOOLONG), ret_error);
    (void)snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    const int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return output_fail(path, strerror(errno), ret_error);
    bool good = host_write_all(fd, text->data, text->len) && fsync(fd) == 0;
    if (good && former != NULL) /* root may give it back; others own it already */
        good = fchown(fd, former->st_uid, former->st_gid) == 0 || geteuid() != 0;
    good = good && fchmod(fd, mode) == 0;
    int error = errno;
    if (close(fd) < 0 && good) {
        good = false;
        error = errno;
    }
    if (good && rename(beside, path) == 0)
        return true;
    if (good)
        error = errno;
    (void)unlink(beside);
    return output_fail(path, strerror(error), ret_error);
}

bool statgate_output_write(const char *path, const struct strbuf *text, struct error *ret_error) {
    struct error ignored;
    struct stat info;
    if (stat(path, &info) < 0) {
        if (errno != ENOENT)
            return output_fail(path, strerror(errno), ret_error);
        if (lstat(path, &info) == 0)
            return output_fail(path, "a link to nothing", ret_error);
        return replace(path, new_mode(), NULL, text, ret_error);
    }
    if (!S_ISREG(info.st_mode))
        return output_fail(path, "not a regular file", ret_error);
    if (statgate_output_holds(path, text, &ignored))
        return true;
    char *real = realpath(path, NULL);
    if (real == NULL)
        return output_fail(path, strerror(errno), ret_error);
    const bool good = replace(real, info.st_mode & 07777, &info, text, ret_error);
    free(real);
    return good;
}

/* ---- command ---- */

int command_fail(struct cli *cli, const struct command *command, int code, const char *format,
                 ...) {
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    strbuf_printf(&cli->err, "statgate %s: %s\n", command->word, text);
    return code;
}

/* ---- statgate: Finds the subcommand of the first word; prints help and version. ---- */

/* The first is cli->check. */
static const struct command *const commands[] = {NULL,
                                                 &send_command,
                                                 &run_command,
                                                 &run_job_command,
                                                 &explain_command,
                                                 &docs_command,
                                                 &gen_command,
                                                 &doctor_command,
                                                 &top_command,
                                                 &tail_command,
                                                 &learn_command,
                                                 &shown_series_command,
                                                 &shown_rejections_command,
                                                 &shown_senders_command,
                                                 &shown_breakers_command,
                                                 &shown_jobs_command,
                                                 &shown_queries_command,
                                                 &shown_events_command,
                                                 &control_reload_command,
                                                 &control_forget_command};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* Only for the version line. */
static const struct settings_program whole = {.name = "statgate"};

static const struct command *command_at(const struct cli *cli, size_t index) {
    return index == 0 ? cli->check : commands[index];
}

static void put_overview(const struct cli *cli, struct strbuf *out) {
    strbuf_puts(out, "Usage: statgate COMMAND [ARGUMENT...]\n"
                     "\n"
                     "Works with statgated, which receives metrics as datagrams and accepts what\n"
                     "catalogs declare.\n"
                     "\n"
                     "Commands\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        strbuf_printf(out, "  %-11s %s\n", command_at(cli, i)->word, command_at(cli, i)->summary);
    strbuf_puts(out,
                "  help        Print this text, or that of a command.\n"
                "  version     Print the version.\n"
                "\n"
                "Examples\n"
                "  statgate check /etc/statgate/catalog.d\n"
                "  statgate send 'deploys_total:1|c'\n"
                "  statgate explain 'deploys_total:1|c|#env:prod'\n"
                "  statgate rejections --since 5m\n"
                "  statgate reload\n"
                "  statgate docs --output METRICS.md shop.json\n"
                "  statgate help explain\n"
                "\n"
                "Exit codes: 0 done; 1 could not be done, or explain: a line is rejected;\n"
                "2 wrong arguments, a refused catalog, a malformed line; 3 reload and forget:\n"
                "another one is under way; 4 reload: taken, but for files that are refused.\n"
                "See statgate(1), statgated(8) and statgate-catalog(5).\n");
}

static const struct command *find_command(const struct cli *cli, const char *word) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(command_at(cli, i)->word, word) == 0)
            return command_at(cli, i);
    return NULL;
}

static int refuse_word(struct cli *cli, const char *word) {
    const char *words[COMMAND_COUNT + 3];
    size_t count = 0;
    for (; count < COMMAND_COUNT; count++)
        words[count] = command_at(cli, count)->word;
    words[count++] = "help";
    words[count++] = "version";
    words[count] = NULL;
    if (word[0] == '-') {
        strbuf_printf(&cli->err,
                      "statgate: %.80s: a command comes first, its flags behind it:", word);
    } else {
        const char *near = nearest_word(word, words);
        strbuf_printf(&cli->err, "statgate: there is no command \"%.80s\"", word);
        if (near != NULL)
            strbuf_printf(&cli->err, "; did you mean %s?", near);
        strbuf_puts(&cli->err, near != NULL ? " There are" : "; there are");
    }
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&cli->err, "%s %s", i == 0 ? "" : i + 1 == count ? " and" : ",", words[i]);
    strbuf_puts(&cli->err, "; see statgate --help\n");
    return CLI_USAGE;
}

static int carry_out(struct cli *cli, const struct command *command, int argc, char *const *argv) {
    struct settings settings = {0};
    struct error wrong;
    int code = CLI_OK;
    switch (settings_parse(&settings, &command->program, argc, argv, &cli->host, &wrong)) {
    case SETTINGS_OK:
        code = command->run(cli, &settings);
        settings_done(&settings);
        break;
    case SETTINGS_HELP:
        settings_write_help(&cli->out, &command->program);
        break;
    case SETTINGS_VERSION:
        settings_write_version(&cli->out, &whole);
        break;
    case SETTINGS_ERROR:
        if (command->refused != NULL)
            return command->refused(cli, argc, argv, wrong.text);
        diagnostics_locate_setting(&wrong);
        return command_fail(cli, command, CLI_USAGE, "%s", wrong.text);
    }
    return code;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int statgate_run(struct cli *cli, int argc, char *const *argv) {
    if (argc < 2) {
        put_overview(cli, &cli->err);
        return CLI_USAGE;
    }
    const char *word = argv[1];
    if (is_one_of(word, "version", "--version", "-V")) {
        settings_write_version(&cli->out, &whole);
        return CLI_OK;
    }
    if (is_one_of(word, "help", "--help", "-h")) {
        const char *about = argc > 2 ? argv[2] : NULL;
        const struct command *command = about != NULL ? find_command(cli, about) : NULL;
        if (about != NULL && command == NULL)
            return refuse_word(cli, about);
        if (command != NULL)
            settings_write_help(&cli->out, &command->program);
        else
            put_overview(cli, &cli->out);
        return CLI_OK;
    }
    const struct command *command = find_command(cli, word);
    return command != NULL ? carry_out(cli, command, argc - 1, argv + 1) : refuse_word(cli, word);
}

int statgate_main(int argc, char *const *argv, const struct command *check,
                  check_database_fn *check_database) {
    struct cli cli;
    statgate_cli_init(&cli);
    /* `statgate check | head` ends with a code, not a signal. */
    cli.pipe_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    cli.check = check;
    cli.check_database = check_database;
    int code = statgate_run(&cli, argc, argv);
    statgate_cli_flush(&cli);
    if (cli.broken && code == CLI_OK)
        code = CLI_FAILURE;
    statgate_cli_done(&cli);
    return code;
}
