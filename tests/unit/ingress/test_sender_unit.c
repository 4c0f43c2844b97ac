/* SPDX-License-Identifier: MIT */
/* The unit or container of a sender: found soon after its first datagram, and not too many a
 * second. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "ingress/ingress.h"
#include "place.h"
#include "rig.h"

static struct sender_watch *watch;

static void setup(void) {
    rig_start();
    cr_assert(eq(int, ingress_sender_watch_new(&rig_loop, rig_ledger, place_folder, &watch), 0));
}

static void teardown(void) {
    ingress_sender_watch_close(watch);
    rig_end();
}

TestSuite(sender_unit, .init = setup, .fini = teardown, .timeout = 300);

/* A process that looks as if it ran in this unit. */
static void make_process(pid_t pid, const char *unit) {
    char path[128];
    char text[128];
    make_stat(pid, "worker", 1);
    (void)snprintf(path, sizeof path, "%s/%d/cgroup", place_folder, (int)pid);
    const int len = snprintf(text, sizeof text, "0::/system.slice/%s\n", unit);
    files_write(path, text, (size_t)len);
}

static const struct sender *send_from(int32_t pid) {
    bool is_new = false;
    const struct sender *sender = ledger_sender(rig_ledger, pid, 1000, 1000, now_ms(), &is_new);
    if (is_new)
        ingress_sender_watch_on_new(watch, sender);
    return sender;
}

static size_t count_placed(void) {
    size_t count = 0;
    for (size_t i = 0; i < ledger_sender_count(rig_ledger); i++)
        count += ledger_sender_at(rig_ledger, i)->placed;
    return count;
}

Test(sender_unit, is_looked_for_once) {
    make_process(77, "shop.service");
    (void)send_from(77);
    make_process(77, "other.service");
    ingress_sender_watch_sweep(watch, 10);
    cr_expect(eq(str, (char *)ledger_sender_at(rig_ledger, 0)->unit, "shop.service"));
}

/* The second may end meanwhile: then more are looked for, and none is missed. */
Test(sender_unit, is_put_off_when_many_are_new) {
    enum { PROCESSES = SENDER_WATCH_UNITS_PER_SECOND + 50 };
    for (int32_t pid = 1; pid <= PROCESSES; pid++) {
        make_process(pid, "shop.service");
        (void)send_from(pid);
    }
    uv_update_time(&rig_loop);
    const uint64_t second = uv_now(&rig_loop) / 1000;
    while (ingress_sender_watch_catch_up(watch))
        continue;
    uv_update_time(&rig_loop);
    if (uv_now(&rig_loop) / 1000 == second)
        cr_expect(le(sz, count_placed(), (size_t)2 * SENDER_WATCH_UNITS_PER_SECOND));
    cr_expect(lt(u64, 0, ledger_put_off(rig_ledger)));
    while (count_placed() < PROCESSES) {
        rig_turn();
        ingress_sender_watch_sweep(watch, 10);
    }
    for (size_t i = 0; i < PROCESSES; i++)
        cr_assert(eq(str, (char *)ledger_sender_at(rig_ledger, i)->unit, "shop.service"));
}
