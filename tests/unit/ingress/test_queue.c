/* SPDX-License-Identifier: MIT */
/* The depth of receive queues, and sockets born in a network namespace of their own. */
#include "ingress/ingress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "ingress/ingress_private.h"
#include "listening.h"

TestSuite(queue, .init = place_make, .fini = place_remove, .timeout = 300);

Test(queue, names_its_sources) {
    cr_expect(eq(str, (char *)ingress_queue_source_text(QUEUE_OWN), "own"));
    cr_expect(eq(str, (char *)ingress_queue_source_text(QUEUE_HOST), "host sysctl"));
    cr_expect(eq(str, (char *)ingress_queue_source_text(QUEUE_INHERITED), "inherited"));
}

Test(queue, of_its_own_is_as_deep_as_asked) {
    const uint32_t host = ingress_queue_host_depth();
    const char *path = place_path("deep.sock");
    struct ingress_listener listener = place_listen_deep(path, INGRESS_QUEUE_WANTED);
    if (host >= INGRESS_QUEUE_WANTED)
        cr_skip("the host's own depth is %u", host);
    cr_expect(eq(int, (int)listener.queue_source, QUEUE_OWN));
    cr_expect(eq(str, listener.queue_why, ""));
    cr_expect(eq(sz, sender_fill(path), INGRESS_QUEUE_WANTED + 1));
    cr_expect(eq(u32, ingress_queue_host_depth(), host));
    ingress_listen_close(&listener);
}

Test(queue, of_its_own_can_be_switched_off) {
    const char *path = place_path("plain.sock");
    struct ingress_listen_options options = place_options(path);
    struct ingress_listener listener;
    struct error error;
    const uint32_t host = ingress_queue_host_depth();
    options.deep_queue = false;
    options.depth = host + 1;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    cr_expect(eq(int, (int)listener.queue_source, QUEUE_HOST));
    cr_expect(eq(u32, listener.queue_depth, host));
    cr_expect(ne(str, listener.queue_why, ""));
    if (host < 4096)
        cr_expect(eq(sz, sender_fill(path), host + 1));
    ingress_listen_close(&listener);
}

Test(queue, of_the_host_does_when_it_is_deep_enough) {
    struct ingress_listen_options options = place_options(place_path("plain.sock"));
    struct ingress_listener listener;
    struct error error;
    options.depth = ingress_queue_host_depth();
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    cr_expect(eq(int, (int)listener.queue_source, QUEUE_HOST));
    cr_expect(eq(str, listener.queue_why, ""));
    ingress_listen_close(&listener);
}

/* ---- as an ordinary user ---- */

struct as_user {
    bool without_children;
};

/* In a child: become nobody, if this is root. */
static void become_nobody(void) {
    if (geteuid() == 0 &&
        (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0))
        _exit(100);
    (void)prctl(PR_SET_DUMPABLE, 1);
}

/* 0: a deep queue, and the kernel names this process through it. 1: a shallow one, with a reason.
 */
static int listen_as_nobody(void *arg) {
    const struct as_user *as = arg;
    const struct rlimit none = {0, 0};
    struct batch batch;
    struct ledger_traffic traffic = {0};
    struct ingress_listener listener;
    struct error error;

    become_nobody();
    char folder[] = "/tmp/statgate-nobody-XXXXXX";
    if (!mkdtemp(folder))
        return 101;
    char path[sizeof folder + 8];
    (void)snprintf(path, sizeof path, "%s/s", folder);
    const struct ingress_listen_options options = place_options(path);
    if (as->without_children)
        (void)setrlimit(RLIMIT_NPROC, &none);
    const bool opened = ingress_listen_open(&options, &listener, &error);
    int result = 102;
    ingress_batch_init(&batch, NULL);
    if (opened) {
        const int sender = sender_open(path);
        const bool sent = send(sender, "x", 1, 0) == 1;
        const bool got = ingress_batch_receive(&batch, listener.fd, 0, &traffic) == 1;
        const struct gate_origin *origin = &batch.datagrams[0].origin;
        const bool known = sent && got && origin->pid == getpid() && origin->uid == getuid() &&
                           origin->gid == getgid();
        if (known && listener.queue_source == QUEUE_OWN)
            result = listener.queue_why[0] == '\0' && sender_fill(path) == 2049 ? 0 : 103;
        else if (known)
            result = listener.queue_why[0] != '\0' ? 1 : 104;
        if (result == 1 && !as->without_children && namespaces_allowed())
            result = 105;
        ingress_listen_close(&listener);
    }
    (void)rmdir(folder);
    return result;
}

Test(queue, of_its_own_is_had_by_an_ordinary_user_too) {
    struct as_user as = {.without_children = false};
    if (ingress_queue_host_depth() >= INGRESS_QUEUE_WANTED)
        cr_skip("the host's own depth is enough");
    const int result = in_child(listen_as_nobody, &as);
    if (result == 1)
        cr_skip("no user namespaces here");
    cr_expect(eq(int, result, 0));
}

Test(queue, of_the_host_is_used_when_the_other_cannot_be_had) {
    struct as_user as = {.without_children = true};
    if (ingress_queue_host_depth() >= INGRESS_QUEUE_WANTED)
        cr_skip("the host's own depth is enough");
    cr_expect(eq(int, in_child(listen_as_nobody, &as), 1));
}

Test(queue, leaves_no_child_and_no_descriptor_behind) {
    char why[QUEUE_WHY_MAX];
    const size_t before = open_descriptors();
    const int fd = ingress_queue_deep_socket(100, 5000, why);
    if (fd >= 0)
        close(fd);
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(int, waitpid(-1, NULL, WNOHANG), -1));
}
