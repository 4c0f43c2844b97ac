/* SPDX-License-Identifier: MIT */
/*
 * Cases as files: tests/cases/gate/NAME/{catalog*.json,input,expect}.
 *
 * `input` has one datagram on each line, with \n, \t, \\ and \xHH escapes; `#` starts a comment
 * line. Lines that start with `@` are directives:
 *   @sender PID UID GID        who sends from here on
 *   @socket SERVICE            at which socket: that of the service, or `-`: the shared one
 *   @inputs KIND=SERVICES...   what inputs there are: KIND is `known` or `anonymous`, with
 * `+statsd` if their gauges take changes; no service: those of the shared socket
 *   @input N                   through which of them
 *   @advance MS                time passes
 *   @cut                       the next datagram was truncated
 *   @end PID                   the process ends, and what it owned is released
 *   @show [FAMILY]             write the series as they are now
 *   @explain LINE              apply the line, and write why it became what it did (trace_text.h)
 *   @groups INCLUDE EXCLUDE    what is exposed
 * The outcome of each datagram (changes in verdicts and reasons), and at the end all series, must
 * equal `expect`. With STATGATE_UPDATE=1 in the environment, `expect` is rewritten instead; read
 * the difference before you commit it.
 */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "files.h"
#include "fixture.h"
#include "trace_text.h"

struct counts {
    struct tally total;
    uint64_t reasons[SG_REJECT_COUNT];
};

static struct counts count(const struct fixture *fx) {
    struct counts counts = {.total = *ledger_total(fx->ledger)};
    for (int service = -1; service < (int)fx->set.count; service++)
        for (int i = 0; i < SG_REJECT_COUNT; i++)
            counts.reasons[i] += ledger_reasons(fx->ledger, service)[i];
    return counts;
}

static void write_difference(struct strbuf *out, const struct fixture *fx,
                             const struct counts *before) {
    const struct counts after = count(fx);
    strbuf_puts(out, " ");
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (after.total.by_verdict[i] != before->total.by_verdict[i])
            strbuf_printf(
                out, " %s %llu", ledger_verdict_text((enum verdict)i),
                (unsigned long long)(after.total.by_verdict[i] - before->total.by_verdict[i]));
    for (int i = 0; i < SG_REJECT_COUNT; i++) {
        if (after.reasons[i] == before->reasons[i])
            continue;
        strbuf_printf(out, " %s", sg_reject_label((enum sg_reject)i));
        const struct recent *recent = ledger_recent(fx->ledger, 0);
        if (recent && recent->reason == (enum sg_reject)i)
            strbuf_printf(out, "@%zu", recent->offset);
    }
    strbuf_putc(out, '\n');
}

/* The rest of the line after the word of the directive, or NULL if it is another directive. */
static const char *argument(const char *line, const char *word) {
    const size_t len = strlen(word);
    if (strncmp(line, word, len) != 0 || (line[len] != '\0' && line[len] != ' '))
        return NULL;
    return line[len] == ' ' ? line + len + 1 : "";
}

static void explain(struct fixture *fx, const char *line, struct strbuf *out) {
    static struct gate_trace trace;
    gate_explain(fx->gate, (struct sg_span){line, strlen(line)}, &fx->origin, fx->now, &trace);
    strbuf_printf(out, "? %s\n", line);
    trace_text_put(out, &trace);
}

/* One of `@inputs`. Fills ret_services. */
static struct gate_input read_input(const struct fixture *fx, char *text,
                                    const struct catalog **ret_services) {
    char *services = text;
    const char *kind = strsep(&services, "=");
    struct gate_input input = {.services = ret_services,
                               .anonymous = strncmp(kind, "anonymous", 9) == 0,
                               .statsd_gauges = strstr(kind, "+statsd") != NULL};
    while (services != NULL && *services != '\0') {
        const char *name = strsep(&services, ",");
        ret_services[input.service_count] = catalog_set_find(&fx->set, name, strlen(name));
        cr_assert(ret_services[input.service_count++] != NULL);
    }
    if (input.service_count == 0)
        input.services = NULL;
    return input;
}

static void set_inputs(struct fixture *fx, const char *text) {
    enum { INPUTS = 4, SERVICES = 8 };
    const struct catalog *services[INPUTS][SERVICES];
    struct gate_input inputs[INPUTS];
    char copy[256];
    size_t count = 0;
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *rest = copy; rest != NULL && count < INPUTS; count++)
        inputs[count] = read_input(fx, strsep(&rest, " "), services[count]);
    gate_set_inputs(fx->gate, inputs, count);
}

static void direct(struct fixture *fx, const char *line, bool *cut, struct strbuf *out) {
    const char *text;
    char *rest;
    if ((text = argument(line, "@sender"))) {
        fx->origin.pid = (int32_t)strtol(text, &rest, 10);
        fx->origin.uid = (uint32_t)strtoul(rest, &rest, 10);
        fx->origin.gid = (uint32_t)strtoul(rest, NULL, 10);
    } else if ((text = argument(line, "@advance"))) {
        const long ms = strtol(text, NULL, 10);
        fx->now.mono_ms += ms;
        fx->now.real_ms += ms;
    } else if ((text = argument(line, "@end"))) {
        struct owners *owners = store_owners(fx->store);
        owners_end(owners, owners_find(owners, (int32_t)strtol(text, NULL, 10)));
        while (!breakers_jobs_release(fx->breakers_jobs, fx->now, 1))
            ;
    } else if ((text = argument(line, "@socket"))) {
        const struct catalog *catalog = catalog_set_find(&fx->set, text, strlen(text));
        fx->origin.scope = catalog ? catalog->index + 1 : 0;
    } else if ((text = argument(line, "@inputs"))) {
        set_inputs(fx, text);
    } else if ((text = argument(line, "@input"))) {
        fx->origin.scope = gate_scope_of_input(&fx->set, (size_t)strtoul(text, NULL, 10));
    } else if (argument(line, "@cut")) {
        *cut = true;
    } else if ((text = argument(line, "@show"))) {
        breakers_jobs_publish(fx->breakers_jobs, fx->now);
        char *dump = fixture_dump(fx, *text ? text : NULL);
        strbuf_puts(out, dump);
        free(dump);
    } else if ((text = argument(line, "@explain"))) {
        explain(fx, text, out);
    } else if (argument(line, "@groups")) {
        char include[32];
        char exclude[32];
        cr_assert(sscanf(line, "@groups %31s %31s", include, exclude) == 2);
        fixture_select(fx, include, exclude);
    } else {
        cr_assert_fail("unknown directive: %s", line);
    }
}

static void run(struct fixture *fx, char *input, struct strbuf *out) {
    bool cut = false;
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (*line == '\0' || *line == '#')
            continue;
        if (*line == '@') {
            direct(fx, line, &cut, out);
            continue;
        }
        strbuf_printf(out, "> %s\n", line);
        const struct counts before = count(fx);
        fx->now.real_ms += 1000; /* the ring takes a bounded number of rejections a second */
        const size_t len = files_unescape(line);
        fixture_send_bytes(fx, line, len, cut);
        cut = false;
        write_difference(out, fx, &before);
    }
    char *dump = fixture_dump(fx, NULL);
    strbuf_puts(out, "= all series\n");
    strbuf_puts(out, dump);
    free(dump);
}

/* The books must close after every case. */
static void expect_closed(const struct fixture *fx) {
    uint64_t services = 0;
    for (int service = -1; service < (int)fx->set.count; service++)
        services += tally_total(ledger_service(fx->ledger, service));
    uint64_t senders = 0;
    for (size_t i = 0; i < ledger_sender_count(fx->ledger); i++)
        senders += tally_total(&ledger_sender_at(fx->ledger, i)->tally);
    cr_expect(services == tally_total(ledger_total(fx->ledger)));
    cr_expect(senders == tally_total(ledger_total(fx->ledger)));
}

static void run_case(const char *folder) {
    char path[1200];
    char *catalogs[9] = {NULL};
    for (int i = 0; i < 8; i++) {
        (void)snprintf(path, sizeof path, "%s/catalog%.0d.json", folder, i);
        catalogs[i] = files_read(path, NULL);
        if (!catalogs[i])
            break;
    }
    cr_assert(catalogs[0] != NULL, "%s has no catalog.json", folder);
    struct fixture fx;
    fixture_init(&fx, (const char *const *)catalogs);
    char *input = files_read_in(folder, "input");
    cr_assert(input != NULL, "%s has no input", folder);
    struct strbuf out;
    strbuf_init(&out);
    run(&fx, input, &out);
    expect_closed(&fx);
    (void)snprintf(path, sizeof path, "%s/expect", folder);
    if (getenv("STATGATE_UPDATE")) {
        files_write(path, out.data, out.len);
    } else {
        char *expect = files_read(path, NULL);
        cr_assert(expect != NULL, "%s", path);
        cr_expect(eq(str, strbuf_cstr(&out), expect), "%s:\n%s", folder, strbuf_cstr(&out));
        free(expect);
    }
    strbuf_done(&out);
    free(input);
    fixture_done(&fx);
    for (int i = 0; catalogs[i]; i++)
        free(catalogs[i]);
}

Test(gate_cases, every_case_gives_the_expected_verdicts_and_series) {
    struct files cases = files_list("cases/gate", "");
    for (size_t i = 0; i < cases.count; i++)
        run_case(cases.paths[i]);
    cr_expect(cases.count >= 10);
    files_free(&cases);
}
