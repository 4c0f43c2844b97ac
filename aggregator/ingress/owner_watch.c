/* SPDX-License-Identifier: MIT */
/* owner_watch.c - the processes behind values and senders: found once, and missed when they end. */
#include "ingress/ingress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/procinfo.h"

/* ---- owner find ----
 * finds the process that has a process id.
 *
 * Looks up the process that has a number: by pidfd, and in /proc.
 */

/* The watch's record of an owner, at the index of the owner's slot. */
struct life {
    owner_id id; /* OWNER_NONE: the place is free */
    int32_t pid;
    int pidfd;            /* -1: looked up by the sweep */
    uint32_t row;         /* in the ledger, where it was last seen */
    bool gone_before;     /* when its first datagram was read */
    bool unseen;          /* taken over and not looked at yet */
    bool ending;          /* in the queue of owners whose process is gone */
    uint64_t start_ticks; /* 0: unknown. If gone_before: of the process that then had the number, 0:
                             none */
    uint64_t mark;        /* when it joined the queue: its datagrams precede this mark */
    struct life *earlier;
    struct life *later; /* in the queue */
};

struct owner_watch {
    struct ledger *ledger;
    struct owners *owners;
    struct owner_watch_options options;
    struct life *lives;
    uint32_t count; /* places */
    int proc;
    int epoll;
    uv_poll_t poll;
    uv_timer_t timer; /* the sweep */
    uv_idle_t idle;   /* runs while the queue is not empty */
    uv_idle_t adopt;  /* runs while owners that were taken over remain to be looked at */
    uint32_t adopt_next;
    struct owner_watch_adopted adopted;
    struct life *first;
    struct life *last;
    uint64_t passed;  /* the last mark before which everything has been applied */
    bool release_due; /* an owner was ended since the last call of the hook */
    uint32_t sweep_next;
    uint32_t sweep_left;  /* places still to be passed in this second */
    uint32_t sweep_looks; /* look-ups left in this second */
    struct owner_watch_figures figures;
    size_t closing; /* handles still to be closed */
};

enum owner_opening { OPEN_DONE, OPEN_WITHOUT, OPEN_FULL, OPEN_GONE };

/* The process that has a number. */
struct owner_found {
    enum owner_opening opening;
    int pidfd; /* -1: none, also if the process is gone */
    enum procinfo_result result;
    struct procinfo info;
    bool gone;
};

static inline struct life *life_of(const struct owner_watch *watch, owner_id id) {
    const uint32_t slot = owner_slot(id);
    struct life *life = id == OWNER_NONE || slot >= watch->count ? NULL : &watch->lives[slot];
    return life != NULL && life->id == id ? life : NULL;
}

static inline uint32_t life_row(const struct owner_watch *watch, const struct sender *sender) {
    return (uint32_t)ledger_sender_index(watch->ledger, sender);
}

static bool owner_find_has_ended(int pidfd) {
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

/* Look up a process in /proc only. */
static enum procinfo_result owner_find_look_up(const struct owner_watch *watch, int32_t pid,
                                               struct procinfo *ret_info) {
    *ret_info = (struct procinfo){0};
    return procinfo_read(watch->proc, pid, ret_info);
}

/* Whether the number now belongs to another process, as far as start times tell. */
static bool owner_find_is_another(const struct life *life, const struct procinfo *info) {
    const bool known = life->start_ticks != 0 || life->gone_before;
    return known && life->start_ticks != info->start_ticks;
}

static enum owner_opening open_pidfd(const struct owner_watch *watch, int32_t pid, int *ret_pidfd) {
    if (watch->options.max == 0)
        return OPEN_WITHOUT;
    if (watch->figures.descriptors >= watch->options.max)
        return OPEN_FULL;
    *ret_pidfd = pidfd_open(pid, 0);
    if (*ret_pidfd >= 0)
        return OPEN_DONE;
    switch (errno) {
    case ESRCH:
    case EINVAL: /* the number of a thread, which only a privileged sender can claim */
    case ENOENT: /* the same, since Linux 6.16 */
        return OPEN_GONE;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return OPEN_FULL;
    default: /* ENOSYS, EPERM */
        return OPEN_WITHOUT;
    }
}

/* Look up a process. Opens a pidfd if the watch may have one more and the process lives. /proc is
 * read between opening the pidfd and polling it, so the result is about the pidfd's process if that
 * is still alive. */
static struct owner_found owner_find_process(const struct owner_watch *watch, int32_t pid) {
    struct owner_found found = {.pidfd = -1};
    found.opening = open_pidfd(watch, pid, &found.pidfd);
    found.result = owner_find_look_up(watch, pid, &found.info);
    found.gone = found.opening == OPEN_GONE || found.result == PROCINFO_GONE || found.info.ended ||
                 (found.pidfd >= 0 && owner_find_has_ended(found.pidfd));
    if (found.gone && found.pidfd >= 0) {
        close(found.pidfd);
        found.pidfd = -1;
    }
    return found;
}

/* ---- exit queue ----
 * the queue of owners whose process is gone: they wait until their last datagrams
 * are applied.
 *
 * The queue of owners whose process is gone, and their ends.
 */

/* The row may belong to another process by now: then the next datagram is examined anyway. */
static void exit_queue_mark_gone(struct owner_watch *watch, const struct life *life) {
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

/* Drop the owner's record; closing the descriptor removes it from the epoll instance. */
static void exit_queue_drop(struct owner_watch *watch, struct life *life) {
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

/* End the owner, and drop its record. */
static void exit_queue_end(struct owner_watch *watch, struct life *life) {
    watch->figures.deaths++;
    if (!life->ending)
        exit_queue_mark_gone(watch, life);
    note_taken(watch, life);
    owners_end(watch->owners, life->id);
    exit_queue_drop(watch, life);
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
        exit_queue_end(watch, watch->first);
    if (watch->release_due && watch->options.release != NULL)
        watch->options.release(watch->options.arg);
    watch->release_due = false;
    if (watch->first == NULL)
        (void)uv_idle_stop(idle);
}

/* Process the queue in the next turn, and release what ended owners had. */
static void exit_queue_stir(struct owner_watch *watch) {
    (void)uv_idle_start(&watch->idle, on_idle);
}

/* Call when the owner's process is gone. From now on each datagram of its row is examined: another
 * process may soon have the number. */
static void exit_queue_join(struct owner_watch *watch, struct life *life) {
    if (life->ending)
        return;
    exit_queue_mark_gone(watch, life);
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
    exit_queue_stir(watch);
}

/* Watch for the end of the owner's process: by its pidfd if it has one, else by the sweep; at once
 * if it was already gone. */
static void exit_queue_watch(struct owner_watch *watch, struct life *life) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = life->id};
    if (life->gone_before) {
        watch->figures.gone_before++;
        exit_queue_join(watch, life);
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

/* ---- owner adopt ----
 * adopts owners that existed before the watch.
 *
 * Looks at owners that were taken over, in slices of turns.
 */

/* Whether the owner's process is still the same one; also true if that cannot be determined. */
static bool is_same(struct owner_watch *watch, const struct life *life, enum procinfo_result result,
                    const struct procinfo *info) {
    const struct sender *row = ledger_sender_at(watch->ledger, life->row);
    const bool has_row = row != NULL && row->pid == life->pid && row->owner == life->id;
    if (result != PROCINFO_FOUND || (life->start_ticks == 0 && !has_row)) {
        watch->adopted.unproven++;
        return true;
    }
    return procinfo_is_same(info, life->start_ticks, has_row ? row->first_seen_ms : 0);
}

static void adopt(struct owner_watch *watch, struct life *life) {
    life->unseen = false;
    watch->figures.unseen--;
    if (life->ending) { /* the sweep found its end first */
        watch->adopted.ended++;
        return;
    }
    const struct owner_found found = owner_find_process(watch, life->pid);
    if (found.gone || !is_same(watch, life, found.result, &found.info)) {
        if (found.pidfd >= 0)
            close(found.pidfd);
        watch->adopted.ended++;
        exit_queue_join(watch, life);
        return;
    }
    watch->adopted.kept++;
    if (found.opening == OPEN_FULL)
        watch->adopted.undescribed++;
    if (life->start_ticks == 0)
        life->start_ticks = found.info.start_ticks;
    life->pidfd = found.pidfd;
    watch->figures.swept--; /* counted again */
    exit_queue_watch(watch, life);
}

static void on_adopt(uv_idle_t *idle) {
    struct owner_watch *watch = idle->data;
    const uint64_t end_ns = uv_hrtime() + OWNER_WATCH_SLICE_NS;
    while (watch->figures.unseen > 0 && uv_hrtime() < end_ns) {
        struct life *life = &watch->lives[watch->adopt_next++];
        if (life->id != OWNER_NONE && life->unseen)
            adopt(watch, life);
    }
    if (watch->figures.unseen > 0)
        return;
    (void)uv_idle_stop(idle);
    if (watch->options.adopted != NULL)
        watch->options.adopted(watch->options.arg, &watch->adopted);
}

/* Find the rows of the owners in the ledger. */
static void find_rows(struct owner_watch *watch) {
    const size_t count = ledger_sender_count(watch->ledger);
    for (size_t i = 0; i < count; i++) {
        const struct sender *sender = ledger_sender_at(watch->ledger, i);
        struct life *life = sender != NULL ? life_of(watch, sender->owner) : NULL;
        if (life != NULL && life->pid == sender->pid)
            life->row = (uint32_t)i;
    }
}

/* Adopt the present owners: their processes are looked at in the next turns. */
static void owner_adopt_restored(struct owner_watch *watch) {
    struct owners_figures figures;
    owners_figures(watch->owners, &figures);
    for (uint32_t slot = 0; slot < watch->count; slot++) {
        const struct owner *owner = owners_live(watch->owners, owners_in_slot(watch->owners, slot));
        if (owner == NULL)
            continue;
        watch->lives[slot] = (struct life){.id = owner->id,
                                           .pid = owner->pid,
                                           .pidfd = -1,
                                           .row = UINT32_MAX,
                                           .start_ticks = owner->start_ticks,
                                           .unseen = true};
        watch->figures.unseen++;
        watch->figures.swept++;
    }
    if (watch->figures.unseen > 0) {
        find_rows(watch);
        (void)uv_idle_start(&watch->adopt, on_adopt);
    }
    if (figures.ended > 0) { /* their values have to be released */
        watch->release_due = true;
        exit_queue_stir(watch);
    }
}

/* ---- owner watch ----
 * One epoll instance over the pidfds of all owners, and a sweep over those without one.
 */

enum {
    OWNER_WATCH_SOON_MS = 1,
    LOOKS_PER_TURN = 32,                 /* looks of a sweep: each is a look-up of some 10 µs */
    OWNER_WATCH_SCANNED_PER_TURN = 1024, /* places skipped in search of owners without a pidfd */
    SPARE_DESCRIPTORS = 512,             /* for sockets, connections, files */
    HANDLES = 4
};

/* ---- becoming an owner ---- */

/* Whether the sender's number still refers to this owner. It does even after the owner's process
 * ended, as long as no new process has the number: this is one of its last datagrams. */
static bool has_its_number(const struct owner_watch *watch, const struct life *life) {
    struct procinfo info;
    if (life->pidfd >= 0 && !owner_find_has_ended(life->pidfd))
        return true;
    return owner_find_look_up(watch, life->pid, &info) != PROCINFO_FOUND ||
           !owner_find_is_another(life, &info);
}

/* Look up the process with the sender's number. Returns false if the process needs a descriptor and
 * none is left. */
static bool look_behind(struct owner_watch *watch, const struct sender *sender,
                        struct life *ret_life) {
    const struct owner_found found = owner_find_process(watch, sender->pid);
    if (found.opening == OPEN_FULL && !found.gone) {
        watch->figures.no_descriptor++;
        return false;
    }
    /* If the row belongs to an earlier process, the next datagram starts a new one. */
    if (found.gone || (found.result == PROCINFO_FOUND &&
                       !procinfo_is_same(&found.info, sender->start_ticks, sender->first_seen_ms)))
        ledger_sender_gone(watch->ledger, life_row(watch, sender), clock_real_ms());
    *ret_life = (struct life){.pid = sender->pid,
                              .pidfd = found.pidfd,
                              .row = life_row(watch, sender),
                              .gone_before = found.gone,
                              .start_ticks = found.info.start_ticks};
    return true;
}

static bool table_is_full(const struct owner_watch *watch) {
    struct owners_figures figures;
    owners_figures(watch->owners, &figures);
    return figures.live + figures.ended >= figures.max;
}

static owner_id begin(struct owner_watch *watch, const struct sender *sender) {
    struct life begun;

    /* Check the table first: it counts the refusal, and system calls are saved. */
    if (table_is_full(watch) && owners_begin(watch->owners, sender->pid) == OWNER_NONE)
        return OWNER_NONE;
    if (!look_behind(watch, sender, &begun))
        return OWNER_NONE;
    begun.id = owners_begin(watch->owners, sender->pid);
    if (begun.id == OWNER_NONE || owner_slot(begun.id) >= watch->count) {
        if (begun.pidfd >= 0)
            close(begun.pidfd);
        return OWNER_NONE;
    }
    struct life *life = &watch->lives[owner_slot(begun.id)];
    exit_queue_drop(watch, life); /* the record of an owner that was ended elsewhere */
    *life = begun;
    if (!life->gone_before)
        owners_describe(watch->owners, life->id, life->start_ticks);
    exit_queue_watch(watch, life);
    return life->id;
}

owner_id owner_watch_on_new(void *arg, const struct sender *sender) {
    struct owner_watch *watch = arg;

    if (sender->pid <= 0)
        return OWNER_NONE;
    struct life *known = life_of(watch, owners_find(watch->owners, sender->pid));
    if (known != NULL && has_its_number(watch, known)) {
        known->row = life_row(watch, sender);
        return known->id;
    }
    if (known != NULL) {
        exit_queue_end(watch, known); /* the hook is called after this datagram */
        exit_queue_stir(watch);
    }
    const owner_id id = begin(watch, sender);
    if (id == OWNER_NONE)
        ledger_sender_disown(sender, sender->last_seen_ms + OWNER_WATCH_RETRY_MS);
    return id;
}

/* ---- ends ---- */

static void collect(struct owner_watch *watch) {
    struct epoll_event events[OWNER_WATCH_ENDS_PER_TURN];
    const int count = epoll_wait(watch->epoll, events, OWNER_WATCH_ENDS_PER_TURN, 0);
    for (int i = 0; i < count; i++) {
        struct life *life = life_of(watch, (owner_id)events[i].data.u64);
        if (life != NULL)
            exit_queue_join(watch, life);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct owner_watch *watch = poll->data;
    (void)events;
    if (status < 0)
        (void)uv_poll_start(poll, UV_READABLE, on_poll);
    collect(watch);
}

/* ---- owners without a pidfd ---- */

static void look_at(struct owner_watch *watch, struct life *life) {
    struct procinfo info;
    const enum procinfo_result result = owner_find_look_up(watch, life->pid, &info);
    if (result == PROCINFO_GONE ||
        (result == PROCINFO_FOUND && (info.ended || owner_find_is_another(life, &info))))
        exit_queue_join(watch, life);
}

static uint32_t sweep(struct owner_watch *watch, uint32_t slots, uint32_t looks) {
    uint32_t passed = 0;
    uint32_t looked = 0;
    while (passed < slots && looked < looks) {
        if (watch->sweep_next >= watch->count)
            watch->sweep_next = 0;
        struct life *life = &watch->lives[watch->sweep_next++];
        passed++;
        if (life->id == OWNER_NONE || life->pidfd >= 0 || life->ending)
            continue;
        look_at(watch, life);
        looked++;
    }
    watch->sweep_left -= passed < watch->sweep_left ? passed : watch->sweep_left;
    return looked;
}

void owner_watch_sweep(struct owner_watch *watch, uint32_t slots) {
    (void)sweep(watch, slots, slots);
}

static void owner_watch_on_timer(uv_timer_t *timer);

static void owner_watch_wait_for_next(struct owner_watch *watch) {
    const uint64_t sweep_ms = clock_until_next(uv_now(watch->timer.loop), OWNER_WATCH_SWEEP_MS);
    (void)uv_timer_start(&watch->timer, owner_watch_on_timer,
                         watch->sweep_left > 0 ? OWNER_WATCH_SOON_MS : sweep_ms, 0);
}

static void owner_watch_on_timer(uv_timer_t *timer) {
    struct owner_watch *watch = timer->data;

    if (watch->sweep_left == 0 && watch->figures.swept > 0) {
        watch->sweep_left = watch->count;
        watch->sweep_looks = OWNER_WATCH_LOOKS_PER_SWEEP;
    }
    if (watch->sweep_left > 0) {
        const uint32_t slots = watch->sweep_left < OWNER_WATCH_SCANNED_PER_TURN
                                   ? watch->sweep_left
                                   : OWNER_WATCH_SCANNED_PER_TURN;
        const uint32_t looks =
            watch->sweep_looks < LOOKS_PER_TURN ? watch->sweep_looks : LOOKS_PER_TURN;
        watch->sweep_looks -= sweep(watch, slots, looks);
    }
    if (watch->sweep_looks == 0)
        watch->sweep_left = 0;
    owner_watch_wait_for_next(watch);
}

/* ---- life ---- */

uint32_t owner_watch_budget(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    const rlim_t half = limit.rlim_cur / 2;
    const rlim_t rest = limit.rlim_cur > SPARE_DESCRIPTORS ? limit.rlim_cur - SPARE_DESCRIPTORS : 0;
    const rlim_t budget = rest > half ? rest : half;
    return budget < OWNERS_MAX ? (uint32_t)budget : OWNERS_MAX;
}

static void free_watch(struct owner_watch *watch) {
    for (uint32_t i = 0; watch->lives != NULL && i < watch->count; i++) {
        if (watch->lives[i].id != OWNER_NONE && watch->lives[i].pidfd >= 0)
            close(watch->lives[i].pidfd);
    }
    if (watch->epoll >= 0)
        close(watch->epoll);
    if (watch->proc >= 0)
        close(watch->proc);
    free(watch->lives);
    free(watch);
}

/* Open everything except the handles. */
static int open_watch(struct owner_watch *watch, const char *proc_path) {
    watch->proc = open(proc_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (watch->proc < 0)
        return -errno;
    watch->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (watch->epoll < 0)
        return -errno;
    watch->lives = memory_array((size_t)watch->count + 1, sizeof *watch->lives);
    return 0;
}

/* Start the handles; none of them keeps the loop alive. */
static void start(struct owner_watch *watch, uv_loop_t *loop) {
    (void)uv_timer_init(loop, &watch->timer);
    (void)uv_idle_init(loop, &watch->idle);
    (void)uv_idle_init(loop, &watch->adopt);
    (void)uv_poll_start(&watch->poll, UV_READABLE, on_poll);
    owner_watch_wait_for_next(watch);
    uv_handle_t *const handles[HANDLES] = {
        (uv_handle_t *)&watch->poll, (uv_handle_t *)&watch->timer, (uv_handle_t *)&watch->idle,
        (uv_handle_t *)&watch->adopt};
    for (size_t i = 0; i < HANDLES; i++) {
        handles[i]->data = watch;
        uv_unref(handles[i]);
    }
}

int owner_watch_new(uv_loop_t *loop, struct ledger *ledger, struct owners *owners,
                    const char *proc_path, const struct owner_watch_options *options,
                    struct owner_watch **ret_watch) {
    struct owners_figures figures;
    struct owner_watch *watch = memory_alloc(sizeof *watch);
    owners_figures(owners, &figures);
    watch->ledger = ledger;
    watch->owners = owners;
    watch->options = *options;
    watch->count = figures.max;
    watch->figures.max = options->max;
    watch->proc = -1;
    watch->epoll = -1;
    int result = open_watch(watch, proc_path);
    if (result == 0)
        result = uv_poll_init(loop, &watch->poll, watch->epoll);
    if (result < 0) {
        free_watch(watch);
        return result;
    }
    start(watch, loop);
    owner_adopt_restored(watch);
    *ret_watch = watch;
    return 0;
}

static void owner_watch_on_closed(uv_handle_t *handle) {
    struct owner_watch *watch = handle->data;
    if (--watch->closing == 0)
        free_watch(watch);
}

void owner_watch_close(struct owner_watch *watch) {
    if (watch == NULL)
        return;
    watch->closing = HANDLES;
    uv_close((uv_handle_t *)&watch->poll, owner_watch_on_closed);
    uv_close((uv_handle_t *)&watch->timer, owner_watch_on_closed);
    uv_close((uv_handle_t *)&watch->idle, owner_watch_on_closed);
    uv_close((uv_handle_t *)&watch->adopt, owner_watch_on_closed);
}

void owner_watch_figures(const struct owner_watch *watch, struct owner_watch_figures *ret_figures) {
    *ret_figures = watch->figures;
}

/* ---- sender watch ---- */

enum {
    SENDER_WATCH_SOON_MS = 1,
    ROWS_PER_TURN = 32,                  /* rows of a sweep: each is a look-up */
    SENDER_WATCH_SCANNED_PER_TURN = 1024 /* rows skipped in search of undescribed ones */
};

struct sender_watch {
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

static void sender_watch_mark_gone(const struct sender_watch *watch, const struct sender *sender) {
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
    (void)host_cgroup_read(watch->proc, sender->pid, unit);
    ledger_sender_place(sender, unit);
}

/* Look at a row's process; `fresh`: at the first datagram of its number, or the first after it was
 * marked gone. */
static void look(struct sender_watch *watch, const struct sender *sender, bool fresh) {
    struct procinfo info;
    switch (procinfo_read(watch->proc, sender->pid, &info)) {
    case PROCINFO_FOUND:
        if (!same_process(sender, &info)) {
            /* Our process ended. The new owner of the number can have sent this only if it started
             * before. */
            if (!fresh && sender->last_seen_ms < procinfo_started_ms(&info)) {
                sender_watch_mark_gone(watch, sender);
                break;
            }
            ledger_sender_restart(watch->ledger, sender, clock_real_ms());
        }
        describe(watch, sender, &info);
        place(watch, sender);
        if (info.ended) /* datagrams read after its end do not mean that it lives */
            sender_watch_mark_gone(watch, sender);
        break;
    case PROCINFO_GONE:
        sender_watch_mark_gone(watch, sender);
        break;
    case PROCINFO_HIDDEN:
        if (fresh || !sender->described)
            ledger_sender_describe(sender, "", 0);
        break;
    }
}

static void sender_watch_on_timer(uv_timer_t *timer);

void ingress_sender_watch_on_new(void *arg, const struct sender *sender) {
    struct sender_watch *watch = arg;
    const uint64_t turn = uv_now(watch->loop);

    if (sender->pid == 0 && sender->uid == WHO_BY_UDP)
        ledger_sender_describe(sender, "udp", 0);
    if (sender->pid <= 0)
        return;
    if (turn != watch->turn) {
        watch->turn = turn;
        watch->looks = 0;
    }
    if (watch->looks == SENDER_WATCH_LOOKS_PER_TURN) {
        if (watch->backlog_left == 0)
            (void)uv_timer_start(&watch->timer, sender_watch_on_timer, SENDER_WATCH_SOON_MS, 0);
        watch->backlog_left = SENDERS_MAX;
        return;
    }
    watch->looks++;
    look(watch, sender, true);
}

void ingress_sender_watch_look(void *arg, size_t row) {
    const struct sender_watch *watch = arg;
    const struct sender *sender = ledger_sender_at(watch->ledger, row);
    if (sender != NULL && sender->pid > 0 && sender->alive)
        look(arg, sender, false);
}

/* ---- all rows, a few at a time ---- */

static size_t next_row(size_t *cursor, size_t count) {
    if (*cursor >= count)
        *cursor = 0;
    return (*cursor)++;
}

void ingress_sender_watch_sweep(struct sender_watch *watch, size_t rows) {
    const size_t count = ledger_sender_count(watch->ledger);
    for (size_t i = 0; i < rows && i < count; i++)
        ingress_sender_watch_look(watch, next_row(&watch->sweep_next, count));
}

bool ingress_sender_watch_catch_up(struct sender_watch *watch) {
    const size_t count = ledger_sender_count(watch->ledger);
    size_t looks = 0;

    if (watch->backlog_left > count)
        watch->backlog_left = count;
    for (size_t scanned = 0; watch->backlog_left > 0 && scanned < SENDER_WATCH_SCANNED_PER_TURN &&
                             looks < SENDER_WATCH_LOOKS_PER_TURN;
         scanned++, watch->backlog_left--) {
        const size_t row = next_row(&watch->backlog_next, count);
        const struct sender *sender = ledger_sender_at(watch->ledger, row);
        if (sender->pid > 0 && sender->alive && !sender->described) {
            ingress_sender_watch_look(watch, row);
            looks++;
        }
    }
    return watch->backlog_left > 0;
}

static void sender_watch_wait_for_next(struct sender_watch *watch) {
    const bool more = watch->backlog_left > 0 || watch->sweep_left > 0;
    const uint64_t sweep_ms = clock_until_next(uv_now(watch->loop), SENDER_WATCH_SWEEP_MS);
    (void)uv_timer_start(&watch->timer, sender_watch_on_timer,
                         more ? SENDER_WATCH_SOON_MS : sweep_ms, 0);
}

static void sender_watch_on_timer(uv_timer_t *timer) {
    struct sender_watch *watch = timer->data;

    if (watch->backlog_left > 0) {
        (void)ingress_sender_watch_catch_up(watch);
    } else {
        if (watch->sweep_left == 0) {
            const size_t count = ledger_sender_count(watch->ledger);
            watch->sweep_left =
                count < SENDER_WATCH_ROWS_PER_SWEEP ? count : SENDER_WATCH_ROWS_PER_SWEEP;
        }
        const size_t rows = watch->sweep_left < ROWS_PER_TURN ? watch->sweep_left : ROWS_PER_TURN;
        ingress_sender_watch_sweep(watch, rows);
        watch->sweep_left -= rows;
    }
    sender_watch_wait_for_next(watch);
}

/* ---- life ---- */

int ingress_sender_watch_new(uv_loop_t *loop, struct ledger *ledger, const char *proc_path,
                             struct sender_watch **ret_watch) {
    struct sender_watch *watch = memory_alloc(sizeof *watch);
    watch->loop = loop;
    watch->ledger = ledger;
    watch->turn = UINT64_MAX;
    watch->proc = open(proc_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (watch->proc < 0) {
        const int error = errno;
        free(watch);
        return -error;
    }
    (void)uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    sender_watch_wait_for_next(watch);
    uv_unref((uv_handle_t *)&watch->timer);
    *ret_watch = watch;
    return 0;
}

static void sender_watch_on_closed(uv_handle_t *handle) {
    struct sender_watch *watch = handle->data;
    close(watch->proc);
    free(watch);
}

void ingress_sender_watch_close(struct sender_watch *watch) {
    if (watch == NULL)
        return;
    uv_close((uv_handle_t *)&watch->timer, sender_watch_on_closed);
}
