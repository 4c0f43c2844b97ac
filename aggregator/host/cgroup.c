#include "host/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

bool cgroup_parse(const char *text, size_t len, char ret_unit[WHO_UNIT_MAX]) {
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

bool cgroup_read(int root, int32_t pid, char ret_unit[WHO_UNIT_MAX]) {
    char name[24];
    char text[FILE_BYTES];
    (void)snprintf(name, sizeof name, "%d/cgroup", pid);
    const int fd = openat(root, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t len = read(fd, text, sizeof text);
    close(fd);
    return len > 0 && cgroup_parse(text, (size_t)len, ret_unit);
}
