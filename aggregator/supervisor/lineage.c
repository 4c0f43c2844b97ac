#include "supervisor/lineage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GENERATIONS_MAX = 64, STAT_BYTES = 512 };

/* The format is PID (NAME) STATE PARENT ...; the name may contain any bytes, so it ends at the last
 * parenthesis. */
int32_t lineage_read_parent(const char *text, size_t len) {
    char digits[16] = "";
    const char *name_end = memrchr(text, ')', len);
    if (name_end == NULL)
        return 0;
    const size_t rest = len - (size_t)(name_end - text);
    if (rest < 5 || name_end[1] != ' ' || name_end[3] != ' ')
        return 0;
    memcpy(digits, name_end + 4, rest - 4 < sizeof digits - 1 ? rest - 4 : sizeof digits - 1);
    const long parent = strtol(digits, NULL, 10);
    return parent > 0 && parent <= INT32_MAX ? (int32_t)parent : 0;
}

static int32_t parent_of(int32_t pid) {
    char path[32];
    char text[STAT_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd >= 0 ? read(fd, text, sizeof text) : 0;
    if (fd >= 0)
        (void)close(fd);
    return len > 0 ? lineage_read_parent(text, (size_t)len) : 0;
}

bool lineage_is_descendant(int32_t pid) {
    const int32_t self = (int32_t)getpid();
    for (int i = 0; i < GENERATIONS_MAX && pid > 1; i++) {
        pid = parent_of(pid);
        if (pid == self)
            return true;
    }
    return false;
}
