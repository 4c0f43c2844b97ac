/* The file of a breaker page: found or made, filled, kept alive, left. */
#include "breaker_page/breaker_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "breaker_page/tag_table.h"
#include "host/clock.h"

_Static_assert((int)CATALOG_MACHINES_MAX <= (int)PAGE_ENTRIES_MAX,
               "every breaker has a place under its own name");
_Static_assert(PAGE_SLOTS < UINT16_MAX, "tag_table.h counts slots in 16 bits");

enum {
    MODE = 0444,         /* what the file is to all, its owner too: nobody cuts it by mistake */
    MODE_WRITABLE = 0644 /* for the moment in which its owner opens it */
};

struct board {
    char *path;
    const struct machines *machines;
    struct tag_table table;
    int fd;            /* -1 while there is no page */
    struct page *page; /* NULL likewise */
    uint64_t generation;
};

/* Other processes read while we write: each word at once, and not before what was written first. */
static void put32(volatile uint32_t *word, uint32_t value) {
    __atomic_thread_fence(__ATOMIC_RELEASE);
    *word = value;
}

static void put64(volatile uint64_t *word, uint64_t value) {
    __atomic_thread_fence(__ATOMIC_RELEASE);
    *word = value;
}

static uint64_t get64(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

__attribute__((format(printf, 3, 4))) static bool fail(const struct board *board, char *ret_error,
                                                       const char *format, ...) {
    va_list args;
    const int head = snprintf(ret_error, BOARD_ERROR_MAX, "breaker page %s: ", board->path);
    if (head >= 0 && head < BOARD_ERROR_MAX) {
        va_start(args, format);
        (void)vsnprintf(ret_error + head, (size_t)(BOARD_ERROR_MAX - head), format, args);
        va_end(args);
    }
    return false;
}

bool board_path(const char *socket_path, char *ret_path, size_t size) {
    static const char socket_end[] = ".sock";
    static const char page_end[] = ".breakers";
    size_t len = strlen(socket_path);
    if (len >= sizeof socket_end - 1 &&
        strcmp(socket_path + len - (sizeof socket_end - 1), socket_end) == 0)
        len -= sizeof socket_end - 1;
    if (len + sizeof page_end > size)
        return false;
    (void)snprintf(ret_path, size, "%.*s%s", (int)len, socket_path, page_end);
    return true;
}

/* ---- content ---- */

/* The service that runs a breaker itself counts its probes itself: only "open" is for readers. */
static uint32_t shown_word(const struct machines_breaker *breaker) {
    const bool probing = breaker->state == BREAKER_HALF_OPEN;
    if (probing && breaker->family->attempts->breaker.reported)
        return page_word(BREAKER_CLOSED, 0);
    return page_word(breaker->state, breaker->epoch);
}

static void put_breaker(struct board *board, size_t index) {
    struct machines_breaker breaker;
    machines_breaker_at(board->machines, index, &breaker);
    const uint32_t word = shown_word(&breaker);
    for (uint32_t at = board->table.first[index]; at != 0; at = board->table.next[at - 1])
        put32(&board->page->slots[at - 1].state, word);
}

/* Nothing that stood here is believed any more: beat first, so that readers let everything through
 * while the table changes, then the generation, so that they search again. */
static void put_nothing(struct page *page) {
    put64(&page->head.beat_mono_ms, 0);
    put64(&page->head.beat_unix_ms, 0);
    put64(&page->head.generation, 0);
    for (size_t i = 0; i < PAGE_SLOTS; i++)
        put64(&page->slots[i].tag, 0);
    put32(&page->head.pid, 0);
}

static void put_beat(struct page *page) {
    const struct clock_now now = clock_now();
    put64(&page->head.beat_unix_ms, (uint64_t)now.real_ms);
    put64(&page->head.beat_mono_ms, (uint64_t)now.mono_ms);
}

static void put_all(struct board *board) {
    struct page *page = board->page;
    put_nothing(page);
    memcpy(page->head.magic, PAGE_MAGIC, PAGE_MAGIC_BYTES);
    put32(&page->head.version, PAGE_VERSION);
    put32(&page->head.bytes, sizeof *page);
    put32(&page->head.slots_at, offsetof(struct page, slots));
    put32(&page->head.slot_count, PAGE_SLOTS);
    put32(&page->head.reserved, 0);
    memset(page->reserved, 0, sizeof page->reserved);
    for (size_t i = 0; i < board->table.breakers; i++)
        put_breaker(board, i);
    for (size_t i = 0; i < PAGE_SLOTS; i++) {
        put32(&page->slots[i].reserved, 0);
        put64(&page->slots[i].tag, board->table.tags[i]);
    }
    /* Unlike any before, also those of other processes. */
    const uint64_t pid = (uint64_t)getpid();
    const uint64_t last = board->generation;
    board->generation = ((uint64_t)clock_mono_ns() << 8) ^ (pid << 40) ^ pid;
    if (board->generation == 0 || board->generation == last)
        board->generation = last + 1;
    put32(&page->head.pid, (uint32_t)pid);
    put64(&page->head.generation, board->generation);
    put_beat(page);
}

/* ---- the file ---- */

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_fit(const struct stat *status) {
    return S_ISREG(status->st_mode) && status->st_size == (off_t)sizeof(struct page) &&
           status->st_uid == geteuid() && status->st_nlink == 1;
}

/* Opens what stands at the path if it is a page that was ours, for reading: its head in *ret_head.
 * -1 if not. */
static int open_page(const char *path, struct stat *ret_status, struct page_head *ret_head) {
    struct stat before;
    if (lstat(path, &before) != 0 || !is_fit(&before))
        return -1;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, ret_status) == 0 && is_same(&before, ret_status) && is_fit(ret_status) &&
        pread(fd, ret_head, sizeof *ret_head, 0) == (ssize_t)sizeof *ret_head &&
        memcmp(ret_head->magic, PAGE_MAGIC, PAGE_MAGIC_BYTES) == 0 &&
        ret_head->version == PAGE_VERSION && ret_head->bytes == sizeof(struct page))
        return fd;
    close(fd);
    return -1;
}

static int allocate(int fd) {
    int error;
    do {
        error = posix_fallocate(fd, 0, sizeof(struct page));
    } while (error == EINTR);
    return error;
}

static bool map(struct board *board, int fd) {
    void *at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return false;
    board->page = at;
    board->fd = fd;
    return true;
}

static void unmap(struct board *board) {
    if (!board->page)
        return;
    munmap(board->page, sizeof *board->page);
    close(board->fd);
    board->page = NULL;
    board->fd = -1;
}

/* Use the file that is there: its readers stay with us. */
static bool reuse(struct board *board) {
    struct stat found;
    struct stat opened;
    struct page_head head;
    const int reader = open_page(board->path, &found, &head);
    if (reader < 0)
        return false;
    int fd = -1;
    if (fchmod(reader, MODE_WRITABLE) == 0)
        fd = open(board->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const bool closed = fchmod(reader, MODE) == 0;
    close(reader);
    if (fd < 0)
        return false;
    /* A file with holes would be the end of us, and of readers, when the disk is full. */
    if (!closed || fstat(fd, &opened) != 0 || !is_same(&found, &opened) || !is_fit(&opened) ||
        allocate(fd) != 0 || !map(board, fd)) {
        close(fd);
        return false;
    }
    put_all(board);
    return true;
}

/* A new file, whole and beating before it has its name. */
static bool make(struct board *board, char *ret_error) {
    static const char end[] = ".XXXXXX";
    const size_t len = strlen(board->path);
    char *temporary = malloc(len + sizeof end);
    if (!temporary)
        return fail(board, ret_error, "out of memory");
    memcpy(temporary, board->path, len);
    memcpy(temporary + len, end, sizeof end);
    const int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        fail(board, ret_error, "cannot be made: %s", strerror(errno));
        free(temporary);
        return false;
    }
    int error = allocate(fd);
    bool mapped = false;
    if (error == 0 && (mapped = map(board, fd))) {
        put_all(board);
        if (fchmod(fd, MODE) == 0 && rename(temporary, board->path) == 0) {
            free(temporary);
            return true;
        }
    }
    error = error != 0 ? error : errno;
    if (mapped)
        unmap(board);
    else
        close(fd);
    unlink(temporary);
    free(temporary);
    return fail(board, ret_error, "cannot be made: %s", strerror(error));
}

static bool place(struct board *board, char *ret_error) {
    return reuse(board) || make(board, ret_error);
}

/* Whether the file that we mapped can be touched, and nobody else writes into it. */
static bool is_ours(const struct board *board, struct stat *ret_status) {
    return fstat(board->fd, ret_status) == 0 && ret_status->st_size == (off_t)sizeof(struct page) &&
           get64(&board->page->head.generation) == board->generation;
}

/* Another live process writes the page at our path: it came later, so it is the one in charge. */
static bool is_taken(const char *path) {
    struct stat status;
    struct page_head head;
    const int fd = open_page(path, &status, &head);
    if (fd < 0)
        return false;
    close(fd);
    const uint64_t age_ms = (uint64_t)clock_now().mono_ms - head.beat_mono_ms;
    return head.generation != 0 && head.beat_mono_ms != 0 && age_ms <= PAGE_ALIVE_MS;
}

/* ---- the interface ---- */

struct board *board_open(const char *path, uint32_t scope, const struct catalog_set *set,
                         const struct machines *machines, char *ret_error) {
    struct board *board = calloc(1, sizeof *board);
    if (board) {
        board->fd = -1;
        board->machines = machines;
        board->path = strdup(path);
    }
    if (!board || !board->path || !tag_table_init(&board->table, scope, set, machines)) {
        (void)snprintf(ret_error, BOARD_ERROR_MAX, "breaker page %s: out of memory", path);
        board_close(board);
        return NULL;
    }
    if (place(board, ret_error))
        ret_error[0] = '\0';
    return board;
}

void board_show(struct board *board, size_t index) {
    if (board->page && index < board->table.breakers)
        put_breaker(board, index);
}

void board_beat(struct board *board) {
    char error[BOARD_ERROR_MAX];
    struct stat mapped;
    struct stat named;
    if (board->page) {
        const bool ours = is_ours(board, &mapped);
        if (ours && lstat(board->path, &named) == 0 && is_same(&mapped, &named)) {
            put_beat(board->page);
            return;
        }
        if (ours)
            put_nothing(board->page); /* whoever reads it looks for another */
        unmap(board);
    }
    if (!is_taken(board->path))
        (void)place(board, error); /* if not, the next beat tries again */
}

void board_close(struct board *board) {
    struct stat mapped;
    if (!board)
        return;
    if (board->page && is_ours(board, &mapped))
        put_nothing(board->page);
    unmap(board);
    tag_table_done(&board->table);
    free(board->path);
    free(board);
}

size_t board_left_out(const struct board *board) {
    return board->table.left_out;
}

const char *board_file(const struct board *board) {
    return board->path;
}
