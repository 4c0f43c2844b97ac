#include "ingress/path_watch.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "host/clock.h"
#include "host/thread.h"

/* A watched path. */
struct watched_path {
    size_t index; /* index of its socket in the ingress */
    struct ingress_listen_options options;
    bool unseen; /* an inherited one that never led to us: it may be a path of another mount
                    namespace, as in a container, where its senders find it */
    bool lost;
    uint64_t wait_ms; /* wait between the last two tries; 0: none failed */
    uint64_t due_ms;  /* no try before this time */
    struct error why; /* why it is lost; "": the first try is not over */
};

/* The data that only the thread uses while it works. */
struct attempt {
    pthread_t thread;
    uv_async_t done;
    size_t place;
    struct ingress_listen_options options;
    struct ingress_listener old; /* a read-only copy */
    struct ingress_listener made;
    bool good;
    struct error why;
};

struct path_watch {
    const struct memory *memory;
    struct ingress *ingress;
    struct path_watch_hooks hooks;
    uv_timer_t timer;
    struct watched_path *places;
    size_t count;
    size_t next; /* the path that is tried first */
    uint64_t rebinds;
    struct attempt attempt;
    bool trying;
    bool held;
    size_t closing; /* handles still to be closed */
    bool ended;
};

static const char being_bound[] = "the path of a socket is gone; it is being bound again";

/* Whether the path leads to our socket, or to a former one that came back, which is still read. */
static bool in_place(const struct path_watch *watch, const struct watched_path *place) {
    struct ingress_view wanted;
    struct ingress_view view;
    ingress_at(watch->ingress, place->index, &wanted);
    if (ingress_listen_in_place(wanted.listener))
        return true;
    for (size_t i = 0; i < ingress_count(watch->ingress); i++) {
        ingress_at(watch->ingress, i, &view);
        if (view.former && view.scope == wanted.scope &&
            strcmp(view.listener->path, wanted.listener->path) == 0 &&
            ingress_listen_in_place(view.listener))
            return true;
    }
    return false;
}

/* ---- binding again ---- */

static uint64_t now_ms(const struct path_watch *watch) {
    return watch->hooks.now_ms != NULL ? watch->hooks.now_ms(watch->hooks.arg)
                                       : uv_now(watch->timer.loop);
}

/* With a lasting obstacle, a thread is started only every few seconds. */
static void back_off(const struct path_watch *watch, struct watched_path *place) {
    place->wait_ms = place->wait_ms == 0 ? PATH_WATCH_MS : 2 * place->wait_ms;
    if (place->wait_ms > PATH_WATCH_RETRY_MAX_MS)
        place->wait_ms = PATH_WATCH_RETRY_MAX_MS;
    place->due_ms = now_ms(watch) + place->wait_ms;
}

static void have_again(struct watched_path *place) {
    place->lost = false;
    place->wait_ms = 0;
    place->due_ms = 0;
    error_clear(&place->why);
}

/* Not a thread of libuv's pool: libuv ends the process if it cannot start one. */
static void *run(void *arg) {
    struct attempt *attempt = arg;
    attempt->good =
        ingress_listen_again(&attempt->options, &attempt->old, &attempt->made, &attempt->why);
    (void)uv_async_send(&attempt->done);
    return NULL;
}

/* Report the loss, unless the path came back during the attempt. */
static void say_lost(const struct path_watch *watch, struct watched_path *place,
                     const struct error *why) {
    if (in_place(watch, place) || strcmp(place->why.text, why->text) == 0)
        return;
    place->why = *why;
    if (watch->hooks.lost != NULL)
        watch->hooks.lost(watch->hooks.arg, place->why.text);
}

static void try_again(struct path_watch *watch, size_t index) {
    struct watched_path *place = &watch->places[index];
    struct attempt *attempt = &watch->attempt;
    struct ingress_view view;
    ingress_at(watch->ingress, place->index, &view);
    attempt->place = index;
    attempt->options = place->options;
    attempt->old = *view.listener;
    const int result = thread_start(&attempt->thread, run, attempt);
    if (result != 0) {
        error_set(&attempt->why, "socket %s: no thread: %s", view.listener->path,
                  strerror(-result));
        back_off(watch, place);
        say_lost(watch, place, &attempt->why);
        return;
    }
    watch->trying = true;
    uv_ref((uv_handle_t *)&attempt->done);
}

static void take(struct path_watch *watch, struct watched_path *place, struct attempt *attempt) {
    const int result = ingress_replace(watch->ingress, place->index, &attempt->made);
    if (result != 0) {
        ingress_listen_close(&attempt->made);
        attempt->good =
            error_set(&attempt->why, "socket %s: %s", attempt->old.path, strerror(-result));
        return;
    }
    watch->rebinds++;
    place->unseen = false;
    have_again(place);
    if (watch->hooks.bound != NULL)
        watch->hooks.bound(watch->hooks.arg, &attempt->made);
}

/* ---- the look ---- */

static void found(const struct path_watch *watch, struct watched_path *place) {
    const bool reported = place->why.text[0] != '\0';
    struct ingress_view view;
    have_again(place);
    if (!reported || watch->hooks.found == NULL)
        return;
    ingress_at(watch->ingress, place->index, &view);
    watch->hooks.found(watch->hooks.arg, view.listener);
}

/* Paths take turns, so that one that cannot be bound does not block the others. */
static void look(struct path_watch *watch) {
    size_t tried = watch->count;
    for (size_t i = 0; i < watch->count; i++) {
        const size_t index = (watch->next + i) % watch->count;
        struct watched_path *place = &watch->places[index];
        if (!in_place(watch, place)) {
            place->lost = true;
            if (tried == watch->count && now_ms(watch) >= place->due_ms)
                tried = index;
        } else if (place->lost) {
            found(watch, place);
        }
    }
    if (tried == watch->count || watch->trying || watch->held)
        return;
    watch->next = tried + 1;
    try_again(watch, tried);
}

static void on_timer(uv_timer_t *timer) {
    (void)uv_timer_start(timer, on_timer, clock_until_next(uv_now(timer->loop), PATH_WATCH_MS), 0);
    look(timer->data);
}

/* ---- life ---- */

static void on_closed(uv_handle_t *handle) {
    struct path_watch *watch = handle->data;
    if (--watch->closing > 0)
        return;
    memory_release(watch->memory, watch->places);
    memory_release(watch->memory, watch);
}

/* Called when no thread works any more. */
static void close_handles(struct path_watch *watch) {
    watch->closing = 2;
    uv_close((uv_handle_t *)&watch->timer, on_closed);
    uv_close((uv_handle_t *)&watch->attempt.done, on_closed);
}

/* Join the thread, and take what it made. */
static void end_attempt(struct path_watch *watch) {
    struct attempt *attempt = &watch->attempt;
    struct watched_path *place = &watch->places[attempt->place];
    (void)pthread_join(attempt->thread, NULL);
    watch->trying = false;
    uv_unref((uv_handle_t *)&attempt->done);
    if (watch->ended && attempt->good)
        ingress_listen_close(&attempt->made);
    if (watch->ended)
        return;
    if (attempt->good)
        take(watch, place, attempt);
    if (!attempt->good) {
        back_off(watch, place);
        say_lost(watch, place, &attempt->why);
    }
}

static void on_done(uv_async_t *done) {
    struct path_watch *watch = done->data;
    if (!watch->trying) /* libuv may call once too often, or nobody waited for it */
        return;
    end_attempt(watch);
    if (watch->ended)
        close_handles(watch);
    else if (watch->attempt.good)
        look(watch); /* another path may be lost as well */
}

int path_watch_new(const struct memory *memory, uv_loop_t *loop, struct ingress *ingress,
                   const struct path_watch_hooks *hooks, struct path_watch **ret_watch) {
    struct path_watch *watch = memory_alloc(memory, sizeof *watch);
    if (watch == NULL)
        return -ENOMEM;
    watch->memory = memory;
    watch->ingress = ingress;
    watch->hooks = *hooks;
    const int result = uv_async_init(loop, &watch->attempt.done, on_done);
    if (result != 0) {
        memory_release(watch->memory, watch);
        return result;
    }
    watch->attempt.done.data = watch;
    uv_unref((uv_handle_t *)&watch->attempt.done);
    (void)uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    (void)uv_timer_start(&watch->timer, on_timer, 0, 0);
    uv_unref((uv_handle_t *)&watch->timer);
    *ret_watch = watch;
    return 0;
}

int path_watch_add(struct path_watch *watch, size_t index,
                   const struct ingress_listen_options *options) {
    struct watched_path *places =
        memory_resize(watch->memory, watch->places, watch->count + 1, sizeof *places);
    if (places == NULL)
        return -ENOMEM;
    watch->places = places;
    struct ingress_view view;
    ingress_at(watch->ingress, index, &view);
    while (view.former && index > 0)
        ingress_at(watch->ingress, --index, &view);
    places[watch->count++] = (struct watched_path){
        .index = index,
        .options = *options,
        .unseen = view.listener->inherited && !ingress_listen_in_place(view.listener)};
    return 0;
}

const char *path_watch_trouble(const struct path_watch *watch) {
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched_path *place = &watch->places[i];
        if (place->lost && !place->unseen)
            return place->why.text[0] != '\0' ? place->why.text : being_bound;
    }
    return NULL;
}

uint64_t path_watch_rebinds(const struct path_watch *watch) {
    return watch->rebinds;
}

void path_watch_hold(struct path_watch *watch, bool hold) {
    if (watch == NULL)
        return;
    watch->held = hold;
    if (hold && watch->trying)
        end_attempt(watch);
}

void path_watch_close(struct path_watch *watch) {
    if (watch == NULL)
        return;
    watch->ended = true;
    (void)uv_timer_stop(&watch->timer);
    if (!watch->trying)
        close_handles(watch);
}
