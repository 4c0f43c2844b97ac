/* SPDX-License-Identifier: MIT */
/*
 * Lines that are only tried.
 *
 * All lines of tests/cases/gate are tried before they are applied. Both give the same trace, and
 * trying changes nothing: no byte of the object, and none of what store, ledger, machines and gate
 * have on the heap.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "assertions.h"
#include "files.h"
#include "fixture.h"
#include "gate/gate.h"
#include "region.h"
#include "store/store.h"
#include "trace_text.h"

/* ---- memory that can be compared ---- */

enum { HEAP_BYTES = 256 << 20, HEAP_ALIGN = 64 };

/* A heap that only grows. */
struct heap {
    struct memory memory;
    char *bytes;
    size_t used;
};

static void *heap_alloc(void *arg, size_t size) {
    struct heap *heap = arg;
    char *piece = heap->bytes + heap->used;
    heap->used += (size + HEAP_ALIGN - 1) / HEAP_ALIGN * HEAP_ALIGN;
    cr_assert(lt(sz, heap->used, HEAP_BYTES));
    return piece;
}

static void *heap_resize(void *arg, void *piece, size_t size) {
    char *other = heap_alloc(arg, size);
    const struct heap *heap = arg;
    const size_t before = piece != NULL ? (size_t)(other - (char *)piece) : 0;
    if (before > 0)
        memcpy(other, piece, before < size ? before : size);
    (void)heap;
    return other;
}

static void heap_release(void *arg, void *piece) {
    (void)arg;
    (void)piece;
}

static void heap_init(struct heap *heap) {
    *heap = (struct heap){.memory = {heap_alloc, heap_resize, heap_release, heap}};
    heap->bytes = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert(ne(ptr, heap->bytes, MAP_FAILED));
}

/* A fixture whose every byte can be compared. */
struct scene {
    struct fixture fx;
    struct region region;
    struct heap heap;
};

static void scene_init(struct scene *scene, const char *const *catalogs) {
    struct fixture *fx = &scene->fx;
    fixture_init(fx, catalogs);
    fixture_close(fx);
    heap_init(&scene->heap);
    region_init(&scene->region, object_bytes(&fx->set) + store_object_bytes(&fx->set) +
                                    ledger_object_bytes(&fx->set) +
                                    breakers_jobs_object_bytes(&fx->set) + 65536);
    fx->object = object_new(memory_heap(), &scene->region.place, &fx->set, region_boot);
    cr_assert(ne(ptr, fx->object, NULL));
    cr_assert(fixture_open(fx, &scene->heap.memory));
}

static void scene_done(struct scene *scene) {
    fixture_close(&scene->fx);
    object_free(scene->fx.object);
    scene->fx.object = NULL;
    fixture_done(&scene->fx);
    region_done(&scene->region);
    munmap(scene->heap.bytes, HEAP_BYTES);
}

/* ---- trying ---- */

struct bytes {
    char *heap;
    size_t heap_len;
    unsigned char *object;
};

static struct bytes bytes_of(const struct scene *scene) {
    struct bytes bytes = {.heap = malloc(scene->heap.used),
                          .heap_len = scene->heap.used,
                          .object = region_copy(&scene->region)};
    cr_assert(bytes.heap != NULL);
    memcpy(bytes.heap, scene->heap.bytes, bytes.heap_len);
    return bytes;
}

static void expect_untouched(const struct scene *scene, struct bytes before, const char *line) {
    const struct bytes after = bytes_of(scene);
    const size_t size = object_reached(scene->fx.object);
    cr_assert(eq(sz, after.heap_len, before.heap_len), "%s", line);
    cr_assert(memcmp(after.heap, before.heap, before.heap_len) == 0, "%s", line);
    cr_assert(memcmp(after.object, before.object, size) == 0, "%s", line);
    free(before.heap);
    free(after.heap);
    region_drop(&scene->region, before.object);
    region_drop(&scene->region, after.object);
}

static struct gate_trace tried;
static struct gate_trace done;

/* Leaves out what must differ when a line is only tried: a new owner has no number yet, and a new
 * series no place. */
static void put_trace(struct strbuf *out, struct gate_trace *trace) {
    trace->owner = OWNER_NONE;
    trace->series = NULL;
    trace_text_put(out, trace);
    strbuf_puts(out, trace->shows ? "shows\n" : "shows nothing\n");
}

static void try_then_apply(struct scene *scene, struct sg_span line, const char *where) {
    struct fixture *fx = &scene->fx;
    struct strbuf expected;
    struct strbuf found;
    strbuf_init(&expected);
    strbuf_init(&found);
    const struct bytes before = bytes_of(scene);
    gate_try(fx->gate, line, fx->origin.scope, NULL, &tried);
    gate_try(fx->gate, line, fx->origin.scope, &fx->origin, &tried);
    expect_untouched(scene, before, where);
    put_trace(&found, &tried);
    gate_explain(fx->gate, line, &fx->origin, fx->now, &done);
    put_trace(&expected, &done);
    cr_expect(eq(str, (char *)strbuf_cstr(&found), (char *)strbuf_cstr(&expected)), "%s: %.*s",
              where, (int)line.len, line.at);
    strbuf_done(&expected);
    strbuf_done(&found);
}

static void take_datagram(struct scene *scene, const char *text, size_t len, const char *where) {
    struct sg_lines lines;
    struct sg_span line;
    sg_lines_init(&lines, text, len);
    while (sg_lines_next(&lines, &line, NULL))
        try_then_apply(scene, line, where);
}

/* ---- the cases of the gate ---- */

/* Follows those directives of test_cases.c that change something. */
static void direct(struct scene *scene, char *line, const char *where) {
    struct fixture *fx = &scene->fx;
    char *rest;
    if (strncmp(line, "@sender ", 8) == 0) {
        fx->origin.pid = (int32_t)strtol(line + 8, &rest, 10);
        fx->origin.uid = (uint32_t)strtoul(rest, &rest, 10);
        fx->origin.gid = (uint32_t)strtoul(rest, NULL, 10);
    } else if (strncmp(line, "@advance ", 9) == 0) {
        const long ms = strtol(line + 9, NULL, 10);
        fx->now.mono_ms += ms;
        fx->now.real_ms += ms;
        for (size_t budget = 0; budget == 0;) {
            budget = SIZE_MAX;
            (void)store_expire(fx->store, fx->now, &budget); /* as the daemon does all the time */
        }
    } else if (strncmp(line, "@end ", 5) == 0) {
        struct owners *owners = store_owners(fx->store);
        owners_end(owners, owners_find(owners, (int32_t)strtol(line + 5, NULL, 10)));
        while (!breakers_jobs_release(fx->breakers_jobs, fx->now, 1))
            ;
    } else if (strncmp(line, "@socket ", 8) == 0) {
        const struct catalog *catalog = catalog_set_find(&fx->set, line + 8, strlen(line + 8));
        fx->origin.scope = catalog != NULL ? catalog->index + 1 : 0;
    } else if (strncmp(line, "@explain ", 9) == 0) {
        take_datagram(scene, line + 9, strlen(line + 9), where);
    } else if (strncmp(line, "@groups ", 8) == 0) {
        char include[32];
        char exclude[32];
        cr_assert(eq(int, sscanf(line, "@groups %31s %31s", include, exclude), 2));
        fixture_select(fx, include, exclude);
    }
}

static void run_case(const char *folder) {
    static struct scene scene;
    char path[1200];
    char *catalogs[9] = {NULL};
    for (int i = 0; i < 8; i++) {
        (void)snprintf(path, sizeof path, "%s/catalog%.0d.json", folder, i);
        if ((catalogs[i] = files_read(path, NULL)) == NULL)
            break;
    }
    scene_init(&scene, (const char *const *)catalogs);
    char *input = files_read_in(folder, "input");
    char *rest = input;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (*line == '\0' || *line == '#')
            continue;
        if (*line == '@')
            direct(&scene, line, folder);
        else
            take_datagram(&scene, line, files_unescape(line), folder);
    }
    free(input);
    scene_done(&scene);
    for (int i = 0; catalogs[i] != NULL; i++)
        free(catalogs[i]);
}

TestSuite(gate_try, .timeout = 300);

Test(gate_try, all_lines_of_the_cases_are_foretold_and_nothing_is_touched) {
    struct files cases = files_list("cases/gate", "");
    for (size_t i = 0; i < cases.count; i++)
        run_case(cases.paths[i]);
    cr_expect(ge(sz, cases.count, 10));
    files_free(&cases);
}

/* ---- what the cases do not have ---- */

static void take_lines(const char *families, const char *const *lines) {
    static struct scene scene;
    static char text[4096];
    (void)snprintf(text, sizeof text, "{\"statgate\":1,\"service\":\"s\",%s}", families);
    scene_init(&scene, (const char *const[]){text, NULL});
    for (; *lines != NULL; lines++)
        take_datagram(&scene, *lines, strlen(*lines), *lines);
    scene_done(&scene);
}

Test(gate_try, values_of_one_line_are_added_up) {
    static const char families[] =
        "\"families\":{\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"a\"]}},"
        "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"labels\":{\"x\":[\"a\"]}},"
        "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1],\"labels\":{\"x\":[\"a\"]}},"
        "\"q\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5],\"labels\":{\"x\":[\"a\"]}},"
        "\"r_total\":{\"type\":\"counter\",\"reading\":\"absolute\",\"help\":\"\"},"
        "\"m\":{\"type\":\"gauge\",\"merge\":\"sum\",\"absent\":-1,\"help\":\"\"}}";
    static const char *const lines[] = {"c_total:1e308:1e308:1|c|#x:a",
                                        "c_total:1e308:-1:x|c|#x:a",
                                        "u:1e308:1e308:-1e308:1e308|c|#x:a",
                                        "u:-1e308|c|@0.01|#x:a",
                                        "h:1e308:1e308:-1:2|h|#x:a",
                                        "h:1|h|@1e-17|#x:a",
                                        "h:1|h|@0.3|#x:a",
                                        "q:1e308:1e308:-1:0|d|#x:a",
                                        "r_total:1e308:9e307:2:1|g",
                                        "r_total:9e307|g",
                                        "r_total:-1:1e308|g",
                                        "m:-1|g",
                                        "m:1:-1|g",
                                        "m:-1:1|g",
                                        "m:1.7e308|g",
                                        "m:-1|g",
                                        NULL};
    take_lines(families, lines);
}

Test(gate_try, words_of_one_line_follow_each_other) {
    static const char families[] = "\"attempts\":{\"up\":{\"labels\":{\"job\":[\"a\"]},\"success\":"
                                   "[\"ok\"],\"failure\":[\"no\"],"
                                   "\"breaker\":\"reported\"}},"
                                   "\"jobs\":{\"zip\":{\"labels\":{\"queue\":[\"fast\",\"slow\"]},"
                                   "\"max_live\":1,\"buckets\":[1]}}";
    static const char *const lines[] = {
        "up:open:open:closed|b|#job:a",
        "up:closed|b|#job:a",
        "up:ok:no:what|a|#job:a",
        "zip:queued:queued:started:started:queued|j|#queue:fast|i:1",
        "zip:queued|j|#queue:slow|i:1",
        "zip:queued|j|#queue:slow|i:2",
        "zip:succeeded:succeeded:started|j|#queue:slow|i:1",
        "zip:started:failed:started:lost|j|#queue:slow|i:3",
        "zip:failed|j|#queue:slow|i:3",
        "zip:failed|j|#queue:slow|i:3",
        "zip:queued|j|#queue:slow|i:",
        "zip:queued|j|#queue:slow",
        NULL};
    take_lines(families, lines);
}

Test(gate_try, whoever_may_send_and_own_is_meant_where_nobody_is_named) {
    static struct scene scene;
    static const char line[] = "g:1|g";
    scene_init(&scene,
               (const char *const[]){
                   "{\"statgate\":1,\"service\":\"s\",\"senders\":{\"uid\":[5]},\"families\":{"
                   "\"g\":{\"type\":\"gauge\",\"merge\":\"sum\",\"help\":\"\"}}}",
                   NULL});
    gate_try(scene.fx.gate, (struct sg_span){line, strlen(line)}, 0, &scene.fx.origin, &tried);
    cr_expect(eq(int, (int)tried.reason, (int)SG_REJECT_FORBIDDEN_SENDER));
    gate_try(scene.fx.gate, (struct sg_span){line, strlen(line)}, 0, NULL, &tried);
    cr_expect(eq(int, (int)tried.verdict, (int)VERDICT_ACCEPTED));
    cr_expect(tried.made);
    cr_expect(eq(u64, tried.samples[VERDICT_ACCEPTED], 1));
    scene_done(&scene);
}
