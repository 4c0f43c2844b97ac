/* SPDX-License-Identifier: MIT */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "books.h"
#include "sg_breaker_page.h"
#include "sg_proto.h"

enum { SOCKETS = 4, MODE_WILD = 0, MODE_CALM, MODE_END };

static _Atomic int *mode; /* shared with the process that started this one */

static struct {
    struct sockaddr_un at;
    struct sockaddr_un beside;
    char page_path[sizeof(((struct sockaddr_un *)0)->sun_path) + 16];
    struct sg_breaker_page *page;
    int sockets[SOCKETS]; /* the last one is at the path */
    int count;
    unsigned seed;
    bool good;
} receiver;

static uint64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static unsigned draw(unsigned below) {
    return (unsigned)rand_r(&receiver.seed) % below;
}

/* ---- what arrives ---- */

static void wrong(const char *what, const char *text) {
    (void)fprintf(stderr, "%s: %.200s\n", what, text);
    receiver.good = false;
}

static int family_of(const struct sg_span *name) {
    for (int family = 0; family < FAMILIES; family++)
        if (name->len == strlen(family_names[family]) &&
            memcmp(name->at, family_names[family], name->len) == 0)
            return family;
    return FAMILIES;
}

static unsigned who_of(const struct sg_span *tags) {
    char text[8] = "";
    if (tags->len < 5 || tags->len > 6 || memcmp(tags->at, "who:", 4) != 0)
        return WHO_MAX;
    memcpy(text, tags->at + 4, tags->len - 4);
    return (unsigned)strtoul(text, NULL, 10);
}

static void take_value(enum family family, unsigned who, double value) {
    if (family == LEVEL)
        books_hear(who, value);
    else
        books_take(family, who, family == SECONDS ? 1 : value);
}

static void take_line(const struct sg_line *line, const char *text) {
    const int family = family_of(&line->name);
    const unsigned who = who_of(&line->tags);
    struct sg_values values;
    double value;
    enum sg_reject reason;
    if (family == FAMILIES || who >= WHO_MAX) {
        wrong("of nobody", text);
        return;
    }
    if (line->letter == SG_LETTER_A) {
        books_take((enum family)family, who, 1);
        return;
    }
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL)) {
        if (reason != SG_REJECT_NONE)
            wrong(sg_reject_label(reason), text);
        take_value((enum family)family, who, value);
    }
}

static void take_datagram(const char *text, size_t len) {
    struct sg_lines lines;
    struct sg_span span;
    sg_lines_init(&lines, text, len);
    while (sg_lines_next(&lines, &span, NULL)) {
        struct sg_line line;
        struct sg_fault fault;
        const enum sg_reject reason = sg_line_parse(span, &line, &fault);
        if (reason != SG_REJECT_NONE)
            wrong(sg_reject_label(reason), text);
        else
            take_line(&line, text);
    }
}

/* Receives the next datagram. False if there is none. */
static bool take_next(int fd) {
    static char text[SG_DATAGRAM_MAX + 1];
    const ssize_t len = recv(fd, text, SG_DATAGRAM_MAX, MSG_DONTWAIT);
    if (len <= 0) /* 0: the socket is shut down and empty */
        return false;
    text[len] = '\0';
    take_datagram(text, (size_t)len);
    return true;
}

/* ---- coming and going ---- */

static void beat(void) {
    if (receiver.page != NULL)
        __atomic_store_n(&receiver.page->head.beat_mono_ms, now_ms(), __ATOMIC_RELEASE);
}

/* Puts a new page in place of the former one. Clients that mapped the former one see a beat that no
 * longer changes. */
static void turn_page(void) {
    char path[sizeof receiver.page_path + 8];
    (void)snprintf(path, sizeof path, "%s.new", receiver.page_path);
    if (receiver.page != NULL)
        (void)munmap(receiver.page, sizeof *receiver.page);
    receiver.page = NULL;
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *receiver.page) != 0)
        return;
    void *at = mmap(NULL, sizeof *receiver.page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (at == MAP_FAILED)
        return;
    receiver.page = at;
    memcpy(receiver.page->head.magic, SG_BREAKER_PAGE_MAGIC, SG_BREAKER_PAGE_MAGIC_BYTES);
    receiver.page->head.version = SG_BREAKER_PAGE_VERSION;
    receiver.page->head.bytes = sizeof *receiver.page;
    beat();
    (void)rename(path, receiver.page_path);
}

/* Shuts the oldest socket down, so that nobody can send to it, and reads what was sent. */
static void bury_oldest(void) {
    const int fd = receiver.sockets[0];
    (void)shutdown(fd, SHUT_RD);
    while (take_next(fd))
        continue;
    (void)close(fd);
    memmove(receiver.sockets, receiver.sockets + 1,
            sizeof receiver.sockets - sizeof *receiver.sockets);
    receiver.count--;
}

static void bury_all(void) {
    while (receiver.count > 0)
        bury_oldest();
}

/* Binds a new socket to the path, whatever is there. Older sockets are read until they are
 * buried. */
static void begin(void) {
    if (receiver.count == SOCKETS)
        bury_oldest();
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        bind(fd, (const struct sockaddr *)&receiver.beside, sizeof receiver.beside) != 0 ||
        rename(receiver.beside.sun_path, receiver.at.sun_path) != 0) {
        perror("daemon");
        _exit(1);
    }
    receiver.sockets[receiver.count++] = fd;
}

static void do_something(void) {
    switch (draw(6)) {
    case 0: /* it ends, and leaves its path */
    case 1:
        bury_all();
        break;
    case 2: /* another one begins */
        begin();
        turn_page();
        break;
    case 3:
        (void)unlink(receiver.at.sun_path);
        break;
    case 4:
        if (receiver.count > 1)
            bury_oldest();
        break;
    default:
        beat();
    }
}

/* Reads for a while, older sockets first: when one is buried, its senders move to a newer one. */
static void read_for(uint64_t ms) {
    const uint64_t end = now_ms() + ms;
    for (uint64_t now = now_ms(); now < end; now = now_ms()) {
        bool any = false;
        for (int i = 0; i < receiver.count; i++)
            for (int n = 0; n < 64 && take_next(receiver.sockets[i]); n++)
                any = true;
        if (!any)
            (void)poll(NULL, 0, 1);
    }
}

/* Makes sure that every client that looks for a daemon finds it from now on. */
static void settle(void) {
    begin();
    turn_page();
    while (receiver.count > 1)
        bury_oldest();
}

static int run(void) {
    begin();
    turn_page();
    while (atomic_load(mode) == MODE_WILD) {
        read_for(2 + draw(20));
        do_something();
        if (draw(3) == 0 && receiver.count == 0)
            begin();
    }
    settle();
    while (atomic_load(mode) == MODE_CALM) {
        read_for(20);
        beat();
    }
    bury_all();
    (void)munmap(receiver.page, sizeof *receiver.page);
    return receiver.good ? 0 : 1;
}

/* ---- who started it ---- */

pid_t daemon_start(const char *path, unsigned seed) {
    void *at = mmap(NULL, sizeof *mode, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return -1;
    mode = at;
    receiver.good = true;
    receiver.seed = seed;
    receiver.at.sun_family = receiver.beside.sun_family = AF_UNIX;
    (void)snprintf(receiver.at.sun_path, sizeof receiver.at.sun_path, "%s", path);
    (void)snprintf(receiver.beside.sun_path, sizeof receiver.beside.sun_path, "%s.new", path);
    (void)snprintf(receiver.page_path, sizeof receiver.page_path, "%.*s.breakers",
                   (int)strlen(path) - 5, path);
    const pid_t pid = fork();
    if (pid == 0)
        exit(run());
    return pid;
}

void daemon_calm(void) {
    atomic_store(mode, MODE_CALM);
}

bool daemon_end(pid_t pid) {
    int status = -1;
    atomic_store(mode, MODE_END);
    return waitpid(pid, &status, 0) == pid && status == 0;
}
