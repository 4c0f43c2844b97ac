/* SPDX-License-Identifier: MIT */
#include "stepper.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"

void stepper_open(struct stepper *stepper, uint64_t size) {
    struct error error;
    *stepper = (struct stepper){.pid = -1};
    cr_assert(host_object_file_make(size, &stepper->file, &error), "%s", error.text);
    stepper->place = (struct object_place){.at = stepper->file.at,
                                           .size = stepper->file.size,
                                           .reach = host_object_file_reach,
                                           .arg = &stepper->file};
    stepper->image = stepper_map(stepper);
}

void stepper_close(struct stepper *stepper) {
    if (stepper->pid > 0) {
        kill(stepper->pid, SIGKILL);
        (void)waitpid(stepper->pid, NULL, 0);
    }
    stepper_drop(stepper, stepper->image);
    host_object_file_close(&stepper->file);
}

/* ---- the process ---- */

/* The two take turns, which is quicker on one processor. */
static void stay_here(void) {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET((unsigned)sched_getcpu(), &here);
    (void)sched_setaffinity(0, sizeof here, &here);
}

static void meet(const struct stepper *stepper) {
    int status = 0;
    cr_assert(eq(int, waitpid(stepper->pid, &status, 0), stepper->pid));
    const bool stopped = WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
    cr_assert(stopped, "status %x", (unsigned)status);
}

void stepper_start(struct stepper *stepper, void (*live)(void)) {
    stay_here();
    stepper->pid = fork();
    cr_assert(ne(int, stepper->pid, -1));
    if (stepper->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        live();
        _exit(0);
    }
    meet(stepper);
    cr_assert(eq(int, (int)ptrace(PTRACE_SETOPTIONS, stepper->pid, NULL, PTRACE_O_EXITKILL), 0));
}

void stepper_go_on(struct stepper *stepper) {
    cr_assert(eq(int, (int)ptrace(PTRACE_CONT, stepper->pid, NULL, NULL), 0));
    meet(stepper);
}

bool stepper_step(struct stepper *stepper) {
    int status = 0;
    cr_assert(eq(int, (int)ptrace(PTRACE_SINGLESTEP, stepper->pid, NULL, NULL), 0));
    cr_assert(eq(int, waitpid(stepper->pid, &status, 0), stepper->pid));
    const bool stopped = WIFSTOPPED(status);
    cr_assert(stopped, "status %x", (unsigned)status);
    stepper->instructions++;
    if (WSTOPSIG(status) == SIGSTOP)
        return false;
    cr_assert(eq(int, WSTOPSIG(status), SIGTRAP));
    return true;
}

unsigned long stepper_where(const struct stepper *stepper) {
    struct user_regs_struct registers;
    extern const char __executable_start; /* NOLINT(bugprone-reserved-identifier): the linker's */
    if (ptrace(PTRACE_GETREGS, stepper->pid, NULL, &registers) != 0)
        return 0;
    return (unsigned long)registers.rip - (unsigned long)(uintptr_t)&__executable_start;
}

/* ---- its object ---- */

unsigned char *stepper_map(const struct stepper *stepper) {
    void *at = mmap(NULL, stepper->file.size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert(at != MAP_FAILED);
    return at;
}

void stepper_drop(const struct stepper *stepper, unsigned char *image) {
    munmap(image, stepper->file.size);
}

void stepper_copy(const struct stepper *stepper, unsigned char *to, const unsigned char *from) {
    for (size_t i = 0; i < stepper->range_count; i++) {
        const struct stepper_range *range = &stepper->ranges[i];
        memcpy(to + range->from, from + range->from, range->to - range->from);
    }
}

void stepper_look(struct stepper *stepper) {
    stepper->range_count = 0;
    for (off_t from = 0; (from = lseek(stepper->file.fd, from, SEEK_DATA)) >= 0;) {
        const off_t to = lseek(stepper->file.fd, from, SEEK_HOLE);
        cr_assert(lt(sz, stepper->range_count, STEPPER_RANGES_MAX));
        stepper->ranges[stepper->range_count++] =
            (struct stepper_range){.from = (uint64_t)from, .to = (uint64_t)to};
        from = to;
    }
    stepper_copy(stepper, stepper->image, stepper->file.at);
}
