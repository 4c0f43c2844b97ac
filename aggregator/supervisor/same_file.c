#include "supervisor/same_file.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The two ends of a pipe have one inode, and differ in their flags. */
static bool looks_same(int a, int b) {
    struct stat left;
    struct stat right;
    return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino && fcntl(a, F_GETFL) == fcntl(b, F_GETFL);
}

bool same_file(int a, int b) {
    const pid_t self = getpid();
    const long order = syscall(SYS_kcmp, self, self, KCMP_FILE, a, b);
    return order >= 0 ? order == 0 : looks_same(a, b); /* kcmp(2) is forbidden in many containers */
}
