/* The queue of owners whose process is gone, and their ends. */
#include "ingress/owner_line.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "host/clock.h"

/* The row may belong to another process by now: then the next datagram is examined anyway. */
static void mark_gone(struct owner_watch *watch, const struct life *life) {
    const struct sender *sender = ledger_sender_at(watch->ledger, life->row);
    if (sender == NULL || sender->pid != life->pid)
        return;
    if (sender->start_ticks != 0 && life->start_ticks != 0 &&
        sender->start_ticks != life->start_ticks)
        return;
    ledger_sender_gone(watch->ledger, life->row, clock_real_ms());
}

/* Note the values that end with the owner, for people: they are released later, in steps. */
static void note_taken(const struct owner_watch *watch, const struct life *life) {
    const struct owner *owner = owners_live(watch->owners, life->id);
    if (owner != NULL)
        ledger_sender_took(watch->ledger, life->row, life->pid, owner->part_count, owner->job_count,
                           clock_real_ms());
}

static void leave_line(struct owner_watch *watch, struct life *life) {
    if (!life->ending)
        return;
    if (life->earlier != NULL)
        life->earlier->later = life->later;
    else
        watch->first = life->later;
    if (life->later != NULL)
        life->later->earlier = life->earlier;
    else
        watch->last = life->earlier;
    life->ending = false;
    watch->figures.ending--;
}

void owner_line_drop(struct owner_watch *watch, struct life *life) {
    if (life->id == OWNER_NONE)
        return;
    leave_line(watch, life);
    if (life->pidfd >= 0) {
        close(life->pidfd);
        watch->figures.descriptors--;
    } else if (!life->gone_before) {
        watch->figures.swept--;
    }
    if (life->unseen)
        watch->figures.unseen--;
    *life = (struct life){.id = OWNER_NONE};
}

void owner_line_end(struct owner_watch *watch, struct life *life) {
    watch->figures.deaths++;
    if (!life->ending)
        mark_gone(watch, life);
    note_taken(watch, life);
    owners_end(watch->owners, life->id);
    owner_line_drop(watch, life);
    watch->release_due = true;
}

static bool may_go(const struct owner_watch *watch, const struct life *life) {
    return life->mark <= watch->passed;
}

/* One step per turn: apply the last datagrams of queued owners, or end some of them. */
static void on_idle(uv_idle_t *idle) {
    struct owner_watch *watch = idle->data;

    if (watch->first != NULL && !may_go(watch, watch->first)) {
        watch->passed = watch->options.catch_up != NULL
                            ? watch->options.catch_up(watch->options.arg)
                            : UINT64_MAX;
        return;
    }
    for (int i = 0;
         i < OWNER_WATCH_ENDS_PER_TURN && watch->first != NULL && may_go(watch, watch->first); i++)
        owner_line_end(watch, watch->first);
    if (watch->release_due && watch->options.release != NULL)
        watch->options.release(watch->options.arg);
    watch->release_due = false;
    if (watch->first == NULL)
        (void)uv_idle_stop(idle);
}

void owner_line_stir(struct owner_watch *watch) {
    (void)uv_idle_start(&watch->idle, on_idle);
}

void owner_line_join(struct owner_watch *watch, struct life *life) {
    if (life->ending)
        return;
    mark_gone(watch, life);
    life->ending = true;
    life->mark = watch->options.mark != NULL ? watch->options.mark(watch->options.arg) : 0;
    life->earlier = watch->last;
    life->later = NULL;
    if (watch->last != NULL)
        watch->last->later = life;
    else
        watch->first = life;
    watch->last = life;
    watch->figures.ending++;
    owner_line_stir(watch);
}

void owner_line_watch(struct owner_watch *watch, struct life *life) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = life->id};
    if (life->gone_before) {
        watch->figures.gone_before++;
        owner_line_join(watch, life);
        return;
    }
    if (life->pidfd >= 0 && epoll_ctl(watch->epoll, EPOLL_CTL_ADD, life->pidfd, &event) != 0) {
        close(life->pidfd); /* the user's limit of epoll watches, or out of memory */
        life->pidfd = -1;
    }
    if (life->pidfd >= 0)
        watch->figures.descriptors++;
    else
        watch->figures.swept++;
}
