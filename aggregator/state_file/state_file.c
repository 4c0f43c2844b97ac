/* The names of a state file, and the files that have them. */
#include "state_file/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/path_lock.h"
#include "state_file/private.h"

struct state_file_name state_file_name(const struct state_file *file, const char *suffix) {
    struct state_file_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%s", file->name, suffix);
    return name;
}

bool state_file_fails(const struct state_file *file, struct error *ret_error, const char *what) {
    return error_set(ret_error, "state file %s: %s: %s", file->path, what, strerror(errno));
}

/* ---- life ---- */

static bool open_folder(struct state_file *file) {
    char folder[PATH_MAX];
    const int len = (int)(file->name - file->path);
    (void)snprintf(folder, sizeof folder, "%.*s", len, file->path);
    file->folder = open(len == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->folder >= 0;
}

/* Refuse a folder: it must not be renamed. */
static bool check_name(const struct state_file *file, struct error *ret_error) {
    struct stat status;
    if (*file->name == '\0' ||
        (fstatat(file->folder, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode)))
        return error_set(ret_error, "state file %s: it is a folder; name a file in it", file->path);
    return true;
}

static bool take_lock(struct state_file *file, struct error *ret_error) {
    file->lock = path_lock_take(file->path);
    if (file->lock >= 0)
        return true;
    if (file->lock == -EWOULDBLOCK)
        return error_set(ret_error,
                         "state file %s: another daemon uses it and has locked %s.lock; "
                         "each daemon needs a file of its own",
                         file->path, file->path);
    errno = -file->lock;
    return state_file_fails(file, ret_error, "nothing can be written beside it");
}

bool state_file_open(struct state_file *file, const char *path, struct error *ret_error) {
    const char *slash = strrchr(path, '/');
    *file = (struct state_file){
        .path = path, .name = slash != NULL ? slash + 1 : path, .folder = -1, .lock = -1};
    if (strlen(path) + STATE_FILE_SUFFIX_MAX > PATH_MAX ||
        strlen(file->name) + STATE_FILE_SUFFIX_MAX > NAME_MAX) {
        errno = ENAMETOOLONG;
        return state_file_fails(file, ret_error, "it cannot be used");
    }
    if (!open_folder(file))
        return state_file_fails(file, ret_error, "its folder cannot be opened");
    if (check_name(file, ret_error) && take_lock(file, ret_error))
        return true;
    state_file_close(file);
    return false;
}

bool state_file_is_in_place(const struct state_file *file) {
    return path_lock_in_place(file->path, file->lock);
}

void state_file_close(struct state_file *file) {
    if (file->folder < 0)
        return;
    path_lock_release(file->path, file->lock);
    (void)close(file->folder);
    file->folder = file->lock = -1;
}

/* ---- names ---- */

bool state_file_move(const struct state_file *file, const char *from, const char *to) {
    const struct state_file_name was = state_file_name(file, from);
    const struct state_file_name is = state_file_name(file, to);
    return renameat2(file->folder, was.text, file->folder, is.text, 0) == 0 &&
           fsync(file->folder) == 0;
}

bool state_file_set_aside(const struct state_file *file) {
    return state_file_move(file, "", STATE_FILE_BAD_);
}

void state_file_clear(const struct state_file *file) {
    const struct state_file_name used = state_file_name(file, STATE_FILE_USED);
    (void)unlinkat(file->folder, used.text, 0);
}
