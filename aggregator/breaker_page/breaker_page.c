/* SPDX-License-Identifier: MIT */
/* breaker_page.c - the file from which clients read whether a circuit breaker is open. */
#include "breaker_page/breaker_page.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "host/clock.h"
#include "sg_breaker_page.h"
#include "store/store.h"

/* ---- tag table: which tags lead to which breaker: the content of a page without the states.
 */

/** Slots are numbered from 1; 0 is none. */
struct tag_table {
    uint64_t tags[SG_BREAKER_PAGE_SLOTS];
    uint16_t next[SG_BREAKER_PAGE_SLOTS]; /**< the next slot of the same breaker */
    uint16_t *first;                      /**< first slot of each breaker */
    uint32_t *numbers; /**< number of each breaker, see sg_breaker_page_number; 0: no tag */
    size_t breakers;   /**< number of all the machines' breakers, those of other scopes included */
    size_t used;
    size_t left_out;
};

/* ==== tag_table: Tags of breakers. The catalogs bound the work here, which is done once, when a
 * page opens.
 */

/* How a line may name the labels of a breaker: bits. */
enum {
    SPELLING_EXACT = 0,
    SPELLING_SHORT = 1,   /* labels with their default value are left out */
    SPELLING_SERVICE = 2, /* with `service:NAME`, which selects the service */
    SPELLING_COUNT = 4
};

/* ---- names that more than one service declares ---- */

struct name {
    const char *text;
    const struct catalog *catalog;
};

struct names {
    struct name *of;
    size_t count;
};

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static bool in_scope(const struct catalog *catalog, uint32_t scope) {
    return !catalog->internal && (catalog->socket != NULL ? catalog->index + 1 : 0) == scope;
}

/* Collect all names and aliases of the scope, of any kind of family: the gate considers a name
 * ambiguous even if it belongs to a counter of another service. */
static void names_init(struct names *names, uint32_t scope, const struct catalog_set *set) {
    size_t total = 0;
    for (size_t i = 0; i < set->family_count; i++)
        total += 1 + set->families[i]->alias_count;
    *names = (struct names){.of = memory_array(total + 1, sizeof *names->of)};
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (!in_scope(family->catalog, scope))
            continue;
        names->of[names->count++] = (struct name){family->name, family->catalog};
        for (size_t j = 0; j < family->alias_count; j++)
            names->of[names->count++] = (struct name){family->aliases[j], family->catalog};
    }
    qsort(names->of, names->count, sizeof *names->of, by_text);
}

static bool is_ambiguous(const struct names *names, const char *text,
                         const struct catalog *catalog) {
    const struct name key = {.text = text};
    const struct name *found = bsearch(&key, names->of, names->count, sizeof *names->of, by_text);
    if (found == NULL)
        return false;
    while (found > names->of && strcmp(found[-1].text, text) == 0)
        found--;
    for (; found < names->of + names->count && strcmp(found->text, text) == 0; found++)
        if (found->catalog != catalog)
            return true;
    return false;
}

/* ---- tags ---- */

/*
 * Compute a tag. False for a spelling that equals a simpler one, and for a breaker that no tag can
 * name: a value that only a pattern matched has no spelling in the catalog.
 */
static bool tag_of(const struct breakers_entry *breaker, const char *name, unsigned spelling,
                   bool ambiguous, uint64_t *ret_tag) {
    const struct catalog_family *family = breaker->family;
    const uint32_t *ids = series_ids(family, breaker->series);
    bool routes = false; /* `service` is in the line anyway */
    bool shorter = false;
    uint64_t sum = sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, name);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_CONST)
            continue;
        if (ids[i] >= label->value_count)
            return false;
        const bool is_service = strcmp(label->name, "service") == 0;
        if ((spelling & SPELLING_SHORT) != 0 && !is_service &&
            label->default_value == (int64_t)ids[i]) {
            shorter = true;
            continue;
        }
        routes = routes || is_service;
        sum += sg_breaker_page_hash_label(label->name, catalog_label_wire(label, ids[i]));
    }
    if (((spelling & SPELLING_SHORT) != 0 && !shorter) ||
        ((spelling & SPELLING_SERVICE) != 0 && (ambiguous || routes)))
        return false;
    if (!routes && (ambiguous || (spelling & SPELLING_SERVICE) != 0))
        sum += sg_breaker_page_hash_label("service", family->catalog->service);
    *ret_tag = sg_breaker_page_tag(sum);
    return true;
}

/* Enter a tag; one that already exists keeps its breaker. */
static void enter(struct tag_table *table, size_t breaker, uint64_t tag) {
    uint32_t at = sg_breaker_page_home(tag);
    for (; table->tags[at] != 0; at = (at + 1) & (SG_BREAKER_PAGE_SLOTS - 1))
        if (table->tags[at] == tag)
            return;
    if (table->used == SG_BREAKER_PAGE_ENTRIES_MAX) {
        table->left_out++;
        return;
    }
    table->used++;
    table->tags[at] = tag;
    table->next[at] = table->first[breaker];
    table->first[breaker] = (uint16_t)(at + 1);
}

/* Enter names [from, to) of each breaker in one spelling; name 0 is the declared one. */
static void enter_all(struct tag_table *table, uint32_t scope,
                      const struct breakers_jobs *breakers_jobs, const struct names *names,
                      size_t from, size_t to, unsigned spelling) {
    for (size_t i = 0; i < table->breakers; i++) {
        struct breakers_entry breaker;
        breakers_at(breakers_jobs, i, &breaker);
        const struct catalog_family *family = breaker.family;
        if (!breaker.declared || !in_scope(family->catalog, scope))
            continue;
        for (size_t j = from; j < to && j <= family->alias_count; j++) {
            const char *name = j == 0 ? family->name : family->aliases[j - 1];
            uint64_t tag;
            if (!tag_of(&breaker, name, spelling, is_ambiguous(names, name, family->catalog), &tag))
                continue;
            if (j == 0 && spelling == SPELLING_EXACT)
                table->numbers[i] = sg_breaker_page_number(tag);
            enter(table, i, tag);
        }
    }
}

/*
 * Make tags for the breakers that a scope can reach. Each breaker gets the tag of its declared name
 * and labels; then other spellings that a line may have get tags, up to
 * SG_BREAKER_PAGE_ENTRIES_MAX: aliases, labels with their default left out, the label `service`.
 */
static void tag_table_init(struct tag_table *table, uint32_t scope, const struct catalog_set *set,
                           const struct breakers_jobs *breakers_jobs) {
    struct names names;
    *table = (struct tag_table){.breakers = breakers_count(breakers_jobs)};
    names_init(&names, scope, set);
    table->first = memory_array(table->breakers + 1, sizeof *table->first);
    table->numbers = memory_array(table->breakers + 1, sizeof *table->numbers);
    /* The declared names come first: a set has at most CATALOG_MACHINES_MAX breakers, so they all
     * fit. */
    enter_all(table, scope, breakers_jobs, &names, 0, 1, SPELLING_EXACT);
    enter_all(table, scope, breakers_jobs, &names, 1, SIZE_MAX, SPELLING_EXACT);
    for (unsigned spelling = 1; spelling < SPELLING_COUNT; spelling++)
        enter_all(table, scope, breakers_jobs, &names, 0, SIZE_MAX, spelling);
    free(names.of);
}

static void tag_table_done(struct tag_table *table) {
    free(table->first);
    free(table->numbers);
    table->first = NULL;
    table->numbers = NULL;
}

/* ==== breaker_page: The file of a breaker page: finds or makes it, fills it, keeps it alive,
 * leaves it.
 */

_Static_assert((int)CATALOG_MACHINES_MAX <= (int)SG_BREAKER_PAGE_ENTRIES_MAX,
               "every breaker has a place under its own name");
_Static_assert(SG_BREAKER_PAGE_SLOTS < UINT16_MAX, "tag_table.h counts slots in 16 bits");

enum {
    MODE = 0444,         /* for everybody, its owner too, so that no one cuts it by mistake */
    MODE_WRITABLE = 0644 /* mode while its owner opens it */
};

struct breaker_page {
    char *path;
    char *socket_path; /* NULL: no tickets are wanted */
    const struct breakers_jobs *breakers_jobs;
    struct tag_table table;
    int tickets;          /* the FIFO, kept open so that no other gets its inode number; -1: none */
    const char *why_none; /* why there is none */
    unsigned lost_beats;  /* for how long it has had no name and tickets were held */
    bool inherited;       /* the former writer has stopped writing it */
    int fd;               /* -1 while there is no page */
    struct sg_breaker_page *mapped; /* NULL while there is no page */
    uint64_t generation;
};

/* Store a word while other processes read: in one piece, and after all earlier stores. */
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

static bool fail_to_make(const struct breaker_page *page, struct error *ret_error, int error) {
    return error_set(ret_error, "breaker page %s: cannot be made: %s", page->path, strerror(error));
}

/* The path with `from` at its end replaced by `to`, which is else appended. False: too long. */
static bool path_with_end(const char *path, const char *from, const char *to, char *ret_path,
                          size_t size) {
    const size_t len = strlen(path) - (text_ends(path, from) ? strlen(from) : 0);
    if (len + strlen(to) >= size)
        return false;
    (void)snprintf(ret_path, size, "%.*s%s", (int)len, path, to);
    return true;
}

bool breaker_page_path(const char *socket_path, char *ret_path, size_t size) {
    return path_with_end(socket_path, ".sock", ".breakers", ret_path, size);
}

static bool tickets_path(const char *page_path, char *ret_path, size_t size) {
    return path_with_end(page_path, ".breakers", ".probes", ret_path, size);
}

/* ---- content ---- */

/* A service that runs a breaker itself also counts its probes: readers need to know only "open". */
static uint32_t shown_word(const struct breakers_entry *breaker) {
    const bool probing = breaker->state == BREAKER_HALF_OPEN;
    if (probing && breaker->family->attempts->breaker.reported)
        return sg_breaker_page_word(BREAKER_CLOSED, 0);
    return sg_breaker_page_word(breaker->state, breaker->epoch);
}

static uint32_t shown_probing(const struct breaker_page *page, size_t index,
                              const struct breakers_entry *breaker) {
    const struct catalog_breaker *rules = &breaker->family->attempts->breaker;
    return rules->reported ? 0
                           : sg_breaker_page_probing(page->table.numbers[index], rules->probes,
                                                     breaker->unattended, breaker->forced);
}

static void put_breaker(struct breaker_page *page, size_t index) {
    struct breakers_entry breaker;
    breakers_at(page->breakers_jobs, index, &breaker);
    const uint32_t word = shown_word(&breaker);
    const uint32_t probing = shown_probing(page, index, &breaker);
    for (uint32_t at = page->table.first[index]; at != 0; at = page->table.next[at - 1]) {
        put32(&page->mapped->slots[at - 1].probing, probing);
        put32(&page->mapped->slots[at - 1].state, word);
    }
}

/* Invalidate the page: first the beat, so that readers let everything through while the table
 * changes, then the generation, so that they search again. */
static void put_nothing(struct sg_breaker_page *mapped) {
    put64(&mapped->head.beat_mono_ms, 0);
    put64(&mapped->head.beat_unix_ms, 0);
    put64(&mapped->head.generation, 0);
    for (size_t i = 0; i < SG_BREAKER_PAGE_SLOTS; i++)
        put64(&mapped->slots[i].tag, 0);
    put32(&mapped->head.pid, 0);
}

static void put_beat(struct sg_breaker_page *mapped) {
    const struct clock_now now = clock_now();
    put64(&mapped->head.beat_unix_ms, (uint64_t)now.real_ms);
    put64(&mapped->head.beat_mono_ms, (uint64_t)now.mono_ms);
}

/* ---- tickets ---- */

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool fits_tickets(const struct stat *status) {
    return S_ISFIFO(status->st_mode) && status->st_uid == geteuid() && status->st_nlink == 1;
}

/* Open the FIFO at the path if it is one of this user. -1 if not. */
static int open_tickets(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0 || !fits_tickets(&status))
        return -1;
    const int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && fits_tickets(&status))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Give it the rights of the socket: who may write there may take a ticket, which needs both reading
 * and writing. False if its group cannot be set. */
static bool share_tickets(int fd, const char *socket_path) {
    enum { WRITERS = 0222 };
    struct stat is;
    struct stat now;
    if (stat(socket_path, &is) != 0 || fstat(fd, &now) != 0)
        return false;
    const mode_t owner = S_IRUSR | S_IWUSR; /* the next daemon opens it, too */
    const mode_t mode = owner | (is.st_mode & WRITERS) | (is.st_mode & WRITERS) << 1;
    return (now.st_gid == is.st_gid || fchown(fd, (uid_t)-1, is.st_gid) == 0) &&
           ((now.st_mode & 0777) == mode || fchmod(fd, mode) == 0);
}

/* Make a FIFO that has its rights before it gets its name. -1 on failure. */
static int make_tickets(const char *path, const char *socket_path) {
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid()) >=
        (int)sizeof temporary)
        return -1;
    (void)unlink(temporary); /* of a process that had this number and was killed */
    if (mkfifo(temporary, S_IRUSR | S_IWUSR) != 0)
        return -1;
    int fd = open_tickets(temporary);
    const bool made = fd >= 0 && share_tickets(fd, socket_path) && rename(temporary, path) == 0;
    const int error = errno;
    if (!made && fd >= 0)
        close(fd);
    if (!made)
        (void)unlink(temporary);
    errno = error;
    return made ? fd : -1;
}

/* Whether the path still leads to the FIFO that is open. */
static bool has_tickets(const struct breaker_page *page, const char *path) {
    struct stat open;
    struct stat named;
    return page->tickets >= 0 && fstat(page->tickets, &open) == 0 && lstat(path, &named) == 0 &&
           is_same(&open, &named);
}

/* Whether somebody still holds a ticket of the FIFO that is open, which may have lost its name. */
static bool has_holders(const struct breaker_page *page) {
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET}; /* length 0: to the end */
    return page->tickets >= 0 && fcntl(page->tickets, F_OFD_GETLK, &all) == 0 &&
           all.l_type != F_UNLCK;
}

/* Find or make the FIFO at the path, before the former one is closed: a new one has another inode
 * number then. */
static void renew_tickets(struct breaker_page *page, const char *path) {
    const int former = page->tickets;
    page->tickets = open_tickets(path);
    if (page->tickets >= 0 && !share_tickets(page->tickets, page->socket_path)) {
        close(page->tickets);
        page->tickets = -1;
    }
    if (page->tickets < 0)
        page->tickets = make_tickets(path, page->socket_path);
    page->why_none = page->tickets < 0 ? strerror(errno) : "";
    page->lost_beats = 0;
    if (former >= 0)
        close(former);
}

/* Name the FIFO on the page; renew it if it has lost its name. While tickets of such a one are
 * held, an inode that no client finds is named, another one each time: no client may probe. */
static void put_tickets(struct breaker_page *page) {
    enum { LOST_BEATS_MAX = 60 };
    char path[PATH_MAX];
    struct stat status;
    uint64_t inode = 0;
    if (page->socket_path == NULL)
        return;
    const bool fits = tickets_path(page->path, path, sizeof path);
    const bool named = fits && has_tickets(page, path);
    if (!fits) {
        page->why_none = "its path is too long";
    } else if (!named && has_holders(page) && page->lost_beats < LOST_BEATS_MAX) {
        page->lost_beats++;
        inode = UINT64_MAX - page->lost_beats;
    } else {
        if (!named)
            renew_tickets(page, path);
        if (page->tickets >= 0 && fstat(page->tickets, &status) == 0)
            inode = (uint64_t)status.st_ino;
    }
    put64(&page->mapped->head.tickets, inode);
}

static void put_all(struct breaker_page *page) {
    struct sg_breaker_page *mapped = page->mapped;
    put_nothing(mapped);
    memcpy(mapped->head.magic, SG_BREAKER_PAGE_MAGIC, SG_BREAKER_PAGE_MAGIC_BYTES);
    put32(&mapped->head.version, SG_BREAKER_PAGE_VERSION);
    put32(&mapped->head.bytes, sizeof *mapped);
    put32(&mapped->head.slots_at, offsetof(struct sg_breaker_page, slots));
    put32(&mapped->head.slot_count, SG_BREAKER_PAGE_SLOTS);
    put32(&mapped->head.takes, SG_BREAKER_PAGE_TAKES_DENIED);
    memset(mapped->reserved, 0, sizeof mapped->reserved);
    put_tickets(page);
    for (size_t i = 0; i < SG_BREAKER_PAGE_SLOTS; i++)
        if (page->table.tags[i] == 0)
            put32(&mapped->slots[i].probing, 0);
    for (size_t i = 0; i < page->table.breakers; i++)
        put_breaker(page, i);
    for (size_t i = 0; i < SG_BREAKER_PAGE_SLOTS; i++)
        put64(&mapped->slots[i].tag, page->table.tags[i]);
    /* Differs from all earlier generations, also from those of other processes. */
    const uint64_t pid = (uint64_t)getpid();
    const uint64_t last = page->generation;
    page->generation = ((uint64_t)clock_mono_ns() << 8) ^ (pid << 40) ^ pid;
    if (page->generation == 0 || page->generation == last)
        page->generation = last + 1;
    put32(&mapped->head.pid, (uint32_t)pid);
    put64(&mapped->head.generation, page->generation);
    put_beat(mapped);
}

static bool is_gone(pid_t pid) {
    return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
}

/* Whether an old process left exactly these tags: then readers keep their places and need not
 * search again. */
static bool is_left(const struct breaker_page *page) {
    const struct sg_breaker_page *mapped = page->mapped;
    const struct tag_table *table = &page->table;
    const struct sg_breaker_page_head *head = &mapped->head;
    bool same = head->slots_at == offsetof(struct sg_breaker_page, slots) &&
                head->slot_count == SG_BREAKER_PAGE_SLOTS && get64(&head->generation) != 0;
    for (size_t i = 0; same && i < SG_BREAKER_PAGE_SLOTS; i++)
        same = get64(&mapped->slots[i].tag) == table->tags[i];
    return same && (page->inherited || is_gone((pid_t)head->pid));
}

/* Continue such a page: breakers that did not change keep their words, epochs included. */
static void go_on(struct breaker_page *page) {
    page->generation = get64(&page->mapped->head.generation);
    put32(&page->mapped->head.pid, (uint32_t)getpid());
    put32(&page->mapped->head.takes, SG_BREAKER_PAGE_TAKES_DENIED);
    put_tickets(page);
    for (size_t i = 0; i < page->table.breakers; i++)
        put_breaker(page, i);
    put_beat(page->mapped);
}

/* ---- the file ---- */

static bool is_fit(const struct stat *status) {
    return S_ISREG(status->st_mode) && status->st_size == (off_t)sizeof(struct sg_breaker_page) &&
           status->st_uid == geteuid() && status->st_nlink == 1;
}

/* Open the file at the path for reading if it is a page of this user; *ret_head is its head. -1 if
 * not. */
static int open_page(const char *path, struct stat *ret_status,
                     struct sg_breaker_page_head *ret_head) {
    struct stat before;
    if (lstat(path, &before) != 0 || !is_fit(&before))
        return -1;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, ret_status) == 0 && is_same(&before, ret_status) && is_fit(ret_status) &&
        pread(fd, ret_head, sizeof *ret_head, 0) == (ssize_t)sizeof *ret_head &&
        memcmp(ret_head->magic, SG_BREAKER_PAGE_MAGIC, SG_BREAKER_PAGE_MAGIC_BYTES) == 0 &&
        ret_head->version == SG_BREAKER_PAGE_VERSION &&
        ret_head->bytes == sizeof(struct sg_breaker_page))
        return fd;
    close(fd);
    return -1;
}

static int allocate(int fd) {
    int error;
    do {
        error = posix_fallocate(fd, 0, sizeof(struct sg_breaker_page));
    } while (error == EINTR);
    return error;
}

static bool map(struct breaker_page *page, int fd) {
    void *at =
        mmap(NULL, sizeof(struct sg_breaker_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return false;
    page->mapped = at;
    page->fd = fd;
    return true;
}

static void unmap(struct breaker_page *page) {
    if (page->mapped == NULL)
        return;
    munmap(page->mapped, sizeof *page->mapped);
    close(page->fd);
    page->mapped = NULL;
    page->fd = -1;
}

/* Use the existing file, so that its readers need not map another. */
static bool reuse(struct breaker_page *page) {
    struct stat found;
    struct stat opened;
    struct sg_breaker_page_head head;
    const int reader = open_page(page->path, &found, &head);
    if (reader < 0)
        return false;
    int fd = -1;
    if (fchmod(reader, MODE_WRITABLE) == 0)
        fd = open(page->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const bool closed = fchmod(reader, MODE) == 0;
    close(reader);
    if (fd < 0)
        return false;
    /* With holes in the file, a full disk would kill this process and its readers. */
    if (!closed || fstat(fd, &opened) != 0 || !is_same(&found, &opened) || !is_fit(&opened) ||
        allocate(fd) != 0 || !map(page, fd)) {
        close(fd);
        return false;
    }
    if (is_left(page))
        go_on(page);
    else
        put_all(page);
    return true;
}

/* Make a new file, which is complete and beating before it gets its name. */
static bool make(struct breaker_page *page, struct error *ret_error) {
    static const char end[] = ".XXXXXX";
    const size_t len = strlen(page->path);
    char *temporary = memory_alloc(len + sizeof end);
    memcpy(temporary, page->path, len);
    memcpy(temporary + len, end, sizeof end);
    const int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        fail_to_make(page, ret_error, errno);
        free(temporary);
        return false;
    }
    int error = allocate(fd);
    bool mapped = false;
    if (error == 0 && (mapped = map(page, fd))) {
        put_all(page);
        if (fchmod(fd, MODE) == 0 && rename(temporary, page->path) == 0) {
            free(temporary);
            return true;
        }
    }
    error = error != 0 ? error : errno;
    if (mapped)
        unmap(page);
    else
        close(fd);
    unlink(temporary);
    free(temporary);
    return fail_to_make(page, ret_error, error);
}

static bool place(struct breaker_page *page, struct error *ret_error) {
    return reuse(page) || make(page, ret_error);
}

/* Whether the file has all of its length. To touch a page that was cut ends the process. */
static bool is_whole(const struct breaker_page *page, struct stat *ret_status) {
    return fstat(page->fd, ret_status) == 0 && ret_status->st_size == (off_t)sizeof *page->mapped;
}

/* Whether the mapped file can be touched, and no one else writes into it. */
static bool is_ours(const struct breaker_page *page, struct stat *ret_status) {
    return is_whole(page, ret_status) &&
           get64(&page->mapped->head.generation) == page->generation &&
           page->mapped->head.pid == (uint32_t)getpid();
}

/* The live process that writes the page at the path: it came later, so it is in charge. 0: none. */
static pid_t writer_of(const char *path) {
    struct stat status;
    struct sg_breaker_page_head head;
    const int fd = open_page(path, &status, &head);
    if (fd < 0)
        return 0;
    close(fd);
    const uint64_t age_ms = (uint64_t)clock_now().mono_ms - head.beat_mono_ms;
    const bool alive =
        head.generation != 0 && head.beat_mono_ms != 0 && age_ms <= SG_BREAKER_PAGE_ALIVE_MS;
    return alive ? (pid_t)head.pid : 0;
}

/* ---- the interface ---- */

static struct breaker_page *open_as(bool inherited, const char *path, const char *socket_path,
                                    uint32_t scope, const struct catalog_set *set,
                                    const struct breakers_jobs *breakers_jobs,
                                    struct error *ret_error) {
    struct breaker_page *page = memory_alloc(sizeof *page);
    page->fd = -1;
    page->tickets = -1;
    page->why_none = "";
    page->breakers_jobs = breakers_jobs;
    page->inherited = inherited;
    page->path = memory_strndup(path, strlen(path));
    if (socket_path != NULL)
        page->socket_path = memory_strndup(socket_path, strlen(socket_path));
    tag_table_init(&page->table, scope, set, breakers_jobs);
    if (place(page, ret_error))
        error_clear(ret_error);
    page->inherited = false;
    return page;
}

struct breaker_page *breaker_page_open(const char *path, const char *socket_path, uint32_t scope,
                                       const struct catalog_set *set,
                                       const struct breakers_jobs *breakers_jobs,
                                       struct error *ret_error) {
    return open_as(false, path, socket_path, scope, set, breakers_jobs, ret_error);
}

struct breaker_page *breaker_page_inherit(const char *path, const char *socket_path, uint32_t scope,
                                          const struct catalog_set *set,
                                          const struct breakers_jobs *breakers_jobs,
                                          struct error *ret_error) {
    return open_as(true, path, socket_path, scope, set, breakers_jobs, ret_error);
}

void breaker_page_restore(struct breaker_page *page) {
    struct stat status;
    if (page->mapped == NULL || is_whole(page, &status))
        return;
    if (ftruncate(page->fd, sizeof *page->mapped) == 0 && allocate(page->fd) == 0)
        put_all(page);
    else
        unmap(page); /* a beat makes another */
}

void breaker_page_show(struct breaker_page *page, size_t index) {
    breaker_page_restore(page);
    if (page->mapped != NULL && index < page->table.breakers)
        put_breaker(page, index);
}

void breaker_page_beat(struct breaker_page *page) {
    struct error error;
    struct stat mapped;
    struct stat named;
    breaker_page_restore(page);
    if (page->mapped != NULL) {
        const bool ours = is_ours(page, &mapped);
        if (ours && lstat(page->path, &named) == 0 && is_same(&mapped, &named)) {
            put_tickets(page);
            put_beat(page->mapped);
            return;
        }
        if (ours)
            put_nothing(page->mapped); /* its readers look for another page */
        unmap(page);
    }
    if (writer_of(page->path) == 0)
        (void)place(page, &error); /* on failure, the next beat tries again */
}

bool breaker_page_is_taken(const struct breaker_page *page, size_t index) {
    struct breakers_entry breaker;
    if (page->tickets < 0 || index >= page->table.breakers || page->table.first[index] == 0)
        return false;
    breakers_at(page->breakers_jobs, index, &breaker);
    if (breaker.state != BREAKER_HALF_OPEN || breaker.family->attempts->breaker.reported)
        return false;
    for (uint32_t i = 0; i < breaker.family->attempts->breaker.probes; i++) {
        const uint32_t at = sg_breaker_page_place(page->table.numbers[index], breaker.epoch, i);
        struct flock lock = {
            .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1};
        if (fcntl(page->tickets, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
            return false;
    }
    return true;
}

void breaker_page_close(struct breaker_page *page) {
    struct stat mapped;
    if (page == NULL)
        return;
    if (page->mapped != NULL && is_ours(page, &mapped))
        put_nothing(page->mapped);
    unmap(page);
    if (page->tickets >= 0)
        close(page->tickets);
    tag_table_done(&page->table);
    free(page->socket_path);
    free(page->path);
    free(page);
}

pid_t breaker_page_writer(const char *socket_path) {
    char path[PATH_MAX];
    return breaker_page_path(socket_path, path, sizeof path) ? writer_of(path) : 0;
}

void breaker_page_remove(const char *socket_path) {
    char path[PATH_MAX];
    struct stat status;
    struct sg_breaker_page_head head;
    const int fd =
        breaker_page_path(socket_path, path, sizeof path) ? open_page(path, &status, &head) : -1;
    if (fd < 0)
        return;
    (void)unlink(path);
    (void)close(fd);
    char tickets[PATH_MAX];
    const int fifo = tickets_path(path, tickets, sizeof tickets) ? open_tickets(tickets) : -1;
    if (fifo < 0)
        return;
    (void)unlink(tickets);
    (void)close(fifo);
}

size_t breaker_page_left_out(const struct breaker_page *page) {
    return page->table.left_out;
}

const char *breaker_page_without_tickets(const struct breaker_page *page) {
    return page->why_none;
}

const char *breaker_page_file(const struct breaker_page *page) {
    return page->path;
}
