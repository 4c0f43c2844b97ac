/* The end of a succession: the answer to whoever asked, and a successor that fails before it
 * counts. */
#include "statgated/succession_private.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "host/log.h"
#include "host/notify.h"
#include "statgated/configuration.h"
#include "statgated/refusals.h"

enum { REAP_MS = 10 /* interval of checks whether a killed successor has ended */ };

/* ---- the verdict ---- */

static bool is_warning(const char *line) {
    return text_begins(line, CONFIGURATION_WARNING);
}

/* Pass each line of the report to the asker and the log. */
void succession_end_report(const struct succession *succession) {
    const int fd = succession->report >= 0 ? dup(succession->report) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "re") : NULL;
    char line[1024];
    size_t bytes = 0;
    if (file == NULL)
        return;
    rewind(file);
    while (bytes < SUCCESSION_REPORT_MAX && fgets(line, sizeof line, file) != NULL) {
        bytes += strlen(line);
        line[strcspn(line, "\n")] = '\0';
        if (succession->asker.line != NULL)
            succession->asker.line(succession->asker.arg, line);
        log_write(is_warning(line) ? LOG_LEVEL_WARN : LOG_LEVEL_LOG, "reload", "%s", line);
    }
    (void)fclose(file);
}

void succession_end_tell(struct succession_asker *asker, int code, const char *text) {
    if (asker->end != NULL)
        asker->end(asker->arg, code, text);
    *asker = (struct succession_asker){0};
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle) {
    struct succession *succession = handle->data;
    if (--succession->handles > 0)
        return;
    succession_close_fd(&succession->sock);
    succession_close_fd(&succession->known);
    succession_close_fd(&succession->report);
    succession_close_fd(&succession->object);
    mistakes_messages_done(&succession->more);
    free(succession->stored);
    free(succession);
}

static void close_handle(uv_handle_t *handle) {
    if (handle->loop != NULL && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

void succession_end_close(struct daemon *daemon) {
    struct succession *succession = daemon->succession;
    daemon->succession = NULL;
    if (succession == NULL)
        return;
    ingress_path_watch_hold(daemon->path_watch, false);
    close_handle((uv_handle_t *)&succession->poll);
    close_handle((uv_handle_t *)&succession->timer);
}

int succession_end_bury(struct succession *succession) {
    int status = 0;
    (void)kill(succession->pid, SIGKILL);
    (void)waitpid(succession->pid, &status, 0);
    succession->pid = 0;
    return status;
}

void succession_end_owed(struct daemon *daemon, pid_t now) {
    if (daemon->reload_owed)
        (void)kill(now, SIGHUP);
    daemon->reload_owed = false;
}

/* ---- a successor that fails ---- */

void succession_end_describe(int status, struct error *ret_error) {
    if (WIFSIGNALED(status))
        (void)error_set(ret_error, "the new process was killed by signal %d (SIG%s)",
                        WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
    else
        (void)error_set(ret_error, "the new process ended with exit code %d", WEXITSTATUS(status));
}

/* The successor ended before it began to work, and received nothing. Mark its object as waiting,
 * so that ours counts, even for a manager that did not hear us. */
static void revoke_object(struct succession *succession) {
    const uint32_t waiting = 1;
    struct object_file file;
    struct object_marks marks;
    struct error ignored;
    uint64_t at;
    if (succession->object < 0 || !object_file_open(succession->object, &file, &ignored))
        return;
    succession->object = -1; /* owned by `file` now */
    if (image_marks(file.at, file.size, &marks, &at))
        (void)pwrite(file.fd, &waiting, sizeof waiting,
                     (off_t)(at + offsetof(struct object_marks, waiting)));
    object_file_close(&file);
}

void succession_end_forget(const struct succession *succession) {
    for (size_t i = 0; i < succession->stored_count; i++)
        notify_forget(succession->stored[i]);
}

static void tell_more(const struct succession *succession) {
    if (succession->asker.line == NULL)
        return;
    for (const char *line = mistakes_messages_next(&succession->more, NULL); line != NULL;
         line = mistakes_messages_next(&succession->more, line))
        succession->asker.line(succession->asker.arg, line);
}

void succession_end_taken(struct succession *succession, const char *text) {
    struct error partly;
    if (succession->partly.text[0] == '\0') {
        succession_end_tell(&succession->asker, SUCCESSION_TAKEN, text);
        return;
    }
    (void)error_set(&partly, "%s, but not all files are in force: %s", text,
                    succession->partly.text);
    refusals_log_partly(LOG_LEVEL_ERROR, partly.text, &succession->more);
    tell_more(succession);
    succession_end_tell(&succession->asker, SUCCESSION_PARTLY, partly.text);
}

/* The successor was reaped: clean up and report how it ended. */
static void give_up(struct succession *succession, int status) {
    struct daemon *daemon = succession->daemon;
    if (succession->why.text[0] == '\0')
        succession_end_describe(status, &succession->why);
    revoke_object(succession);
    succession_end_forget(succession);
    refusals_log(LOG_LEVEL_ERROR, succession->why.text, &succession->more);
    reload_report_refused(&daemon->reload, daemon_now().real_ms, succession->why.text);
    tell_more(succession);
    struct succession_asker asker = succession->asker;
    const int code = succession->code;
    const struct error why = succession->why;
    succession_end_close(daemon);
    succession_end_tell(&asker, code, why.text);
    succession_end_owed(daemon, getpid());
}

static void on_reap(uv_timer_t *timer) {
    struct succession *succession = timer->data;
    int status = 0;
    if (succession->pid == 0 || waitpid(succession->pid, &status, WNOHANG) != 0)
        give_up(succession, status);
}

/* The handover fails before the successor counts. `why` NULL: how the successor ended is the
 * reason. */
void succession_end_fail(struct succession *succession, int code, const char *why) {
    succession->state = SUCCESSION_FAILED;
    succession->code = code;
    if (why != NULL)
        (void)error_set(&succession->why, "%s", why);
    (void)uv_poll_stop(&succession->poll);
    if (succession->pid > 0)
        (void)kill(succession->pid, SIGKILL);
    (void)uv_timer_start(&succession->timer, on_reap, 0, REAP_MS);
}

/* The successor refuses; `text` is "EXITCODE SENTENCE". */
void succession_end_refused(struct succession *succession, const char *text) {
    const char *sentence = strchr(text, ' ');
    succession_end_fail(succession, SUCCESSION_REFUSED, sentence != NULL ? sentence + 1 : text);
}
