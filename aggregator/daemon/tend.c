/* What happens without a datagram: series past their time to live, breakers whose cool-down is
 * over, the pages that clients read, and what ended processes leave behind. */
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "sys/log.h"

enum {
    SWEEP_MS = 50,    /* how often it is looked what is past its time to live */
    ADVANCE_MS = 100, /* a cool-down ends this late at most */
    TURN_NS = 250000, /* of sweeping and releasing in one loop turn */
    STEP_UNITS = 200  /* of them between two looks at the clock, about 100 ns each */
};

/* ---- breakers ---- */

static void on_breaker(void *arg, size_t index) {
    const struct daemon *daemon = arg;
    for (size_t i = 0; i < daemon->board_count; i++)
        board_show(daemon->boards[i], index);
}

static void on_advance(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    state_advance(daemon->state, daemon_now());
    if (++daemon->advances % (BOARD_BEAT_MS / ADVANCE_MS) != 0)
        return;
    for (size_t i = 0; i < daemon->board_count; i++)
        board_beat(daemon->boards[i]);
}

static bool scope_has_breakers(const struct daemon *daemon, gate_scope scope) {
    struct state_breaker breaker;
    for (size_t i = 0; i < state_breaker_count(daemon->state); i++) {
        state_breaker_at(daemon->state, i, &breaker);
        const struct catalog *catalog = breaker.family->catalog;
        if (breaker.declared && (catalog->socket ? catalog->index + 1 : 0) == scope)
            return true;
    }
    return false;
}

/* Without its page a socket's clients let every attempt through: worse than with it, but no reason
 * not to start. */
static void open_board(struct daemon *daemon, const struct ingress_view *view) {
    char path[INGRESS_PATH_MAX + sizeof ".breakers"];
    char why[BOARD_ERROR_MAX] = "its path is too long";
    struct board *board = NULL;
    if (board_path(view->listener->path, path, sizeof path))
        board = board_open(path, view->scope, &daemon->set, daemon->state, why);
    if (!board) {
        log_write(LOG_LEVEL_WARN, "breakers",
                  "no page beside %s, so clients let every attempt through: %s",
                  view->listener->path, why);
        return;
    }
    daemon->boards[daemon->board_count++] = board;
    log_write(LOG_LEVEL_LOG, "breakers", "shown to clients in %s", board_file(board));
    if (board_left_out(board) > 0)
        log_write(
            LOG_LEVEL_WARN, "breakers",
            "%zu further spellings of breakers (aliases, labels left out) have no room in %s; "
            "clients find them by name and all labels",
            board_left_out(board), board_file(board));
}

static void open_boards(struct daemon *daemon) {
    const size_t sockets = ingress_count(daemon->ingress);
    daemon->boards = calloc(sockets + 1, sizeof(struct board *));
    for (size_t i = 0; daemon->boards && i < sockets; i++) {
        struct ingress_view view;
        ingress_at(daemon->ingress, i, &view);
        if (scope_has_breakers(daemon, view.scope))
            open_board(daemon, &view);
    }
    state_on_breaker(daemon->state, on_breaker, daemon);
}

/* ---- what is over: series past their time to live, and what ended processes owned ---- */

static bool release_some(struct daemon *daemon) {
    return gate_release(daemon->gate, daemon_now(), STEP_UNITS);
}

static bool sweep_some(struct daemon *daemon) {
    size_t budget = STEP_UNITS;
    return store_expire(daemon->store, daemon_now(), &budget);
}

/* Step by step until nothing is left (true) or the turn's time is over. */
static bool step_until(struct daemon *daemon, bool (*step)(struct daemon *daemon),
                       uint64_t end_ns) {
    while (uv_hrtime() < end_ns)
        if (step(daemon))
            return true;
    return false;
}

static void on_idle(uv_idle_t *idle);

/* One turn's worth; what is left goes on in the next turns. */
static void tend(struct daemon *daemon) {
    const uint64_t end_ns = uv_hrtime() + TURN_NS;
    if (daemon->releasing)
        daemon->releasing = !step_until(daemon, release_some, end_ns);
    if (daemon->sweeping)
        daemon->sweeping = !step_until(daemon, sweep_some, end_ns);
    if (daemon->releasing || daemon->sweeping)
        (void)uv_idle_start(&daemon->tend_idle, on_idle);
    else
        (void)uv_idle_stop(&daemon->tend_idle);
}

static void on_idle(uv_idle_t *idle) {
    tend(idle->data);
}

static void on_sweep(uv_timer_t *timer) {
    struct daemon *daemon = timer->data;
    if (daemon->sweeping) /* still at it, turn by turn */
        return;
    daemon->sweeping = true;
    tend(daemon);
}

void daemon_release(void *arg) {
    struct daemon *daemon = arg;
    if (daemon->stopping || daemon->releasing)
        return;
    daemon->releasing = true;
    tend(daemon);
}

/* ---- life ---- */

void daemon_start_tending(struct daemon *daemon) {
    open_boards(daemon);
    (void)uv_timer_init(&daemon->loop, &daemon->tend_timer);
    daemon->tend_timer.data = daemon;
    (void)uv_timer_start(&daemon->tend_timer, on_sweep, SWEEP_MS, SWEEP_MS);
    (void)uv_timer_init(&daemon->loop, &daemon->state_timer);
    daemon->state_timer.data = daemon;
    if (state_breaker_count(daemon->state) > 0)
        (void)uv_timer_start(&daemon->state_timer, on_advance, ADVANCE_MS, ADVANCE_MS);
    (void)uv_idle_init(&daemon->loop, &daemon->tend_idle);
    daemon->tend_idle.data = daemon;
}

void daemon_stop_tending(struct daemon *daemon) {
    uv_close((uv_handle_t *)&daemon->tend_timer, NULL);
    uv_close((uv_handle_t *)&daemon->state_timer, NULL);
    uv_close((uv_handle_t *)&daemon->tend_idle, NULL);
    state_on_breaker(daemon->state, NULL, NULL);
    for (size_t i = 0; i < daemon->board_count; i++)
        board_close(daemon->boards[i]);
    free(daemon->boards);
    daemon->boards = NULL;
    daemon->board_count = 0;
}
