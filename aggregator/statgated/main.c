/* statgated: from settings to a running daemon, and exit codes. */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "host/log.h"
#include "settings/help.h"
#include "settings/parse.h"
#include "statgated/statgated.h"

enum { LOG_FLUSH_MS = 500 }; /* at the end, for a reader that is slow */

static const struct settings_program program = {
    .name = "statgated",
    .usage = "[flags]",
    .about = "Receives metrics from the processes of this host as datagrams on a Unix socket, "
             "accepts what catalogs declare, keeps the numbers, and serves them to Prometheus and "
             "to people. See statgated(8); statgate-catalog(5) describes catalogs.",
    .allowed = SETTINGS_ALL,
    .takes_words = false};

static int print(void (*write)(struct strbuf *, const struct settings_program *)) {
    struct strbuf text;
    strbuf_init(&text);
    write(&text, &program);
    const bool good = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    strbuf_done(&text);
    return good ? 0 : SETTINGS_EXIT_FAILURE;
}

static void setup_log(const struct settings *settings) {
    struct log_options options = {.fd = STDERR_FILENO, .colour = log_wants_colour(STDERR_FILENO)};
    (void)log_format_parse(settings->log_format, &options.format);
    (void)log_level_parse(settings->log_level, &options.level);
    log_setup(&options);
}

/* Where a standard descriptor is closed, the first file that is opened would get its number, and
 * the log. */
static void hold_standard_descriptors(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); /* the lowest number that is free */
}

static int run(const struct settings *settings, struct inherited *inherited) {
    struct daemon daemon;
    struct start_error wrong = {0};
    if (!statgated_open(&daemon, settings, inherited, &wrong)) {
        log_write(LOG_LEVEL_ERROR, "start", "%s", wrong.error.text);
        return wrong.exit_code;
    }
    statgated_run(&daemon);
    return 0;
}

/* `wrong`: what is wrong with `inherited`, or NULL. */
static int start(const struct settings *settings, struct inherited *inherited,
                 const struct error *wrong) {
    setup_log(settings);
    const int result = log_start_writer();
    if (result != 0) {
        log_write(LOG_LEVEL_ERROR, "start", "no thread for the log: %s", strerror(-result));
        return SETTINGS_EXIT_FAILURE;
    }
    (void)signal(SIGPIPE,
                 SIG_IGN); /* a scraper or a log reader that goes away is no reason to end */
    if (wrong == NULL)
        return run(settings, inherited);
    log_write(LOG_LEVEL_ERROR, "start", "%s", wrong->text);
    return SETTINGS_EXIT_FAILURE;
}

static int read_and_start(int argc, char **argv, struct inherited *inherited,
                          const struct error *wrong) {
    struct settings settings = {0};
    struct error error;
    const struct settings_host host = settings_host_here();
    switch (settings_parse(&settings, &program, argc, argv, &host, &error)) {
    case SETTINGS_OK:
        break;
    case SETTINGS_HELP:
        return print(settings_write_help);
    case SETTINGS_VERSION:
        return print(settings_write_version);
    case SETTINGS_ERROR:
        (void)fprintf(stderr, "statgated: %s\n", error.text);
        return SETTINGS_EXIT_USAGE;
    }
    const int status = start(&settings, inherited, wrong);
    log_flush(LOG_FLUSH_MS);
    settings_done(&settings);
    return status;
}

/*
 * Large pieces are mappings of their own, which go back to the system when they are freed: left to
 * itself, the allocator raises this limit with the first large piece that is freed, and what
 * answers took once would stay. One arena is enough: the threads beside the loop allocate next to
 * nothing.
 */
static void setup_memory(void) {
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_MAPPED_FROM);
    (void)mallopt(M_ARENA_MAX, 1);
}

/* Inherited descriptors come before any file of our own, which could get the number of one that is
 * missing. */
int main(int argc, char **argv) {
    setup_memory();
    struct inherited inherited;
    struct error wrong;
    hold_standard_descriptors();
    const bool good = inherited_init(&inherited, &wrong);
    const int status = read_and_start(argc, argv, &inherited, good ? NULL : &wrong);
    inherited_done(&inherited);
    return status;
}
