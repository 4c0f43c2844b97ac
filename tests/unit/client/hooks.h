/* SPDX-License-Identifier: MIT */
/*
 * hooks.h - the client header under test, with the outside replaced: the clock stops until a test
 * moves it, each send is counted and can be made to fail, and the default places of the socket are
 * in the test's own folder.
 */
#ifndef TESTS_CLIENT_HOOKS_H
#define TESTS_CLIENT_HOOKS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fake {
    uint64_t now_ns;
    uint64_t beat_now_ms; /* on the clock of the daemon's beat */
    uint64_t beat_reads;  /* of that clock */
    uint64_t sends;       /* calls, failed ones included */
    uint64_t send_ns;     /* what each of them takes */
    int fail_errno;       /* the next fail_count sends fail with it */
    uint64_t fail_count;
    size_t too_large; /* sends of more bytes fail with EMSGSIZE; 0 = none */
    uint64_t polls;   /* waits for a socket; each takes its whole time limit */
};
extern struct fake fake;
extern char fake_system_socket[108];
extern char fake_tmp_folder[80];

ssize_t fake_send(int fd, const void *at, size_t len);
int fake_poll(int ms);

#define STATGATE_NOW_NS()          fake.now_ns
#define STATGATE_BEAT_NOW_MS()     (fake.beat_reads++, fake.beat_now_ms)
#define STATGATE_SEND(fd, at, len) fake_send(fd, at, len)
#define STATGATE_POLL(ready, ms)   ((void)(ready), fake_poll(ms))
#define STATGATE_SYSTEM_SOCKET     fake_system_socket
#define STATGATE_TMP_FOLDER        fake_tmp_folder
#include <statgate.h>

#define MS UINT64_C(1000000)

#endif
