/*
 * cli.h - what the command `statgate` depends on, so that a test can run a whole subcommand and
 * read what it prints. Answers go to `out`, errors and warnings to `err`.
 */
#ifndef STATGATE_STATGATE_CLI_H
#define STATGATE_STATGATE_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "settings/settings.h"

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

struct cli {
    struct settings_host host; /**< user, environment, default configuration file */
    uint32_t gid;              /**< effective group */
    int32_t pid;               /**< process; explain uses it as the sender */
    int input_fd;              /**< the descriptor that "-" reads */
    int output_fd;             /**< -1: output stays in the buffers */
    int error_fd;
    size_t width;              /**< columns of the output's terminal; 0: no terminal */
    const char *system_socket; /**< the first default path */
    const char *tmp_folder;    /**< holds the folder of the last default path */
    int64_t retry_ms;          /**< how long send retries while the queue is full */
    /** postgres_check_database */
    void (*check_database)(const struct catalog_set *set, const struct catalog_database *database,
                           unsigned timeout_s, struct postgres_check *ret_checks, size_t max_checks,
                           struct postgres_database_check *ret_database);
    struct strbuf out;
    struct strbuf err;
    bool broken; /**< writing output failed */
};

/** Fill it in for this process. End it with cli_done. */
void cli_init(struct cli *cli);
void cli_done(struct cli *cli);

/** Write the buffers out, errors last, so that they are the last lines on a terminal. */
void cli_flush(struct cli *cli);

/** An environment variable, or NULL if it is missing or empty. Borrowed. */
const char *cli_variable(const struct cli *cli, const char *name);

#endif
