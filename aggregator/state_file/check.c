/* Whether an object could be written now: nobody should find that out in a stop. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/terminal.h"
#include "state_file/private.h"

static bool fails(const struct state_file *file, int error, const char *what,
                  struct error *ret_error) {
    errno = error;
    return state_file_fails(file, ret_error, what);
}

static bool check_folder(const struct state_file *file, struct error *ret_error) {
    struct stat status;
    if (fstat(file->folder, &status) == 0 && status.st_nlink == 0)
        return fails(file, ENOENT, "its folder is gone", ret_error);
    return faccessat(file->folder, ".", W_OK | X_OK, AT_EACCESS) == 0 ||
           state_file_fails(file, ret_error, "nothing can be written beside it");
}

static bool check_limit(const struct state_file *file, uint64_t size, struct error *ret_error) {
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= size ||
           fails(file, EFBIG, "it cannot be written", ret_error);
}

/* "it needs 76 KiB, and 8 KiB are free" */
static bool no_room(const struct state_file *file, uint64_t needed, uint64_t room,
                    struct error *ret_error) {
    struct strbuf text = {0};
    strbuf_puts(&text, "it needs ");
    terminal_put_bytes(&text, needed);
    strbuf_puts(&text, ", and ");
    terminal_put_bytes(&text, room);
    strbuf_puts(&text, room == 1 ? " is free" : " are free");
    (void)fails(file, ENOSPC, strbuf_cstr(&text), ret_error);
    strbuf_done(&text);
    return false;
}

/* Only what the object has of memory is written, not its holes. */
static bool check_room(const struct state_file *file, int object, struct error *ret_error) {
    enum { BLOCK = 512 }; /* of st_blocks */
    struct statvfs system;
    struct stat status;
    if (fstatvfs(file->folder, &system) != 0 || fstat(object, &status) != 0 ||
        system.f_blocks == 0) /* it does not count */
        return true;
    const uint64_t blocks = geteuid() == 0 ? system.f_bfree : system.f_bavail;
    const uint64_t room = blocks * system.f_frsize;
    const uint64_t needed = (uint64_t)status.st_blocks * BLOCK;
    if (system.f_files > 0 && system.f_ffree == 0)
        return fails(file, ENOSPC, "no further file can be made", ret_error);
    return room >= needed || no_room(file, needed, room, ret_error);
}

bool state_file_check(const struct state_file *file, const struct object_file *object,
                      struct error *ret_error) {
    return check_folder(file, ret_error) && check_limit(file, object->size, ret_error) &&
           check_room(file, object->fd, ret_error);
}
