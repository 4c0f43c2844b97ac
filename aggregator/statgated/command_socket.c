#include "statgated/command_socket.h"

#include <stdio.h>
#include <unistd.h>

#include "host/log.h"
#include "statgated/forget.h"

enum { KEPT_MAX = 4 /* more than one only where daemons died as they started */ };

struct kept_controls {
    struct control_socket sockets[KEPT_MAX];
    char names[KEPT_MAX][INHERITED_NAME_MAX];
    int fds[KEPT_MAX];
    size_t count;
};

static void find_kept(struct kept_controls *kept, struct inherited *inherited) {
    char name[INHERITED_NAME_MAX];
    int fd;
    kept->count = 0;
    while (kept->count < KEPT_MAX &&
           (fd = inherited_take_kept(inherited, INHERITED_CONTROL, name)) >= 0) {
        const size_t i = kept->count++;
        kept->sockets[i] =
            (struct control_socket){.fd = fd, .file = handover_file(name, INHERITED_CONTROL)};
        kept->fds[i] = fd;
        (void)snprintf(kept->names[i], sizeof kept->names[i], "%s", name);
    }
}

/* Those that were not taken are closed, and given up later. */
static void settle_kept(struct daemon *daemon, const struct kept_controls *kept) {
    for (size_t i = 0; i < kept->count; i++) {
        const bool taken = kept->sockets[i].fd < 0;
        if (!taken)
            (void)close(kept->fds[i]);
        handover_found(&daemon->handover, kept->names[i], INHERITED_CONTROL,
                       taken ? kept->fds[i] : -1);
    }
}

static void keep(struct daemon *daemon) {
    const struct control_socket sock = control_socket(daemon->control);
    char detail[HANDOVER_DETAIL_MAX];
    handover_detail(&sock.file, detail);
    handover_add(&daemon->handover, INHERITED_CONTROL, detail, sock.fd);
}

/* Senders and scrapers need no control socket, so only one that somebody asked for has to be there. */
static bool refuse(const struct daemon *daemon, const struct error *why,
                   struct start_error *ret_error) {
    if (daemon->settings->sources[SETTING_control] != SETTINGS_DEFAULT)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why->text);
    log_write(LOG_LEVEL_WARN, "control", "no commands are taken: %s; set control, or \"\" for none",
              why->text);
    return true;
}

bool command_socket_open(struct daemon *daemon, struct inherited *inherited,
                         command_socket_take *take, struct start_error *ret_error) {
    const struct settings *settings = daemon->settings;
    struct kept_controls kept;
    struct error why = {0};
    find_kept(&kept, inherited);
    const struct control_options options = {.path = settings->control,
                                            .setting = settings_place(settings, SETTING_control),
                                            .uid = geteuid(),
                                            .kept = kept.sockets,
                                            .kept_count = kept.count,
                                            .command = take,
                                            .arg = daemon};
    if (*settings->control != '\0')
        daemon->control = control_open(memory_heap(), &daemon->loop, &options, &why);
    settle_kept(daemon, &kept);
    if (daemon->control == NULL)
        return *settings->control == '\0' || refuse(daemon, &why, ret_error);
    keep(daemon);
    log_write(LOG_LEVEL_LOG, "control", "taking commands on %s", settings->control);
    return true;
}

void command_socket_leave(struct daemon *daemon) {
    forget_stop(daemon, CONTROL_BUSY, "another daemon has taken over: ask again");
    if (daemon->control != NULL)
        control_leave(daemon->control);
}

void command_socket_close(struct daemon *daemon) {
    forget_stop(daemon, CONTROL_FAILED, "the daemon ends");
    control_close(daemon->control);
    daemon->control = NULL;
}
