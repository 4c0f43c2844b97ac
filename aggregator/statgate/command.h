/* SPDX-License-Identifier: MIT */
/* command.h - what the subcommands share: flags, lines of input, tables, output. */
#ifndef STATGATE_STATGATE_COMMAND_H
#define STATGATE_STATGATE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "diagnostics/diagnostics.h"
#include "settings/settings.h"
#include "sg_proto.h"

/* ---- cli ----
 * what the command `statgate` depends on, so that a test can run a whole subcommand and
 * read what it prints. Answers go to `out`, errors and warnings to `err`.
 */

/** Exit codes. */
enum {
    CLI_OK = 0,
    CLI_FAILURE = SETTINGS_EXIT_FAILURE, /**< the command failed; explain: a line is rejected */
    CLI_USAGE = SETTINGS_EXIT_USAGE      /**< wrong flags, a refused catalog, a malformed line */
};

struct catalog_set;
struct catalog_database;
struct postgres_check;
struct postgres_database_check;

typedef void check_database_fn(const struct catalog_set *set,
                               const struct catalog_database *database, unsigned timeout_s,
                               struct postgres_check *ret_checks, size_t max_checks,
                               struct postgres_database_check *ret_database);

struct cli {
    struct settings_host host; /**< user, environment, default configuration file */
    uint32_t gid;              /**< effective group */
    int32_t pid;               /**< process; explain uses it as the sender */
    int input_fd;              /**< the descriptor that "-" reads */
    int output_fd;             /**< -1: output stays in the buffers */
    int error_fd;
    size_t width;                      /**< columns of the output's terminal; 0: no terminal */
    const char *system_socket;         /**< the first default path */
    const char *tmp_folder;            /**< holds the folder of the last default path */
    const char *lock_folder;           /**< holds a folder of locks for each user */
    const char *root_lock_folder;      /**< the same for root, where no other user can make one */
    bool pipe_ignored;                 /**< the caller of this program ignores SIGPIPE */
    int64_t retry_ms;                  /**< how long send retries while the queue is full */
    const struct command *check;       /**< `check`, which not every program holds */
    check_database_fn *check_database; /**< postgres_check_database; for `check` alone */
    struct strbuf out;
    struct strbuf err;
    bool broken; /**< writing output failed */
};

/** Fill it in for this process. End it with statgate_cli_done. */
void statgate_cli_init(struct cli *cli);
void statgate_cli_done(struct cli *cli);

/** Write the buffers out, errors last, so that they are the last lines on a terminal. */
void statgate_cli_flush(struct cli *cli);

/** An environment variable, or NULL if it is missing or empty. Borrowed. */
const char *statgate_cli_variable(const struct cli *cli, const char *name);

struct command {
    const char *word;    /**< "check" */
    const char *summary; /**< one short line for the overview */
    struct settings_program program;
    /** The settings were refused because of `why`: report that, and return the exit code. NULL:
     * use the default report. */
    int (*refused)(struct cli *cli, int argc, char *const *argv, const char *why);
    int (*run)(struct cli *cli, const struct settings *settings);
};

/** Append `statgate WORD: message` and a newline to the errors. Returns `code`, for `return`. */
int command_fail(struct cli *cli, const struct command *command, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- lines ----
 * metric lines that people write: checks a whole line, and reads lines from a descriptor
 * as they arrive.
 */

/** True if the daemon could accept the line under some catalogs: its framing, numbers and labels
 * are valid, its states and events exist, and an event has the id of its job. */
bool statgate_line_check(struct sg_span line, struct sg_fault *ret_fault);

/** Takes one line; `number` counts from 1. False ends the reading. */
typedef bool (*line_fn)(void *arg, struct sg_span line, size_t number);
/** Called when all lines that have arrived were passed on; the next ones may take a while. False
 * ends the reading, too. */
typedef bool (*line_pause_fn)(void *arg);

/**
 * Pass on the lines of `fd` until its end. A line longer than LINES_MAX bytes, which no valid line
 * is, is cut there. Returns 0, a negative errno, or 1 if a function returned false.
 */
enum { LINES_MAX = 65536 };
int statgate_lines_read(int fd, line_fn on_line, line_pause_fn on_pause, void *arg);

/* ---- output: writes and reads the file that a command writes to. ---- */

/** Replace the file's content by this text in one step, or leave it unchanged. A file with this
 * content already is not touched; permissions are kept, links are followed. False with the
 * reason in ret_error. */
bool statgate_output_write(const char *path, const struct strbuf *text, struct error *ret_error);

/** Whether the file has this content. False with the reason in ret_error, which is the first line
 * that differs, or why it cannot be read. */
bool statgate_output_holds(const char *path, const struct strbuf *text, struct error *ret_error);

/* ---- durations ---- */

/** Read "90s", "10m", "1.5h" or "1d", above 0. */
bool statgate_read_duration(const char *text, double *ret_seconds);

/* ---- services ----
 * loads the catalogs that a command describes, each separately: services described in
 * one text need not fit on one endpoint.
 */

/** Load these files and folders and finish each catalog, in order of service. False if one is
 * refused, two have the same service, or there is none, with an error for each place. */
bool statgate_services_load(const struct settings_list *paths, struct catalog_set *set,
                            struct messages *errors);

/* ---- statgate: the command `statgate`, for people and scripts, as a function. ---- */

/** Run the command; argv[0] is skipped. Returns the exit code. */
int statgate_run(struct cli *cli, int argc, char *const *argv);

/** The whole program: run it for this process, and write what it printed. Returns the exit code. */
int statgate_main(int argc, char *const *argv, const struct command *check,
                  check_database_fn *check_database);

/* ---- table: aligned columns for people. ---- */

enum { TABLE_COLUMNS_MAX = 12 };

struct table {
    const char *align; /**< a letter for each column: 'l' or 'r' */
    struct strbuf text;
    size_t cells;
    bool spare;       /**< leave out columns with only "-" below the head */
    bool whole_names; /**< never cut names, whatever the terminal's width */
};

/** Start a table. Cells are added row by row; a row has as many cells as `align` has letters
 * (borrowed, static). */
void statgate_table_init(struct table *table, const char *align);
void statgate_table_done(struct table *table);
void statgate_table_cell(struct table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Add a cell of untrusted bytes, shown so that they cannot move the cursor
 * (terminal_put_visible). */
void statgate_table_text(struct table *table, const char *text, size_t len);
/** Add a row of plain texts, one for each column. */
void statgate_table_heads(struct table *table, const char *const *heads);
/** Add a cell with a number of bytes in readable units. */
void statgate_table_bytes(struct table *table, uint64_t bytes);
/** Append all rows, with two blanks between columns and none at the end of a line. If they do
 * not fit into `width` columns of a terminal (0: no terminal), texts in the widest left-aligned
 * columns are cut: "..." replaces the middle of names, and the end of other texts. */
void statgate_table_write(struct table *table, struct strbuf *out, size_t indent, size_t width);

/* ---- the commands that have no header of their own ---- */

extern const struct command docs_command;
extern const struct command doctor_command;
extern const struct command gen_command;
extern const struct command learn_command;
extern const struct command run_command;
extern const struct command run_job_command;
extern const struct command tail_command;
extern const struct command top_command;
extern const struct command check_command; /**< in statgate-check; the words are in both */
#define CHECK_WORD    "check"
#define CHECK_SUMMARY "Check catalogs, and show how large everything can get."

#endif
