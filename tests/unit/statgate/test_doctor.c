/* SPDX-License-Identifier: MIT */
/* What statgate doctor makes of views, cases/statgate/doctor/CASE, and of missing ones. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions.h"
#include "canned.h"
#include "files.h"
#include "golden.h"
#include "run.h"
#include "statgate/doctor/doctor_private.h"

static json_t *read_view(const char *folder, const char *name) {
    struct error wrong;
    char *text = files_read_in(folder, name);
    json_t *root = text != NULL ? json_jsonread_parse(text, strlen(text), &wrong) : NULL;
    free(text);
    return root;
}

static void check_folder(const char *folder) {
    struct findings *findings = calloc(1, sizeof *findings);
    json_t *status = read_view(folder, "status.json");
    json_t *ingress = read_view(folder, "ingress.json");
    json_t *endpoints = read_view(folder, "endpoints.json");
    json_t *senders = read_view(folder, "senders.json");
    const struct judge_views views = {.status = status,
                                      .ingress = ingress,
                                      .endpoints = endpoints,
                                      .senders = senders,
                                      .now_ms = 1700000000000};
    struct strbuf text = {0};
    struct strbuf json = {0};
    doctor_judge_version(status, "9.9", findings);
    doctor_judge_views(&views, findings);
    doctor_findings_write(findings, &text);
    golden_expect(folder, "expect.txt", &text);
    doctor_findings_write_json(findings, &json);
    golden_expect(folder, "expect.json", &json);
    strbuf_done(&text);
    strbuf_done(&json);
    json_decref(senders);
    json_decref(endpoints);
    json_decref(ingress);
    json_decref(status);
    free(findings);
}

Test(statgate_doctor, every_finding_says_what_to_do) {
    golden_each("doctor", 5, check_folder);
}

Test(statgate_doctor, clocks_are_compared_by_whole_seconds) {
    struct findings *findings = calloc(1, sizeof *findings);
    doctor_judge_clock(1700000000000, 1700000002999, findings);
    cr_expect(eq(sz, findings->wrong, 0));
    doctor_judge_clock(1700000000000, 1700000003000, findings);
    doctor_judge_clock(1700000003000, 1700000000000, findings);
    cr_expect(eq(sz, findings->wrong, 2));
    free(findings);
}

Test(statgate_doctor, what_to_do_about_several_in_a_row_is_said_once) {
    struct findings *findings = calloc(1, sizeof *findings);
    struct strbuf text = {0};
    doctor_findings_add(findings, FINDING_WRONG, "x", "mend it", "one");
    doctor_findings_add(findings, FINDING_WRONG, "x", "mend it", "another");
    doctor_findings_add(findings, FINDING_FINE, "x", NULL, "a third");
    doctor_findings_write(findings, &text);
    cr_expect(has(strbuf_cstr(&text), "one\nWRONG  x          another\n"), "%s",
              strbuf_cstr(&text));
    cr_expect(has(strbuf_cstr(&text), "to do: mend it\nfine "), "%s", strbuf_cstr(&text));
    strbuf_done(&text);
    free(findings);
}

Test(statgate_doctor, more_findings_than_have_a_place_are_counted) {
    struct findings *findings = calloc(1, sizeof *findings);
    for (int i = 0; i < FINDINGS_MAX + 5; i++)
        doctor_findings_add(findings, FINDING_WRONG, "x", NULL, "%d", i);
    cr_expect(eq(sz, findings->count, FINDINGS_MAX));
    cr_expect(eq(sz, findings->wrong, FINDINGS_MAX + 5));
    cr_expect(eq(sz, findings->left_out, 5));
    free(findings);
}

/* ---- the command ---- */

static struct run run;
static struct canned canned;
static char asked[16384];

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_doctor_command, .init = setup, .fini = teardown);

Test(statgate_doctor_command, without_a_daemon_something_is_wrong) {
    cr_expect(eq(int, RUN(&run, "doctor", "--daemon", "127.0.0.1:1"), 1));
    cr_expect(has(run_out(&run), "/statgate.sock: no socket there"));
    cr_expect(has(run_out(&run), "no daemon at 127.0.0.1:1"));
    cr_expect(has(run_out(&run), "things are wrong."));
    /* What to do is said once of each. */
    cr_expect(has(run_out(&run), "no process listens there\n"), "%s", run_out(&run));
    cr_expect(has(run_out(&run), "to do: start statgated, or name its address: --daemon"));
    cr_expect(eq(int, RUN(&run, "doctor", "--daemon", "127.0.0.1:1", "--json"), 1));
    cr_expect(has(run_out(&run), "{\"ok\":false,"));
    cr_expect(eq(int, RUN(&run, "doctor", "word"), 2));
    cr_expect(eq(int, RUN(&run, "doctor", "--daemon", "nonsense"), 2));
}

Test(statgate_doctor_command, a_socket_without_rights_is_no_daemon_to_be_started) {
    const int fd = run_listen_denied(&run, "system.sock", 2);
    cr_expect(eq(int, RUN(&run, "doctor", "--daemon", "127.0.0.1:1"), 1));
    cr_expect(has(run_out(&run), "system.sock: permission denied: the group bin may send (mode "
                                 "0660)\n"),
              "%s", run_out(&run));
    cr_expect(has(run_out(&run), "to do: join it: sudo usermod -aG bin nobody, then log in again"));
    cr_expect(not(has(run_out(&run), "--socket PATH")), "%s", run_out(&run));
    (void)close(fd);
}

Test(statgate_doctor_command, what_answers_and_is_no_daemon_is_wrong) {
    static const char *const answers[] = {"null", "[]", "{}", "{\"sockets\":1}"};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        CANNED(&canned, canned_json(answers[i]), canned_json(answers[i]), canned_json(answers[i]),
               canned_json(answers[i]));
        cr_expect(eq(int, RUN(&run, "doctor", "--daemon", canned.address), 1));
        canned_end(&canned, asked, sizeof asked);
        cr_expect(has(run_out(&run), "is not statgated"), "%s", run_out(&run));
    }
}

Test(statgate_doctor_command, a_daemon_that_reads_another_socket_is_named) {
    CANNED(&canned,
           canned_json("{\"sockets\":[{\"path\":\"/other.sock\",\"queue_capacity\":600}]}"),
           canned_answer(404, "{}"), canned_answer(404, "{}"), canned_json("{\"senders\":[]}"));
    run_file(&run, "here.sock", "");
    cr_expect(eq(int, RUN(&run, "doctor", "--daemon", canned.address), 1));
    canned_end(&canned, asked, sizeof asked);
    cr_expect(has(run_out(&run), "/other.sock holds 600 datagrams"), "%s", run_out(&run));
    cr_expect(has(asked, "GET /debug/status "));
}
