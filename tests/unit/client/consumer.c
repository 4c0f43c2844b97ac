/*
 * A program that knows nothing but the header: compiled with the strictest flags, it sends four
 * samples to a socket of its own and reads them back. Exit code 0 if they arrived.
 */
#include <statgate.h>

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
    failed |= statgate_flush(&sg) ? 0 : 1;
    statgate_close(&sg);
    failed |= statgate_lost(&sg) == 0 ? 0 : 1;
    unlink(at.sun_path);
    return failed;
}
