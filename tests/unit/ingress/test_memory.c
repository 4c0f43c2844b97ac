/* SPDX-License-Identifier: MIT */
/* Each allocation of sockets and watches fails in turn. What exists then stays as it was. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "ingress/ingress.h"
#include "listening.h"
#include "recorder.h"
#include "rig.h"
#include "scarce.h"

/* True on success; any failure is for want of memory. */
static bool is_done(int result) {
    if (result != 0)
        cr_expect(eq(int, result, -ENOMEM));
    return result == 0;
}

/* ---- sockets ---- */

TestSuite(ingress_memory, .init = place_make, .fini = place_remove, .timeout = 300);

static bool add(const char *name) {
    struct ingress_listener listener = place_listen(place_path(name));
    if (is_done(ingress_add(recorder.ingress, &listener, 0)))
        return true;
    ingress_listen_close(&listener);
    return false;
}

static bool replace(size_t index, const char *name) {
    struct ingress_listener listener = place_listen(place_path(name));
    if (is_done(ingress_replace(recorder.ingress, index, &listener)))
        return true;
    ingress_listen_close(&listener);
    return false;
}

/* A socket, a second one, and another in place of the first. Whatever got memory receives. */
static bool open_sockets(const struct memory *memory, void *arg) {
    (void)arg;
    bool done = is_done(recorder_try(&recorder, memory));
    if (done && (done = add("one"))) {
        const int sender = sender_open(place_path("one"));
        const bool two = add("two");
        const bool instead = replace(0, "three");
        sender_put(sender, "first");
        recorder_run(&recorder, 1);
        cr_expect(eq(str, recorder.records[0].text, "first"));
        cr_expect(eq(sz, ingress_count(recorder.ingress), 1u + two + instead));
        close(sender);
        done = two && instead;
    }
    recorder_done(&recorder);
    return done;
}

Test(ingress_memory, each_allocation_of_sockets_may_fail) {
    cr_expect(eq(sz, scarce_each(open_sockets, NULL), 11),
              "the ingress, the tables of its inbox, and two for each socket");
}

static char said[1024]; /* what the hooks received, a line each */

static void on_bound(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    (void)listener;
    strcat(said, "bound\n");
}

static void on_lost(void *arg, const char *why) {
    (void)arg;
    const size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "lost%s\n", strrchr(why, ':'));
}

static void expect_said(const char *text) {
    while (strlen(said) < strlen(text))
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_assert(eq(str, said, (char *)text));
}

static bool watch_path(const struct memory *memory, void *arg) {
    const struct path_watch_hooks hooks = {.bound = on_bound, .lost = on_lost};
    struct path_watch *watch = NULL;
    (void)arg;
    recorder_init(&recorder);
    const char *path = place_path("one");
    const struct ingress_listen_options options = place_options(path);
    cr_assert(add("one"));
    const bool done =
        is_done(ingress_path_watch_new(memory, &recorder.loop, recorder.ingress, &hooks, &watch)) &&
        is_done(ingress_path_watch_add(watch, 0, &options));
    ingress_path_watch_close(watch);
    recorder_done(&recorder);
    return done;
}

Test(ingress_memory, each_allocation_of_a_path_watch_may_fail) {
    cr_expect(eq(sz, scarce_each(watch_path, NULL), 2));
}

Test(ingress_memory, a_path_is_bound_again_once_there_is_memory) {
    const struct path_watch_hooks hooks = {.bound = on_bound, .lost = on_lost};
    struct scarce scarce;
    struct path_watch *watch;
    scarce_init(&scarce, SIZE_MAX);
    cr_assert(eq(int, recorder_try(&recorder, &scarce.memory), 0));
    const char *path = place_path("one");
    const struct ingress_listen_options options = place_options(path);
    cr_assert(add("one"));
    cr_assert(
        eq(int,
           ingress_path_watch_new(&scarce.memory, &recorder.loop, recorder.ingress, &hooks, &watch),
           0));
    cr_assert(eq(int, ingress_path_watch_add(watch, 0, &options), 0));
    const int former = sender_open(path);
    scarce.granted = 0;
    cr_assert(eq(int, unlink(path), 0));
    expect_said("lost: Cannot allocate memory\n");
    cr_expect(ne(int, access(path, F_OK), 0), "no socket is left there that nobody reads");
    sender_put(former, "former");
    recorder_run(&recorder, 1);
    scarce.granted = SIZE_MAX;
    expect_said("lost: Cannot allocate memory\nbound\n");
    const int sender = sender_open(path);
    sender_put(sender, "new");
    recorder_run(&recorder, 2);
    cr_expect(eq(str, recorder.records[1].text, "new"));
    close(former);
    close(sender);
    ingress_path_watch_close(watch);
    recorder_done(&recorder);
    cr_expect(eq(sz, scarce.live, 0));
}

/* ---- processes ---- */

TestSuite(watch_memory, .init = rig_start, .fini = rig_end, .timeout = 300);

static bool watch_senders(const struct memory *memory, void *arg) {
    struct sender_watch *watch = NULL;
    (void)arg;
    const bool done =
        is_done(ingress_sender_watch_new(memory, &rig_loop, rig_ledger, "/proc", &watch));
    ingress_sender_watch_close(watch);
    (void)uv_run(&rig_loop, UV_RUN_DEFAULT);
    return done;
}

Test(watch_memory, each_allocation_of_a_sender_watch_may_fail) {
    cr_expect(eq(sz, scarce_each(watch_senders, NULL), 1));
}

/* A process becomes an owner without further memory. */
static bool watch_owners(const struct memory *memory, void *arg) {
    const struct owner_watch_options options = {.max = 10};
    struct owners *owners = arg;
    struct owner_watch *watch = NULL;
    struct owner_watch_figures figures;
    bool is_new;
    const bool done =
        is_done(owner_watch_new(memory, &rig_loop, rig_ledger, owners, "/proc", &options, &watch));
    if (done) {
        const struct sender *sender =
            ledger_sender(rig_ledger, getpid(), 1000, 1000, now_ms(), &is_new);
        cr_expect(ne(u32, owner_watch_on_new(watch, sender), OWNER_NONE));
        owner_watch_figures(watch, &figures);
        cr_expect(eq(u32, figures.descriptors, 1));
    }
    owner_watch_close(watch);
    (void)uv_run(&rig_loop, UV_RUN_DEFAULT);
    return done;
}

Test(watch_memory, each_allocation_of_an_owner_watch_may_fail) {
    struct owners *owners = owners_new(memory_heap(), NULL, OWNERS_MAX);
    cr_assert(owners != NULL);
    cr_expect(eq(sz, scarce_each(watch_owners, owners), 2));
    owners_free(owners);
}
