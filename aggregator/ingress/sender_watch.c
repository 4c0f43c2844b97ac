#include "ingress/sender_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "host/clock.h"
#include "host/procinfo.h"

enum {
    SOON_MS = 1,
    ROWS_PER_TURN = 32,     /* rows of a sweep: each is a look-up */
    SCANNED_PER_TURN = 1024 /* rows skipped in search of undescribed ones */
};

struct sender_watch {
    const struct memory *memory;
    uv_loop_t *loop;
    uv_timer_t timer;
    struct ledger *ledger;
    int proc;
    uint64_t turn; /* uv_now() of the turn that `looks` counts */
    size_t looks;
    uint64_t second; /* second of uv_now() for which `units` counts */
    unsigned units;
    size_t sweep_next; /* next row of the sweep */
    size_t sweep_left; /* rows still to be looked at in this second */
    size_t backlog_next;
    size_t backlog_left; /* rows still to be scanned for undescribed ones */
    void (*closed)(void *arg);
    void *closed_arg;
};

/* ---- one row ---- */

/* Whether the process is the one the row was made for. */
static bool same_process(const struct sender *sender, const struct procinfo *info) {
    return procinfo_is_same(info, sender->start_ticks, sender->first_seen_ms);
}

/* Whether the process has become another program since the row was described: it has another name,
 * and not only because it renamed itself. */
static bool runs_another(const struct sender *sender, const struct procinfo *info,
                         uint32_t program) {
    const bool renamed = sender->described && sender->comm[0] != '\0' &&
                         strncmp(sender->comm, info->comm, sizeof sender->comm - 1) != 0;
    return renamed && (program == 0 || sender->program != program);
}

/* Describe the row's process, of which a row may be made anew: what another program sent under this
 * number keeps that program's name. */
static void describe(const struct sender_watch *watch, const struct sender *sender,
                     const struct procinfo *info) {
    const uint32_t program = procinfo_program(watch->proc, sender->pid);
    if (runs_another(sender, info, program))
        ledger_sender_restart(watch->ledger, sender, clock_real_ms());
    ledger_sender_describe(sender, info->comm, info->start_ticks);
    ledger_sender_runs(sender, program);
}

static void mark_gone(const struct sender_watch *watch, const struct sender *sender) {
    ledger_sender_gone(watch->ledger, ledger_sender_index(watch->ledger, sender), clock_real_ms());
}

static bool may_look_for_unit(struct sender_watch *watch) {
    const uint64_t second = uv_now(watch->loop) / 1000;
    if (second != watch->second) {
        watch->second = second;
        watch->units = 0;
    }
    return watch->units++ < SENDER_WATCH_UNITS_PER_SECOND;
}

/* Look up the sender's unit soon after its first datagram: the process may not live for long. */
static void place(struct sender_watch *watch, const struct sender *sender) {
    char unit[WHO_UNIT_MAX] = "";
    if (sender->placed)
        return;
    if (!may_look_for_unit(watch)) {
        ledger_sender_put_off(watch->ledger);
        return;
    }
    (void)cgroup_read(watch->proc, sender->pid, unit);
    ledger_sender_place(sender, unit);
}

static void on_timer(uv_timer_t *timer);

void sender_watch_meet(void *arg, const struct sender *sender) {
    struct sender_watch *watch = arg;
    const uint64_t turn = uv_now(watch->loop);
    struct procinfo info;

    if (sender->pid <= 0)
        return;
    if (turn != watch->turn) {
        watch->turn = turn;
        watch->looks = 0;
    }
    if (watch->looks == SENDER_WATCH_LOOKS_PER_TURN) {
        if (watch->backlog_left == 0)
            (void)uv_timer_start(&watch->timer, on_timer, SOON_MS, 0);
        watch->backlog_left = SENDERS_MAX;
        return;
    }
    watch->looks++;
    switch (procinfo_read(watch->proc, sender->pid, &info)) {
    case PROCINFO_FOUND: {
        if (!same_process(sender, &info))
            ledger_sender_restart(watch->ledger, sender, clock_real_ms());
        describe(watch, sender, &info);
        place(watch, sender);
        if (info.ended) /* datagrams read after its end do not mean that it lives */
            mark_gone(watch, sender);
        break;
    }
    case PROCINFO_HIDDEN:
        ledger_sender_describe(sender, "", 0);
        break;
    case PROCINFO_GONE:
        mark_gone(watch, sender);
        break;
    }
}

void sender_watch_look(void *arg, size_t row) {
    struct sender_watch *watch = arg;
    const struct sender *sender = ledger_sender_at(watch->ledger, row);
    struct procinfo info;

    if (sender == NULL || sender->pid <= 0 || !sender->alive)
        return;
    switch (procinfo_read(watch->proc, sender->pid, &info)) {
    case PROCINFO_FOUND:
        if (!same_process(sender, &info)) {
            /* Our process ended. The new owner of the number can have sent this only if it started
             * before. */
            if (sender->last_seen_ms < procinfo_started_ms(&info)) {
                mark_gone(watch, sender);
                break;
            }
            ledger_sender_restart(watch->ledger, sender, clock_real_ms());
        }
        describe(watch, sender, &info);
        place(watch, sender);
        if (info.ended)
            mark_gone(watch, sender);
        break;
    case PROCINFO_GONE:
        mark_gone(watch, sender);
        break;
    case PROCINFO_HIDDEN:
        if (!sender->described)
            ledger_sender_describe(sender, "", 0);
        break;
    }
}

/* ---- all rows, a few at a time ---- */

static size_t next_row(size_t *cursor, size_t count) {
    if (*cursor >= count)
        *cursor = 0;
    return (*cursor)++;
}

void sender_watch_sweep(struct sender_watch *watch, size_t rows) {
    const size_t count = ledger_sender_count(watch->ledger);
    for (size_t i = 0; i < rows && i < count; i++)
        sender_watch_look(watch, next_row(&watch->sweep_next, count));
}

bool sender_watch_catch_up(struct sender_watch *watch) {
    const size_t count = ledger_sender_count(watch->ledger);
    size_t looks = 0;

    if (watch->backlog_left > count)
        watch->backlog_left = count;
    for (size_t scanned = 0; watch->backlog_left > 0 && scanned < SCANNED_PER_TURN &&
                             looks < SENDER_WATCH_LOOKS_PER_TURN;
         scanned++, watch->backlog_left--) {
        const size_t row = next_row(&watch->backlog_next, count);
        const struct sender *sender = ledger_sender_at(watch->ledger, row);
        if (sender->pid > 0 && sender->alive && !sender->described) {
            sender_watch_look(watch, row);
            looks++;
        }
    }
    return watch->backlog_left > 0;
}

static void wait_for_next(struct sender_watch *watch) {
    const bool more = watch->backlog_left > 0 || watch->sweep_left > 0;
    const uint64_t sweep_ms = clock_until_next(uv_now(watch->loop), SENDER_WATCH_SWEEP_MS);
    (void)uv_timer_start(&watch->timer, on_timer, more ? SOON_MS : sweep_ms, 0);
}

static void on_timer(uv_timer_t *timer) {
    struct sender_watch *watch = timer->data;

    if (watch->backlog_left > 0) {
        (void)sender_watch_catch_up(watch);
    } else {
        if (watch->sweep_left == 0) {
            const size_t count = ledger_sender_count(watch->ledger);
            watch->sweep_left =
                count < SENDER_WATCH_ROWS_PER_SWEEP ? count : SENDER_WATCH_ROWS_PER_SWEEP;
        }
        const size_t rows = watch->sweep_left < ROWS_PER_TURN ? watch->sweep_left : ROWS_PER_TURN;
        sender_watch_sweep(watch, rows);
        watch->sweep_left -= rows;
    }
    wait_for_next(watch);
}

/* ---- life ---- */

int sender_watch_new(const struct memory *memory, uv_loop_t *loop, struct ledger *ledger,
                     const char *proc_path, struct sender_watch **ret_watch) {
    struct sender_watch *watch = memory_alloc(memory, sizeof *watch);
    if (watch == NULL)
        return -ENOMEM;
    watch->memory = memory;
    watch->loop = loop;
    watch->ledger = ledger;
    watch->turn = UINT64_MAX;
    watch->proc = open(proc_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (watch->proc < 0) {
        const int error = errno;
        memory_release(watch->memory, watch);
        return -error;
    }
    (void)uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    wait_for_next(watch);
    uv_unref((uv_handle_t *)&watch->timer);
    *ret_watch = watch;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct sender_watch *watch = handle->data;
    void (*closed)(void *arg) = watch->closed;
    void *arg = watch->closed_arg;

    close(watch->proc);
    memory_release(watch->memory, watch);
    if (closed != NULL)
        closed(arg);
}

void sender_watch_close(struct sender_watch *watch, void (*closed)(void *arg), void *arg) {
    if (watch == NULL) {
        if (closed != NULL)
            closed(arg);
        return;
    }
    watch->closed = closed;
    watch->closed_arg = arg;
    uv_close((uv_handle_t *)&watch->timer, on_closed);
}
