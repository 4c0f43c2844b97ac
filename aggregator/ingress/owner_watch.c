/* One epoll instance over the pidfds of all owners, and the line of those whose process is gone. */
#include "ingress/owner_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/procinfo.h"

enum {
    SOON_MS = 1,
    LOOKS_PER_TURN = 32,     /* of a sweep: each is a look-up of some 10 µs */
    SCANNED_PER_TURN = 1024, /* places passed over in search of owners without a pidfd */
    SPARE_DESCRIPTORS = 512, /* sockets, connections, files */
    HANDLES = 4
};

/* An owner as the watch knows it, by the owner's slot. */
struct life {
    owner_id id; /* OWNER_NONE: the place is free */
    int32_t pid;
    int pidfd;            /* -1: looked up by the sweep */
    uint32_t row;         /* in the ledger, where last seen */
    bool gone_before;     /* when it was first heard */
    bool unseen;          /* taken over and not looked at yet */
    bool ending;          /* in the line of those whose process is gone */
    uint64_t start_ticks; /* 0: unknown. If gone before: of whoever had the number, 0: nobody */
    uint64_t mark;        /* when it came into the line: its datagrams wait before that */
    struct life *earlier;
    struct life *later; /* in the line */
};

struct owner_watch {
    const struct memory *memory;
    struct ledger *ledger;
    struct owners *owners;
    struct owner_watch_options options;
    struct life *lives;
    uint32_t count; /* places */
    int proc;
    int epoll;
    uv_poll_t poll;
    uv_timer_t timer; /* the sweep */
    uv_idle_t idle;   /* runs while somebody is in the line */
    uv_idle_t adopt;  /* runs while owners that were taken over are to be looked at */
    uint32_t adopt_next;
    struct owner_watch_adopted adopted;
    struct life *first;
    struct life *last;
    uint64_t passed;  /* the last mark before which all is applied */
    bool release_due; /* an owner was ended since the last call of the hook */
    uint32_t sweep_next;
    uint32_t sweep_left;  /* places of this second still to be passed */
    uint32_t sweep_looks; /* left for this second */
    struct owner_watch_figures figures;
    size_t closing; /* handles still to be closed */
    void (*closed)(void *arg);
    void *closed_arg;
};

/* ---- the line of the ended ---- */

static void on_idle(uv_idle_t *idle);

/* The row may be another's by now: then the next datagram is looked at anyway. */
static void mark_gone(struct owner_watch *watch, const struct life *life) {
    const struct sender *sender = ledger_sender_at(watch->ledger, life->row);
    if (sender == NULL || sender->pid != life->pid)
        return;
    if (sender->start_ticks != 0 && life->start_ticks != 0 &&
        sender->start_ticks != life->start_ticks)
        return;
    ledger_set_alive(watch->ledger, life->row, false);
}

/* Its process is gone. From here on each datagram of its row is looked at: the number may be
 * another's soon. */
static void join_line(struct owner_watch *watch, struct life *life) {
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
    (void)uv_idle_start(&watch->idle, on_idle);
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

/* ---- one owner ---- */

static struct life *life_of(const struct owner_watch *watch, owner_id id) {
    const uint32_t slot = owner_slot(id);
    struct life *life = id == OWNER_NONE || slot >= watch->count ? NULL : &watch->lives[slot];
    return life != NULL && life->id == id ? life : NULL;
}

/* Forget it; closing the descriptor takes it out of the epoll instance. */
static void drop(struct owner_watch *watch, struct life *life) {
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

static uint32_t row_of(const struct owner_watch *watch, const struct sender *sender) {
    return (uint32_t)ledger_sender_index(watch->ledger, sender);
}

static void end(struct owner_watch *watch, struct life *life) {
    watch->figures.deaths++;
    owners_end(watch->owners, life->id);
    if (!life->ending)
        mark_gone(watch, life);
    drop(watch, life);
    watch->release_due = true;
}

static bool pidfd_has_ended(int pidfd) {
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

static enum procinfo_result look_up(const struct owner_watch *watch, int32_t pid,
                                    struct procinfo *ret_info) {
    *ret_info = (struct procinfo){0};
    return procinfo_read(watch->proc, pid, ret_info);
}

static bool is_another(const struct life *life, const struct procinfo *info) {
    const bool known = life->start_ticks != 0 || life->gone_before;
    return known && life->start_ticks != info->start_ticks;
}

/* Whether the sender's number still means this owner. It does even after the owner's process ended,
 * as long as nobody new has the number: this is one of its last datagrams. */
static bool has_its_number(const struct owner_watch *watch, const struct life *life) {
    struct procinfo info;
    if (life->pidfd >= 0 && !pidfd_has_ended(life->pidfd))
        return true;
    return look_up(watch, life->pid, &info) != PROCINFO_FOUND || !is_another(life, &info);
}

/* ---- becoming an owner ---- */

enum opening { OPEN_DONE, OPEN_WITHOUT, OPEN_FULL, OPEN_GONE };

static enum opening open_pidfd(const struct owner_watch *watch, int32_t pid, int *ret_pidfd) {
    if (watch->options.max == 0)
        return OPEN_WITHOUT;
    if (watch->figures.descriptors >= watch->options.max)
        return OPEN_FULL;
    *ret_pidfd = pidfd_open(pid, 0);
    if (*ret_pidfd >= 0)
        return OPEN_DONE;
    switch (errno) {
    case ESRCH:
    case EINVAL: /* a thread's number, which only a privileged sender can claim */
    case ENOENT: /* likewise, since Linux 6.16 */
        return OPEN_GONE;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return OPEN_FULL;
    default: /* ENOSYS, EPERM */
        return OPEN_WITHOUT;
    }
}

/* What has a number. */
struct found {
    enum opening opening;
    int pidfd; /* -1: none, and if the process is gone */
    enum procinfo_result result;
    struct procinfo info;
    bool gone;
};

/* /proc is read between opening the pidfd and polling it, so what was read is about the pidfd's process
 * if that is alive. */
static struct found find_process(const struct owner_watch *watch, int32_t pid) {
    struct found found = {.pidfd = -1};
    found.opening = open_pidfd(watch, pid, &found.pidfd);
    found.result = look_up(watch, pid, &found.info);
    found.gone = found.opening == OPEN_GONE || found.result == PROCINFO_GONE || found.info.ended ||
                 (found.pidfd >= 0 && pidfd_has_ended(found.pidfd));
    if (found.gone && found.pidfd >= 0) {
        close(found.pidfd);
        found.pidfd = -1;
    }
    return found;
}

/* What has the sender's number. False: no descriptor for a process that needs one. */
static bool look_behind(struct owner_watch *watch, const struct sender *sender,
                        struct life *ret_life) {
    const struct found found = find_process(watch, sender->pid);
    if (found.opening == OPEN_FULL && !found.gone) {
        watch->figures.no_descriptor++;
        return false;
    }
    /* If the row is an earlier process's, the next datagram starts a new one. */
    if (found.gone || (found.result == PROCINFO_FOUND &&
                       !procinfo_is_same(&found.info, sender->start_ticks, sender->first_seen_ms)))
        ledger_set_alive(watch->ledger, row_of(watch, sender), false);
    *ret_life = (struct life){.pid = sender->pid,
                              .pidfd = found.pidfd,
                              .row = row_of(watch, sender),
                              .gone_before = found.gone,
                              .start_ticks = found.info.start_ticks};
    return true;
}

static void watch_life(struct owner_watch *watch, struct life *life) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = life->id};
    if (life->gone_before) {
        watch->figures.gone_before++;
        join_line(watch, life);
        return;
    }
    if (life->pidfd >= 0 && epoll_ctl(watch->epoll, EPOLL_CTL_ADD, life->pidfd, &event) != 0) {
        close(life->pidfd); /* the user's limit of watches, or memory */
        life->pidfd = -1;
    }
    if (life->pidfd >= 0)
        watch->figures.descriptors++;
    else
        watch->figures.swept++;
}

static bool table_is_full(const struct owner_watch *watch) {
    struct owners_figures figures;
    owners_figures(watch->owners, &figures);
    return figures.live + figures.ended >= figures.max;
}

static owner_id begin(struct owner_watch *watch, const struct sender *sender) {
    struct life begun;

    /* The table first: it counts the refusal, and spares the system calls. */
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
    drop(watch, life); /* of an owner that somebody else ended */
    *life = begun;
    if (!life->gone_before)
        owners_describe(watch->owners, life->id, life->start_ticks);
    watch_life(watch, life);
    return life->id;
}

owner_id owner_watch_meet(void *arg, const struct sender *sender) {
    struct owner_watch *watch = arg;

    if (sender->pid <= 0)
        return OWNER_NONE;
    struct life *known = life_of(watch, owners_find(watch->owners, sender->pid));
    if (known != NULL && has_its_number(watch, known)) {
        known->row = row_of(watch, sender);
        return known->id;
    }
    if (known != NULL) {
        end(watch, known); /* the hook is called when the datagram is done with */
        (void)uv_idle_start(&watch->idle, on_idle);
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
            join_line(watch, life);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct owner_watch *watch = poll->data;
    (void)events;
    if (status < 0)
        (void)uv_poll_start(poll, UV_READABLE, on_poll);
    collect(watch);
}

static bool may_go(const struct owner_watch *watch, const struct life *life) {
    return life->mark <= watch->passed;
}

/* One step a turn: the last datagrams of those in the line, or the ends of some. */
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
        end(watch, watch->first);
    if (watch->release_due && watch->options.release != NULL)
        watch->options.release(watch->options.arg);
    watch->release_due = false;
    if (watch->first == NULL)
        (void)uv_idle_stop(idle);
}

/* ---- owners without a pidfd ---- */

static void look_at(struct owner_watch *watch, struct life *life) {
    struct procinfo info;
    const enum procinfo_result result = look_up(watch, life->pid, &info);
    if (result == PROCINFO_GONE ||
        (result == PROCINFO_FOUND && (info.ended || is_another(life, &info))))
        join_line(watch, life);
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

static void on_timer(uv_timer_t *timer) {
    struct owner_watch *watch = timer->data;

    if (watch->sweep_left == 0 && watch->figures.swept > 0) {
        watch->sweep_left = watch->count;
        watch->sweep_looks = OWNER_WATCH_LOOKS_PER_SWEEP;
    }
    if (watch->sweep_left > 0) {
        const uint32_t slots =
            watch->sweep_left < SCANNED_PER_TURN ? watch->sweep_left : SCANNED_PER_TURN;
        const uint32_t looks =
            watch->sweep_looks < LOOKS_PER_TURN ? watch->sweep_looks : LOOKS_PER_TURN;
        watch->sweep_looks -= sweep(watch, slots, looks);
    }
    if (watch->sweep_looks == 0)
        watch->sweep_left = 0;
    (void)uv_timer_start(timer, on_timer, watch->sweep_left > 0 ? SOON_MS : OWNER_WATCH_SWEEP_MS,
                         0);
}

/* ---- owners that were taken over ---- */

/* The process that it has now is the one it had: true also where that cannot be told. */
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
    if (life->ending) { /* the sweep was first */
        watch->adopted.ended++;
        return;
    }
    const struct found found = find_process(watch, life->pid);
    if (found.gone || !is_same(watch, life, found.result, &found.info)) {
        if (found.pidfd >= 0)
            close(found.pidfd);
        watch->adopted.ended++;
        join_line(watch, life);
        return;
    }
    watch->adopted.kept++;
    if (found.opening == OPEN_FULL)
        watch->adopted.undescribed++;
    if (life->start_ticks == 0)
        life->start_ticks = found.info.start_ticks;
    life->pidfd = found.pidfd;
    watch->figures.swept--; /* counted again */
    watch_life(watch, life);
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

/* Where the rows of owners are. */
static void find_rows(struct owner_watch *watch) {
    const size_t count = ledger_sender_count(watch->ledger);
    for (size_t i = 0; i < count; i++) {
        const struct sender *sender = ledger_sender_at(watch->ledger, i);
        struct life *life = sender != NULL ? life_of(watch, sender->owner) : NULL;
        if (life != NULL && life->pid == sender->pid)
            life->row = (uint32_t)i;
    }
}

/* Owners that live already. */
static void meet_restored(struct owner_watch *watch) {
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
    if (figures.ended > 0) { /* there is something to release */
        watch->release_due = true;
        (void)uv_idle_start(&watch->idle, on_idle);
    }
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
    memory_release(watch->memory, watch->lives);
    memory_release(watch->memory, watch);
}

/* Everything but the handles. */
static int open_watch(struct owner_watch *watch, const char *proc_path) {
    watch->proc = open(proc_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (watch->proc < 0)
        return -errno;
    watch->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (watch->epoll < 0)
        return -errno;
    watch->lives = memory_array(watch->memory, (size_t)watch->count + 1, sizeof *watch->lives);
    return watch->lives != NULL ? 0 : -ENOMEM;
}

int owner_watch_new(const struct memory *memory, uv_loop_t *loop, struct ledger *ledger,
                    struct owners *owners, const char *proc_path,
                    const struct owner_watch_options *options, struct owner_watch **ret_watch) {
    struct owners_figures figures;
    struct owner_watch *watch = memory_alloc(memory, sizeof *watch);
    if (watch == NULL)
        return -ENOMEM;
    watch->memory = memory;
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
    (void)uv_timer_init(loop, &watch->timer);
    (void)uv_idle_init(loop, &watch->idle);
    (void)uv_idle_init(loop, &watch->adopt);
    watch->adopt.data = watch;
    watch->poll.data = watch;
    watch->timer.data = watch;
    watch->idle.data = watch;
    (void)uv_poll_start(&watch->poll, UV_READABLE, on_poll);
    (void)uv_timer_start(&watch->timer, on_timer, OWNER_WATCH_SWEEP_MS, 0);
    uv_unref((uv_handle_t *)&watch->poll);
    uv_unref((uv_handle_t *)&watch->timer);
    uv_unref((uv_handle_t *)&watch->idle);
    uv_unref((uv_handle_t *)&watch->adopt);
    meet_restored(watch);
    *ret_watch = watch;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct owner_watch *watch = handle->data;
    void (*closed)(void *arg) = watch->closed;
    void *arg = watch->closed_arg;

    if (--watch->closing > 0)
        return;
    free_watch(watch);
    if (closed != NULL)
        closed(arg);
}

void owner_watch_close(struct owner_watch *watch, void (*closed)(void *arg), void *arg) {
    if (watch == NULL) {
        if (closed != NULL)
            closed(arg);
        return;
    }
    watch->closed = closed;
    watch->closed_arg = arg;
    watch->closing = HANDLES;
    uv_close((uv_handle_t *)&watch->poll, on_closed);
    uv_close((uv_handle_t *)&watch->timer, on_closed);
    uv_close((uv_handle_t *)&watch->idle, on_closed);
    uv_close((uv_handle_t *)&watch->adopt, on_closed);
}

void owner_watch_figures(const struct owner_watch *watch, struct owner_watch_figures *ret_figures) {
    *ret_figures = watch->figures;
}
