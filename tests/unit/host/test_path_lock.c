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
