/* SPDX-License-Identifier: MIT */
/*
 * bench_restore - the cost of taking over series from another process's object: in one step; and in
 * two, the first while that process still works and the second after it has stopped. Prints CPU
 * time per series in ns, for each kind and for all together, and the time of a memcpy of the
 * object's reached bytes in the same run, which is the least that any copy can take.
 *
 * Between the two steps one series of a hundred gets a sample, and one of a thousand ends.
 *
 * usage: bench_restore [series of each kind]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "figure.h"
#include "ledger/ledger.h"
#include "loader/loader.h"
#include "stack.h"
#include "store/store.h"

enum { PROCESSES = 16, OBSERVATIONS = 3, SAMPLED = 100, ENDED = 1000 };

static const char *const kinds[] = {
    "\"type\":\"counter\"", "\"type\":\"gauge\"",
    "\"type\":\"histogram\",\"buckets\":[0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10]",
    "\"type\":\"summary\",\"quantiles\":[0.5,0.99],\"window_s\":60",
    "\"type\":\"gauge\",\"merge\":\"sum\""};
static const char *const names[] = {"counter", "gauge", "histogram", "summary", "parts"};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* A process: its object and the tables in it. */
struct side {
    struct catalog_set set;
    struct object_file file;
    struct object *object;
    struct store *store;
    struct store_time now;
};

/* Makes a set with a family of each kind from `first` up to `end`, which is not included. */
static void load(struct catalog_set *set, uint32_t series, int first, int end) {
    static char text[4096];
    struct error error;
    int len = snprintf(text, sizeof text,
                       "{\"statgate\":1,\"service\":\"b\",\"max_series\":10000000,\"families\":{");
    for (int i = first; i < end; i++)
        len += snprintf(text + len, sizeof text - (size_t)len,
                        "%s\"b%d%s\":{%s,\"help\":\"\",\"labels\":{\"u\":{\"pattern\":\"[a-z0-9]+"
                        "\",\"max\":%u}}}",
                        i > first ? "," : "", i, i == 0 ? "_total" : "", kinds[i], series);
    (void)snprintf(text + len, sizeof text - (size_t)len, "}}");
    catalog_set_init(set);
    struct catalog *catalog = loader_text("bench", text, strlen(text), false, &error);
    if (catalog != NULL)
        catalog_set_add(set, catalog);
    if (catalog == NULL || !catalog_set_finish(set, &error)) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

static struct object *make_object(struct side *side) {
    const unsigned char boot[OBJECT_BOOT_BYTES] = {0};
    const struct object_place place = {.at = side->file.at,
                                       .size = side->file.size,
                                       .reach = host_object_file_reach,
                                       .arg = &side->file};
    struct object *object = object_new(&place, &side->set, boot);
    if (object == NULL)
        bench_die("memory");
    return object;
}

static void open_side(struct side *side, uint32_t series, int first, int end) {
    struct error error;
    load(&side->set, series, first, end);
    side->now = (struct store_time){.mono_ms = 1000000, .real_ms = 1700000000000};
    if (!host_object_file_make(object_bytes(&side->set) + store_object_bytes(&side->set),
                               &side->file, &error))
        bench_die(error.text);
    side->object = make_object(side);
    side->store = store_new(side->object, &side->set, 7, side->now);
    if (side->store == NULL)
        bench_die("memory");
}

static void close_side(struct side *side) {
    store_free(side->store);
    object_free(side->object);
    host_object_file_close(&side->file);
    catalog_set_done(&side->set);
}

static const struct series *find(struct side *side, const struct catalog_family *family,
                                 uint32_t number) {
    char text[32];
    const int len = snprintf(text, sizeof text, "user%u", number);
    const struct store_label label = {.id = -1, .text = text, .len = (size_t)len};
    const struct series *series;
    int at;
    if (store_series(side->store, family, &label, side->now, &series, &at) != STORE_FOUND)
        bench_die("a series");
    return series;
}

static void sample(struct side *side, const struct catalog_family *family, uint32_t number) {
    const struct series *series = find(side, family, number);
    if (family_is_owned(family)) {
        const owner_id owner =
            owners_begin(store_owners(side->store), 1 + (int32_t)(number % PROCESSES));
        (void)store_own(side->store, family, series, owner, 0, number, side->now);
    } else {
        (void)store_number(side->store, family, series, 0.001 * (1 + number % 977), 1, 0,
                           side->now);
    }
    undo_commit(object_undo(side->object));
}

static void fill(struct side *side, uint32_t series) {
    for (size_t f = 0; f < side->set.family_count; f++)
        for (uint32_t i = 0; i < series; i++)
            for (int k = 0; k < OBSERVATIONS; k++)
                sample(side, side->set.families[f], i);
}

static void go_on(struct side *side, uint32_t series) {
    for (size_t f = 0; f < side->set.family_count; f++) {
        const struct catalog_family *family = side->set.families[f];
        for (uint32_t i = 0; i < series; i += SAMPLED)
            sample(side, family, i);
        for (uint32_t i = 1; i < series; i += ENDED) {
            store_remove(side->store, find(side, family, i));
            undo_commit(object_undo(side->object));
        }
    }
}

/* ---- taking over ---- */

struct cost {
    double at_once;
    double ahead;
    double again; /* the step ahead, a second time */
    double finish;
    double copy;
};

static double since(uint64_t start) {
    return (double)(bench_cpu_ns() - start);
}

static struct object_file look(const struct side *former) {
    struct object_file file;
    struct error error;
    if (!host_object_file_open(dup(former->file.fd), &file, &error))
        bench_die(error.text);
    return file;
}

static void must(bool good, const char *what) {
    if (!good)
        bench_die(what);
}

static void at_once(const struct side *former, struct side *next, struct cost *cost) {
    const unsigned char boot[OBJECT_BOOT_BYTES] = {0};
    struct object_file file = look(former);
    struct image image;
    struct error error;
    struct store_restored restored;
    must(image_open(&image, file.at, file.size, boot, &error), error.text);
    struct match *match = object_match_new(&image, &next->set, &error);
    must(match != NULL, "match");
    const uint64_t start = bench_cpu_ns();
    store_restore(next->store, &image, match, next->now, &restored);
    cost->at_once = since(start);
    object_match_free(match);
    host_object_file_close(&file);
}

static void in_two(struct side *former, struct side *next, uint32_t series, struct cost *cost) {
    const unsigned char boot[OBJECT_BOOT_BYTES] = {0};
    struct object_file file = look(former);
    struct image image;
    struct error error;
    struct store_restored restored;
    must(image_open_live(&image, file.at, file.size, boot, &error), error.text);
    struct match *match = object_match_new(&image, &next->set, &error);
    must(match != NULL, "match");
    struct store_restoring *restoring = store_restoring_new(next->store, &image, match, next->now);
    must(restoring != NULL, "memory");
    uint64_t start = bench_cpu_ns();
    store_restore_ahead(restoring);
    cost->ahead = since(start);
    go_on(former, series);
    start = bench_cpu_ns();
    store_restore_ahead(restoring);
    cost->again = since(start);
    go_on(former, series);
    start = bench_cpu_ns();
    must(image_settle(&image, &error), error.text);
    store_restore_finish(restoring, next->now, &restored);
    cost->finish = since(start);
    store_restoring_free(restoring);
    object_match_free(match);
    image_done(&image);
    host_object_file_close(&file);
}

/* Copies as many bytes as the object has reached, between memory that was touched before. */
static void copy(const struct side *former, struct cost *cost) {
    const size_t bytes = object_reached(former->object);
    unsigned char *from = malloc(bytes);
    unsigned char *to = malloc(bytes);
    must(from != NULL && to != NULL, "memory");
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    const uint64_t start = bench_cpu_ns();
    memcpy(to, from, bytes);
    __asm__ volatile("" ::"r"(to) : "memory");
    cost->copy = since(start);
    free(from);
    free(to);
}

static void run(const char *name, uint32_t series, int first, int end) {
    static struct side former;
    static struct side next;
    struct cost cost;
    const double all = (double)series * (end - first);
    open_side(&former, series, first, end);
    fill(&former, series);
    const double bytes = (double)object_reached(former.object);
    copy(&former, &cost);
    open_side(&next, series, first, end);
    at_once(&former, &next, &cost);
    close_side(&next);
    open_side(&next, series, first, end);
    in_two(&former, &next, series, &cost);
    close_side(&next);
    close_side(&former);
    (void)printf("%-10s %9.0f %9.1f %9.1f %9.1f %9.1f %9.1f %9.2f ms\n", name, all,
                 cost.at_once / all, cost.ahead / all, cost.again / all, cost.finish / all,
                 cost.copy / all, cost.finish / 1e6);
    bench_figure(bytes / all, "bytes", "restore.%s.object", name);
    bench_figure(cost.finish / all, "ns", "restore.%s.finish", name);
    (void)fflush(stdout);
}

/* ---- the books ---- */

static double take_books(const struct side *former, struct side *next) {
    const unsigned char boot[OBJECT_BOOT_BYTES] = {0};
    struct object_file file = look(former);
    struct image image;
    struct error error;
    must(image_open(&image, file.at, file.size, boot, &error), error.text);
    struct match *match = object_match_new(&image, &next->set, &error);
    struct ledger *ledger = ledger_new(NULL, &next->set, 7);
    must(match != NULL && ledger != NULL, "memory");
    const uint64_t start = bench_cpu_ns();
    ledger_restore(ledger, &image, match);
    const double ns = since(start);
    ledger_free(ledger);
    object_match_free(match);
    host_object_file_close(&file);
    return ns;
}

/* Measures taking over a ledger that is full of senders. */
static void run_books(void) {
    static struct side former;
    struct error error;
    bool is_new;
    load(&former.set, 10, 0, 1);
    former.now = (struct store_time){.mono_ms = 1000000, .real_ms = 1700000000000};
    must(host_object_file_make(object_bytes(&former.set) + ledger_object_bytes(&former.set),
                               &former.file, &error),
         error.text);
    former.object = make_object(&former);
    struct ledger *ledger = ledger_new(former.object, &former.set, 7);
    must(ledger != NULL, "memory");
    for (int32_t pid = 1; pid <= SENDERS_MAX; pid++) {
        (void)ledger_sender(ledger, pid, 1, 1, former.now.real_ms + pid, &is_new);
        undo_commit(object_undo(former.object));
    }
    const double ns = take_books(&former, &former);
    (void)printf("%-10s %9d %9.1f %39s %9.2f ms\n", "senders", SENDERS_MAX, ns / SENDERS_MAX, "",
                 ns / 1e6);
    ledger_free(ledger);
    object_free(former.object);
    host_object_file_close(&former.file);
    catalog_set_done(&former.set);
}

int main(int argc, char **argv) {
    const long series = argc > 1 ? strtol(argv[1], NULL, 10) : 25000;
    if (series < 1 || series > 4000000) {
        (void)fprintf(stderr, "usage: bench_restore [series of each kind]\n");
        return 2;
    }
    (void)printf("%-10s %9s %9s %9s %9s %9s %9s %9s\n", "ns/series", "series", "at once", "ahead",
                 "again", "finish", "memcpy", "finish");
    for (int i = 0; i < KINDS; i++)
        run(names[i], (uint32_t)series, i, i + 1);
    run("all", (uint32_t)series, 0, KINDS);
    run_books();
    return 0;
}
