/* SPDX-License-Identifier: MIT */
/*
 * A hostile sender: random names, labels, values and garbage, as fast as the receiver reads them.
 *
 *     statgate-flood SOCKET DATAGRAMS SEED
 *
 * Each datagram is one line without packed values, so it is exactly one sample. Sending blocks, so
 * none is lost. Most lines name a family of tests/scenarios/catalogs/flood.json, since unknown
 * names are cheap to refuse.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 9000 };

static uint64_t state;

static uint64_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static unsigned below(unsigned limit) {
    return (unsigned)((next_random() >> 33) % limit);
}

/* Any byte except those that would end the line or begin another value. */
static char rubbish_byte(void) {
    char byte = (char)below(256);
    return byte == '\n' || byte == ':' ? '.' : byte;
}

static size_t put_rubbish(char *line) {
    size_t len = 1 + below(below(50) == 0 ? LINE_MAX_BYTES : 120);
    for (size_t i = 0; i < len; i++)
        line[i] = rubbish_byte();
    /* An empty line is no sample, nor is a lone carriage return. */
    line[0] = 'x';
    return len;
}

static size_t put_line(char *line) {
    unsigned a = (unsigned)next_random();
    unsigned b = (unsigned)next_random();
    int len;
    switch (below(10)) {
    case 0:
        len = snprintf(line, LINE_MAX_BYTES, "flood_%x_%x_total:1|c", a, b);
        break;
    case 1:
        return put_rubbish(line);
    case 2: /* takes every series at once; the others are folded into one */
        len = snprintf(line, LINE_MAX_BYTES, "flood_hits_total:1|c|#user:u%x", a);
        break;
    case 3: /* takes every series; the others are refused */
        len = snprintf(line, LINE_MAX_BYTES, "flood_strict_total:1|c|#id:%u", a);
        break;
    case 4: /* two pattern labels; max_series is below the product */
        len = snprintf(line, LINE_MAX_BYTES, "flood_duration_seconds:%u|ms|#user:u%x,path:p%x",
                       below(5000), a, b);
        break;
    case 5: /* many spellings of one series: order, ignored labels, rates */
        len = snprintf(line, LINE_MAX_BYTES, "flood_hits_total:1|c|@0.%u|#host:h%x,user:u1,%x",
                       1 + below(9), a, b);
        break;
    case 6:
        len = snprintf(line, LINE_MAX_BYTES, "flood_level:%u|g|#zone:%s,l%x:%x", a,
                       below(2) ? "north" : "south", b, b);
        break;
    case 7: /* one series with another value each time */
        len = snprintf(line, LINE_MAX_BYTES, "flood_level:%d.%u|g|#zone:%s", (int)a, b,
                       below(2) ? "north" : "south");
        break;
    case 8:
        len = snprintf(line, LINE_MAX_BYTES, "flood_hits_total:%s|c|#user:u1",
                       below(2) ? "-1" : "1e999");
        break;
    default:
        len = snprintf(line, LINE_MAX_BYTES, "flood_hits_total:1|%c|#user:u%x|q:%x,%u,%u",
                       (int)('a' + below(26)), a, a, a, b);
    }
    return (size_t)len;
}

int main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 4 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s SOCKET DATAGRAMS SEED\n", argv[0]);
        return 2;
    }
    memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
    const unsigned long count = strtoul(argv[2], NULL, 10);
    state = strtoull(argv[3], NULL, 10) * 2654435761u + 88172645463325252u;

    /* One socket may have some 277 datagrams under way; together they fill any queue. */
    int fds[16];
    enum { SOCKETS = sizeof fds / sizeof fds[0] };
    for (size_t i = 0; i < SOCKETS; i++) {
        fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fds[i] < 0 || connect(fds[i], (const struct sockaddr *)&address, sizeof address) != 0) {
            fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
            return 1;
        }
    }
    static char line[LINE_MAX_BYTES];
    for (unsigned long i = 0; i < count; i++) {
        size_t len = put_line(line);
        if (send(fds[i % SOCKETS], line, len, MSG_NOSIGNAL) != (ssize_t)len) {
            fprintf(stderr, "after %lu datagrams: %s\n", i, strerror(errno));
            return 1;
        }
    }
    return 0;
}
