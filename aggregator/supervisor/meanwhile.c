/* Memory that the supervisor and its daemons share. The supervisor writes, a daemon takes. */
#include "supervisor/meanwhile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t layout = 0x7374676d77683031; /* "stgmwh01": changes with the struct */

struct meanwhile {
    uint64_t layout;
    uint64_t unread;
    uint32_t hung; /* 1: `hang` is to be taken */
    struct meanwhile_hang hang;
};

static struct meanwhile *map(int fd) {
    void *at = mmap(NULL, sizeof(struct meanwhile), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at != MAP_FAILED ? at : NULL;
}

int meanwhile_make(struct meanwhile **ret_page) {
    const int fd = memfd_create("statgate-meanwhile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    struct meanwhile *page = NULL;
    if (ftruncate(fd, sizeof *page) == 0 && fallocate(fd, 0, 0, sizeof *page) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        page = map(fd);
    if (page == NULL) {
        const int error = errno;
        (void)close(fd);
        return -error;
    }
    page->layout = layout;
    *ret_page = page;
    return fd;
}

struct meanwhile *meanwhile_map(int fd) {
    struct stat status;
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(fd, &status) != 0 ||
        status.st_size != (off_t)sizeof(struct meanwhile))
        return NULL;
    struct meanwhile *page = map(fd);
    if (page != NULL && page->layout == layout)
        return page;
    meanwhile_unmap(page);
    return NULL;
}

void meanwhile_unmap(struct meanwhile *page) {
    if (page != NULL)
        (void)munmap(page, sizeof *page);
}

void meanwhile_add_unread(struct meanwhile *page, uint64_t datagrams) {
    if (page != NULL)
        (void)__atomic_fetch_add(&page->unread, datagrams, __ATOMIC_RELAXED);
}

uint64_t meanwhile_take_unread(struct meanwhile *page) {
    return page != NULL ? __atomic_exchange_n(&page->unread, 0, __ATOMIC_RELAXED) : 0;
}

void meanwhile_note_hang(struct meanwhile *page, const struct meanwhile_hang *hang) {
    if (page == NULL)
        return;
    page->hang = *hang;
    __atomic_store_n(&page->hung, 1, __ATOMIC_RELEASE);
}

bool meanwhile_take_hang(struct meanwhile *page, struct meanwhile_hang *ret_hang) {
    if (page == NULL || __atomic_exchange_n(&page->hung, 0, __ATOMIC_ACQUIRE) == 0)
        return false;
    *ret_hang = page->hang;
    ret_hang->text[MEANWHILE_TEXT_BYTES - 1] = '\0';
    return true;
}
