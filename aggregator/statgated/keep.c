#include "statgated/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/log.h"
#include "supervisor/supervisor.h"

enum own { OWN_NO_SUPERVISOR, OWN_SUPERVISOR, OWN_STOP_TIMEOUT, OWN_READY_TIMEOUT };

static const char supervisor_flag[] = "--supervisor";
static const char no_supervisor_flag[] = "--no-supervisor";
static const char timeout_flag[] = "--stop-timeout";
static const char ready_timeout_flag[] = "--ready-timeout";
enum { TIME_MAX_S = 3600 };

const struct settings_own_flag keep_flags[] = {
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

bool keep_is_wanted(int argc, char *const *argv) {
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

bool keep_read_times(const struct settings *settings, struct keep_times *ret_times,
                     struct error *ret_error) {
    struct keep_times times = {.stop_timeout_ms = SUPERVISOR_STOP_TIMEOUT_MS,
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

int keep_run(char *program, int argc, char *const *argv, const struct keep_times *times,
             const struct kept_fds *inherited) {
    if (program[0] == '\0') {
        log_write(LOG_LEVEL_ERROR, "supervisor",
                  "it is not known which program this process runs; start it by a path");
        return SETTINGS_EXIT_FAILURE;
    }
    char **arguments = calloc((size_t)argc + 1, sizeof *arguments);
    if (arguments == NULL) {
        log_write(LOG_LEVEL_ERROR, "supervisor", "out of memory");
        return SETTINGS_EXIT_FAILURE;
    }
    put_arguments(argc, argv, arguments);
    arguments[0] = program; /* by which it knows its path, however it is executed */
    const struct supervisor_options options = {.program = program,
                                               .arguments = arguments,
                                               .stop_timeout_ms = times->stop_timeout_ms,
                                               .ready_timeout_ms = times->ready_timeout_ms,
                                               .inherited = inherited};
    const int code = supervisor_run(&options);
    free((void *)arguments);
    return code;
}
