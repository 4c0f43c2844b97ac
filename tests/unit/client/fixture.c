/* SPDX-License-Identifier: MIT */
#include "fixture.h"
#include "assertions.h"
#include "files.h"

struct fake fake;
char fake_system_socket[108];
char fake_tmp_folder[80];
char fixture_folder[64];

ssize_t fake_send(int fd, const void *at, size_t len) {
    fake.sends++;
    fake.now_ns += fake.send_ns;
    if (fake.fail_count != 0) {
        fake.fail_count--;
        errno = fake.fail_errno;
        return -1;
    }
    if (fake.too_large != 0 && len > fake.too_large) {
        errno = EMSGSIZE;
        return -1;
    }
    return send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int fake_poll(int ms) {
    fake.polls++;
    fake.now_ns += (uint64_t)ms * MS;
    return 0;
}

void fixture_init(void) {
    snprintf(fixture_folder, sizeof fixture_folder, "/tmp/statgate-test-XXXXXX");
    cr_assert(mkdtemp(fixture_folder) != NULL);
    snprintf(fake_tmp_folder, sizeof fake_tmp_folder, "%s/tmp", fixture_folder);
    cr_assert(eq(int, mkdir(fake_tmp_folder, 0700), 0));
    snprintf(fake_system_socket, sizeof fake_system_socket, "%s/system.sock", fixture_folder);
    fake.now_ns = 1000 * MS;
    unsetenv("STATGATE_SOCKET");
    unsetenv("XDG_RUNTIME_DIR");
}

void fixture_done(void) {
    files_remove_folder(fixture_folder);
}

const char *fixture_path(const char *name) {
    static char paths[4][108];
    static unsigned next;
    char *path = paths[next++ % 4];
    int len = snprintf(path, sizeof paths[0], "%s/%s", fixture_folder, name);
    cr_assert(len > 0 && (size_t)len < sizeof paths[0], "path too long for a socket");
    return path;
}

int receiver_bind(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0);
    cr_assert(eq(int, bind(fd, (const struct sockaddr *)&at, sizeof at), 0), "bind %s: %s", path,
              strerror(errno));
    return fd;
}

int receiver_bind_over(const char *path) {
    const char *beside = fixture_path("beside.sock");
    int fd = receiver_bind(beside);
    cr_assert(eq(int, rename(beside, path), 0));
    return fd;
}

char *receiver_take(int fd) {
    static char text[SG_DATAGRAM_MAX + 1];
    ssize_t len = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    if (len < 0) {
        return NULL;
    }
    text[len] = '\0';
    return text;
}

char *receiver_take_plain(int fd) {
    char *text = receiver_take(fd);
    if (text == NULL) {
        return NULL;
    }
    char *report = strstr(text, "|q:");
    char *first_end = text + strcspn(text, "\n");
    cr_assert(report != NULL && report < first_end, "no report on the first line of: %s", text);
    memmove(report, first_end, strlen(first_end) + 1);
    cr_assert(strstr(text, "|q:") == NULL, "a second report in: %s", text);
    return text;
}

static struct tally *find_tally(struct tallies *tallies, uint64_t handle) {
    for (size_t i = 0; i < tallies->count; i++) {
        if (tallies->of[i].handle == handle) {
            return &tallies->of[i];
        }
    }
    cr_assert(tallies->count < TALLIES, "more handles than the test has");
    tallies->of[tallies->count] = (struct tally){.handle = handle};
    return &tallies->of[tallies->count++];
}

static void check_datagram(struct tallies *tallies, const char *text) {
    struct sg_lines lines;
    struct sg_span span;
    struct tally *tally = NULL;
    uint64_t sent = 0;
    uint64_t samples = 0;
    sg_lines_init(&lines, text, strlen(text));
    while (sg_lines_next(&lines, &span, NULL)) {
        struct sg_line line;
        struct sg_fault fault;
        enum sg_reject reason = sg_line_parse(span, &line, &fault);
        cr_assert(eq(int, reason, SG_REJECT_NONE), "%s: %s", sg_reject_label(reason), text);
        cr_assert(eq(u64, line.has_report, tally == NULL), "report not just on the first line: %s",
                  text);
        if (tally == NULL) {
            tally = find_tally(tallies, line.handle);
            cr_assert(ge(u64, line.lost, tally->lost));
            tally->lost = line.lost;
            sent = line.sent;
        }
        struct sg_values values;
        double value = 0;
        sg_values_init(&values, &line);
        while (sg_values_next(&values, &value, &reason, NULL)) {
            cr_assert(eq(int, reason, SG_REJECT_NONE));
            cr_assert(lt(sz, line.tags.len, SERIES));
            double *last = &tally->last_of[line.tags.len];
            cr_assert(lt(dbl, *last, value), "out of order: %g after %g", value, *last);
            *last = value;
            tally->last = value;
            samples++;
        }
    }
    cr_assert(tally != NULL, "an empty datagram");
    tally->received += samples;
    tally->datagrams++;
    tally->longest = samples > tally->longest ? samples : tally->longest;
    cr_assert(eq(u64, sent - tally->lost, tally->received), "sent %lu - lost %lu != received %lu",
              sent, tally->lost, tally->received);
}

size_t tallies_take(struct tallies *tallies, int fd, size_t most) {
    size_t taken = 0;
    for (const char *text; taken < most && (text = receiver_take(fd)) != NULL; taken++) {
        check_datagram(tallies, text);
    }
    return taken;
}

void tallies_settle(struct tallies *tallies, int fd, struct statgate *sg) {
    bool done;
    do {
        done = statgate_flush(sg);
        tallies_take(tallies, fd, SIZE_MAX);
    } while (!done);
}

double fill_queue(struct statgate *sg, double value) {
    while (statgate_flush(sg)) {
        cr_assert(statgate_observe(sg, "n", value, NULL));
        value++;
        cr_assert(lt(dbl, value, 1e6), "the queue never fills");
    }
    return value;
}
