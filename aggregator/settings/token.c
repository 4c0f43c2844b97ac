/* No message repeats the content of the file. */
#include "settings/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void settings_token_free(char *token) {
    if (token == NULL)
        return;
    explicit_bzero(token, strlen(token));
    free(token);
}

/* Read up to `size` bytes; -1 with errno set. */
static ssize_t read_some(int fd, char *out, size_t size) {
    size_t len = 0;
    while (len < size) {
        const ssize_t got = read(fd, out + len, size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

/* Cut off one line end and terminate. Returns what is wrong with the token, or NULL. */
static const char *trim(char *token, size_t len) {
    if (len > 0 && token[len - 1] == '\n')
        len--;
    if (len > 0 && token[len - 1] == '\r')
        len--;
    if (len == 0)
        return "holds no token";
    if (len > SETTINGS_TOKEN_MAX)
        return "holds more than 4096 bytes";
    for (size_t i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return "must hold one line of visible ASCII characters, without blanks";
    token[len] = '\0';
    return NULL;
}

static void cannot_be_read(struct error *ret_error, const char *path, int error) {
    const char *why = strerror(error);
    if (error == ENOENT || error == ENOTDIR)
        error_set(ret_error,
                  "%.500s: cannot be read: %s; write the token into it, one line, or leave this "
                  "setting out",
                  path, why);
    else if (error == EACCES)
        error_set(ret_error, "%.500s: cannot be read: %s; let the daemon's user (uid %u) read it",
                  path, why, (unsigned)geteuid());
    else
        error_set(ret_error, "%.500s: cannot be read: %s", path, why);
}

char *settings_read_token(const char *path, bool *ret_exposed, struct error *ret_error) {
    enum {
        BYTES = SETTINGS_TOKEN_MAX + 3
    }; /* a line end, and one byte more to detect a longer file */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status = {0};
    char *token = NULL;
    if (fd < 0 || fstat(fd, &status) != 0) {
        cannot_be_read(ret_error, path, errno);
        goto out;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(ret_error, "%.500s: cannot be read: %s", path,
                  S_ISDIR(status.st_mode) ? strerror(EISDIR) : "not a regular file");
        goto out;
    }
    token = calloc(1, BYTES + 1);
    if (token == NULL) {
        error_no_memory(ret_error);
        goto out;
    }
    const ssize_t len = read_some(fd, token, BYTES);
    const int read_errno = errno;
    const char *why = len < 0 ? NULL : trim(token, (size_t)len);
    if (len < 0 || why != NULL) {
        if (len < 0)
            cannot_be_read(ret_error, path, read_errno);
        else
            error_set(ret_error, "%.500s: %s", path, why);
        explicit_bzero(token, BYTES);
        free(token);
        token = NULL;
        goto out;
    }
    *ret_exposed = (status.st_mode & S_IROTH) != 0;
out:
    if (fd >= 0)
        (void)close(fd);
    return token;
}
