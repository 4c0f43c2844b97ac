/* SPDX-License-Identifier: MIT */
/* Messages with names and descriptors between two processes. */
#include "host/unix_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "host/clock.h"

static int ends[2];
static struct wire_message message;

static void setup(void) {
    cr_assert(host_wire_pair(ends));
    memset(&message, 0, sizeof message);
}

static void teardown(void) {
    host_wire_drop(&message);
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

TestSuite(wire, .init = setup, .fini = teardown, .timeout = 300);

static void close_end(int end) {
    close(ends[end]);
    ends[end] = -1;
}

static bool is_same(int a, int b) {
    struct stat left;
    struct stat right;
    return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

Test(wire, a_word_and_its_text) {
    const char *text = NULL;
    cr_expect(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_NONE));
    cr_assert(host_wire_send(ends[0], "refused %d a sentence", 2));
    cr_assert(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_GOT));
    cr_expect(host_wire_is(&message, "refused", &text));
    cr_expect(eq(str, (char *)text, "2 a sentence"));
    cr_expect(not(host_wire_is(&message, "refuse", NULL)));
    cr_assert(host_wire_send(ends[1], "go"));
    cr_assert(eq(int, (int)host_wire_receive(ends[0], &message), WIRE_GOT));
    cr_expect(host_wire_is(&message, "go", &text));
    cr_expect(eq(str, (char *)text, ""));
}

Test(wire, descriptors_have_names) {
    char name[INHERITED_NAME_MAX];
    const int files[] = {open("/dev/null", O_RDONLY), open("/dev/zero", O_RDONLY)};
    const struct wire_item items[] = {{"first", files[0]}, {"second one", files[1]}};
    cr_assert(host_wire_send_items(ends[0], "keeps", items, 2));
    cr_assert(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_GOT));
    cr_assert(eq(sz, message.fd_count, 2));
    cr_expect(host_wire_is(&message, "keeps", NULL));
    cr_expect(host_wire_name(&message, 1, name));
    cr_expect(eq(str, name, "second one"));
    cr_expect(not(host_wire_name(&message, 2, name)));
    const int taken = host_wire_take(&message, 1);
    cr_expect(is_same(taken, files[1]));
    cr_expect(is_same(message.fds[0], files[0]));
    cr_expect(eq(int, fcntl(taken, F_GETFD), FD_CLOEXEC));
    cr_expect(eq(int, host_wire_take(&message, 1), -1));
    cr_expect(eq(int, host_wire_take(&message, 2), -1));
    host_wire_drop(&message); /* closes the first alone */
    cr_expect(is_same(taken, files[1]));
    close(taken);
    close(files[0]);
    close(files[1]);
}

Test(wire, more_than_fit_into_a_message_come_in_several) {
    enum { COUNT = 2 * WIRE_FDS + 1 };
    struct wire_item items[COUNT];
    char longest[INHERITED_NAME_MAX];
    size_t got = 0;
    const int file = open("/dev/null", O_RDONLY);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (size_t i = 0; i < COUNT; i++)
        items[i] = (struct wire_item){longest, file};
    cr_assert(host_wire_send_items(ends[0], "keeps", items, COUNT));
    while (host_wire_receive(ends[1], &message) == WIRE_GOT) {
        char name[INHERITED_NAME_MAX];
        cr_expect(host_wire_name(&message, message.fd_count - 1, name));
        cr_expect(eq(str, name, longest));
        got += message.fd_count;
        host_wire_drop(&message);
    }
    cr_expect(eq(sz, got, COUNT));
    close(file);
}

Test(wire, nothing_is_sent_for_no_descriptors) {
    cr_assert(host_wire_send_items(ends[0], "keeps", NULL, 0));
    cr_expect(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_NONE));
}

Test(wire, the_end_of_the_other_side) {
    cr_assert(host_wire_send(ends[1], "taken"));
    close_end(1);
    cr_expect(
        eq(int, (int)host_wire_receive(ends[0], &message), WIRE_GOT)); /* what was said before */
    cr_expect(eq(int, (int)host_wire_receive(ends[0], &message), WIRE_END));
    cr_expect(not(host_wire_send(ends[0], "go"))); /* and no signal */
}

Test(wire, waiting_has_an_end) {
    const uint64_t until_ns = (uint64_t)clock_mono_ns() + 20000000;
    cr_expect(eq(int, (int)host_wire_await(ends[1], until_ns, &message), WIRE_NONE));
    cr_expect(ge(i64, clock_mono_ns(), (int64_t)until_ns));
    cr_assert(host_wire_send(ends[0], "go"));
    cr_expect(eq(int, (int)host_wire_await(ends[1], until_ns, &message), WIRE_GOT));
}

/* More descriptors, or more text, than any message of ours has. */
Test(wire, a_message_that_does_not_fit_is_the_end) {
    static char text[WIRE_BYTES + 10];
    memset(text, 'x', sizeof text);
    cr_assert(eq(i64, send(ends[0], text, sizeof text, 0), (int64_t)sizeof text));
    cr_expect(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_END));
    cr_expect(eq(sz, message.fd_count, 0));
}

Test(wire, names_that_are_none) {
    char name[INHERITED_NAME_MAX];
    char text[INHERITED_NAME_MAX + 20] = "keeps\n\n";
    cr_assert(eq(i64, send(ends[0], text, strlen(text), 0), (int64_t)strlen(text)));
    cr_assert(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_GOT));
    cr_expect(not(host_wire_name(&message, 0, name)));
    cr_expect(not(host_wire_name(&message, 5, name)));
    memset(text + 6, 'x', INHERITED_NAME_MAX);
    cr_assert(send(ends[0], text, 6 + INHERITED_NAME_MAX, 0) > 0);
    cr_assert(eq(int, (int)host_wire_receive(ends[1], &message), WIRE_GOT));
    cr_expect(not(host_wire_name(&message, 0, name)));
}
