#include "statgate/doctor/here.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/unix_socket.h"
#include "statgate/send/places.h"

/* ---- the socket ---- */

static bool is_denied(const struct send_place *place) {
    return place->error == EACCES || place->error == EPERM;
}

/* Add a finding from "permission denied: who may; what lets others", whose last part is the
 * advice. */
static void add_denied(const struct send_place *place, struct findings *findings) {
    const char *end = strstr(place->why, "; ");
    const int len = end != NULL ? (int)(end - place->why) : (int)strlen(place->why);
    findings_add(findings, FINDING_WRONG, "socket",
                 end != NULL ? end + 2
                             : "let this user enter the folders above it, or name another socket: "
                               "--socket PATH or STATGATE_SOCKET",
                 "%s: %.*s", place->path, len, place->why);
}

/* The place to report as wrong: the first that denies access, else the last one tried. */
static const struct send_place *find_blamed(const struct send_places *places) {
    for (size_t i = 0; i < places->count; i++)
        if (is_denied(&places->items[i]))
            return &places->items[i];
    return &places->items[places->count - 1];
}

static void add_places(const struct send_places *places, struct findings *findings) {
    const struct send_place *blamed = find_blamed(places);
    for (size_t i = 0; i < places->count; i++) {
        const struct send_place *place = &places->items[i];
        if (place != blamed)
            findings_add(findings, FINDING_NOTE, "socket", NULL, "%s: %s", place->path, place->why);
        else if (is_denied(place))
            add_denied(place, findings);
        else
            findings_add(findings, FINDING_WRONG, "socket",
                         "start statgated, or name its socket: --socket PATH or STATGATE_SOCKET",
                         "%s: %s", place->path, place->why);
    }
}

void here_socket(const struct cli *cli, const char *given, char ret_path[HERE_PATH_MAX],
                 struct findings *findings) {
    struct send_places *places = calloc(1, sizeof *places);
    ret_path[0] = '\0';
    if (places == NULL)
        return;
    places_list(places, cli, given);
    const int fd = places_connect(places, cli);
    if (fd < 0) {
        add_places(places, findings);
    } else {
        const char *path = places->items[places->connected].path;
        (void)snprintf(ret_path, HERE_PATH_MAX, "%s", path);
        findings_add(findings, FINDING_FINE, "socket", NULL, "%s takes datagrams from this user",
                     path);
        (void)close(fd);
    }
    free(places);
}

/* ---- the process ---- */

/* The process that listens on the control socket; 0: it is in a pid namespace that is not
 * visible from here; -1: unknown. */
static pid_t find_daemon(const char *path) {
    char control[HERE_PATH_MAX + 8];
    struct ucred peer;
    socklen_t len = sizeof peer;
    const size_t path_len = strlen(path);
    const bool named = path_len > 5 && strcmp(path + path_len - 5, ".sock") == 0;
    (void)snprintf(control, sizeof control, "%.*s.control", (int)(named ? path_len - 5 : path_len),
                   path);
    if (strlen(control) >= UNIX_SOCKET_PATH_MAX)
        return -1;
    const int fd = unix_socket_connect(control, SOCK_STREAM);
    if (fd < 0)
        return -1;
    const bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0;
    (void)close(fd);
    return known ? peer.pid : -1;
}

/* How deep in pid namespaces a process is, as seen from here (NSpid of proc(5)); 0: unknown. */
static size_t find_depth(pid_t pid) {
    char path[64];
    char line[512];
    size_t depth = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "NSpid:", 6) != 0)
            continue;
        for (const char *at = line; (at = strchr(at, '\t')) != NULL; at++)
            depth++;
        break;
    }
    if (file != NULL)
        (void)fclose(file);
    return depth;
}

void here_processes(const char *path, struct findings *findings) {
    const pid_t pid = path[0] != '\0' ? find_daemon(path) : -1;
    const size_t depth = pid > 0 ? find_depth(pid) : 0;
    const size_t ours = find_depth(getpid());
    if (pid == 0 || (depth > ours && ours > 0))
        findings_add(findings, FINDING_WRONG, "processes",
                     "run the daemon in the host's pid namespace (--pid=host), or look from within "
                     "the daemon's container",
                     "the daemon is in another pid namespace: what processes of this one send "
                     "counts, but they can own nothing");
    else if (depth > 0)
        findings_add(findings, FINDING_FINE, "processes", NULL,
                     "the daemon is process %d, in this pid namespace", (int)pid);
}
