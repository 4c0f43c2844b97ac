/* statgated: from settings to a running daemon, and exit codes. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/heap.h"
#include "host/log.h"
#include "keeper/keeper.h"
#include "settings/help.h"
#include "settings/parse.h"
#include "statgated/keep.h"
#include "statgated/statgated.h"

enum { LOG_FLUSH_MS = 500 }; /* at the end, for a reader that is slow */

static const struct settings_program program = {
    .name = "statgated",
    .usage = "[flags]",
    .about = "Receives metrics from the processes of this host as datagrams on a Unix socket, "
             "accepts what catalogs declare, keeps the numbers, and serves them to Prometheus and "
             "to people. See statgated(8); statgate-catalog(5) describes catalogs.",
    .allowed = SETTINGS_ALL,
    .takes_words = false,
    .own = keep_flags};

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

static int start_log(const struct settings *settings) {
    setup_log(settings);
    const int result = log_start_writer();
    if (result != 0)
        log_write(LOG_LEVEL_ERROR, "start", "no thread for the log: %s", strerror(-result));
    (void)signal(SIGPIPE,
                 SIG_IGN); /* a scraper or a log reader that goes away is no reason to end */
    return result;
}

/* What the manager passed to this process: for itself, or for the daemons that it keeps. */
struct passed {
    bool keeps;
    struct inherited inherited;
    struct kept_fds kept;
    bool good;
    struct error wrong; /* what is wrong with it, unless it is good */
};

static int start(const struct settings *settings, int argc, char **argv, struct passed *passed) {
    struct error error;
    uint32_t stop_timeout_ms;
    if (!keep_read_stop_timeout(settings, &stop_timeout_ms, &error)) {
        (void)fprintf(stderr, "statgated: %s\n", error.text);
        return SETTINGS_EXIT_USAGE;
    }
    if (start_log(settings) != 0)
        return SETTINGS_EXIT_FAILURE;
    if (!passed->good) {
        log_write(LOG_LEVEL_ERROR, "start", "%s", passed->wrong.text);
        return SETTINGS_EXIT_FAILURE;
    }
    return passed->keeps ? keep_run(argc, argv, stop_timeout_ms, &passed->kept)
                         : run(settings, &passed->inherited);
}

static int read_and_start(int argc, char **argv, struct passed *passed) {
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
    const int status = start(&settings, argc, argv, passed);
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

/* A daemon that its keeper started was executed as /proc/self/exe, and would be called "exe". */
static void name_process(void) {
    (void)prctl(PR_SET_NAME, program_invocation_short_name, 0, 0, 0);
}

/* Inherited descriptors come before any file of our own, which could get the number of one that is
 * missing. */
int main(int argc, char **argv) {
    static struct passed passed;
    setup_memory();
    name_process();
    hold_standard_descriptors();
    passed.keeps = keep_is_asked(argc, argv);
    passed.good = passed.keeps ? keeper_inherit(&passed.kept, &passed.wrong)
                               : inherited_init(&passed.inherited, &passed.wrong);
    const int status = read_and_start(argc, argv, &passed);
    inherited_done(&passed.inherited);
    return status;
}
