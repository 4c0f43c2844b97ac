/* SPDX-License-Identifier: MIT */
#include "heirs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "object/object.h"

enum { MORE = 1 << 16, TURN_MS = 1 };

static const struct object_field fields[] = {
    {"datagrams", OBJECT_U64, offsetof(struct heirs_tally, datagrams), 1},
    {"sum", OBJECT_U64, offsetof(struct heirs_tally, sum), 1},
    {"unreadable", OBJECT_U64, offsetof(struct heirs_tally, unreadable), 1},
    {"skipped", OBJECT_U64, offsetof(struct heirs_tally, skipped), 1},
    {"traffic", OBJECT_U64, offsetof(struct heirs_tally, traffic), 4}};

static const struct object_spec spec = OBJECT_SPEC("tally", struct heirs_tally, 1, fields);

/* ---- in the process ---- */

struct heir {
    struct undo *undo;
    struct heirs_tally *tally;
    struct ingress *ingress;
    uint64_t most;
};

static void move_to(const struct heir *heir, size_t begun, size_t done) {
    const struct undo_position position = {
        .datagram = (uint16_t)done, .begun = (uint16_t)begun, .ended = (uint16_t)done};
    undo_commit_at(heir->undo, &position);
}

static void apply_one(struct heir *heir, const struct gate_datagram *datagram) {
    struct heirs_tally *tally = heir->tally;
    char *end;
    undo_range(heir->undo, tally, sizeof *tally);
    const uint64_t number = strtoull(datagram->data, &end, 10);
    const bool good = datagram->origin.pid > 0 && datagram->origin.scope == 1 && *end == ';';
    tally->datagrams++;
    tally->unreadable += !good;
    tally->sum += good ? number : 0;
}

static size_t apply(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                    struct store_time now) {
    struct heir *heir = arg;
    const size_t first = undo_position(heir->undo)->datagram;
    (void)budget;
    (void)now;
    for (size_t i = 0; i < count; i++) {
        move_to(heir, first + i + 1, first + i);
        if (datagrams[i].len >= 3 && memcmp(datagrams[i].data, "die", 3) == 0)
            _exit(9);
        apply_one(heir, &datagrams[i]);
        move_to(heir, first + i + 1, first + i + 1);
    }
    return count;
}

static bool has_read_all(const struct heir *heir) {
    struct ingress_figures figures;
    ingress_figures(heir->ingress, &figures);
    heir->tally->skipped = figures.skipped;
    return heir->tally->datagrams + heir->tally->skipped >= heir->most;
}

static uint64_t field_of(const struct image_table *table, const char *name, uint32_t item) {
    return image_integer(table, 0, image_field(table, name, OBJECT_U64), item);
}

static bool restore(const struct heirs *heirs, struct heir *heir) {
    struct image image;
    struct image_table table;
    struct error error;
    struct ingress_restored restored;
    if (!image_open(&image, heirs->last.at, heirs->last.size, held_boot, &error) ||
        !image_find(&image, "tally", OBJECT_NONE, OBJECT_NONE, &table))
        return false;
    struct match *match = object_match_new(&image, &heirs->set, &error);
    heir->tally->datagrams = field_of(&table, "datagrams", 0);
    heir->tally->sum = field_of(&table, "sum", 0);
    heir->tally->unreadable = field_of(&table, "unreadable", 0);
    heir->tally->traffic.datagrams = field_of(&table, "traffic", 0);
    heir->tally->traffic.bytes = field_of(&table, "traffic", 1);
    if (match != NULL)
        ingress_restore(heir->ingress, &image, match, &restored);
    return match != NULL;
}

/* Runs until it is killed or has read enough. */
static int live(struct heirs *heirs, uint64_t most, int ready) {
    struct heir heir = {.undo = object_undo(heirs->held.object), .most = most};
    struct object_table table;
    uv_loop_t loop;
    object_table(heirs->held.object, &spec, &table);
    if (!object_reach(&table, 1) || uv_loop_init(&loop) != 0)
        return 2;
    heir.tally = object_at(&table, 0);
    const struct ingress_options options = {.loop = &loop,
                                            .object = heirs->held.object,
                                            .sink = {.apply = apply, .arg = &heir},
                                            .traffic = &heir.tally->traffic};
    const struct ingress_listener listener = {
        .fd = heirs->receiver, .inherited = true, .lock = -1, .queue_depth = 512};
    heir.ingress = ingress_new(&options);
    if (heirs->last.at != NULL && !restore(heirs, &heir))
        return 4;
    if (ingress_add(heir.ingress, &listener, 1) != 0 || write(ready, "", 1) != 1)
        return 5;
    while (!has_read_all(&heir))
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    return 0;
}

/* ---- in the test ---- */

static void add_service(struct catalog_set *set) {
    struct catalog *catalog = catalog_new();
    struct error error;
    catalog_set_init(set);
    cr_assert(catalog != NULL);
    catalog->file = "test.json";
    catalog->service = "shop";
    catalog->socket = "/run/shop.sock";
    catalog_set_add(set, catalog);
    cr_assert(catalog_set_finish(set, &error), "%s", error.text);
}

void heirs_init(struct heirs *heirs) {
    int fds[2];
    const int on = 1;
    memset(heirs, 0, sizeof *heirs);
    add_service(&heirs->set);
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0));
    cr_assert(eq(int, setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0));
    heirs->receiver = fds[0];
    heirs->sender = fds[1];
}

void heirs_done(struct heirs *heirs) {
    heirs_kill(heirs);
    held_done(&heirs->held);
    held_done(&heirs->last);
    close(heirs->receiver);
    close(heirs->sender);
    catalog_set_done(&heirs->set);
}

void heirs_start(struct heirs *heirs, uint64_t most) {
    int ready[2];
    char byte;
    held_done(&heirs->last);
    heirs->last = heirs->held;
    held_make(&heirs->held, &heirs->set, MORE);
    cr_assert(eq(int, pipe(ready), 0));
    heirs->pid = fork();
    cr_assert(ge(int, heirs->pid, 0));
    if (heirs->pid == 0)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that times out */
    if (heirs->pid == 0)
        _exit(live(heirs, most, ready[1]));
    close(ready[1]);
    const ssize_t got = read(ready[0], &byte, 1);
    close(ready[0]);
    cr_assert(eq(int, (int)got, 1), "it is ready");
}

void heirs_kill(struct heirs *heirs) {
    if (heirs->pid <= 0)
        return;
    (void)kill(heirs->pid, SIGKILL);
    (void)heirs_wait(heirs);
}

bool heirs_wait(struct heirs *heirs) {
    int status = -1;
    cr_assert(eq(int, waitpid(heirs->pid, &status, 0), heirs->pid));
    heirs->pid = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct heirs_tally heirs_tally(const struct heirs *heirs) {
    struct image image;
    struct image_table table;
    struct error error;
    cr_assert(image_open(&image, heirs->held.at, heirs->held.size, held_boot, &error), "%s",
              error.text);
    cr_assert(image_find(&image, "tally", OBJECT_NONE, OBJECT_NONE, &table));
    return (struct heirs_tally){.datagrams = field_of(&table, "datagrams", 0),
                                .sum = field_of(&table, "sum", 0),
                                .unreadable = field_of(&table, "unreadable", 0),
                                .skipped = field_of(&table, "skipped", 0),
                                .traffic = {.datagrams = field_of(&table, "traffic", 0),
                                            .bytes = field_of(&table, "traffic", 1)}};
}
