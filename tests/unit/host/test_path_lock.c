/* SPDX-License-Identifier: MIT */
/* Only one daemon at a path. */
#include "host/unix_socket.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "place.h"

TestSuite(path_lock, .init = place_make, .fini = place_remove, .timeout = 300);

Test(path_lock, keeps_others_out) {
    const int lock = host_path_lock_take(place_path("s"));
    cr_assert(ge(int, lock, 0));
    cr_expect(host_path_lock_in_place(place_path("s"), lock));
    cr_expect(eq(int, host_path_lock_take(place_path("s")), -EWOULDBLOCK));
    host_path_lock_release(place_path("s"), lock);
    cr_expect(eq(int, access(place_path("s.lock"), F_OK), -1));
}

Test(path_lock, is_not_taken_by_a_file_that_was_left_behind) {
    close(host_path_lock_take(place_path("s")));
    cr_expect(eq(int, access(place_path("s.lock"), F_OK), 0));
    const int lock = host_path_lock_take(place_path("s"));
    cr_expect(ge(int, lock, 0));
    host_path_lock_release(place_path("s"), lock);
}

static int take_and_die(void *path) {
    return host_path_lock_take(path) >= 0 ? 0 : 1;
}

Test(path_lock, ends_with_its_process) {
    cr_expect(eq(int, in_child(take_and_die, (void *)(uintptr_t)place_path("s")), 0));
    const int lock = host_path_lock_take(place_path("s"));
    cr_expect(ge(int, lock, 0));
    host_path_lock_release(place_path("s"), lock);
}

/* Another may then take the lock, and releasing the first leaves its file in place. */
Test(path_lock, of_a_file_that_was_removed_is_not_in_place) {
    const int first = host_path_lock_take(place_path("s"));
    cr_assert(eq(int, unlink(place_path("s.lock")), 0));
    cr_expect(not(host_path_lock_in_place(place_path("s"), first)));
    const int second = host_path_lock_take(place_path("s"));
    cr_expect(ge(int, second, 0));
    host_path_lock_release(place_path("s"), first);
    cr_expect(host_path_lock_in_place(place_path("s"), second));
    host_path_lock_release(place_path("s"), second);
}

Test(path_lock, needs_a_folder) {
    cr_expect(eq(int, host_path_lock_take(place_path("no/s")), -ENOENT));
    host_path_lock_release(place_path("no/s"), -1);
}
