/* SPDX-License-Identifier: MIT */
/*
 * A program that knows nothing but the header: compiled with the strictest flags, it sends a few
 * samples to a socket of its own and reads them back. Then it writes a breaker page as
 * BREAKER_PAGE.md describes it, and reads it. Exit code 0: all as expected.
 */
#ifdef STATGATE_SINGLE
#include <statgate_single.h>
#else
#include <statgate.h>
#endif

static int expect(int fd, const char *line) {
    char got[512];
    ssize_t len = recv(fd, got, sizeof got, MSG_DONTWAIT);
    size_t line_len = strlen(line);
    if (len < (ssize_t)line_len || memcmp(got, line, line_len) != 0 || got[line_len] != '|') {
        fprintf(stderr, "expected %s, got %.*s\n", line, len < 0 ? 0 : (int)len, got);
        return 1;
    }
    return 0;
}

/* A page with one open breaker; its heartbeat uses the clock that this compilation can read. */
static int write_page(const char *path) {
    static unsigned char page[69632];
    const uint32_t head[] = {1, 69632, 4096, 4096};
    const uint64_t generation = 1;
    const uint64_t tag = UINT64_C(0x7c8f55d58022b197); /* imgsrv_background_job, job:publish */
    const uint32_t open_state = 1;
    struct timespec now;
    size_t beat_at;
#ifdef CLOCK_MONOTONIC
    clock_gettime(CLOCK_MONOTONIC, &now);
    beat_at = 24;
#else
    timespec_get(&now, TIME_UTC);
    beat_at = 32;
#endif
    const uint64_t beat = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    unsigned char *slot = page + 4096 + (size_t)16 * 1090;
    memcpy(page, "SGBREAKS", sizeof "SGBREAKS");
    memcpy(page + 8, head, sizeof head);
    memcpy(page + beat_at, &beat, sizeof beat);
    memcpy(page + 40, &generation, sizeof generation);
    memcpy(slot, &tag, sizeof tag);
    memcpy(slot + 8, &open_state, sizeof open_state);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return 1;
    }
    int failed = fwrite(page, 1, sizeof page, file) == sizeof page ? 0 : 1;
    failed |= fclose(file) == 0 ? 0 : 1;
    return failed | (chmod(path, 0444) == 0 ? 0 : 1);
}

static int ask_page(struct statgate *sg, const char *path) {
    struct statgate_breaker breaker;
    unlink(path);
    int failed = write_page(path);
    failed |= statgate_breaker_open(&breaker, sg, "imgsrv_background_job", "job:publish") ? 0 : 1;
    failed |= statgate_breaker_allow(&breaker) ? 1 : 0;
    statgate_breaker_open(&breaker, sg, "imgsrv_background_job", "job:other");
    failed |= statgate_breaker_allow(&breaker) ? 0 : 1;
    unlink(path);
    if (failed != 0) {
        fprintf(stderr, "the breaker page is not read as it is written\n");
    }
    return failed;
}

int main(void) {
    static struct statgate sg;
    struct sockaddr_un at;
    memset(&at, 0, sizeof at);
    at.sun_family = AF_UNIX;
    snprintf(at.sun_path, sizeof at.sun_path, "/tmp/statgate-consumer-%ld.sock", (long)getpid());
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, (socklen_t)sizeof at) != 0) {
        perror(at.sun_path);
        return 1;
    }
    int failed = statgate_open(&sg, at.sun_path) ? 0 : 1;
    statgate_count(&sg, "requests_total", 1, "tenant:a");
    statgate_set(&sg, "temperature_celsius", -4.25, NULL);
    statgate_add(&sg, "inflight", -1, "");
    statgate_observe(&sg, "latency_seconds", 0.012, "tenant:a,model:b");
    failed |= expect(fd, "requests_total:1|c|#tenant:a");
    failed |= expect(fd, "temperature_celsius:-4.25|g");
    failed |= expect(fd, "inflight:-1|c");
    failed |= expect(fd, "latency_seconds:0.012|h|#tenant:a,model:b");
    statgate_attempt(&sg, "background_job", "worked", "job:publish");
    statgate_circuit(&sg, "background_job", "open", "job:publish");
    statgate_job(&sg, "thumbnails", "queued", "7f3a", "queue:fast");
    failed |= expect(fd, "background_job:worked|a|#job:publish");
    failed |= expect(fd, "background_job:open|b|#job:publish");
    failed |= expect(fd, "thumbnails:queued|j|#queue:fast|i:7f3a");
    char page[sizeof at.sun_path + 8];
    snprintf(page, sizeof page, "/tmp/statgate-consumer-%ld.breakers", (long)getpid());
    failed |= ask_page(&sg, page);
    failed |= statgate_flush(&sg) ? 0 : 1;
    statgate_close(&sg);
    failed |= statgate_lost(&sg) == 0 ? 0 : 1;
    unlink(at.sun_path);
    return failed;
}
