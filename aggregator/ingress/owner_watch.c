/* One epoll instance over the pidfds of all owners, and a sweep over those without one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/clock.h"
#include "ingress/owner_adopt.h"
#include "ingress/owner_find.h"
#include "ingress/owner_line.h"

enum {
    SOON_MS = 1,
    LOOKS_PER_TURN = 32,     /* looks of a sweep: each is a look-up of some 10 µs */
    SCANNED_PER_TURN = 1024, /* places skipped in search of owners without a pidfd */
    SPARE_DESCRIPTORS = 512, /* for sockets, connections, files */
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
    owner_line_drop(watch, life); /* the record of an owner that was ended elsewhere */
    *life = begun;
    if (!life->gone_before)
        owners_describe(watch->owners, life->id, life->start_ticks);
    owner_line_watch(watch, life);
    return life->id;
}

owner_id owner_watch_meet(void *arg, const struct sender *sender) {
    struct owner_watch *watch = arg;

    if (sender->pid <= 0)
        return OWNER_NONE;
    struct life *known = life_of(watch, owners_find(watch->owners, sender->pid));
    if (known != NULL && has_its_number(watch, known)) {
        known->row = life_row(watch, sender);
        return known->id;
    }
    if (known != NULL) {
        owner_line_end(watch, known); /* the hook is called after this datagram */
        owner_line_stir(watch);
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
            owner_line_join(watch, life);
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
        owner_line_join(watch, life);
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

static void on_timer(uv_timer_t *timer);

static void wait_for_next(struct owner_watch *watch) {
    const uint64_t sweep_ms = clock_until_next(uv_now(watch->timer.loop), OWNER_WATCH_SWEEP_MS);
    (void)uv_timer_start(&watch->timer, on_timer, watch->sweep_left > 0 ? SOON_MS : sweep_ms, 0);
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
    wait_for_next(watch);
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

/* Open everything except the handles. */
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

/* Start the handles; none of them keeps the loop alive. */
static void start(struct owner_watch *watch, uv_loop_t *loop) {
    (void)uv_timer_init(loop, &watch->timer);
    (void)uv_idle_init(loop, &watch->idle);
    (void)uv_idle_init(loop, &watch->adopt);
    (void)uv_poll_start(&watch->poll, UV_READABLE, on_poll);
    wait_for_next(watch);
    uv_handle_t *const handles[HANDLES] = {
        (uv_handle_t *)&watch->poll, (uv_handle_t *)&watch->timer, (uv_handle_t *)&watch->idle,
        (uv_handle_t *)&watch->adopt};
    for (size_t i = 0; i < HANDLES; i++) {
        handles[i]->data = watch;
        uv_unref(handles[i]);
    }
}

int owner_watch_new(const struct memory *memory, uv_loop_t *loop, struct ledger *ledger,
                    struct owners *owners, const char *proc_path,
                    const struct owner_watch_options *options, struct owner_watch **ret_watch) {
    struct owners_figures figures;
    struct owner_watch *watch = memory_alloc(memory, sizeof *watch);
    if (watch == NULL)
        return -ENOMEM;
    owners_figures(owners, &figures);
    watch->memory = memory;
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
