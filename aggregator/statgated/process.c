#include "statgated/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/procinfo.h"
#include "http/http.h"
#include "ingress/ingress.h"

static double count_descriptors(void) {
    /* Since Linux 6.2, the folder's size is the number of descriptors. Listing them takes
     * milliseconds if thousands of processes are watched. */
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return (double)folder.st_size;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return 0;
    size_t count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += entry->d_name[0] != '.';
    (void)closedir(dir);
    return (double)count - 1; /* without the descriptor of the folder itself */
}

unsigned process_spare_descriptors(unsigned most) {
    int fds[PROCESS_SPARE_MAX];
    unsigned count = 0;
    while (count < most && count < PROCESS_SPARE_MAX &&
           (fds[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    for (unsigned i = 0; i < count; i++)
        (void)close(fds[i]);
    return count;
}

uint32_t process_owner_budget(size_t further_listeners) {
    const uint32_t budget = owner_watch_budget();
    const uint32_t connections = (uint32_t)further_listeners * HTTP_PLACES_MAX;
    struct rlimit limit;
    /* With enough descriptors, owners get as many as they can use. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 2 > OWNERS_MAX + connections)
        return budget;
    return budget / 2 > connections ? budget - connections : budget / 2;
}

void process_read(struct self_metrics_inputs *inputs) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        inputs->cpu_s = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                        ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) / 1e6;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        inputs->max_fds = (double)limit.rlim_cur;
    inputs->open_fds = count_descriptors();
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return;
    char line[128]; /* all pages, resident pages, ... */
    if (fgets(line, sizeof line, file) != NULL) {
        char *rest;
        const double page = (double)sysconf(_SC_PAGESIZE);
        inputs->virtual_bytes = (double)strtoul(line, &rest, 10) * page;
        inputs->resident_bytes = (double)strtoul(rest, NULL, 10) * page;
    }
    (void)fclose(file);
}

double process_start_time_s(void) {
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0)
        return 0;
    struct procinfo info;
    const enum procinfo_result result = procinfo_read(proc, getpid(), &info);
    (void)close(proc);
    return result == PROCINFO_FOUND ? (double)procinfo_started_ms(&info) / 1000 : 0;
}
