#include "statgate/doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/clock.h"
#include "statgate/doctor/here.h"
#include "statgate/doctor/judge.h"
#include "statgate/shown/asking.h"

struct examination {
    const struct where *where;
    struct findings findings;
    int64_t daemon_ms;
    int64_t our_ms; /* our time when the daemon gave its time */
    bool answers;
};

/* Fetch a view. NULL: an older daemon does not have it. */
static json_t *ask(struct examination *exam, const char *target) {
    struct trouble_words wrong;
    json_t *root = NULL;
    if (asking_json(exam->where, target, &root, &exam->daemon_ms, &wrong) == CLI_OK)
        exam->our_ms = clock_real_ms();
    return root;
}

/* Check whether the daemon answers this user at all, and fetch /debug/ingress. `seen`: its socket
 * takes datagrams, so it runs. */
static json_t *ask_first(struct examination *exam, bool seen) {
    struct trouble_words wrong;
    json_t *root = NULL;
    exam->answers =
        asking_json(exam->where, "/debug/ingress", &root, &exam->daemon_ms, &wrong) == CLI_OK;
    exam->our_ms = clock_real_ms();
    if (exam->answers && !json_is_array(json_object_get(root, "sockets")))
        findings_add(
            &exam->findings, FINDING_WRONG, "daemon", "name the address of statgated: --daemon",
            "what answers at %s (%s) is not statgated", exam->where->text, exam->where->source);
    else if (exam->answers)
        findings_add(&exam->findings, FINDING_FINE, "daemon", NULL, "it answers at %s (%s)",
                     exam->where->text, exam->where->source);
    else {
        const char *todo = text_after(wrong.todo.text, "start statgated, or ");
        findings_add(&exam->findings, FINDING_WRONG, "daemon",
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
    json_array_foreach(jsonread_list(ingress, "sockets"), index, sock) {
        const char *other = jsonread_text(sock, "path", NULL);
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
        findings_add(&exam->findings, FINDING_WRONG, "socket",
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
    judge_version(status, STATGATE_VERSION, &exam->findings);
    compare_sockets(exam, ingress, path);
    judge_clock(exam->daemon_ms, exam->our_ms, &exam->findings);
    judge_views(&views, &exam->findings);
    json_decref(senders);
    json_decref(endpoints);
    json_decref(status);
    json_decref(ingress);
}

static int examine(struct cli *cli, const struct settings *settings, struct examination *exam) {
    char path[HERE_PATH_MAX];
    here_socket(cli, where_flag(&doctor_command, settings, "socket"), path, &exam->findings);
    here_processes(path, &exam->findings);
    examine_daemon(exam, path);
    if (where_flag(&doctor_command, settings, "json") != NULL)
        findings_write_json(&exam->findings, &cli->out);
    else
        findings_write(&exam->findings, &cli->out);
    return exam->findings.wrong > 0 ? CLI_FAILURE : CLI_OK;
}

static int run(struct cli *cli, const struct settings *settings) {
    struct where where;
    struct examination *exam = calloc(1, sizeof *exam);
    if (exam == NULL)
        return command_fail(cli, &doctor_command, CLI_FAILURE, "out of memory");
    exam->where = &where;
    int code = where_find(&where, cli, &doctor_command, settings);
    if (code == CLI_OK)
        code = examine(cli, settings, exam);
    where_done(&where);
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
