/* supervise.c - this program as its own supervisor, and the descriptors that a supervisor holds for
 * the daemon. */
#include "statgated/daemon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "host/log.h"
#include "host/unix_socket.h"
#include "supervisor/supervisor.h"

/* ---- handover ---- */

uint64_t handover_number(const char *name, const char *beginning) {
    const size_t len = strlen(beginning);
    if (strncmp(name, beginning, len) != 0)
        return 0;
    char *end;
    const unsigned long long number = strtoull(name + len, &end, 10);
    const bool good = end != name + len && (*end == '\0' || *end == '-') && number < UINT32_MAX;
    return good ? number : 0;
}

/* Append an item. NULL if out of memory: the manager then keeps the descriptor until everything
 * is given up. */
static struct handover_item *append(struct handover *handover) {
    struct handover_item *items =
        realloc(handover->items, (handover->count + 1) * sizeof *handover->items);
    if (items == NULL)
        return NULL;
    handover->items = items;
    return &items[handover->count++];
}

static struct handover_item *find(const struct handover *handover, int fd) {
    for (size_t i = 0; i < handover->count; i++)
        if (handover->items[i].fd == fd)
            return &handover->items[i];
    return NULL;
}

bool handover_has(const struct handover *handover, int fd) {
    const struct handover_item *item = find(handover, fd);
    return item != NULL && item->kept;
}

void handover_note_gone(struct handover *handover, const char *name) {
    for (size_t i = 0; i < handover->count; i++)
        if (strcmp(handover->items[i].name, name) == 0)
            handover->items[i].gone = true;
}

void handover_note_none_gone(struct handover *handover) {
    for (size_t i = 0; i < handover->count; i++)
        handover->items[i].gone = false;
}

bool handover_is_gone(const struct handover *handover, int fd) {
    const struct handover_item *item = find(handover, fd);
    return item != NULL && item->gone;
}

static void take_out(struct handover *handover, struct handover_item *item) {
    if (item->kept)
        host_notify_forget(item->name);
    *item = handover->items[--handover->count];
}

void handover_found(struct handover *handover, const char *name, const char *beginning, int fd) {
    const uint64_t number = handover_number(name, beginning);
    struct handover_item *item = append(handover);
    if (number > handover->last)
        handover->last = number;
    if (item == NULL)
        return;
    *item = (struct handover_item){.fd = fd, .kept = true};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
}

static struct log_limit unkept_limit = LOG_LIMIT(8, 60000);

static void store(struct handover_item *item) {
    if (item->kept)
        return;
    item->kept = host_notify_keep(item->name, item->fd);
    if (!item->kept && host_notify_can_keep() != NOTIFY_NOBODY)
        log_limited(
            &unkept_limit, LOG_LEVEL_ERROR, "keep",
            "the service manager cannot be told to keep %s, which ends with this process: %m",
            item->name);
}

void handover_add_named(struct handover *handover, const char *name, int fd) {
    struct handover_item *item = find(handover, fd) == NULL ? append(handover) : NULL;
    if (item == NULL)
        return;
    *item = (struct handover_item){.fd = fd};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
    if (handover->open)
        store(item);
}

void handover_add(struct handover *handover, const char *beginning, const char *detail, int fd) {
    char name[INHERITED_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s%" PRIu64 "%s", beginning, ++handover->last, detail);
    handover_add_named(handover, name, fd);
}

void handover_store(struct handover *handover) {
    handover->open = true;
    for (size_t i = 0; i < handover->count; i++)
        store(&handover->items[i]);
}

void handover_tidy(struct handover *handover) {
    for (size_t i = handover->count; i > 0; i--)
        if (handover->items[i - 1].fd < 0)
            take_out(handover, &handover->items[i - 1]);
}

void handover_drop(struct handover *handover, int fd) {
    struct handover_item *item = find(handover, fd);
    if (item != NULL)
        take_out(handover, item);
}

void handover_end(struct handover *handover) {
    while (handover->count > 0)
        take_out(handover, &handover->items[handover->count - 1]);
}

void handover_end_but(struct handover *handover, int fd) {
    for (size_t i = handover->count; i > 0; i--)
        if (handover->items[i - 1].fd != fd)
            take_out(handover, &handover->items[i - 1]);
}

void handover_done(struct handover *handover) {
    free(handover->items);
    *handover = (struct handover){0};
}

/* ---- keeping ---- */

static bool is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

struct keeping keeping_look(const struct inherited *inherited, const char *path) {
    size_t objects = 0;
    size_t sockets = 0;
    size_t given = 0; /* from a socket unit, which binds the path itself */
    for (size_t i = 0; i < inherited->count; i++) {
        const char *name = inherited->sockets[i].name;
        if (text_begins(name, INHERITED_OBJECT))
            objects++;
        else if (text_begins(name, INHERITED_SOCKET) || text_begins(name, INHERITED_HTTP))
            sockets++;
        else if (strcmp(name, INHERITED_SUPERVISOR) != 0 && !text_begins(name, INHERITED_LOCK))
            given++;
    }
    return (struct keeping){.left = objects + sockets + given == 0 && is_socket(path),
                            .only_sockets = objects == 0 && sockets > 0};
}

static void tell_past(const struct keeping *keeping) {
    if (keeping->left)
        log_write(LOG_LEVEL_WARN, "keep",
                  "the previous process was killed, and the service manager kept nothing of it: "
                  "unless the manager itself was started again, set FileDescriptorStoreMax=512, or "
                  "leave out --no-supervisor");
    else if (keeping->only_sockets)
        log_write(
            LOG_LEVEL_WARN, "keep",
            "the service manager kept sockets of the previous process, but not its values: set "
            "FileDescriptorStoreMax=512");
}

/* What values survive if no manager keeps them. */
static const char *reach(bool state_file) {
    return state_file ? "values survive a stop, in the state file, but no crash"
                      : "values end with this process";
}

void keeping_tell(const struct keeping *keeping, bool object, bool state_file, bool handed) {
    switch (host_notify_can_keep()) {
    case NOTIFY_NOBODY:
        /* A process that has neither supervisor nor manager hands over only if its supervisor was
         * killed.
         */
        if (handed)
            log_write(
                LOG_LEVEL_WARN, "keep",
                "%s, as its supervisor was killed: stop it and start statgated to have one, with "
                "--state-file if the values have to go on",
                reach(state_file));
        else
            log_write(
                LOG_LEVEL_LOG, "keep",
                "%s, as no service manager keeps them: leave out --no-supervisor, or run under "
                "systemd with FileDescriptorStoreMax=",
                reach(state_file));
        break;
    case NOTIFY_NONE:
        log_write(LOG_LEVEL_WARN, "keep",
                  "%s, as the service manager keeps no descriptors: set FileDescriptorStoreMax=512",
                  reach(state_file));
        break;
    case NOTIFY_UNKNOWN:
    case NOTIFY_KEEPS:
        if (object)
            tell_past(keeping);
        break;
    }
}

bool keeping_is_likely(void) {
    const enum notify_store store = host_notify_can_keep();
    return store == NOTIFY_KEEPS || store == NOTIFY_UNKNOWN;
}

/* ---- keep ---- */

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

/* ---- supervisor_watch ---- */

/* The supervisor is gone. NOTIFY_SOCKET is unset, since another process may get that address. */
static void on_supervisor(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    struct supervisor_watch *watch = poll->data;
    log_write(LOG_LEVEL_ERROR, "supervisor",
              "the supervisor is gone: if this process ends, it is not restarted and its values "
              "are lost; restart it under a supervisor when convenient");
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

void supervisor_watch_close(struct supervisor_watch *watch) {
    if (!watch->open)
        return;
    watch->open = false;
    (void)uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, NULL);
    (void)close(watch->fd);
}

/* ---- away: Takes what a supervisor noted while no daemon read. ---- */

void away_open(struct away *away, struct inherited *inherited) {
    *away = (struct away){.fd = inherited_take_lock(inherited, MEANWHILE_LOCK)};
}

void away_begin(struct away *away) {
    if (away->fd >= 0)
        away->page = supervisor_outage_map(away->fd);
}

void away_look(struct away *away) {
    away->unread += supervisor_outage_take_unread(away->page);
}

void away_close(struct away *away) {
    supervisor_outage_unmap(away->page);
    if (away->fd >= 0)
        (void)close(away->fd);
    *away = (struct away){.fd = -1};
}
