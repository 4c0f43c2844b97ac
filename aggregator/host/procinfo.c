/* SPDX-License-Identifier: MIT */
/* procinfo.c - what the kernel says of a process: names, start time, control group. */
#include "host/procinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"

/* ---- own names ---- */

enum { NAME_MAX_LEN = 253, TABLE_LINES_MAX = 4096 };

static void put_name(struct strbuf *out, const char *name, size_t len) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (len == 0 || len > NAME_MAX_LEN || name[0] == '.' || strspn(name, allowed) < len)
        return;
    if (out->len > 0)
        strbuf_putc(out, ',');
    strbuf_put(out, name, len);
}

/* Read a line of the table: an address, then names. */
static void put_line(struct strbuf *out, const char *host, char *line) {
    static const char blanks[] = " \t\r\n";
    const size_t len = strlen(host);
    char *rest = NULL;
    line[strcspn(line, "#")] = '\0';
    (void)strtok_r(line, blanks, &rest);
    for (char *name; (name = strtok_r(NULL, blanks, &rest)) != NULL;)
        if (strncasecmp(name, host, len) == 0 && name[len] == '.')
            put_name(out, name, strlen(name));
}

static void put_table(struct strbuf *out, const char *host, FILE *table) {
    char *line = NULL;
    size_t size = 0;
    for (size_t i = 0; i < TABLE_LINES_MAX && getline(&line, &size, table) >= 0; i++)
        put_line(out, host, line);
    free(line);
}

void host_own_names_put(struct strbuf *out, const char *host, const char *table) {
    const size_t first = strcspn(host, ".");
    put_name(out, host, strlen(host));
    if (host[first] != '\0')
        put_name(out, host, first);
    FILE *file = fopen(table, "re");
    if (file == NULL)
        return;
    if (*host != '\0')
        put_table(out, host, file);
    (void)fclose(file);
}

void host_own_names_read(struct strbuf *out) {
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) == 0)
        host_own_names_put(out, host, "/etc/hosts");
}

/* ---- cgroup ---- */

/* The file has one line with a path for each hierarchy of version 1. */
enum { FILE_BYTES = 8192, ID_BYTES = 64, SHORT_ID = 12 };

struct cgroup_span {
    const char *at;
    size_t len;
};

static bool ends_with(struct cgroup_span text, const char *end) {
    const size_t len = strlen(end);
    return text.len > len && memcmp(text.at + text.len - len, end, len) == 0;
}

static bool begins_with(struct cgroup_span text, const char *begin) {
    const size_t len = strlen(begin);
    return text.len >= len && memcmp(text.at, begin, len) == 0;
}

static bool is(struct cgroup_span text, const char *other) {
    return text.len == strlen(other) && begins_with(text, other);
}

/* ---- text ---- */

/* Only lower case, as systemd and container managers write it. */
static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at *at, unescaped (systemd.unit(5), "String Escaping for Inclusion in Unit Names"). */
static char next_byte(struct cgroup_span text, size_t *at) {
    const char *from = text.at + *at;
    char c = *from;
    if (text.len - *at >= 4 && from[0] == '\\' && from[1] == 'x' && hex_digit(from[2]) >= 0 &&
        hex_digit(from[3]) >= 0) {
        c = (char)(hex_digit(from[2]) << 4 | hex_digit(from[3]));
        *at += 3;
    }
    ++*at;
    return c > ' ' && c <= '~' ? c : '?';
}

/* Append a part of the result, unescaped. */
static void put(char unit[WHO_UNIT_MAX], struct cgroup_span text) {
    size_t len = strlen(unit);
    for (size_t at = 0; at < text.len && len < WHO_UNIT_MAX - 1;)
        unit[len++] = next_byte(text, &at);
    unit[len] = '\0';
}

static void put_text(char unit[WHO_UNIT_MAX], const char *text) {
    put(unit, (struct cgroup_span){text, strlen(text)});
}

/* ---- components of a path ---- */

static bool is_id(struct cgroup_span text) {
    if (text.len != ID_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (hex_digit(text.at[i]) < 0)
            return false;
    return true;
}

/* Names of container managers, by the prefix of the container's id: PREFIX-ID.scope, or
 * PREFIX:ID. */
static const struct {
    const char *prefix;
    const char *name;
} makers[] = {
    {"docker", "docker"},         {"libpod", "podman"},      {"cri-containerd", "containerd"},
    {"containerd", "containerd"}, {"nerdctl", "containerd"}, {"crio", "crio"},
    {"buildkit", "buildkit"}};

static const char *maker_of(struct cgroup_span prefix) {
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (is(prefix, makers[i].prefix))
            return makers[i].name;
    return NULL;
}

/* The container manager of a container that is named only by its id, derived from the folders
 * around it. */
static const char *maker_around(struct cgroup_span path) {
    static const struct {
        const char *folder;
        const char *name;
    } folders[] = {{"/docker/", "docker"},
                   {"/kubepods", "kubepods"},
                   {"/libpod_parent/", "podman"},
                   {"/ecs/", "ecs"},
                   {"/garden/", "garden"}};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (memmem(path.at, path.len, folders[i].folder, strlen(folders[i].folder)) != NULL)
            return folders[i].name;
    return "container";
}

struct cgroup_container {
    const char *maker;
    struct cgroup_span id;
};

/* Find the container that this component names; `before` is the path up to the component. */
static bool find_container(struct cgroup_span component, struct cgroup_span before,
                           struct cgroup_container *ret_container) {
    struct cgroup_span rest = component;
    if (ends_with(rest, ".scope"))
        rest.len -= strlen(".scope");
    if (rest.len < ID_BYTES)
        return false;
    const struct cgroup_span id = {rest.at + rest.len - ID_BYTES, ID_BYTES};
    if (!is_id(id))
        return false;
    if (id.at == rest.at) {
        *ret_container = (struct cgroup_container){maker_around(before), id};
        return true;
    }
    const char sign = id.at[-1];
    struct cgroup_span prefix = {rest.at, (size_t)(id.at - 1 - rest.at)};
    if (sign == ':') { /* kubepods-pod1234.slice:cri-containerd:ID */
        const char *colon = memrchr(prefix.at, ':', prefix.len);
        if (colon != NULL)
            prefix =
                (struct cgroup_span){colon + 1, (size_t)(prefix.at + prefix.len - (colon + 1))};
    }
    const char *maker = sign == ':' || sign == '-' ? maker_of(prefix) : NULL;
    if (maker == NULL)
        return false;
    *ret_container = (struct cgroup_container){maker, id};
    return true;
}

static bool is_slice(struct cgroup_span component) {
    return ends_with(component, ".slice");
}

static bool is_unit(struct cgroup_span component) {
    return ends_with(component, ".service") || ends_with(component, ".scope") ||
           ends_with(component, ".socket") || ends_with(component, ".mount") ||
           ends_with(component, ".swap");
}

/* ---- paths ---- */

/* The last of each that a path names, from its root to the process. */
struct cgroup_place {
    struct cgroup_container container;
    struct cgroup_span unit; /* within the container, if there is one */
    struct cgroup_span slice;
};

/* Remove the `_` that systemd puts before a name that the kernel would take for one of its own
 * files. */
static struct cgroup_span without_escape(struct cgroup_span component) {
    if (component.len > 1 && component.at[0] == '_')
        return (struct cgroup_span){component.at + 1, component.len - 1};
    return component;
}

static void take_component(struct cgroup_span component, struct cgroup_span before,
                           struct cgroup_place *place) {
    struct cgroup_container container;
    component = without_escape(component);
    if (find_container(component, before, &container))
        *place = (struct cgroup_place){.container = container};
    else if (is_unit(component))
        place->unit = component;
    else if (is_slice(component) && place->unit.len == 0)
        place->slice = component;
}

static void find_place(struct cgroup_span path, struct cgroup_place *ret_place) {
    *ret_place = (struct cgroup_place){0};
    if (ends_with(path, " (deleted)"))
        path.len -= strlen(" (deleted)");
    for (size_t at = 0; at < path.len;) {
        const char *start = path.at + at;
        const char *slash = memchr(start, '/', path.len - at);
        const size_t len = slash != NULL ? (size_t)(slash - start) : path.len - at;
        take_component((struct cgroup_span){start, len}, (struct cgroup_span){path.at, at},
                       ret_place);
        at += len + 1;
    }
}

static bool put_place(const struct cgroup_place *place, char ret_unit[WHO_UNIT_MAX]) {
    const bool contained = place->container.maker != NULL;
    const struct cgroup_span unit = place->unit.len > 0 || contained ? place->unit : place->slice;
    char text[WHO_UNIT_MAX] = "";
    if (!contained && unit.len == 0)
        return false;
    if (contained) {
        put_text(text, place->container.maker);
        put_text(text, ":");
        put(text, (struct cgroup_span){place->container.id.at, SHORT_ID});
    }
    if (contained && unit.len > 0)
        put_text(text, "/");
    put(text, unit);
    memcpy(ret_unit, text, sizeof text);
    return true;
}

/* ---- the file ---- */

/* The preferred hierarchy if a file has several: lower is better. */
enum cgroup_rank { RANK_SYSTEMD, RANK_UNIFIED, RANK_OTHER, RANK_NONE };

/* Split a line NUMBER:CONTROLLERS:PATH. False: it is not such a line. */
static bool split_line(struct cgroup_span line, enum cgroup_rank *ret_rank,
                       struct cgroup_span *ret_path) {
    const char *first = memchr(line.at, ':', line.len);
    if (first == NULL)
        return false;
    const struct cgroup_span rest = {first + 1, (size_t)(line.at + line.len - (first + 1))};
    const char *second = memchr(rest.at, ':', rest.len);
    if (second == NULL)
        return false;
    const struct cgroup_span controllers = {rest.at, (size_t)(second - rest.at)};
    *ret_path = (struct cgroup_span){second + 1, (size_t)(rest.at + rest.len - (second + 1))};
    *ret_rank = is(controllers, "name=systemd") ? RANK_SYSTEMD
                : controllers.len == 0          ? RANK_UNIFIED
                                                : RANK_OTHER;
    return true;
}

bool host_cgroup_parse(const char *text, size_t len, char ret_unit[WHO_UNIT_MAX]) {
    enum cgroup_rank best = RANK_NONE;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        const struct cgroup_span line = {text + at,
                                         end != NULL ? (size_t)(end - text) - at : len - at};
        enum cgroup_rank rank;
        struct cgroup_span path;
        struct cgroup_place place;
        at += line.len + 1;
        if (!split_line(line, &rank, &path) || rank >= best)
            continue;
        find_place(path, &place);
        if (put_place(&place, ret_unit))
            best = rank;
    }
    return best != RANK_NONE;
}

bool host_cgroup_read(int root, int32_t pid, char ret_unit[WHO_UNIT_MAX]) {
    char name[24];
    char text[FILE_BYTES];
    (void)snprintf(name, sizeof name, "%d/cgroup", pid);
    const int fd = openat(root, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t len = read(fd, text, sizeof text);
    close(fd);
    return len > 0 && host_cgroup_parse(text, (size_t)len, ret_unit);
}

/* ---- procinfo ---- */

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
