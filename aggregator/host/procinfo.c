#include "host/procinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"

/* Fields of /proc/PID/stat, numbered as in proc(5). The name is field 2, in parentheses. */
enum { FIELD_STATE = 3, FIELD_THREADS = 20, FIELD_START = 22 };

/* Tolerance for two clocks, each rounded to a millisecond, and the clock tick: a process that sends
 * at once must not seem to have started later. */
enum { START_SLACK_MS = 12 };

/* A reading of the two clocks is good if it took at most READING_NS. After READINGS_MAX readings
 * the fastest is used. */
enum { READING_NS = 1000000, READINGS_MAX = 5 };

/* Enough for the whole file: a name of at most 64 bytes and about fifty numbers. */
enum { STAT_BYTES = 1024 };

static bool parse_number(const char **at, const char *end, uint64_t *ret_number) {
    uint64_t number = 0;
    const char *start = *at;
    for (; *at != end && **at >= '0' && **at <= '9'; (*at)++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(**at - '0'), &number))
            return false;
    }
    *ret_number = number;
    return *at != start && (*at == end || **at == ' ' || **at == '\n');
}

bool procinfo_parse(const char *text, size_t len, struct procinfo *ret_info) {
    const char *end = text + len;
    const char *open = memchr(text, '(', len);
    const char *close = memrchr(text, ')', len); /* the name may contain parentheses */
    uint64_t threads = 0;
    struct procinfo info = {0};

    if (open == NULL || close == NULL || close < open)
        return false;
    const size_t comm_len = (size_t)(close - open) - 1;
    memcpy(info.comm, open + 1, comm_len < sizeof info.comm ? comm_len : sizeof info.comm - 1);

    char state = '\0';
    const char *at = close + 1;
    for (int field = FIELD_STATE; field <= FIELD_START; field++) {
        if (at == end || *at != ' ' || ++at == end)
            return false;
        if (field == FIELD_STATE)
            state = *at;
        if (field == FIELD_THREADS && !parse_number(&at, end, &threads))
            return false;
        if (field == FIELD_START && !parse_number(&at, end, &info.start_ticks))
            return false;
        while (at != end && *at != ' ')
            at++;
    }
    /* A leader that ended while other threads of the process run is a zombie, too. */
    info.ended = state == 'X' || (state == 'Z' && threads <= 1);
    *ret_info = info;
    return true;
}

enum procinfo_result procinfo_read(int root, int32_t pid, struct procinfo *ret_info) {
    char name[24];
    char text[STAT_BYTES];
    ssize_t len = -1;

    (void)snprintf(name, sizeof name, "%d/stat", pid);
    const int fd = openat(root, name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        len = read(fd, text, sizeof text);
        close(fd);
    }
    if (len > 0 && procinfo_parse(text, (size_t)len, ret_info))
        return PROCINFO_FOUND;
    return kill(pid, 0) != 0 && errno == ESRCH ? PROCINFO_GONE : PROCINFO_HIDDEN;
}

uint32_t procinfo_program(int root, int32_t pid) {
    char name[24];
    struct stat file;
    (void)snprintf(name, sizeof name, "%d/exe", pid);
    if (fstatat(root, name, &file, 0) != 0)
        return 0;
    const uint64_t number = (uint64_t)file.st_ino ^ (uint64_t)file.st_dev << 20;
    const uint32_t folded = (uint32_t)(number ^ number >> 32);
    return folded != 0 ? folded : 1;
}

int64_t procinfo_start_ms(uint64_t start_ticks, int64_t real_ms, int64_t boot_ms,
                          long ticks_per_s) {
    const uint64_t hz = ticks_per_s > 0 ? (uint64_t)ticks_per_s : 1;
    const uint64_t start_ms = start_ticks / hz * 1000 + start_ticks % hz * 1000 / hz;
    return real_ms - boot_ms + (start_ms > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)start_ms);
}

/* Read both clocks at the same moment. On a busy machine this process may be suspended between two
 * readings, for longer than any tolerance. */
static void read_clocks(int64_t *ret_real_ms, int64_t *ret_boot_ms) {
    int64_t least_ns = INT64_MAX;
    for (int i = 0; i < READINGS_MAX && least_ns > READING_NS; i++) {
        const int64_t before_ns = clock_ns(CLOCK_BOOTTIME);
        const int64_t real_ns = clock_ns(CLOCK_REALTIME);
        const int64_t took_ns = clock_ns(CLOCK_BOOTTIME) - before_ns;
        if (took_ns < least_ns) {
            least_ns = took_ns;
            *ret_real_ms = real_ns / 1000000;
            *ret_boot_ms = (before_ns + took_ns / 2) / 1000000;
        }
    }
}

int64_t procinfo_started_ms(const struct procinfo *info) {
    int64_t real_ms = 0;
    int64_t boot_ms = 0;
    read_clocks(&real_ms, &boot_ms);
    return procinfo_start_ms(info->start_ticks, real_ms, boot_ms, sysconf(_SC_CLK_TCK));
}

bool procinfo_is_same(const struct procinfo *info, uint64_t start_ticks, int64_t lived_ms) {
    if (start_ticks != 0)
        return start_ticks == info->start_ticks;
    return procinfo_started_ms(info) <= lived_ms + START_SLACK_MS;
}

/* Start of process 1 in this namespace. A new namespace can get the inode number of one that is
 * gone, but their first processes start at different times. */
static uint64_t first_start(void) {
    struct procinfo first = {0};
    const int root = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return 0;
    (void)procinfo_read(root, 1, &first);
    close(root);
    return first.start_ticks;
}

uint64_t procinfo_space(void) {
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    struct stat space = {0};
    (void)stat("/proc/self/ns/pid", &space);
    const uint64_t name = (uint64_t)space.st_ino * odd ^ first_start();
    return name != 0 ? name : 1;
}
