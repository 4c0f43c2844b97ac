#include "statgated/supervisor_watch.h"

#include <stdlib.h>
#include <unistd.h>

#include "host/log.h"

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
