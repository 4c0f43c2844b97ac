/* SPDX-License-Identifier: MIT */
/*
 * page.h - maps and checks the breaker page beside the socket, and finds out whether its daemon
 * runs.
 */
#ifndef STATGATE_CLIENT_PAGE_H
#define STATGATE_CLIENT_PAGE_H

#include "clock.h"
#include "number.h"
#include "place.h"

/*
 * The daemon changes these words while they are read. A 32-bit machine reads a 64-bit word in two
 * halves, since some could read it whole only by compare-and-swap, which writes, and the page is
 * read-only. Two halves of different values give a tag that no breaker has, or a beat that is wrong
 * once in 49 days.
 */
static inline uint64_t statgate_load64_(const unsigned char *at) {
#if defined(__GNUC__) && UINTPTR_MAX > 0xffffffffu
    return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
#else
    uint32_t halves[2];
    uint64_t value;
    halves[0] = ((const volatile uint32_t *)(const void *)at)[0];
    halves[1] = ((const volatile uint32_t *)(const void *)at)[1];
    memcpy(&value, halves, sizeof value);
    return value;
#endif
}

static inline uint32_t statgate_load32_(const unsigned char *at) {
#ifdef __GNUC__
    return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
#else
    return *(const volatile uint32_t *)(const void *)at;
#endif
}

/* Sets where metrics look for the beat. Its lower half is enough to see that it has changed. */
static inline void statgate_watch_beat_(struct statgate *sg) {
    sg->beat = &sg->no_beat;
    sg->uses_left = 1;
    if (sg->page != NULL) {
        const uint32_t one = 1;
        size_t lower = *(const unsigned char *)&one == 1 ? 0 : 4;
        sg->beat =
            (const volatile uint32_t *)(const void *)(sg->page + STATGATE_PAGE_BEAT_ + lower);
    }
    sg->beat_seen = *sg->beat;
}

static inline void statgate_page_drop_(struct statgate *sg) {
    if (sg->page != NULL) {
        const unsigned char *page = sg->page;
        sg->page = NULL;
        statgate_watch_beat_(sg);
        munmap((void *)(uintptr_t)page, STATGATE_PAGE_BYTES_);
    }
}

/*
 * Whether the owner of the page's file can be trusted: the owner could truncate the file, and
 * reading it would then raise SIGBUS. So it must be root, the caller, or the owner of the socket or
 * of the folder that holds both.
 */
static inline bool statgate_page_trusted_(uid_t owner, char *socket_path) {
    struct stat is;
    if (owner == 0 || owner == geteuid() || (stat(socket_path, &is) == 0 && is.st_uid == owner)) {
        return true;
    }
    char *slash = strrchr(socket_path, '/');
    if (slash != NULL) {
        slash[slash == socket_path ? 1 : 0] = '\0';
    }
    return stat(slash == NULL ? "." : socket_path, &is) == 0 && is.st_uid == owner;
}

/* Opens the file beside a socket whose name has `end` instead of `.sock`. -1 on failure. */
static inline int statgate_open_beside_(const char *socket_path, const char *end, int flags) {
    char path[STATGATE_PATH_BYTES_ + sizeof ".breakers"];
    size_t len = strlen(socket_path);
    if (len >= 5 && memcmp(socket_path + len - 5, ".sock", 5) == 0) {
        len -= 5;
    }
    memcpy(statgate_append_(path, socket_path, len), end, strlen(end) + 1);
    flags |= O_NONBLOCK;
#if defined(O_NOFOLLOW)
    flags |= O_NOFOLLOW | O_CLOEXEC;
#elif defined(__O_NOFOLLOW)
    flags |= __O_NOFOLLOW | __O_CLOEXEC; /* glibc's names for them under -std=c11 */
#endif
    return open(path, flags);
}

/* Maps the page beside a socket. Overwrites `socket_path`. */
static inline bool statgate_page_open_(struct statgate *sg, char *socket_path) {
    int fd = statgate_open_beside_(socket_path, ".breakers", O_RDONLY);
    if (fd < 0) {
        return false;
    }
    struct stat is;
    void *at = MAP_FAILED;
    if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_size == (off_t)STATGATE_PAGE_BYTES_ &&
        (is.st_mode & (mode_t)(S_IWGRP | S_IWOTH)) == 0 &&
        statgate_page_trusted_(is.st_uid, socket_path)) {
        at = mmap(NULL, STATGATE_PAGE_BYTES_, PROT_READ, MAP_SHARED, fd, 0);
    }
    close(fd);
    if (at == MAP_FAILED) {
        return false;
    }
    sg->page = (const unsigned char *)at;
    if (memcmp(at, STATGATE_PAGE_MAGIC_, 8) != 0 ||
        statgate_load32_(sg->page + 8) != STATGATE_PAGE_VERSION_) {
        statgate_page_drop_(sg);
        return false;
    }
    statgate_watch_beat_(sg);
    return true;
}

/* Maps the page beside the last connected socket, or else the first page found in any place. */
static inline void statgate_page_map_(struct statgate *sg) {
    char path[STATGATE_PATH_BYTES_];
    statgate_page_drop_(sg);
    for (unsigned place = 1; place <= STATGATE_PLACES_ && sg->page == NULL; place++) {
        if ((sg->place == 0 || sg->place == place) && statgate_place_(sg, place, path)) {
            statgate_page_open_(sg, path);
            sg->page_place = place;
        }
    }
}

/* Whether a daemon still updates the page. */
static inline bool statgate_page_beats_(const unsigned char *page, uint64_t now_ms) {
    uint64_t beat_ms = page == NULL ? 0 : statgate_load64_(page + STATGATE_PAGE_BEAT_);
    return beat_ms != 0 && now_ms + STATGATE_PAGE_AHEAD_MS_ - beat_ms <=
                               STATGATE_PAGE_AHEAD_MS_ + STATGATE_PAGE_ALIVE_MS_;
}

/* Whether a daemon still updates the handle's page. If not, looks for another page from time to
 * time. */
static inline bool statgate_page_live_(struct statgate *sg) {
    uint64_t now_ms = STATGATE_BEAT_NOW_MS();
    sg->page_wanted = true;
    if (statgate_page_beats_(sg->page, now_ms)) {
        return true;
    }
    if (now_ms - sg->page_tried_ms < STATGATE_PAGE_RETRY_MS_) {
        return false;
    }
    sg->page_tried_ms = now_ms;
    statgate_page_map_(sg);
    return statgate_page_beats_(sg->page, now_ms);
}

#endif
