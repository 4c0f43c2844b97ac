/* SPDX-License-Identifier: MIT */
/* doctor.c - statgate doctor: what is wrong, and the remedy. */
#include "statgate/doctor/doctor_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/who.h"
#include "host/clock.h"
#include "host/unix_socket.h"
#include "statgate/send/send.h"
#include "statgate/shown/shown.h"

/* ---- findings ---- */

static const char *const words[] = {"fine", "note", "WRONG"};
static const char *const json_words[] = {"fine", "note", "wrong"};

void doctor_findings_add(struct findings *findings, enum finding_state state, const char *check,
                         const char *todo, const char *format, ...) {
    findings->wrong += state == FINDING_WRONG;
    if (findings->count == FINDINGS_MAX) {
        findings->left_out++;
        return;
    }
    struct finding *finding = &findings->items[findings->count++];
    *finding = (struct finding){.state = state, .check = check};
    if (todo != NULL)
        (void)error_set(&finding->todo, "%s", todo);
    va_list args;
    va_start(args, format);
    (void)error_vadd(&finding->text, format, args);
    va_end(args);
}

/* Whether to show the advice: if consecutive findings have the same advice, it follows the last
 * one. */
static bool shows_todo(const struct findings *findings, size_t index) {
    const char *todo = findings->items[index].todo.text;
    return *todo != '\0' && (index + 1 == findings->count ||
                             strcmp(findings->items[index + 1].todo.text, todo) != 0);
}

void doctor_findings_write(const struct findings *findings, struct strbuf *out) {
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        strbuf_printf(out, "%-5s  %-9s  ", words[finding->state], finding->check);
        terminal_put_visible(out, finding->text.text, strlen(finding->text.text));
        strbuf_putc(out, '\n');
        if (shows_todo(findings, i))
            strbuf_printf(out, "%18sto do: %s\n", "", finding->todo.text);
    }
    if (findings->left_out > 0)
        strbuf_printf(out, "and %zu more\n", findings->left_out);
    if (findings->wrong == 0)
        strbuf_puts(out, "\nNothing is wrong.\n");
    else
        strbuf_printf(out, "\n%zu thing%s wrong.\n", findings->wrong,
                      findings->wrong == 1 ? " is" : "s are");
}

void doctor_findings_write_json(const struct findings *findings, struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_member_bool(&w, "ok", findings->wrong == 0);
    json_open_member(&w, "findings", '[');
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_line(&w);
        json_open(&w, '{');
        json_member_text(&w, "check", finding->check);
        json_member_text(&w, "state", json_words[finding->state]);
        json_member_text(&w, "text", finding->text.text);
        json_member_text(&w, "todo", *finding->todo.text != '\0' ? finding->todo.text : NULL);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_member_u64(&w, "left_out", findings->left_out);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}

/* ---- judge ---- */

enum {
    SIZE_TEXT_MAX = 32,
    QUEUE_LEAST = 512, /* a smaller queue overflows in a pause of 10 ms */
    YOUNG_MS = 120000,
    LONG_AGO_MS = 3600000, /* scrapers come more often than this */
    CLOCK_OFF_MS = 3000    /* the Date header has whole seconds */
};

/* ---- queues and sockets ---- */

static void judge_socket(const json_t *sock, struct findings *findings) {
    const char *path = json_jsonread_text(sock, "path", NULL);
    const int64_t capacity = json_jsonread_i64(sock, "queue_capacity", 0);
    const char *why = json_jsonread_text(sock, "queue_why", NULL);
    if (json_jsonread_bool(sock, "former", false))
        return;
    if (!json_jsonread_bool(sock, "in_place", true))
        doctor_findings_add(
            findings, FINDING_WRONG, "socket",
            "see who removed or replaced it; the daemon binds it again as soon as it can",
            "%s does not lead to the daemon", path);
    if (capacity > 0 && capacity < QUEUE_LEAST)
        doctor_findings_add(
            findings, FINDING_WRONG, "queue",
            "give the daemon a queue of its own (deep_queue), or run this before it starts: "
            "sysctl -w net.unix.max_dgram_qlen=2048; "
            "start a container of it with docker run --sysctl net.unix.max_dgram_qlen=2048",
            "%s holds only %" PRId64 " datagram%s: bursts are lost%s%s", path, capacity,
            text_plural((uint64_t)capacity), *why != '\0' ? "; " : "", why);
    else if (capacity > 0)
        doctor_findings_add(findings, FINDING_FINE, "queue", NULL, "%s holds %" PRId64 " datagrams",
                            path, capacity);
}

static void judge_sockets(const struct judge_views *views, struct findings *findings) {
    size_t index;
    json_t *sock;
    json_array_foreach(json_jsonread_list(views->ingress, "sockets"), index, sock)
        judge_socket(sock, findings);
}

/* ---- processes ---- */

static void judge_senders(const struct judge_views *views, struct findings *findings) {
    const json_t *senders = json_jsonread_list(views->senders, "senders");
    const size_t count = json_array_size(senders);
    size_t hidden = 0;
    size_t index;
    json_t *sender;
    /* What comes by UDP is said with its input. */
    json_array_foreach((json_t *)(uintptr_t)senders, index, sender) hidden +=
        json_jsonread_i64(sender, "pid", -1) == 0 &&
        json_jsonread_i64(sender, "uid", -1) != WHO_BY_UDP;
    if (hidden > 0)
        doctor_findings_add(
            findings, FINDING_WRONG, "processes",
            "run the daemon in the host's pid namespace (--pid=host), or the senders in "
            "the daemon's",
            "%zu sender%s in another pid namespace: their samples count, but they can own "
            "nothing",
            hidden, hidden == 1 ? " is" : "s are");
    else if (count > 0)
        doctor_findings_add(findings, FINDING_FINE, "processes", NULL,
                            "the daemon sees the process%s %zu sender%s",
                            count == 1 ? " of" : "es of all", count, text_plural(count));
    else if (views->senders != NULL)
        doctor_findings_add(
            findings, FINDING_NOTE, "processes",
            "statgate explain shows what becomes of a line, statgate send sends one",
            "nothing has been sent yet");
}

/* ---- scrapes ---- */

/* A daemon starts without scrapes, also after a reload, so missing scrapes are wrong only after
 * scrapers had time to come. */
static void judge_unscraped(const struct judge_views *views, const char *path, const char *address,
                            struct findings *findings) {
    const int64_t loaded_ms = json_jsonread_i64(views->status, "catalogs_loaded", 0);
    const bool young = loaded_ms > 0 && views->now_ms - loaded_ms < YOUNG_MS;
    doctor_findings_add(
        findings, young ? FINDING_NOTE : FINDING_WRONG, "scrapes",
        "add this address to a scrape_config of Prometheus; if it has a token, give "
        "Prometheus the same",
        "%s at %s has not been scraped%s", path, address,
        young ? " since the daemon read its catalogs, less than two minutes ago" : "");
}

/* Write a scraper: "10.0.0.5 (Prometheus/2.42.0)". */
static void put_scraper(struct strbuf *out, const json_t *scrape) {
    const char *agent = json_jsonread_text(scrape, "agent", NULL);
    strbuf_puts(out, json_jsonread_text(scrape, "client", NULL));
    if (*agent != '\0')
        strbuf_printf(out, " (%s)", agent);
}

static void judge_last(const struct judge_views *views, const json_t *scrape, const char *path,
                       const char *address, struct findings *findings) {
    char ago_text[WORDS_MAX];
    char took[WORDS_MAX];
    struct strbuf who = {0};
    const int64_t at_ms = json_jsonread_i64(scrape, "at", 0);
    put_scraper(&who, scrape);
    const char *ago = shown_words_ago(ago_text, views->now_ms, at_ms, "");
    if (views->now_ms - at_ms > LONG_AGO_MS)
        doctor_findings_add(
            findings, FINDING_WRONG, "scrapes",
            "look at the targets of that Prometheus: is this address still one of them?",
            "%s at %s was scraped last %s, by %s", path, address, ago, strbuf_cstr(&who));
    else
        doctor_findings_add(findings, FINDING_FINE, "scrapes", NULL,
                            "%s at %s was scraped %s by %s, which took %s", path, address, ago,
                            strbuf_cstr(&who),
                            shown_words_took(took, json_jsonread_number(scrape, "took_s", -1)));
    strbuf_done(&who);
}

static void judge_endpoint(const struct judge_views *views, const json_t *endpoint,
                           struct findings *findings) {
    const char *address = json_jsonread_text(endpoint, "address", NULL);
    const char *path = json_jsonread_text(endpoint, "path", NULL);
    const int64_t good = json_jsonread_i64(json_jsonread_member(endpoint, "answers"), "200", 0);
    const json_t *last = json_jsonread_member(endpoint, "last_scrape");
    if (*address == '\0')
        return;
    if (json_is_object(last))
        judge_last(views, last, path, address, findings);
    else if (good == 0)
        judge_unscraped(views, path, address, findings);
    else
        doctor_findings_add(findings, FINDING_FINE, "scrapes", NULL,
                            "%s at %s was scraped %" PRId64 " time%s", path, address, good,
                            text_plural((uint64_t)good));
}

static void judge_endpoints(const struct judge_views *views, struct findings *findings) {
    size_t index;
    json_t *endpoint;
    json_array_foreach(json_jsonread_list(views->endpoints, "endpoints"), index, endpoint)
        judge_endpoint(views, endpoint, findings);
}

/* ---- memory ---- */

static void put_size(char out[SIZE_TEXT_MAX], int64_t bytes) {
    struct strbuf text = {0};
    terminal_put_bytes(&text, bytes > 0 ? (uint64_t)bytes : 0);
    (void)snprintf(out, SIZE_TEXT_MAX, "%s", strbuf_cstr(&text));
    strbuf_done(&text);
}

static void judge_memory(const struct judge_views *views, struct findings *findings) {
    const json_t *memory = json_jsonread_member(views->status, "memory");
    const int64_t resident = json_jsonread_i64(memory, "resident_bytes", 0);
    const int64_t bound = json_jsonread_i64(memory, "bound_bytes", 0);
    char has[SIZE_TEXT_MAX];
    char most[SIZE_TEXT_MAX];
    if (resident <= 0 || bound <= 0)
        return;
    put_size(has, resident);
    put_size(most, bound);
    if (resident <= bound)
        doctor_findings_add(findings, FINDING_FINE, "memory", NULL,
                            "the daemon has %s, of at most %s", has, most);
    else
        doctor_findings_add(findings, FINDING_WRONG, "memory",
                            "restart it, and report this with what statgate check prints",
                            "the daemon has %s, more than its catalogs allow (%s)", has, most);
}

/* ---- problems ---- */

static const struct {
    const char *kind;
    const char *check;
    const char *todo;
} problems[] = {
#define KIND(id, text, severity, about, check, link, sentence, todo) {text, check, todo},
#include "status/kinds.def"
#undef KIND
};

/* What to do: the first two lines of the hint for the line that is named (further ones are
 * examples), else what the kind of problem says. */
static void put_todo(struct strbuf *out, const json_t *problem, const char *otherwise) {
    enum { LINES = 2 };
    const char *hint = json_jsonread_text(problem, "hint", NULL);
    for (int i = 0; i < LINES && *(hint += strspn(hint, "\n")) != '\0'; i++) {
        const size_t len = strcspn(hint, "\n");
        const bool asks = out->len > 0 && out->data[out->len - 1] == '?';
        strbuf_printf(out, "%s%.*s", i == 0 ? "" : asks ? " " : "; ", (int)len, hint);
        hint += len;
    }
    if (out->len == 0)
        strbuf_puts(out, otherwise);
}

/* A daemon of another version may have kinds that are not known here. */
static void judge_problem(const json_t *problem, struct findings *findings) {
    const char *kind = json_jsonread_text(problem, "kind", NULL);
    const char *line = json_jsonread_text(json_jsonread_member(problem, "line"), "text", NULL);
    const char *about = json_jsonread_text(problem, "about", NULL);
    const size_t count = sizeof problems / sizeof *problems;
    struct strbuf todo = {0};
    size_t i = 0;
    while (i < count && strcmp(problems[i].kind, kind) != 0)
        i++;
    put_todo(&todo, problem, i < count ? problems[i].todo : "statgate top shows it live");
    doctor_findings_add(
        findings, FINDING_WRONG, i < count ? problems[i].check : "daemon", strbuf_cstr(&todo),
        "%s%s%s%s%s", json_jsonread_text(problem, "text", NULL), *line != '\0' ? "; such as " : "",
        line, *line != '\0' && *about != '\0' ? ", from " : "", *line != '\0' ? about : "");
    strbuf_done(&todo);
}

static void judge_status(const struct judge_views *views, struct findings *findings) {
    const json_t *list = json_jsonread_list(views->status, "problems");
    const int64_t left_out = json_jsonread_i64(views->status, "problems_left_out", 0);
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)(uintptr_t)list, index, problem) judge_problem(problem, findings);
    if (left_out > 0)
        doctor_findings_add(findings, FINDING_WRONG, "daemon", "start with the others",
                            "%" PRId64 " more problem%s", left_out,
                            text_plural((uint64_t)left_out));
    if (list != NULL && json_array_size(list) == 0)
        doctor_findings_add(findings, FINDING_FINE, "bounds", NULL,
                            "%" PRId64 " of at most %" PRId64
                            " series; no table is full, and nothing "
                            "else needs attention",
                            json_jsonread_i64(views->status, "series", 0),
                            json_jsonread_i64(views->status, "series_bound", 0));
    if (views->status == NULL)
        doctor_findings_add(findings, FINDING_NOTE, "daemon",
                            "statgate rejections, breakers, jobs and queries show them",
                            "it is too old to list problems");
}

/* ---- the face ---- */

void doctor_judge_views(const struct judge_views *views, struct findings *findings) {
    judge_sockets(views, findings);
    judge_senders(views, findings);
    judge_endpoints(views, findings);
    judge_memory(views, findings);
    judge_status(views, findings);
}

void doctor_judge_clock(int64_t daemon_ms, int64_t our_ms, struct findings *findings) {
    const int64_t off_ms = our_ms > daemon_ms ? our_ms - daemon_ms : daemon_ms - our_ms;
    if (off_ms >= CLOCK_OFF_MS)
        doctor_findings_add(
            findings, FINDING_WRONG, "clock",
            "set both by NTP: Prometheus takes samples by its own clock, and _created by "
            "the daemon's",
            "the daemon's clock and this one differ by %" PRId64 " s", off_ms / 1000);
    else
        doctor_findings_add(findings, FINDING_FINE, "clock", NULL,
                            "the daemon's clock and this one agree");
}

void doctor_judge_version(const json_t *status, const char *ours, struct findings *findings) {
    const char *theirs = json_jsonread_text(status, "version", NULL);
    if (*theirs == '\0')
        return;
    if (strcmp(theirs, ours) == 0)
        doctor_findings_add(findings, FINDING_FINE, "daemon", NULL, "version %s", theirs);
    else
        doctor_findings_add(findings, FINDING_NOTE, "daemon",
                            "statgate reload starts the installed version",
                            "it is version %s, this command %s", theirs, ours);
}

/* ---- here ----
 * what `statgate doctor` finds on this host: the socket, and the daemon's process. Private
 * to statgate/.
 */

enum { HERE_PATH_MAX = 4096 };

/* ---- the socket ---- */

static bool is_denied(const struct send_place *place) {
    return place->error == EACCES || place->error == EPERM;
}

/* Add a finding from "permission denied: who may; what lets others", whose last part is the
 * advice. */
static void add_denied(const struct send_place *place, struct findings *findings) {
    const char *end = strstr(place->why, "; ");
    const int len = end != NULL ? (int)(end - place->why) : (int)strlen(place->why);
    doctor_findings_add(findings, FINDING_WRONG, "socket",
                        end != NULL
                            ? end + 2
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
            doctor_findings_add(findings, FINDING_NOTE, "socket", NULL, "%s: %s", place->path,
                                place->why);
        else if (is_denied(place))
            add_denied(place, findings);
        else
            doctor_findings_add(
                findings, FINDING_WRONG, "socket",
                "start statgated, or name its socket: --socket PATH or STATGATE_SOCKET", "%s: %s",
                place->path, place->why);
    }
}

/* A path beside a socket: with this end instead of `.sock`. */
static void path_beside(const char *socket_path, const char *end, char ret_path[HERE_PATH_MAX]) {
    const size_t len = strlen(socket_path);
    const bool named = len > 5 && strcmp(socket_path + len - 5, ".sock") == 0;
    (void)snprintf(ret_path, HERE_PATH_MAX, "%.*s%s", (int)(named ? len - 5 : len), socket_path,
                   end);
}

/* Check whether who may send can also take the tickets of half-open breakers. */
static void look_at_tickets(const char *socket_path, struct findings *findings) {
    char fifo[HERE_PATH_MAX];
    path_beside(socket_path, ".probes", fifo);
    if (access(fifo, R_OK | W_OK) != 0 && (errno == EACCES || errno == EPERM))
        doctor_findings_add(findings, FINDING_WRONG, "breakers",
                            "give it the owner, group and mode of the socket, or reload statgated, "
                            "which does",
                            "%s: permission denied: while a breaker is half-open, each client of "
                            "this user may probe once in an epoch, however many there are",
                            fifo);
}

/* Check whether this user may send, and to which socket: *ret_path, "" if to none. `given`: the
 * socket's path, or NULL. */
static void here_socket(const struct cli *cli, const char *given, char ret_path[HERE_PATH_MAX],
                        struct findings *findings) {
    struct send_places *places = memory_alloc(sizeof *places);
    ret_path[0] = '\0';
    send_places_list(places, cli, given);
    const int fd = send_places_connect(places, cli);
    if (fd < 0) {
        add_places(places, findings);
    } else {
        const char *path = places->items[places->connected].path;
        (void)snprintf(ret_path, HERE_PATH_MAX, "%s", path);
        doctor_findings_add(findings, FINDING_FINE, "socket", NULL,
                            "%s takes datagrams from this user", path);
        look_at_tickets(path, findings);
        (void)close(fd);
    }
    free(places);
}

/* ---- the process ---- */

/* The process that listens on the control socket; 0: it is in a pid namespace that is not
 * visible from here; -1: unknown. */
static pid_t find_daemon(const char *path) {
    char control[HERE_PATH_MAX];
    struct ucred peer;
    socklen_t len = sizeof peer;
    path_beside(path, ".control", control);
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

/* Check whether the daemon behind that socket can see this host's processes, as far as
 * possible. */
static void here_processes(const char *path, struct findings *findings) {
    const pid_t pid = path[0] != '\0' ? find_daemon(path) : -1;
    const size_t depth = pid > 0 ? find_depth(pid) : 0;
    const size_t ours = find_depth(getpid());
    if (pid == 0 || (depth > ours && ours > 0))
        doctor_findings_add(
            findings, FINDING_WRONG, "processes",
            "run the daemon in the host's pid namespace (--pid=host), or look from within "
            "the daemon's container",
            "the daemon is in another pid namespace: what processes of this one send "
            "counts, but they can own nothing");
    else if (depth > 0)
        doctor_findings_add(findings, FINDING_FINE, "processes", NULL,
                            "the daemon is process %d, in this pid namespace", (int)pid);
}

/* ---- doctor ---- */

struct examination {
    const struct where *where;
    struct findings findings;
    int64_t daemon_ms;
    int64_t our_ms; /* our time when the daemon gave its time */
    bool answers;
};

/* Fetch a view. NULL: the daemon does not show it. */
static json_t *ask(struct examination *exam, const char *target) {
    struct trouble_words wrong;
    json_t *root = NULL;
    if (shown_asking_json(exam->where, target, &root, &exam->daemon_ms, &wrong) == CLI_OK)
        exam->our_ms = clock_real_ms();
    return root;
}

/* Check whether the daemon answers this user at all, and fetch /debug/ingress. `seen`: its socket
 * takes datagrams, so it runs. */
static json_t *ask_first(struct examination *exam, bool seen) {
    struct trouble_words wrong;
    json_t *root = NULL;
    exam->answers =
        shown_asking_json(exam->where, "/debug/ingress", &root, &exam->daemon_ms, &wrong) == CLI_OK;
    exam->our_ms = clock_real_ms();
    if (exam->answers && !json_is_array(json_object_get(root, "sockets")))
        doctor_findings_add(
            &exam->findings, FINDING_WRONG, "daemon", "name the address of statgated: --daemon",
            "what answers at %s (%s) is not statgated", exam->where->text, exam->where->source);
    else if (exam->answers)
        doctor_findings_add(&exam->findings, FINDING_FINE, "daemon", NULL, "it answers at %s (%s)",
                            exam->where->text, exam->where->source);
    else {
        const char *todo = text_after(wrong.todo.text, "start statgated, or ");
        doctor_findings_add(&exam->findings, FINDING_WRONG, "daemon",
                            seen && todo != NULL ? todo : wrong.todo.text, "%s", wrong.what.text);
    }
    return root;
}

/* Check whether senders here reach the daemon that was asked. */
static void compare_sockets(struct examination *exam, const json_t *ingress, const char *path) {
    size_t index;
    json_t *sock;
    const char *read = NULL;
    char *real = path[0] != '\0' ? realpath(path, NULL) : NULL;
    json_array_foreach(json_jsonread_list(ingress, "sockets"), index, sock) {
        const char *other = json_jsonread_text(sock, "path", NULL);
        char *other_real = realpath(other, NULL);
        const bool same = real != NULL && other_real != NULL && strcmp(real, other_real) == 0;
        read = read == NULL || same ? other : read;
        free(other_real);
        if (same || real == NULL || strcmp(other, path) == 0) {
            free(real);
            return;
        }
    }
    if (read != NULL)
        doctor_findings_add(
            &exam->findings, FINDING_WRONG, "socket",
            "name the socket of this daemon (--socket PATH), or the daemon of this socket "
            "(--daemon ADDRESS)",
            "the daemon at %s does not read %s, but %s", exam->where->text, path, read);
    free(real);
}

static void examine_daemon(struct examination *exam, const char *path) {
    json_t *ingress = ask_first(exam, path[0] != '\0');
    if (!exam->answers)
        return;
    json_t *status = ask(exam, "/debug/status");
    json_t *endpoints = ask(exam, "/debug/endpoints");
    json_t *senders = ask(exam, "/debug/senders");
    const struct judge_views views = {.status = status,
                                      .ingress = ingress,
                                      .endpoints = endpoints,
                                      .senders = senders,
                                      .now_ms = exam->daemon_ms};
    doctor_judge_version(status, STATGATE_VERSION, &exam->findings);
    compare_sockets(exam, ingress, path);
    doctor_judge_clock(exam->daemon_ms, exam->our_ms, &exam->findings);
    doctor_judge_views(&views, &exam->findings);
    json_decref(senders);
    json_decref(endpoints);
    json_decref(status);
    json_decref(ingress);
}

static int examine(struct cli *cli, const struct settings *settings, struct examination *exam) {
    char path[HERE_PATH_MAX];
    here_socket(cli, shown_where_flag(&doctor_command, settings, "socket"), path, &exam->findings);
    here_processes(path, &exam->findings);
    examine_daemon(exam, path);
    if (shown_where_flag(&doctor_command, settings, "json") != NULL)
        doctor_findings_write_json(&exam->findings, &cli->out);
    else
        doctor_findings_write(&exam->findings, &cli->out);
    return exam->findings.wrong > 0 ? CLI_FAILURE : CLI_OK;
}

static int run(struct cli *cli, const struct settings *settings) {
    struct where where;
    struct examination *exam = memory_alloc(sizeof *exam);
    exam->where = &where;
    int code = shown_where_find(&where, cli, &doctor_command, settings);
    if (code == CLI_OK)
        code = examine(cli, settings, exam);
    shown_where_done(&where);
    free(exam);
    return code;
}

static const struct settings_own_flag own_flags[] = {
    WHERE_FLAGS,
    {"socket", "PATH",
     "The daemon's datagram socket. Without it $STATGATE_SOCKET, else one of the default places, "
     "as "
     "for statgate send."},
    {"json", NULL, "Print findings as one JSON object."},
    {NULL, NULL, NULL}};

const struct command doctor_command = {
    .word = "doctor",
    .summary = "Find what keeps samples from where they should be.",
    .program =
        {.name = "statgate doctor",
         .usage = "[FLAG...]",
         .about =
             "Follows a sample from here to the scraper: is the socket there, may this user "
             "send, does the daemon answer, how deep is the queue, does it see the sending "
             "processes, do the clocks agree, who scraped last, how much memory it has of what "
             "it may take, what is near its bound, and its problems. Each finding says what "
             "to do. Nothing is sent. Exit codes: 0 nothing is wrong, 1 something is, 2 wrong "
             "arguments.",
         .own = own_flags,
         .examples =
             "  statgate doctor\n"
             "  statgate doctor --json | jq -r '.findings[] | select(.state == \"wrong\").text'\n"},
    .run = run,
};
