/* SPDX-License-Identifier: MIT */
/* send.c - statgate send: lines in datagrams, to the right socket. */
#include "statgate/send/send_private.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/terminal.h"
#include "host/clock.h"
#include "statgate/explain/explain_command.h"

/* ---- pack ---- */

bool send_pack_add(struct pack *pack, struct sg_span line, size_t samples) {
    const size_t need = line.len + (pack->len > 0);
    const size_t room = pack->len > 0 ? PACK_BYTES : sizeof pack->bytes;
    if (pack->len + need > room)
        return false;
    if (pack->len > 0)
        pack->bytes[pack->len++] = '\n';
    memcpy(pack->bytes + pack->len, line.at, line.len);
    pack->len += line.len;
    pack->lines++;
    pack->samples += samples;
    return true;
}

void send_pack_clear(struct pack *pack) {
    pack->len = 0;
    pack->lines = 0;
    pack->samples = 0;
}

/* ---- places ---- */

static void add(struct send_places *places, const char *format, const char *text, unsigned uid) {
    struct send_place *place = &places->items[places->count++];
    *place = (struct send_place){.error = 0};
    (void)snprintf(place->path, sizeof place->path, format, text, uid);
}

void send_places_list(struct send_places *places, const struct cli *cli, const char *given) {
    places->count = 0;
    places->connected = 0;
    places->only_connected = false;
    if (given == NULL)
        given = statgate_cli_variable(cli, "STATGATE_SOCKET");
    if (given != NULL) {
        add(places, "%s", given, 0);
        return;
    }
    add(places, "%s", cli->system_socket, 0);
    const char *runtime = statgate_cli_variable(cli, "XDG_RUNTIME_DIR");
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
    if ((mode & S_IWGRP) && is.st_gid == 0) { /* no one should join root's group to send metrics */
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
 * belong to the sender or root, and no one else may write to it.
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

bool send_places_trust(const struct send_places *places, struct send_place *place,
                       const struct cli *cli) {
    return !is_in_tmp(places, place) || trust_folder(place, cli);
}

int send_places_connect(struct send_places *places, const struct cli *cli) {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (size_t i = 0; i < places->count; i++) {
        struct send_place *place = &places->items[i];
        if (places->only_connected && i != places->connected)
            continue;
        if (fd < 0) {
            place->error = errno;
            explain_error(place, cli);
            break;
        }
        if (!send_places_trust(places, place, cli))
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

/* Append all places with their reasons, a line each, and advice. */
static void places_explain(struct strbuf *out, const struct send_places *places) {
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

/* ---- send ---- */

enum { OWN_SOCKET, OWN_RAW, OWN_CHECK, OWN_QUIET, OWN_COUNT };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_SOCKET] = {"socket", "PATH",
                    "The daemon's socket. Without it $STATGATE_SOCKET, else the first that answers "
                    "of /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock and "
                    "/tmp/statgate-UID/statgate.sock, as for every client."},
    [OWN_RAW] = {"raw", NULL, "Send lines as they are, malformed ones too."},
    [OWN_CHECK] =
        {"check", NULL,
         "Judge each line first by the catalogs of the running daemon, as statgate explain "
         "does. A line that would be rejected is shown with the reason and what to do, "
         "and is treated as a malformed one."},
    [OWN_QUIET] = {"quiet", NULL, "Print nothing when all went well."},
};

struct transfer {
    struct cli *cli;
    bool raw;
    struct explain_judge *judge; /* of each line before it is sent; NULL: no one */
    int fd;
    struct send_places places;
    struct pack pack;
    size_t lines;     /* lines handed to the kernel */
    size_t samples;   /* samples in these lines */
    size_t datagrams; /* datagrams with these lines */
    size_t running;   /* jobs that lines started and no later one ended */
    size_t refused;
    int code;
};

static const char *target(const struct transfer *transfer) {
    return transfer->places.items[transfer->places.connected].path;
}

/* ---- checking ---- */

static size_t samples_of(struct sg_span text) {
    struct sg_line line;
    struct sg_fault fault;
    return sg_line_parse(text, &line, &fault) == SG_REJECT_NONE ? sg_line_samples(&line) : 1;
}

/* Whether the daemon would take the line; if not, prints why. */
static bool would_take(struct transfer *transfer, struct sg_span line, size_t number,
                       const char *where) {
    struct strbuf *err = &transfer->cli->err;
    struct strbuf why = {0};
    const bool takes = explain_judge_takes(transfer->judge, line, &why);
    if (!takes)
        strbuf_printf(err, "statgate send: line %zu%s would be rejected:\n%s", number, where,
                      strbuf_cstr(&why));
    transfer->refused += !takes;
    strbuf_done(&why);
    return takes;
}

/* Whether the line may be sent; if not, prints the reason. */
static bool may_go(struct transfer *transfer, struct sg_span line, size_t number,
                   const char *where) {
    struct sg_fault fault;
    if (transfer->raw || statgate_line_check(line, &fault))
        return transfer->judge == NULL || would_take(transfer, line, number, where);
    struct strbuf *err = &transfer->cli->err;
    strbuf_printf(err, "statgate send: line %zu%s is refused, %s: %s\n", number, where,
                  sg_reject_label(fault.reason), sg_reject_text(fault.reason));
    terminal_put_caret(err, 2, line.at, line.len, fault.offset);
    transfer->refused++;
    return false;
}

/* Check all lines among the arguments: nothing is sent unless all are valid. */
static bool check_words(struct transfer *transfer, const struct settings_list *words) {
    size_t number = 0;
    for (size_t i = 0; i < words->count; i++) {
        struct sg_lines lines;
        struct sg_span line;
        if (strcmp(words->items[i], "-") == 0)
            continue;
        sg_lines_init(&lines, words->items[i], strlen(words->items[i]));
        while (sg_lines_next(&lines, &line, NULL))
            (void)may_go(transfer, line, ++number, "");
    }
    if (transfer->refused > 0)
        strbuf_printf(&transfer->cli->err,
                      "Nothing was sent. Put it right, or send it as it is %s; see also statgate "
                      "explain.\n",
                      transfer->judge != NULL ? "without --check" : "with --raw");
    return transfer->refused == 0;
}

/* ---- sending ---- */

static bool fail(struct transfer *transfer, const char *why) {
    transfer->code = command_fail(transfer->cli, &send_command, CLI_FAILURE,
                                  "%s: %s; %zu line%s sent before that", target(transfer), why,
                                  transfer->lines, transfer->lines == 1 ? " was" : "s were");
    return false;
}

static bool open_socket(struct transfer *transfer) {
    if (transfer->fd >= 0)
        (void)close(transfer->fd);
    transfer->fd = send_places_connect(&transfer->places, transfer->cli);
    return transfer->fd >= 0;
}

static bool begin(struct transfer *transfer) {
    if (transfer->fd >= 0 || open_socket(transfer))
        return true;
    transfer->code = command_fail(transfer->cli, &send_command, CLI_FAILURE,
                                  "no statgated takes datagrams here:");
    places_explain(&transfer->cli->err, &transfer->places);
    return false;
}

/* Wait for room in the queue. False: the time is over. */
static bool wait_for_room(const struct transfer *transfer, int64_t until_ns, int error) {
    const int64_t left_ms = (until_ns - clock_mono_ns()) / 1000000;
    if (left_ms <= 0)
        return false;
    if (error == EAGAIN) {
        struct pollfd wanted = {.fd = transfer->fd, .events = POLLOUT};
        (void)poll(&wanted, 1, (int)left_ms);
    } else {
        (void)poll(NULL, 0, 1); /* the kernel is short of memory; no event to wait for */
    }
    return true;
}

/* Send one datagram. False: not sent; transfer->code is set. */
static bool deliver(struct transfer *transfer) {
    struct pack *pack = &transfer->pack;
    const int64_t until_ns = clock_mono_ns() + transfer->cli->retry_ms * 1000000;
    bool reconnected = false;
    while (send(transfer->fd, pack->bytes, pack->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        const int error = errno;
        switch (error) {
        case EINTR:
            break;
        case EAGAIN:
        case ENOBUFS:
        case ENOMEM:
            if (!wait_for_room(transfer, until_ns, error))
                return fail(transfer, "the queue is full and stays so: statgated is stopped, or "
                                      "more is sent than it can take");
            break;
        case ECONNREFUSED:
        case ENOTCONN:
        case ECONNRESET:
            /* The daemon ended after connect(). A new one may already be there. */
            if (reconnected || !open_socket(transfer))
                return fail(transfer, "statgated ended meanwhile");
            reconnected = true;
            break;
        case EMSGSIZE:
            return fail(transfer, "a line is longer than this socket takes in a datagram");
        default:
            return fail(transfer, strerror(error));
        }
    }
    transfer->lines += pack->lines;
    transfer->samples += pack->samples;
    transfer->datagrams++;
    return true;
}

/* Send the packed lines. */
static bool push(struct transfer *transfer) {
    if (transfer->pack.len == 0)
        return true;
    const bool good = begin(transfer) && deliver(transfer);
    send_pack_clear(&transfer->pack);
    return good;
}

/* Count the jobs that the line leaves running. */
static void follow_jobs(struct transfer *transfer, struct sg_span text) {
    struct sg_line line;
    struct sg_fault fault;
    struct sg_values words;
    struct sg_span word;
    if (sg_line_parse(text, &line, &fault) != SG_REJECT_NONE || line.letter != SG_LETTER_J)
        return;
    sg_values_init(&words, &line);
    while (sg_words_next(&words, &word))
        if (sg_span_is(word, "started"))
            transfer->running++;
        else if (!sg_span_is(word, "queued") && transfer->running > 0)
            transfer->running--;
}

static bool put_line(struct transfer *transfer, struct sg_span line) {
    follow_jobs(transfer, line);
    const size_t samples = samples_of(line);
    if (send_pack_add(&transfer->pack, line, samples))
        return true;
    return push(transfer) && send_pack_add(&transfer->pack, line, samples);
}

static bool on_line(void *arg, struct sg_span line, size_t number) {
    struct transfer *transfer = arg;
    return !may_go(transfer, line, number, " of standard input") || put_line(transfer, line);
}

/* Send when input pauses: whoever pipes lines in for hours wants them sent now, with their
 * errors shown. */
static bool on_pause(void *arg) {
    struct transfer *transfer = arg;
    const bool good = push(transfer);
    statgate_cli_flush(transfer->cli);
    return good;
}

static bool put_input(struct transfer *transfer) {
    const int result = statgate_lines_read(transfer->cli->input_fd, on_line, on_pause, transfer);
    if (result < 0)
        transfer->code = command_fail(transfer->cli, &send_command, CLI_FAILURE,
                                      "standard input: %s", strerror(-result));
    return result == 0;
}

static bool put_word(struct transfer *transfer, const char *word) {
    struct sg_lines lines;
    struct sg_span line;
    if (strcmp(word, "-") == 0)
        return put_input(transfer);
    sg_lines_init(&lines, word, strlen(word));
    while (sg_lines_next(&lines, &line, NULL)) {
        if (line.len > SG_DATAGRAM_MAX)
            return fail(transfer, "a line is longer than a datagram of 65536 bytes");
        if (!put_line(transfer, line))
            return false;
    }
    return true;
}

static void tell_sent(struct transfer *transfer) {
    struct strbuf *out = &transfer->cli->out;
    if (transfer->datagrams == 0) {
        strbuf_puts(out, "nothing to send\n");
        return;
    }
    strbuf_printf(out, "sent %zu line%s (%zu sample%s) in %zu datagram%s to %s\n", transfer->lines,
                  transfer->lines == 1 ? "" : "s", transfer->samples,
                  transfer->samples == 1 ? "" : "s", transfer->datagrams,
                  transfer->datagrams == 1 ? "" : "s", target(transfer));
}

static void warn_of_jobs(struct transfer *transfer) {
    strbuf_printf(&transfer->cli->err,
                  "statgate send: warning: a job belongs to the process that sends \"started\", "
                  "and this one ends now: %zu job%s will count as lost. Send it from the process "
                  "that does the work.\n",
                  transfer->running, transfer->running == 1 ? "" : "s");
}

static void transfer_words(struct transfer *transfer, const struct settings_list *words) {
    if (!check_words(transfer, words)) {
        transfer->code = CLI_USAGE;
        return;
    }
    bool good = true;
    for (size_t i = 0; good && i < words->count; i++)
        good = put_word(transfer, words->items[i]);
    good = good && push(transfer);
    if (good && transfer->refused > 0)
        transfer->code = CLI_USAGE;
}

static int run(struct cli *cli, const struct settings *settings) {
    if (settings->words.count == 0)
        return command_fail(cli, &send_command, CLI_USAGE,
                            "give it lines, or - for standard input; see statgate send --help");
    struct transfer *transfer = memory_alloc(sizeof *transfer);
    transfer->cli = cli;
    transfer->raw = settings->own[OWN_RAW] != NULL;
    transfer->fd = -1;
    if (settings->own[OWN_CHECK] != NULL)
        transfer->judge = explain_judge_new(cli, &send_command, settings, &transfer->code);
    if (transfer->code != CLI_OK) {
        const int code = transfer->code;
        free(transfer);
        return code;
    }
    send_places_list(&transfer->places, cli, settings->own[OWN_SOCKET]);
    transfer_words(transfer, &settings->words);
    if (transfer->fd >= 0)
        (void)close(transfer->fd);
    const int code = transfer->code;
    if (settings->own[OWN_QUIET] == NULL &&
        (code == CLI_OK || (code == CLI_USAGE && transfer->lines > 0)))
        tell_sent(transfer);
    if (transfer->running > 0 && transfer->lines > 0)
        warn_of_jobs(transfer);
    explain_judge_free(transfer->judge);
    free(transfer);
    return code;
}

const struct command send_command = {
    .word = "send",
    .summary = "Send metric lines to statgated.",
    .program =
        {.name = "statgate send",
         .usage = "[FLAG...] LINE...",
         .about =
             "Sends lines, name:value|type[|@rate][|#label:value,...], packed into datagrams. "
             "The argument - means lines of standard input, which are sent as they arrive. A "
             "malformed line is shown with its place: if it is an argument, nothing is sent; if "
             "it is from standard input, the others are. statgated never answers: see statgate "
             "explain before, statgate rejections after. Exit codes: 0 sent, 1 could not be "
             "sent, 2 a line is malformed, or would be rejected.",
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate send 'deploys_total:1|c'\n"
                     "  statgate send 'queue_depth:7|g|#queue:fast' 'build_seconds:12.5|h'\n"
                     "  grep -c . access.log | sed 's/.*/hits_total:&|c/' | statgate send -\n"
                     "  statgate send --socket /tmp/test.sock --quiet 'deploys_total:1|c'\n"},
    .run = run,
};
