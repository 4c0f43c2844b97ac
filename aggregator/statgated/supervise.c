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

/* ---- handover ---- */

uint64_t fdstore_number(const char *name, const char *beginning) {
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
static struct fdstore_item *append(struct fdstore *fdstore) {
    struct fdstore_item *items =
        realloc(fdstore->items, (fdstore->count + 1) * sizeof *fdstore->items);
    if (items == NULL)
        return NULL;
    fdstore->items = items;
    return &items[fdstore->count++];
}

static struct fdstore_item *find(const struct fdstore *fdstore, int fd) {
    for (size_t i = 0; i < fdstore->count; i++)
        if (fdstore->items[i].fd == fd)
            return &fdstore->items[i];
    return NULL;
}

bool fdstore_has(const struct fdstore *fdstore, int fd) {
    const struct fdstore_item *item = find(fdstore, fd);
    return item != NULL && item->kept;
}

void fdstore_note_gone(struct fdstore *fdstore, const char *name) {
    for (size_t i = 0; i < fdstore->count; i++)
        if (strcmp(fdstore->items[i].name, name) == 0)
            fdstore->items[i].gone = true;
}

void fdstore_note_none_gone(struct fdstore *fdstore) {
    for (size_t i = 0; i < fdstore->count; i++)
        fdstore->items[i].gone = false;
}

bool fdstore_is_gone(const struct fdstore *fdstore, int fd) {
    const struct fdstore_item *item = find(fdstore, fd);
    return item != NULL && item->gone;
}

static void take_out(struct fdstore *fdstore, struct fdstore_item *item) {
    if (item->kept)
        host_notify_forget(item->name);
    *item = fdstore->items[--fdstore->count];
}

void fdstore_found(struct fdstore *fdstore, const char *name, const char *beginning, int fd) {
    const uint64_t number = fdstore_number(name, beginning);
    struct fdstore_item *item = append(fdstore);
    if (number > fdstore->last)
        fdstore->last = number;
    if (item == NULL)
        return;
    *item = (struct fdstore_item){.fd = fd, .kept = true};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
}

static struct log_limit unkept_limit = LOG_LIMIT(8, 60000);

static void store(struct fdstore_item *item) {
    if (item->kept)
        return;
    item->kept = host_notify_keep(item->name, item->fd);
    if (!item->kept && host_notify_can_keep() != NOTIFY_NOBODY)
        log_limited(
            &unkept_limit, LOG_LEVEL_ERROR, "keep",
            "the service manager cannot be told to keep %s, which ends with this process: %m",
            item->name);
}

void fdstore_add_named(struct fdstore *fdstore, const char *name, int fd) {
    struct fdstore_item *item = find(fdstore, fd) == NULL ? append(fdstore) : NULL;
    if (item == NULL)
        return;
    *item = (struct fdstore_item){.fd = fd};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
    if (fdstore->open)
        store(item);
}

void fdstore_add(struct fdstore *fdstore, const char *beginning, const char *detail, int fd) {
    char name[INHERITED_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s%" PRIu64 "%s", beginning, ++fdstore->last, detail);
    fdstore_add_named(fdstore, name, fd);
}

void fdstore_store(struct fdstore *fdstore) {
    fdstore->open = true;
    for (size_t i = 0; i < fdstore->count; i++)
        store(&fdstore->items[i]);
}

void fdstore_tidy(struct fdstore *fdstore) {
    for (size_t i = fdstore->count; i > 0; i--)
        if (fdstore->items[i - 1].fd < 0)
            take_out(fdstore, &fdstore->items[i - 1]);
}

void fdstore_drop(struct fdstore *fdstore, int fd) {
    struct fdstore_item *item = find(fdstore, fd);
    if (item != NULL)
        take_out(fdstore, item);
}

void fdstore_end(struct fdstore *fdstore) {
    while (fdstore->count > 0)
        take_out(fdstore, &fdstore->items[fdstore->count - 1]);
}

void fdstore_end_but(struct fdstore *fdstore, int fd) {
    for (size_t i = fdstore->count; i > 0; i--)
        if (fdstore->items[i - 1].fd != fd)
            take_out(fdstore, &fdstore->items[i - 1]);
}

void fdstore_done(struct fdstore *fdstore) {
    free(fdstore->items);
    *fdstore = (struct fdstore){0};
}

/* ---- keeping ---- */

static bool is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

struct fdstore_check fdstore_check_poll(const struct inherited *inherited, const char *path) {
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
    return (struct fdstore_check){.left = objects + sockets + given == 0 && is_socket(path),
                                  .only_sockets = objects == 0 && sockets > 0};
}

static void tell_past(const struct fdstore_check *fdstore_check) {
    if (fdstore_check->left)
        log_write(LOG_LEVEL_WARN, "keep",
                  "the previous process was killed, and the service manager kept nothing of it: "
                  "unless the manager itself was started again, set FileDescriptorStoreMax=512, or "
                  "leave out --no-supervisor");
    else if (fdstore_check->only_sockets)
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

void fdstore_check_report(const struct fdstore_check *fdstore_check, bool object, bool state_file,
                          bool handed) {
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
            tell_past(fdstore_check);
        break;
    }
}

bool fdstore_check_is_likely(void) {
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

const struct settings_own_flag supervise_flags[] = {
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

bool supervise_is_wanted(int argc, char *const *argv) {
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

bool supervise_read_times(const struct settings *settings, struct supervise_times *ret_times,
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

int supervise_run(char *program, int argc, char *const *argv, const struct supervise_times *times,
                  const struct held_fds *inherited) {
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

void outage_open(struct outage *outage, struct inherited *inherited) {
    *outage = (struct outage){.fd = inherited_take_lock(inherited, MEANWHILE_LOCK)};
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
