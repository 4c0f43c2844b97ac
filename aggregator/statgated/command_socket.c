#include "statgated/command_socket.h"

#include <unistd.h>

#include "host/log.h"
#include "statgated/forget.h"
#include "statgated/kept_listeners.h"
#include "statgated/tail.h"

static void keep(struct daemon *daemon) {
    const struct unix_listener sock = control_socket(daemon->control);
    kept_listeners_keep(&daemon->handover, INHERITED_CONTROL, &sock);
}

/* Anyone who may write to the folder could trigger this message at will, so it is limited. */
static struct log_limit path_limit = LOG_LIMIT(8, 60000);

static void on_bound(void *arg) {
    struct daemon *daemon = arg;
    log_limited(&path_limit, LOG_LEVEL_WARN, "control", "%s was removed or replaced: bound again",
                daemon->settings->control);
    handover_drop(&daemon->handover, control_socket(daemon->control).fd);
    keep(daemon);
}

static void on_lost(void *arg, const char *why) {
    const struct daemon *daemon = arg;
    log_limited(&path_limit, LOG_LEVEL_ERROR, "control",
                "no commands come through %s, which cannot be bound again: %s",
                daemon->settings->control, why);
}

/* Senders and scrapers need no control socket, so its failure ends the start only if a setting
 * asked for it. */
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
    struct kept_listeners kept;
    struct error why = {0};
    kept_listeners_find(&kept, inherited, INHERITED_CONTROL);
    const struct control_options options = {.path = settings->control,
                                            .setting = settings_place(settings, SETTING_control),
                                            .uid = geteuid(),
                                            .kept = kept.sockets,
                                            .kept_count = kept.count,
                                            .command = take,
                                            .bound = on_bound,
                                            .lost = on_lost,
                                            .arg = daemon};
    if (*settings->control != '\0')
        daemon->control = control_open(memory_heap(), &daemon->loop, &options, &why);
    kept_listeners_settle(&kept, &daemon->handover);
    if (daemon->control == NULL)
        return *settings->control == '\0' || refuse(daemon, &why, ret_error);
    keep(daemon);
    log_write(LOG_LEVEL_LOG, "control", "taking commands on %s", settings->control);
    return true;
}

void command_socket_leave(struct daemon *daemon) {
    forget_stop(daemon, CONTROL_BUSY, "another daemon has taken over: ask again");
    tail_stop(daemon, CONTROL_BUSY, "another daemon has taken over: ask again");
    if (daemon->control != NULL)
        control_leave(daemon->control);
}

void command_socket_close(struct daemon *daemon) {
    forget_stop(daemon, CONTROL_FAILED, "the daemon ends");
    tail_stop(daemon, CONTROL_FAILED, "the daemon ends");
    control_close(daemon->control);
    daemon->control = NULL;
}
