#include "host/notify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "host/inherited.h"

enum notify_store notify_can_keep(void) {
    const char *socket = getenv("NOTIFY_SOCKET");
    const char *most = getenv("FDSTORE");
    if (socket == NULL || *socket == '\0')
        return NOTIFY_NOBODY;
    if (most == NULL) /* since systemd 254 both are set, MEMORY_PRESSURE_WATCH for all services */
        return getenv("MEMORY_PRESSURE_WATCH") != NULL ? NOTIFY_NONE : NOTIFY_UNKNOWN;
    return strtoul(most, NULL, 10) > 0 ? NOTIFY_KEEPS : NOTIFY_NONE;
}

/* Whether $WATCHDOG_PID lets this process answer for the service. */
static bool is_asked(pid_t former) {
    const char *text = getenv("WATCHDOG_PID");
    const long pid = text != NULL ? strtol(text, NULL, 10) : 0;
    return text == NULL || pid == (long)getpid() || (former > 0 && pid == (long)former);
}

static uint64_t watchdog_us(void) {
    const char *text = getenv("WATCHDOG_USEC");
    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

uint32_t notify_beat_ms(pid_t former) {
    enum { MOST_MS = 1000 };
    if (!is_asked(former))
        (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    const uint64_t us = watchdog_us();
    const uint64_t half_ms = us / 2000;
    if (us == 0)
        return 0;
    return half_ms < MOST_MS ? (uint32_t)half_ms + 1 : MOST_MS;
}

void notify_beat(void) {
    (void)sd_notify(0, "WATCHDOG=1");
}

/* WATCHDOG_USEC= ends what notify_hand_over began. */
void notify_ready(const char *status, bool beats) {
    if (beats)
        (void)sd_notifyf(0, "READY=1\nSTATUS=%s\nWATCHDOG_USEC=%llu\nWATCHDOG=1", status,
                         (unsigned long long)watchdog_us());
    else
        (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

/* FDPOLL=0: a socket that was shut down must still be kept, to be handed over. */
bool notify_keep(const char *name, int fd) {
    char message[sizeof "FDSTORE=1\nFDPOLL=0\nFDNAME=" + INHERITED_NAME_MAX];
    (void)snprintf(message, sizeof message, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
    return sd_pid_notify_with_fds(0, 0, message, &fd, 1) > 0;
}

void notify_forget(const char *name) {
    (void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

/* BARRIER=1 must be in a message of its own. The manager closes the end of the pipe in that message
 * once it has handled all messages before. WATCHDOG_USEC=0 has it expect no heartbeat until the
 * successor gives its first; a successor of another version may give none. */
int notify_hand_over(pid_t successor) {
    int ends[2];
    const char *calm = watchdog_us() > 0 ? "WATCHDOG_USEC=0\n" : "";
    if (sd_notifyf(0, "%sMAINPID=%d", calm, (int)successor) <= 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    const int sent = sd_pid_notify_with_fds(0, 0, "BARRIER=1", &ends[1], 1);
    (void)close(ends[1]);
    if (sent > 0)
        return ends[0];
    (void)close(ends[0]);
    return -1;
}

void notify_main(void) {
    (void)sd_notifyf(0, "MAINPID=%d", (int)getpid());
}
