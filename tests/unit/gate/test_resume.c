/* SPDX-License-Identifier: MIT */
/*
 * A process ends while a batch is applied, and another one continues with its object.
 *
 * The cases of tests/cases/gate are applied in the smallest steps. After each step a second stack
 * takes over a copy of the object and applies the rest of the batch. It must then have the same as
 * the first one has at its end. If a step ends within a line, the first process is a child, which
 * is led there instruction by instruction and then killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "books.h"
#include "files.h"
#include "fixture.h"
#include "object/object.h"
#include "region.h"
#include "sanitized.h"
#include "store/store.h"

TestSuite(gate_resume, .timeout = 300);

/* A stack in an object. */
struct stack {
    struct fixture fx;
    struct region region;
};

static uint64_t bytes_of(const struct catalog_set *set) {
    return object_bytes(set) + store_object_bytes(set) + ledger_object_bytes(set) +
           breakers_jobs_object_bytes(set) + 65536;
}

static void open_at(struct fixture *fx, const struct object_place *place) {
    fx->object = object_new(place, &fx->set, region_boot);
    cr_assert(ne(ptr, fx->object, NULL));
    cr_assert(fixture_open(fx));
}

static void stack_open(struct stack *stack) {
    region_init(&stack->region, bytes_of(&stack->fx.set));
    open_at(&stack->fx, &stack->region.place);
}

static void stack_close(struct stack *stack) {
    fixture_close(&stack->fx);
    object_free(stack->fx.object);
    stack->fx.object = NULL;
    region_done(&stack->region);
}

static void stack_init(struct stack *stack, const char *const *catalogs) {
    fixture_init(&stack->fx, catalogs);
    fixture_close(&stack->fx);
    stack_open(stack);
}

static void stack_done(struct stack *stack) {
    stack_close(stack);
    fixture_done(&stack->fx);
}

/* Writes all visible state: series and ledger. */
static void dump(struct fixture *fx, struct strbuf *out) {
    strbuf_clear(out);
    breakers_jobs_publish(fx->breakers_jobs, fx->now);
    char *series = fixture_dump(fx, NULL);
    strbuf_puts(out, series);
    free(series);
    books_dump(fx->ledger, &fx->set, out);
    books_expect_closed(fx->ledger, &fx->set);
}

/* ---- batches ---- */

enum { BATCH_MAX = 64 };

struct batch {
    struct gate_datagram datagrams[BATCH_MAX];
    size_t count;
};

static void apply(struct fixture *fx, const struct batch *batch, size_t from) {
    while (from < batch->count)
        from +=
            gate_batch(fx->gate, batch->datagrams + from, batch->count - from, SIZE_MAX, fx->now);
    cr_expect(not(gate_is_midway(fx->gate)));
}

/* Take over an object, and apply what its process left of a batch. */
static void resume(struct fixture *fx, unsigned char *object, uint64_t size,
                   const struct batch *batch) {
    struct error error;
    struct image image;
    struct store_restored restored;
    cr_assert(image_open(&image, object, size, region_boot, &error), "%s", error.text);
    struct match *match = object_match_new(&image, &fx->set, &error);
    cr_assert(ne(ptr, match, NULL), "%s", error.text);
    store_restore(fx->store, &image, match, fx->now, &restored);
    ledger_restore(fx->ledger, &image, match);
    breakers_jobs_restore(fx->breakers_jobs, &image, match, fx->now);
    object_match_free(match);
    struct undo_position position = image.position;
    position.accepted = 0;
    undo_commit_at(object_undo(fx->object), &position);
    apply(fx, batch, position.datagram);
}

/* ---- between lines ---- */

struct cuts {
    struct stack first;
    struct stack second;
    struct strbuf expect;
    struct strbuf *found; /* by the second stack, for each cut */
    size_t count;
};

static void cut(struct cuts *cuts, const struct batch *batch) {
    unsigned char *copy = region_copy(&cuts->first.region);
    cuts->found = realloc(cuts->found, (cuts->count + 1) * sizeof *cuts->found);
    cr_assert(ne(ptr, cuts->found, NULL));
    strbuf_init(&cuts->found[cuts->count]);
    stack_open(&cuts->second);
    cuts->second.fx.now = cuts->first.fx.now;
    resume(&cuts->second.fx, copy, cuts->first.region.place.size, batch);
    dump(&cuts->second.fx, &cuts->found[cuts->count++]);
    stack_close(&cuts->second);
    region_drop(&cuts->first.region, copy);
}

static void run_batch(struct cuts *cuts, const struct batch *batch, const char *name) {
    static const struct undo_position start = {0};
    struct fixture *fx = &cuts->first.fx;
    size_t done = 0;
    undo_commit_at(object_undo(fx->object), &start);
    cut(cuts, batch);
    while (done < batch->count) {
        done += gate_batch(fx->gate, batch->datagrams + done, batch->count - done, 1, fx->now);
        cut(cuts, batch);
    }
    dump(fx, &cuts->expect);
    for (size_t i = 0; i < cuts->count; i++) {
        cr_expect(strcmp(strbuf_cstr(&cuts->found[i]), strbuf_cstr(&cuts->expect)) == 0,
                  "%s, cut %zu:\n%s\nwhere it was\n%s", name, i, strbuf_cstr(&cuts->found[i]),
                  strbuf_cstr(&cuts->expect));
        strbuf_done(&cuts->found[i]);
    }
    cuts->count = 0;
}

/* ---- cases ---- */

static const char *argument(const char *line, const char *word) {
    const size_t len = strlen(word);
    return strncmp(line, word, len) == 0 ? line + len : NULL;
}

/* Follows a directive that takes effect between batches. False if it is about the next
 * datagrams. */
static bool direct(struct fixture *fx, const char *line) {
    const char *text;
    if ((text = argument(line, "@advance "))) {
        const long ms = strtol(text, NULL, 10);
        fx->now.mono_ms += ms;
        fx->now.real_ms += ms;
        return true;
    }
    if ((text = argument(line, "@end "))) {
        struct owners *owners = store_owners(fx->store);
        owners_end(owners, owners_find(owners, (int32_t)strtol(text, NULL, 10)));
        while (!breakers_jobs_release(fx->breakers_jobs, fx->now, 1))
            ;
        return true;
    }
    return false;
}

static void address(struct fixture *fx, const char *line, bool *truncated) {
    const char *text;
    char *rest;
    if ((text = argument(line, "@sender "))) {
        fx->origin.pid = (int32_t)strtol(text, &rest, 10);
        fx->origin.uid = (uint32_t)strtoul(rest, &rest, 10);
        fx->origin.gid = (uint32_t)strtoul(rest, NULL, 10);
    } else if ((text = argument(line, "@socket "))) {
        const struct catalog *catalog = catalog_set_find(&fx->set, text, strlen(text));
        fx->origin.scope = catalog ? catalog->index + 1 : 0;
    } else if (argument(line, "@cut")) {
        *truncated = true;
    }
}

static void run_lines(struct cuts *cuts, char *input, const char *name) {
    struct fixture *fx = &cuts->first.fx;
    struct batch batch = {.count = 0};
    bool truncated = false;
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (*line == '\0' || *line == '#')
            continue;
        const bool breaks = argument(line, "@advance ") || argument(line, "@end ");
        if (batch.count == BATCH_MAX || (breaks && batch.count > 0)) {
            run_batch(cuts, &batch, name);
            batch.count = 0;
        }
        if (*line == '@') {
            if (!direct(fx, line))
                address(fx, line, &truncated);
            continue;
        }
        const size_t len = files_unescape(line);
        batch.datagrams[batch.count++] = (struct gate_datagram){
            .data = line, .len = len, .truncated = truncated, .origin = fx->origin};
        truncated = false;
    }
    run_batch(cuts, &batch, name);
}

static void run_case(const char *folder) {
    struct cuts cuts = {.count = 0};
    char path[1200];
    char *catalogs[9] = {NULL};
    for (int i = 0; i < 8; i++) {
        (void)snprintf(path, sizeof path, "%s/catalog%.0d.json", folder, i);
        catalogs[i] = files_read(path, NULL);
        if (!catalogs[i])
            break;
    }
    stack_init(&cuts.first, (const char *const *)catalogs);
    fixture_init(&cuts.second.fx, (const char *const *)catalogs);
    fixture_close(&cuts.second.fx);
    strbuf_init(&cuts.expect);
    char *input = files_read_in(folder, "input");
    run_lines(&cuts, input, folder);
    free(input);
    free(cuts.found);
    strbuf_done(&cuts.expect);
    stack_done(&cuts.first);
    fixture_done(&cuts.second.fx);
    for (int i = 0; catalogs[i]; i++)
        free(catalogs[i]);
}

Test(gate_resume, what_is_left_of_a_batch_is_applied_once) {
    struct files cases = files_list("cases/gate", "");
    for (size_t i = 0; i < cases.count; i++)
        run_case(cases.paths[i]);
    files_free(&cases);
}

Test(gate_resume, reports_and_samples_of_a_datagram_count_once) {
    static const char *const catalogs[] = {"{\"statgate\":1,\"service\":\"test\",\"families\":{"
                                           "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
                                           NULL};
    char input[] = "c_total:1:2|c|q:7,10,2\\nc_total:3|c\\n\\nnonsense\\n_sc|x|0\\nc_total:4|c\\n\n"
                   "@sender 8 1 1\n"
                   "nonsense|q:9,20,5\\nc_total:1|c\\ndatadog.dogstatsd.client.metrics:5:6|c\n"
                   "\\n\n"
                   "c_total:1|c|q:9,26,5\\nc_total:1|c\\nc_total:1|c\\nc_total:1|c\\nc_total:1|c\n";
    struct cuts cuts = {.count = 0};
    stack_init(&cuts.first, catalogs);
    fixture_init(&cuts.second.fx, catalogs);
    fixture_close(&cuts.second.fx);
    strbuf_init(&cuts.expect);
    run_lines(&cuts, input, "reports");
    cr_expect(eq(u64, ledger_sender_at(cuts.first.fx.ledger, 0)->sent, 8));
    free(cuts.found);
    strbuf_done(&cuts.expect);
    stack_done(&cuts.first);
    fixture_done(&cuts.second.fx);
}

/* ---- within a line ---- */

static const char *const families[] = {
    "{\"statgate\":1,\"service\":\"test\",\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"1\"]}},"
    "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1,10]}},"
    "\"attempts\":{\"a\":{\"success\":[\"ok\"],\"failure\":[\"bad\"]}}}",
    NULL};

static void reach_all(void *arg, uint64_t offset, uint64_t bytes) {
    (void)arg;
    (void)offset;
    (void)bytes;
}

/* A process of its own that applies a batch, one instruction at a time. */
static pid_t begin_process(struct fixture *fx, const struct batch *batch) {
    int status;
    const pid_t child = fork();
    cr_assert(le(int, 0, child));
    if (child == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        apply(fx, batch, 0);
        _exit(0);
    }
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    return child;
}

/* Runs one instruction. False if the process has ended. */
static bool step(pid_t child) {
    int status;
    const long stepped = ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
    cr_assert(stepped == 0);
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    return WIFSTOPPED(status);
}

static uint32_t values_committed(const struct fixture *fx) {
    volatile const struct undo *undo = object_undo(fx->object);
    return undo->positions[undo->state >> UNDO_POSITION_SHIFT & 1].values & 0x7fff;
}

/* Checks what the next process would have, if this one ended now. */
static void expect_resumed(const struct object_place *place, const struct batch *batch,
                           struct strbuf *expect, unsigned instructions) {
    struct stack second;
    struct strbuf found;
    unsigned char *copy = malloc(place->size);
    cr_assert(ne(ptr, copy, NULL));
    memcpy(copy, place->at, place->size);
    stack_init(&second, families);
    resume(&second.fx, copy, place->size, batch);
    strbuf_init(&found);
    dump(&second.fx, &found);
    cr_expect(strcmp(strbuf_cstr(&found), strbuf_cstr(expect)) == 0,
              "killed after %u:\n%s\nwhere it was\n%s", instructions, strbuf_cstr(&found),
              strbuf_cstr(expect));
    strbuf_done(&found);
    stack_done(&second);
    free(copy);
}

/* Steps a process until it has committed `values` values of the line. Checks there, and at some
 * later instructions, what the next process would have. */
static void lead(struct fixture *fx, const struct object_place *place, const struct batch *batch,
                 struct strbuf *expect, uint32_t values) {
    static const unsigned at[] = {0, 10, 40, 100, 200, 400, 700, 2000};
    enum { COUNT = sizeof at / sizeof *at };
    const pid_t child = begin_process(fx, batch);
    unsigned since = 0;
    size_t next = 0;
    bool lives = true;
    while (lives && values_committed(fx) != values)
        lives = step(child);
    cr_assert(lives, "it gets there");
    for (; lives && next < COUNT; since++) {
        if (since == at[next]) {
            expect_resumed(place, batch, expect, since);
            next++;
        }
        lives = step(child);
    }
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

/* A stack in shared memory, so that another process can apply a batch in it. */
struct shared {
    struct fixture fx;
    struct object_place place;
};

static void shared_init(struct shared *shared) {
    fixture_init(&shared->fx, families);
    fixture_close(&shared->fx);
    const uint64_t size = (bytes_of(&shared->fx.set) + 65535) / 65536 * 65536;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(at != MAP_FAILED);
    shared->place = (struct object_place){.at = at, .size = size, .reach = reach_all};
    open_at(&shared->fx, &shared->place);
}

static void shared_done(struct shared *shared) {
    fixture_close(&shared->fx);
    object_free(shared->fx.object);
    fixture_done(&shared->fx);
    munmap(shared->place.at, shared->place.size);
}

static void put_whole(const struct batch *batch, struct strbuf *ret_text) {
    struct fixture whole;
    fixture_init(&whole, families);
    apply(&whole, batch, 0);
    dump(&whole, ret_text);
    fixture_done(&whole);
}

static void expect_batch_cut(const struct batch *batch, uint32_t values) {
    struct shared killed;
    struct strbuf expect;
    strbuf_init(&expect);
    put_whole(batch, &expect);
    shared_init(&killed);
    lead(&killed.fx, &killed.place, batch, &expect, values);
    shared_done(&killed);
    strbuf_done(&expect);
}

/* The datagram has a short line, a line with `count` times this value and then `tail`, and another
 * short line. */
static void expect_cut(const char *name, const char *value, size_t count, const char *tail,
                       uint32_t values) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "h:1|h|q:3,500,0\n%s", name);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, ":%s", value);
    strbuf_printf(&text, "%s\nh:5|h", tail);
    const struct batch batch = {
        .count = 1, .datagrams = {{.data = text.data, .len = text.len, .origin = {.pid = 9}}}};
    expect_batch_cut(&batch, values);
    strbuf_done(&text);
}

Test(gate_resume, a_long_line_goes_on_where_it_was, .disabled = SANITIZED) {
    expect_cut("c_total", "1", 150, "|c|#x:1", 64);
    expect_cut("h", "2", 140, "|h", 128);
}

Test(gate_resume, words_go_on_where_they_were) {
    expect_cut("a", "ok", 20, ":bad|a", 16);
}

Test(gate_resume, a_series_begins_with_its_first_good_value_later, .disabled = SANITIZED) {
    expect_cut("c_total", "x", 70, "|c|#x:1", 64);
    expect_cut("c_total", "x", 70, ":5|c|#x:1", 64);
    expect_cut("c_total", "1", 64, ":x|c|#x:1", 64);
}

/* The position shows at which datagram a process died. */
Test(gate_resume, the_position_names_the_datagram_whose_lines_are_next) {
    static const char *const texts[] = {"h:1|h", "\n", "h:2|h\nh:3|h\n"};
    struct batch batch = {.count = 3};
    for (size_t i = 0; i < batch.count; i++)
        batch.datagrams[i] =
            (struct gate_datagram){.data = texts[i], .len = strlen(texts[i]), .origin = {.pid = 9}};
    struct shared shared;
    struct strbuf seen;
    uint32_t last = 0;
    strbuf_init(&seen);
    shared_init(&shared);
    volatile const struct undo *undo = object_undo(shared.fx.object);
    const pid_t child = begin_process(&shared.fx, &batch);
    while (step(child)) {
        volatile const struct undo_position *position =
            &undo->positions[undo->state >> UNDO_POSITION_SHIFT & 1];
        const uint32_t now = (uint32_t)position->datagram << 16 | position->offset;
        if (now != last)
            strbuf_printf(&seen, "%u+%u ", position->datagram, position->offset);
        last = now;
    }
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&seen), "1+0 2+6 3+0 "));
    shared_done(&shared);
    strbuf_done(&seen);
}

static void look_at_undo(void *arg, const struct sender *sender) {
    struct undo *undo = arg;
    if (sender->pid == 2)
        cr_expect(lt(u32, undo_count(undo), 100));
}

/* Such datagrams have no line with which something is committed. */
Test(gate_resume, datagrams_without_lines_do_not_fill_the_undo_record) {
    enum { EMPTY = 2 * UNDO_MAX };
    struct stack stack;
    struct gate_datagram *datagrams = calloc(EMPTY + 2, sizeof *datagrams);
    stack_init(&stack, families);
    for (size_t i = 0; i < EMPTY + 2; i++)
        datagrams[i] = (struct gate_datagram){.data = "", .origin = {.pid = i <= EMPTY ? 1 : 2}};
    gate_on_new_sender(stack.fx.gate, look_at_undo, object_undo(stack.fx.object));
    cr_expect(
        eq(sz, gate_batch(stack.fx.gate, datagrams, EMPTY + 2, SIZE_MAX, stack.fx.now), EMPTY + 2));
    cr_expect(eq(sz, ledger_sender_count(stack.fx.ledger), 2));
    cr_expect(eq(u64, ledger_sender_at(stack.fx.ledger, 0)->datagrams, EMPTY + 1));
    stack_done(&stack);
    free(datagrams);
}

Test(gate_resume, each_part_of_a_line_is_counted) {
    struct fixture fx;
    struct strbuf text;
    fixture_init(&fx, families);
    strbuf_init(&text);
    strbuf_puts(&text, "c_total");
    for (int i = 0; i < 150; i++)
        strbuf_puts(&text, i % 50 == 0 ? ":x" : ":1");
    strbuf_puts(&text, "|c|#x:1\na:ok:bad:ok:ok:no:ok:ok:ok:ok:ok:ok:ok:ok:ok:ok:ok:ok:ok|a");
    fixture_send(&fx, strbuf_cstr(&text));
    cr_expect(eq(u64, ledger_total(fx.ledger)->by_verdict[VERDICT_ACCEPTED], 147 + 17));
    cr_expect(eq(u64, ledger_total(fx.ledger)->by_verdict[VERDICT_REJECTED], 3 + 1));
    strbuf_done(&text);
    fixture_done(&fx);
}

/* ---- a line that is watched ---- */

struct watch {
    struct stack *stack;
    struct gate_trace trace;
    uint64_t lines;
};

static struct gate_trace *want(void *arg, const struct gate_origin *origin) {
    (void)origin;
    return &((struct watch *)arg)->trace;
}

/* More words than are noted could not be put back. */
static size_t see(void *arg, const struct gate_watched *watched) {
    struct watch *watch = arg;
    (void)watched;
    cr_expect(lt(u32, undo_count(object_undo(watch->stack->fx.object)), UNDO_MAX / 8));
    watch->lines++;
    return 1;
}

Test(gate_resume, a_watched_line_is_committed_in_parts) {
    enum { VALUES = 4000 };
    static const char catalog[] = "{\"statgate\":1,\"service\":\"s\",\"families\":{"
                                  "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}}}";
    static struct stack stack;
    static struct watch watch = {.stack = &stack};
    const struct gate_watcher watcher = {want, see, &watch};
    struct strbuf line;
    strbuf_init(&line);
    stack_init(&stack, (const char *const[]){catalog, NULL});
    strbuf_puts(&line, "c_total:1");
    for (int i = 1; i < VALUES; i++)
        strbuf_puts(&line, i % 2 ? ":x" : ":1");
    strbuf_puts(&line, "|c");
    gate_watch(stack.fx.gate, &watcher);
    fixture_send_bytes(&stack.fx, line.data, line.len, false);
    cr_expect(eq(u64, watch.lines, 1));
    cr_expect(eq(u64, ledger_total(stack.fx.ledger)->by_verdict[VERDICT_REJECTED], VALUES / 2));
    cr_expect(eq(u64, ledger_total(stack.fx.ledger)->by_verdict[VERDICT_ACCEPTED], VALUES / 2));
    strbuf_done(&line);
    stack_done(&stack);
}
