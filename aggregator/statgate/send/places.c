#include "statgate/send/places.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void add(struct send_places *places, const char *format, const char *text, unsigned uid) {
    struct send_place *place = &places->items[places->count++];
    *place = (struct send_place){.error = 0};
    (void)snprintf(place->path, sizeof place->path, format, text, uid);
}

void places_list(struct send_places *places, const struct cli *cli, const char *given) {
    places->count = 0;
    places->connected = 0;
    if (given == NULL)
        given = cli_variable(cli, "STATGATE_SOCKET");
    if (given != NULL) {
        add(places, "%s", given, 0);
        return;
    }
    add(places, "%s", cli->system_socket, 0);
    const char *runtime = cli_variable(cli, "XDG_RUNTIME_DIR");
    if (runtime != NULL && runtime[0] == '/')
        add(places, "%s/statgate.sock", runtime, 0);
    add(places, "%s/statgate-%u/statgate.sock", cli->tmp_folder, cli->host.uid);
}

/* ---- what is wrong with a place ---- */

static const char *user_name(uid_t uid, char out[32]) {
    const struct passwd *user = getpwuid(uid);
    if (user != NULL)
        return user->pw_name;
    (void)snprintf(out, 32, "%u", (unsigned)uid);
    return out;
}

static const char *group_name(gid_t gid, char out[32]) {
    const struct group *group = getgrgid(gid);
    if (group != NULL)
        return group->gr_name;
    (void)snprintf(out, 32, "%u", (unsigned)gid);
    return out;
}

/* Explain a denied access: sending needs write permission on the socket and search permission on
 * its folders. */
static void explain_access(struct send_place *place, const struct cli *cli) {
    struct stat is;
    char user_text[32];
    char other_text[32];
    const char *user = user_name(cli->host.uid, user_text);
    if (stat(place->path, &is) != 0) {
        (void)snprintf(place->why, sizeof place->why,
                       "permission denied: the user %s may not enter one of its folders", user);
        return;
    }
    const unsigned mode = is.st_mode & 07777;
    if ((mode & S_IWGRP) && is.st_gid == 0) { /* nobody should join root's group to send metrics */
        (void)snprintf(place->why, sizeof place->why,
                       "permission denied: only root may send (mode %04o); start statgated with "
                       "--socket-group GROUP, and add the user %s to that group",
                       mode, user);
        return;
    }
    if (mode & S_IWGRP) {
        const char *group = group_name(is.st_gid, other_text);
        (void)snprintf(place->why, sizeof place->why,
                       "permission denied: the group %s may send (mode %04o); join it: sudo "
                       "usermod -aG %s %s, then log in again",
                       group, mode, group, user);
        return;
    }
    (void)snprintf(place->why, sizeof place->why,
                   "permission denied: only the user %s may send (mode %04o); statgated's "
                   "--socket-mode and --socket-group let others",
                   user_name(is.st_uid, other_text), mode);
}

static void explain_error(struct send_place *place, const struct cli *cli) {
    struct stat is;
    const char *why = NULL;
    switch (place->error) {
    case ENOENT:
    case ENOTDIR:
        why = "no socket there";
        break;
    case ECONNREFUSED:
        why = stat(place->path, &is) == 0 && !S_ISSOCK(is.st_mode)
                  ? "not a socket"
                  : "the socket exists, but no process receives on it";
        break;
    case EPROTOTYPE:
        why = "not a datagram socket, so not statgated's";
        break;
    case ENAMETOOLONG:
        why = "the path of a socket has at most 107 bytes";
        break;
    case EACCES:
    case EPERM:
        explain_access(place, cli);
        return;
    default:
        why = strerror(place->error);
    }
    (void)snprintf(place->why, sizeof place->why, "%s", why);
}

/*
 * Whether the folder in /tmp can be trusted. Anyone may create names there, so the folder must
 * belong to the sender or root, and nobody else may write to it.
 */
static bool trust_folder(struct send_place *place, const struct cli *cli) {
    char folder[PATH_MAX];
    struct stat is;
    (void)snprintf(folder, sizeof folder, "%s/statgate-%u", cli->tmp_folder, cli->host.uid);
    if (lstat(folder, &is) != 0) {
        place->error = errno;
        explain_error(place, cli);
        return false;
    }
    if (S_ISDIR(is.st_mode) && (is.st_uid == cli->host.uid || is.st_uid == 0) &&
        (is.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    place->error = EPERM;
    (void)snprintf(place->why, sizeof place->why,
                   "not trusted: its folder must belong to the sender or root, and nobody else may "
                   "write to it");
    return false;
}

/* ---- connecting ---- */

static bool is_in_tmp(const struct send_places *places, const struct send_place *place) {
    return places->count > 1 && place == &places->items[places->count - 1];
}

static bool connect_to(int fd, struct send_place *place) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const size_t len = strlen(place->path);
    place->error = ENAMETOOLONG;
    if (len >= sizeof to.sun_path)
        return false;
    memcpy(to.sun_path, place->path, len + 1);
    place->error = connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
    return place->error == 0;
}

bool places_trust(const struct send_places *places, struct send_place *place,
                  const struct cli *cli) {
    return !is_in_tmp(places, place) || trust_folder(place, cli);
}

int places_connect(struct send_places *places, const struct cli *cli) {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (size_t i = 0; i < places->count; i++) {
        struct send_place *place = &places->items[i];
        if (fd < 0) {
            place->error = errno;
            explain_error(place, cli);
            break;
        }
        if (!places_trust(places, place, cli))
            continue;
        if (connect_to(fd, place)) {
            places->connected = i;
            return fd;
        }
        explain_error(place, cli);
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

void places_explain(struct strbuf *out, const struct send_places *places) {
    bool denied = false;
    for (size_t i = 0; i < places->count; i++) {
        const struct send_place *place = &places->items[i];
        strbuf_printf(out, "  %s: %s\n", place->path, place->why);
        denied |= place->error == EACCES;
    }
    if (!denied)
        strbuf_puts(out, "Is statgated running? Start it, or name its socket: --socket PATH or "
                         "STATGATE_SOCKET=PATH.\n");
}
