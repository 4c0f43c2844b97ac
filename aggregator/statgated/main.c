/* The program statgated: from settings to a running daemon, and its exit codes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "gzip/gzip.h"
#include "host/log.h"
#include "host/program.h"
#include "mistakes/mistakes.h"
#include "settings/settings.h"
#include "statgated/keep.h"
#include "statgated/kept_texts.h"
#include "statgated/statgated.h"
#include "statgated/successor.h"
#include "supervisor/supervisor.h"

enum { LOG_FLUSH_MS = 500 }; /* time for a slow reader of the log at the end */

static const struct settings_program program = {
    .name = "statgated",
    .usage = "[flags]",
    .about = "Receives metrics from the processes of this host as datagrams on a Unix socket, "
             "accepts what catalogs declare, keeps the numbers, and serves them to Prometheus and "
             "to people. See statgated(8); statgate-catalog(5) describes catalogs.",
    .allowed = SETTINGS_ALL,
    .takes_words = false,
    .own = keep_flags};

static void write_version(struct strbuf *out, const struct settings_program *this_program) {
    settings_write_version(out, this_program);
    strbuf_printf(out, "gzip by %s\n", gzip_library());
}

static int print(void (*write)(struct strbuf *, const struct settings_program *)) {
    struct strbuf text;
    strbuf_init(&text);
    write(&text, &program);
    const bool good = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    strbuf_done(&text);
    return good ? 0 : SETTINGS_EXIT_FAILURE;
}

static void setup_log(const struct settings *settings) {
    struct log_options options = {.fd = STDERR_FILENO, .reader = log_reader_of(STDERR_FILENO)};
    (void)log_format_parse(settings->log_format, &options.format);
    (void)log_level_parse(settings->log_level, &options.level);
    log_setup(&options);
}

/* If a standard descriptor is closed, the first file that is opened would get its number, and
 * log lines would go to it. */
static void hold_standard_descriptors(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); /* gets the lowest free number */
}

/* What the process found at its start. */
struct passed {
    bool keeps;    /* a supervisor: the descriptors are for its daemons */
    bool succeeds; /* a successor: a daemon passes on its descriptors */
    struct inherited inherited;
    struct kept_fds kept;
    struct successor successor;
    char program[PATH_MAX]; /* "": unknown */
    bool good;
    struct error wrong;         /* why the descriptors cannot be used, unless good */
    struct accepted kept_texts; /* what was accepted last */
};

/* The settings, as they are or as they were accepted last. */
struct setup {
    struct kept_texts_command command;
    const struct accepted *kept;
    struct settings present;
    struct settings former; /* zeroed until they are needed */
    struct error wrong;     /* why the present ones are refused; "": they are not */
};

static void log_wrong(const struct start_error *wrong) {
    log_write(LOG_LEVEL_ERROR, "start", "%s", wrong->error.text);
    for (const char *line = mistakes_messages_next(&wrong->more, NULL); line != NULL;
         line = mistakes_messages_next(&wrong->more, line))
        log_write(LOG_LEVEL_ERROR, "start", "%s", line);
}

/* Report the failure. If a daemon has started this process, it goes on and reports the reason. */
static int fail_to_start(struct passed *passed, const struct start_error *wrong) {
    if (passed->succeeds)
        successor_refuse(&passed->successor, wrong);
    else
        log_wrong(wrong);
    return wrong->exit_code;
}

/* Read the settings as they were accepted last. NULL: they cannot be used, or there are none. */
static const struct settings *former_settings(void *arg) {
    struct setup *setup = arg;
    struct error useless;
    if (setup->former.config == NULL &&
        (setup->kept->count == 0 ||
         !kept_texts_settings(&setup->former, &setup->command, setup->kept, &useless)))
        return NULL;
    return &setup->former;
}

static const struct settings *settings_of(struct setup *setup) {
    return setup->wrong.text[0] != '\0' ? &setup->former : &setup->present;
}

static int run(struct setup *setup, struct passed *passed) {
    struct daemon daemon;
    struct start_error wrong = {0};
    const bool refused = setup->wrong.text[0] != '\0';
    setup->kept = &daemon.kept; /* the daemon takes them */
    const struct statgated_start start = {.program =
                                              passed->program[0] != '\0' ? passed->program : NULL,
                                          .arguments = setup->command.argv,
                                          .inherited = &passed->inherited,
                                          .successor = &passed->successor,
                                          .kept = &passed->kept_texts,
                                          .settings_wrong = refused ? setup->wrong.text : NULL,
                                          .kept_settings = former_settings,
                                          .arg = setup};
    if (!statgated_open(&daemon, settings_of(setup), &start, &wrong)) {
        const int code = fail_to_start(passed, &wrong);
        start_error_done(&wrong);
        return code;
    }
    statgated_run(&daemon);
    return 0;
}

static int start_log(const struct settings *settings) {
    setup_log(settings);
    const int result = log_start_writer();
    if (result != 0)
        log_write(LOG_LEVEL_ERROR, "start", "no thread for the log: %s", strerror(-result));
    (void)signal(SIGPIPE, SIG_IGN); /* a scraper or log reader may go away */
    (void)signal(SIGXFSZ, SIG_IGN); /* writers of files report a size limit themselves */
    return result;
}

static int start(struct setup *setup, struct passed *passed) {
    const struct settings *settings = settings_of(setup);
    const struct kept_texts_command *command = &setup->command;
    struct error error;
    struct keep_times times;
    if (!keep_read_times(settings, &times, &error)) {
        (void)fprintf(stderr, "statgated: %s\n", error.text);
        return SETTINGS_EXIT_USAGE;
    }
    if (start_log(settings) != 0) {
        (void)error_set(&error, "no thread for the log");
        return passed->succeeds
                   ? fail_to_start(passed, &(struct start_error){.exit_code = SETTINGS_EXIT_FAILURE,
                                                                 .error = error})
                   : SETTINGS_EXIT_FAILURE;
    }
    if (!passed->good)
        return fail_to_start(passed, &(struct start_error){.exit_code = SETTINGS_EXIT_FAILURE,
                                                           .error = passed->wrong});
    return passed->keeps ? keep_run(passed->program, command->argc, (char **)command->argv, &times,
                                    &passed->kept)
                         : run(setup, passed);
}

/* The present settings are refused. A start after a death goes on with those that were accepted
 * last; a reload leaves the daemon as it is. */
static bool can_go_on(struct setup *setup, const struct passed *passed) {
    return !passed->succeeds && !passed->keeps && former_settings(setup) != NULL;
}

static int refuse_settings(struct setup *setup, struct passed *passed) {
    if (passed->succeeds)
        return fail_to_start(
            passed, &(struct start_error){.exit_code = SETTINGS_EXIT_USAGE, .error = setup->wrong});
    (void)fprintf(stderr, "statgated: %s\n", setup->wrong.text);
    return SETTINGS_EXIT_USAGE;
}

static int read_and_start(int argc, char **argv, struct passed *passed) {
    struct setup setup = {.command = {.program = &program, .argc = argc, .argv = argv},
                          .kept = &passed->kept_texts};
    const struct settings_host host = settings_host_here();
    switch (settings_parse(&setup.present, &program, argc, argv, &host, &setup.wrong)) {
    case SETTINGS_OK:
        error_clear(&setup.wrong);
        break;
    case SETTINGS_HELP:
        return print(settings_write_help);
    case SETTINGS_VERSION:
        return print(write_version);
    case SETTINGS_ERROR:
        mistakes_locate_setting(&setup.wrong);
        if (!can_go_on(&setup, passed))
            return refuse_settings(&setup, passed);
        break;
    }
    const int status = start(&setup, passed);
    log_flush(LOG_FLUSH_MS);
    settings_done(&setup.present);
    settings_done(&setup.former);
    return status;
}

/*
 * Make large allocations mappings of their own, which return to the system when they are freed. By
 * default, the allocator raises this threshold when the first large allocation is freed, so memory
 * that answers once took would be kept. One arena is enough: threads other than the loop allocate
 * almost nothing.
 */
static void setup_memory(void) {
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_MAPPED_FROM);
    (void)mallopt(M_ARENA_MAX, 1);
}

static void inherit(struct passed *passed, int argc, char **argv) {
    passed->succeeds = successor_is_asked(&passed->successor);
    passed->keeps = !passed->succeeds && keep_is_wanted(argc, argv);
    if (passed->succeeds)
        passed->good = successor_inherit(&passed->successor, &passed->inherited, &passed->wrong);
    else if (passed->keeps)
        passed->good = supervisor_inherit(&passed->kept, &passed->wrong);
    else
        passed->good = inherited_init(&passed->inherited, &passed->wrong);
    if (passed->good && !passed->keeps)
        kept_texts_find(&passed->kept_texts, &passed->inherited);
}

/* Inherited descriptors are taken before any file is opened, which could get the number of a
 * missing one. */
int main(int argc, char **argv) {
    static struct passed passed;
    statgated_hold_reload(true);
    setup_memory();
    hold_standard_descriptors();
    if (!program_path(argv[0], passed.program, sizeof passed.program))
        passed.program[0] = '\0';
    inherit(&passed, argc, argv);
    const int status = read_and_start(argc, argv, &passed);
    accepted_done(&passed.kept_texts);
    inherited_done(&passed.inherited);
    return status;
}
