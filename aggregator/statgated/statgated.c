/* SPDX-License-Identifier: MIT */
/* statgated.c - the program: flags, limits, the process, and whether it is the supervisor. */
#include "statgated/daemon.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/text.h"
#include "footprint/footprint.h"
#include "gzip/gzip.h"
#include "host/procinfo.h"
#include "host/program.h"

/* ---- process ---- */

static double count_descriptors(void) {
    /* Since Linux 6.2, the folder's size is the number of descriptors. Listing them takes
     * milliseconds if thousands of processes are watched. */
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return (double)folder.st_size;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return 0;
    size_t count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += entry->d_name[0] != '.';
    (void)closedir(dir);
    return (double)count - 1; /* without the descriptor of the folder itself */
}

unsigned process_spare_descriptors(unsigned most) {
    int fds[PROCESS_SPARE_MAX];
    unsigned count = 0;
    while (count < most && count < PROCESS_SPARE_MAX &&
           (fds[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    for (unsigned i = 0; i < count; i++)
        (void)close(fds[i]);
    return count;
}

uint32_t process_owner_budget(size_t further_listeners, bool streams) {
    const uint32_t budget = owner_watch_budget();
    const uint32_t connections =
        (uint32_t)further_listeners * HTTP_PLACES_MAX + (streams ? INGRESS_STREAMS_MAX : 0);
    struct rlimit limit;
    /* With enough descriptors, owners get as many as they can use. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 > OWNERS_MAX + connections)
        return budget;
    return budget / 2 > connections ? budget - connections : budget / 2;
}

void process_read(struct self_metrics_inputs *inputs) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        inputs->cpu_s = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                        ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) / 1e6;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        inputs->max_fds = (double)limit.rlim_cur;
    inputs->open_fds = count_descriptors();
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return;
    char line[128]; /* all pages, resident pages, ... */
    if (fgets(line, sizeof line, file) != NULL) {
        char *rest;
        const double page = (double)sysconf(_SC_PAGESIZE);
        inputs->virtual_bytes = (double)strtoul(line, &rest, 10) * page;
        inputs->resident_bytes = (double)strtoul(rest, NULL, 10) * page;
    }
    (void)fclose(file);
}

double process_start_time_s(void) {
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return 0;
    struct procinfo info;
    const enum procinfo_result result = procinfo_read(proc, getpid(), &info);
    (void)close(proc);
    return result == PROCINFO_FOUND ? (double)procinfo_started_ms(&info) / 1000 : 0;
}

/* ---- room: whether the limits of memory leave what the daemon needs. ---- */

static double mib(uint64_t bytes) {
    return (double)bytes / (1 << 20);
}

/* To answer health checks at each listener, and one scrape. */
static uint64_t least_to_serve(const struct daemon *daemon) {
    enum { ANSWER_BYTES = 2 * VIEW_SLICE_BYTES + HTTP_REQUEST_BYTES };
    return (uint64_t)(daemon->plan.count + 1) * (HTTP_SPARE_MAX + 1) * HTTP_CONNECTION_MEMORY +
           ANSWER_BYTES;
}

/* Whether a later daemon is to take values over from this one, the first. Later ones are not asked:
 * if the first could start, the next can, too. */
static bool is_first_of_several(const struct daemon *daemon) {
    const enum notify_store keeps = host_notify_can_keep();
    return daemon->object != NULL && !daemon->restore.handed && daemon->restore.count == 0 &&
           (keeps == NOTIFY_KEEPS || keeps == NOTIFY_UNKNOWN);
}

/* The limits that keep memory from being mapped. */
#define LIMITS "LimitAS=, LimitDATA=, ulimit -v, ulimit -d"

static bool refuse(uint64_t wanted, const char *why, struct start_error *ret_error) {
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                            "beside the tables %.1f MiB are needed %s, and a limit leaves less: "
                            "raise it (" LIMITS "), or use smaller catalogs (statgate check)",
                            mib(wanted), why);
}

static bool check_space(const struct daemon *daemon, const struct footprint *footprint,
                        struct start_error *ret_error) {
    const uint64_t later = footprint_later_bytes(footprint);
    const uint64_t old = daemon->file.size + footprint->restore;
    if (!host_memory_can_map(least_to_serve(daemon)))
        return refuse(least_to_serve(daemon), "to answer over HTTP", ret_error);
    if (is_first_of_several(daemon) && !host_memory_can_map(old))
        return refuse(old, "to restore the values after a crash", ret_error);
    if (!host_memory_can_map(later))
        log_write(LOG_LEVEL_WARN, "memory",
                  "beside the tables clients can need %.1f MiB, and a limit leaves less: some will "
                  "be refused; raise it (" LIMITS ")",
                  mib(later));
    return true;
}

bool room_check(const struct daemon *daemon, struct start_error *ret_error) {
    struct footprint footprint;
    footprint_measure(&footprint, &daemon->set, &daemon->plan);
    const bool good = check_space(daemon, &footprint, ret_error);
    footprint_done(&footprint);
    return good;
}

/* ---- start error ---- */

bool start_error_fail(struct start_error *ret_error, int exit_code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    error_clear(&ret_error->error);
    error_vadd(&ret_error->error, format, args);
    va_end(args);
    ret_error->exit_code = exit_code;
    return false;
}

void start_error_done(struct start_error *error) {
    diagnostics_messages_done(&error->more);
}

/* ---- this program as its own supervisor ---- */

enum own { OWN_NO_SUPERVISOR, OWN_SUPERVISOR, OWN_STOP_TIMEOUT, OWN_READY_TIMEOUT };

static const char supervisor_flag[] = "--supervisor";
static const char no_supervisor_flag[] = "--no-supervisor";
static const char timeout_flag[] = "--stop-timeout";
static const char ready_timeout_flag[] = "--ready-timeout";
enum { TIME_MAX_S = 3600 };

static const struct settings_own_flag supervise_flags[] = {
    [OWN_NO_SUPERVISOR] =
        {"no-supervisor", NULL,
         "Be the daemon itself, without the small parent process that holds its "
         "sockets and its memory of values, and starts it again when it dies. For "
         "systemd, which does the same, and for gdb, strace, valgrind and perf."},
    [OWN_SUPERVISOR] = {"supervisor", NULL, "The default."},
    [OWN_STOP_TIMEOUT] = {"stop-timeout", "SECONDS",
                          "How long the supervisor gives the daemon to end before it kills it. 8 "
                          "seconds by default."},
    [OWN_READY_TIMEOUT] =
        {"ready-timeout", "SECONDS",
         "How long no daemon may be ready before the supervisor reads and counts datagrams "
         "in its place, so that senders do not wait. A start that is not ready after six times "
         "as long is ended. 10 seconds by default."},
    {0}};

static bool supervise_is_wanted(int argc, char *const *argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], no_supervisor_flag) == 0)
            return false;
    const char *manager = getenv("NOTIFY_SOCKET");
    return manager == NULL || !text_begins(manager, NOTIFY_NAME_BEGINNING);
}

/* Read the time of a flag; *ret_ms stays as it is without the flag. */
static bool read_time(const struct settings *settings, enum own which, const char *flag,
                      uint32_t *ret_ms, struct error *ret_error) {
    const char *text = settings->own[which];
    char *end = NULL;
    if (text == NULL)
        return true;
    if (settings->own[OWN_NO_SUPERVISOR] != NULL)
        return error_set(ret_error, "%s: with %s there is no supervisor, which this is for", flag,
                         no_supervisor_flag);
    /* Refuse signs, exponents and "inf", which strtod accepts. */
    const bool digits = *text != '\0' && text[strspn(text, "0123456789.")] == '\0';
    const double seconds = digits ? strtod(text, &end) : -1;
    if (end == NULL || *end != '\0' || seconds < 0 || seconds > TIME_MAX_S)
        return error_set(ret_error, "%s: \"%.100s\" is not a number of seconds from 0 to %d", flag,
                         text, TIME_MAX_S);
    *ret_ms = (uint32_t)(seconds * 1000);
    return true;
}

static bool supervise_read_times(const struct settings *settings, struct supervise_times *ret_times,
                                 struct error *ret_error) {
    struct supervise_times times = {.stop_timeout_ms = SUPERVISOR_STOP_TIMEOUT_MS,
                                    .ready_timeout_ms = SUPERVISOR_READY_TIMEOUT_MS};
    if (!read_time(settings, OWN_STOP_TIMEOUT, timeout_flag, &times.stop_timeout_ms, ret_error) ||
        !read_time(settings, OWN_READY_TIMEOUT, ready_timeout_flag, &times.ready_timeout_ms,
                   ret_error))
        return false;
    *ret_times = times;
    return true;
}

/* Copy the arguments without the supervisor's own. A flag and its value are one word or two. */
static void put_arguments(int argc, char *const *argv, char **ret_arguments) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], supervisor_flag) == 0)
            continue;
        if (strcmp(argv[i], timeout_flag) == 0 || strcmp(argv[i], ready_timeout_flag) == 0)
            i++;
        else if (!text_begins(argv[i], timeout_flag) && !text_begins(argv[i], ready_timeout_flag))
            *ret_arguments++ = argv[i];
    }
    *ret_arguments = NULL;
}

static int supervise_run(char *program, int argc, char *const *argv,
                         const struct supervise_times *times, const char *control,
                         struct held_fds *inherited) {
    if (program[0] == '\0') {
        log_write(LOG_LEVEL_ERROR, "supervisor",
                  "it is not known which program this process runs; start it by a path");
        return SETTINGS_EXIT_FAILURE;
    }
    char **arguments = memory_array((size_t)argc + 1, sizeof *arguments);
    put_arguments(argc, argv, arguments);
    arguments[0] = program; /* by which it knows its path, however it is executed */
    const bool adopted = inherited->count == 0 && adoption_ask(control, inherited);
    const struct supervisor_options options = {.program = program,
                                               .adopted = adopted,
                                               .arguments = arguments,
                                               .stop_timeout_ms = times->stop_timeout_ms,
                                               .ready_timeout_ms = times->ready_timeout_ms,
                                               .inherited = inherited};
    const int code = supervisor_run(&options);
    free((void *)arguments);
    return code;
}

/* ---- the supervisor's end ---- */

/* The supervisor is gone. NOTIFY_SOCKET is unset, since another process may get that address. */
static void on_supervisor(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct supervisor_watch *watch = poll->data;
    log_write(LOG_LEVEL_ERROR, "supervisor",
              "the supervisor is gone: if this process ends, it is not restarted and its values "
              "are lost; start statgated again, which takes over with all values");
    (void)unsetenv("NOTIFY_SOCKET");
    (void)uv_poll_stop(poll);
    watch->lost = true;
}

void supervisor_watch_open(struct supervisor_watch *watch, uv_loop_t *loop, int fd) {
    if (fd < 0)
        return;
    watch->fd = fd;
    if (uv_poll_init(loop, &watch->poll, fd) != 0) {
        (void)close(fd);
        return;
    }
    watch->open = true;
    watch->poll.data = watch;
    (void)uv_poll_start(&watch->poll, UV_READABLE | UV_DISCONNECT, on_supervisor);
    uv_unref((uv_handle_t *)&watch->poll);
}

bool supervisor_watch_is_lost(const struct supervisor_watch *watch) {
    struct pollfd end = {.fd = watch->fd, .events = POLLIN};
    return watch->lost || (watch->open && poll(&end, 1, 0) == 1);
}

void supervisor_watch_close(struct supervisor_watch *watch) {
    if (!watch->open)
        return;
    watch->open = false;
    (void)uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, NULL);
    (void)close(watch->fd);
}

/* ---- outage: takes what a supervisor noted while no daemon read. ---- */

void outage_open(struct outage *outage, struct inherited *inherited) {
    *outage = (struct outage){.fd = host_inherited_take_lock(inherited, OUTAGE_LOCK)};
}

void outage_begin(struct outage *outage) {
    if (outage->fd >= 0)
        outage->page = supervisor_outage_map(outage->fd);
}

void outage_poll(struct outage *outage) {
    outage->unread += supervisor_outage_take_unread(outage->page);
}

void outage_close(struct outage *outage) {
    supervisor_outage_unmap(outage->page);
    if (outage->fd >= 0)
        (void)close(outage->fd);
    *outage = (struct outage){.fd = -1};
}

/* ---- main: The program statgated: from settings to a running daemon, and its exit codes. ---- */

static const struct settings_program program = {
    .name = "statgated",
    .usage = "[flags]",
    .about = "Receives metrics from the processes of this host as datagrams on a Unix socket, "
             "accepts what catalogs declare, keeps the numbers, and serves them to Prometheus and "
             "to people. See statgated(8); statgate-catalog(5) describes catalogs.",
    .allowed = SETTINGS_ALL,
    .takes_words = false,
    .own = supervise_flags};

static void write_version(struct strbuf *out, const struct settings_program *this_program) {
    settings_write_version(out, this_program);
    strbuf_printf(out, "gzip by %s\nlayout %d\n", gzip_library(), OBJECT_LAYOUT);
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
    bool succeeds; /* a new process: a daemon passes on its descriptors */
    struct inherited inherited;
    struct held_fds kept;
    struct handover_in handover_in;
    char program[PATH_MAX]; /* "": unknown */
    bool good;
    struct error wrong;            /* why the descriptors cannot be used, unless good */
    struct config_texts last_good; /* what was accepted last */
};

/* The settings, as they are or as they were accepted last. */
struct setup {
    struct last_good_command command;
    const struct config_texts *kept;
    struct settings present;
    struct settings last_good; /* zeroed until they are needed */
    struct error wrong;        /* why the present ones are refused; "": they are not */
};

static void log_wrong(const struct start_error *wrong) {
    log_write(LOG_LEVEL_ERROR, "start", "%s", wrong->error.text);
    for (const char *line = diagnostics_messages_next(&wrong->more, NULL); line != NULL;
         line = diagnostics_messages_next(&wrong->more, line))
        log_write(LOG_LEVEL_ERROR, "start", "%s", line);
}

/* Report the failure. If a daemon has started this process, it continues and reports the reason. */
static int fail_to_start(struct passed *passed, const struct start_error *wrong) {
    if (passed->succeeds)
        handover_in_refuse(&passed->handover_in, wrong);
    else
        log_wrong(wrong);
    return wrong->exit_code;
}

/* Read the settings as they were accepted last. NULL: they cannot be used, or there are none. */
static const struct settings *old_settings(void *arg) {
    struct setup *setup = arg;
    struct error useless;
    if (setup->last_good.config == NULL &&
        (setup->kept->count == 0 ||
         !last_good_settings(&setup->last_good, &setup->command, setup->kept, &useless)))
        return NULL;
    return &setup->last_good;
}

static const struct settings *settings_of(struct setup *setup) {
    return setup->wrong.text[0] != '\0' ? &setup->last_good : &setup->present;
}

static int run(struct setup *setup, struct passed *passed) {
    struct daemon daemon;
    struct start_error wrong = {0};
    const bool refused = setup->wrong.text[0] != '\0';
    setup->kept = &daemon.last_good; /* the daemon takes them */
    const struct statgated_start start = {.program =
                                              passed->program[0] != '\0' ? passed->program : NULL,
                                          .arguments = setup->command.argv,
                                          .inherited = &passed->inherited,
                                          .handover_in = &passed->handover_in,
                                          .kept = &passed->last_good,
                                          .settings_wrong = refused ? setup->wrong.text : NULL,
                                          .kept_settings = old_settings,
                                          .arg = setup};
    if (!statgated_open(&daemon, settings_of(setup), &start, &wrong)) {
        const int code = fail_to_start(passed, &wrong);
        start_error_done(&wrong);
        return code;
    }
    statgated_run(&daemon);
    return 0;
}

static void start_log(const struct settings *settings) {
    setup_log(settings);
    log_never_wait();
    (void)signal(SIGPIPE, SIG_IGN); /* a scraper or log reader may go away */
    (void)signal(SIGXFSZ, SIG_IGN); /* writers of files report a size limit themselves */
}

static int start(struct setup *setup, struct passed *passed) {
    const struct settings *settings = settings_of(setup);
    const struct last_good_command *command = &setup->command;
    struct error error;
    struct supervise_times times;
    if (!supervise_read_times(settings, &times, &error)) {
        (void)fprintf(stderr, "statgated: %s\n", error.text);
        return SETTINGS_EXIT_USAGE;
    }
    start_log(settings);
    if (!passed->good)
        return fail_to_start(passed, &(struct start_error){.exit_code = SETTINGS_EXIT_FAILURE,
                                                           .error = passed->wrong});
    return passed->keeps ? supervise_run(passed->program, command->argc, (char **)command->argv,
                                         &times, settings->control, &passed->kept)
                         : run(setup, passed);
}

/* The present settings are refused. A start after a death continues with those that were accepted
 * last; a reload leaves the daemon as it is. */
static bool can_go_on(struct setup *setup, const struct passed *passed) {
    return !passed->succeeds && !passed->keeps && old_settings(setup) != NULL;
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
                          .kept = &passed->last_good};
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
        diagnostics_locate_setting(&setup.wrong);
        if (!can_go_on(&setup, passed))
            return refuse_settings(&setup, passed);
        break;
    }
    const int status = start(&setup, passed);
    settings_done(&setup.present);
    settings_done(&setup.last_good);
    return status;
}

static void say_end(const char *sentence) {
    log_write(LOG_LEVEL_ERROR, "memory", "%s", sentence);
}

/*
 * Make large allocations mappings of their own, which return to the system when they are freed. By
 * default, the allocator raises this threshold when the first large allocation is freed, so memory
 * that answers once took would be kept. One arena is enough: threads other than the loop allocate
 * almost nothing.
 */
static void setup_memory(void) {
    memory_on_end(say_end);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_MAPPED_FROM);
    (void)mallopt(M_ARENA_MAX, 1);
}

static void inherit(struct passed *passed, int argc, char **argv) {
    passed->succeeds = handover_in_is_asked(&passed->handover_in);
    passed->keeps = !passed->succeeds && supervise_is_wanted(argc, argv);
    if (passed->succeeds)
        passed->good =
            handover_in_inherit(&passed->handover_in, &passed->inherited, &passed->wrong);
    else if (passed->keeps)
        passed->good = supervisor_inherit(&passed->kept, &passed->wrong);
    else
        passed->good = host_inherited_init(&passed->inherited, &passed->wrong);
    if (passed->good && !passed->keeps)
        last_good_find(&passed->last_good, &passed->inherited);
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
    active_config_texts_done(&passed.last_good);
    host_inherited_done(&passed.inherited);
    return status;
}
