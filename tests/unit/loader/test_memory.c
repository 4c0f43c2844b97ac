/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: every allocation fails in turn; each time the result is an error, and nothing
 * leaks.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "endpoint/endpoint.h"
#include "files.h"
#include "loader/loader.h"
#include "shortage.h"
#include "usual_options.h"

static bool in_json; /* the allocation that failed was jansson's */

static void *json_allocate(size_t size) {
    in_json |= shortage_is_next();
    return malloc(size);
}

#define REST                                                                                       \
    "\"socket\":\"/run/"                                                                           \
    "shop\",\"groups\":[\"g\",\"h\"],\"ignore_labels\":[\"env\"],\"scope\":{\"name\":{\"env\":"    \
    "\"PATH\"}},"                                                                                  \
    "\"senders\":{\"uid\":[0],\"gid\":[0]},\"sets\":{\"outcome\":[\"ok\",\"error\"]},"             \
    "\"families\":{"                                                                               \
    "\"a_total\":{\"type\":\"counter\",\"help\":\"A.\",\"group\":\"g\",\"aliases\":[\"a\"],"       \
    "\"labels\":{\"l\":{\"values\":\"outcome\",\"otherwise\":\"x\",\"default\":\"y\"}}},"          \
    "\"b_total\":{\"type\":\"counter\",\"labels\":{\"l\":{\"pattern\":\"uuid\",\"max\":9}}},"      \
    "\"c_total\":{\"type\":\"counter\",\"labels\":{\"l\":[\"1\",\"2\"],\"m\":{\"const\":\"k\"}}}," \
    "\"d_seconds\":{\"type\":\"histogram\",\"unit\":\"seconds\",\"buckets\":[1,2]},"               \
    "\"e\":{\"type\":\"summary\",\"quantiles\":[0.5,1]},"                                          \
    "\"f_info\":{\"type\":\"info\",\"labels\":{\"v\":[\"1\"]}},"                                   \
    "\"g\":{\"type\":\"stateset\",\"labels\":{\"g\":[\"on\",\"off\"]}},"                           \
    "\"q\":{\"type\":\"gauge\",\"labels\":{\"l\":\"outcome\"}},\"r\":{\"type\":\"gauge\"}},"       \
    "\"attempts\":{\"h\":{\"labels\":{\"j\":\"outcome\"},\"success\":[\"ok\"],\"failure\":["       \
    "\"no\"],"                                                                                     \
    "\"breaker\":{\"open_after\":2,\"cooldown_s\":1},"                                             \
    "\"names\":{\"errors_total\":\"bad_total\"},\"help\":{\"errors_total\":\"E.\"}}},"             \
    "\"jobs\":{\"k\":{\"state_label\":\"phase\",\"buckets\":[1],\"aliases\":[\"k.k\"]}},"          \
    "\"databases\":{\"m\":{\"conninfo\":\"service=shop\"},\"n\":{\"conninfo\":\"\"}},"             \
    "\"queries\":[{\"name\":\"p\",\"database\":\"m\",\"sql\":[\"SELECT\",\"1\"],"                  \
    "\"labels\":{\"l\":\"c\"},\"values\":{\"q\":\"v\"}},"                                          \
    "{\"database\":\"n\",\"sql\":\"SELECT 2\",\"values\":[\"r\"]}]}"
#define START "{\"statgate\":1,\"service\":\"shop\",\"resource\":{\"service.name\":\"shop\""

static const char plain[] = START "}," REST;
static const char *text = plain;

/* What a daemon does at start. True when all went well; otherwise a message is there. */
static bool load(const char *path, char *ret_message, size_t size) {
    struct catalog_set set;
    struct endpoints endpoints = {.count = 0};
    struct error error = {0};
    bool ok = false;
    ret_message[0] = '\0';
    catalog_set_init(&set);
    if (path) {
        ok = loader_path(&set, path, &error);
    } else {
        struct catalog *catalog = loader_text("x.json", text, strlen(text), false, &error);
        ok = catalog && catalog_set_add(&set, catalog);
        if (catalog && !ok) {
            catalog_free(catalog);
            strcpy(error.text, "out of memory");
        }
    }
    shortage_of_blocks(LONG_MAX); /* only the catalog's are counted */
    if (ok)
        ok = endpoints_build(&endpoints, &set, &usual_options, 1, &error);
    (void)snprintf(ret_message, size, "%s", error.text);
    endpoints_done(&endpoints);
    catalog_set_done(&set);
    return ok;
}

/* Fails the first, the second, ... allocation until none is left to fail; returns how many there
 * were. */
static long fail_each(const char *path) {
    char message[ERROR_BYTES];
    for (long nth = 0;; nth++) {
        in_json = false;
        shortage_begin(nth);
        const bool ok = load(path, message, sizeof message);
        const long live = shortage_end();
        cr_assert(eq(long, live, 0), "allocation %ld failed: %ld pieces are left (%s)", nth, live,
                  message);
        if (ok)
            return nth;
        /* jansson reports a failed allocation inside a word as a wrong word; all others report it
         * as such. */
        if (!in_json)
            cr_assert(strstr(message, "out of memory") != NULL, "allocation %ld failed: \"%s\"",
                      nth, message);
        cr_assert(lt(sz, 0, strlen(message)), "allocation %ld failed without a word", nth);
    }
}

static void start(void) {
    json_set_alloc_funcs(json_allocate, free);
    char message[ERROR_BYTES];
    /* First uses of the C library's own tables (user names, locale) are not ours to count. */
    cr_assert(load(NULL, message, sizeof message), "%s", message);
}

TestSuite(loader_memory, .init = start, .timeout = 300);

Test(loader_memory, each_allocation_of_a_text_may_fail) {
    cr_expect(lt(long, 30, fail_each(NULL)));
}

Test(loader_memory, each_allocation_of_a_folder_may_fail) {
    char folder[] = "/tmp/statgate-memory-XXXXXX";
    char path[sizeof folder + 16];
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/x.json", folder);
    files_write(path, text, strlen(text));
    const long count = fail_each(folder);
    (void)remove(path);
    (void)remove(folder);
    cr_expect(lt(long, 30, count));
}

/*
 * A catalog fits one block of the arena, and what is forgotten after reading another. Filled up a
 * little more each time, with attributes that come first, the block beyond `granted` is asked for
 * at every other piece once. Returns how often that was one too many.
 */
static long fill_blocks(long granted) {
    enum { ATTRIBUTES = 16, STEP = 16, ROOM = 32768 };
    static char filled[ROOM];
    char message[ERROR_BYTES];
    long refused = 0;
    for (size_t filler = 0; filler < (size_t)ATTRIBUTES * 1000; filler += STEP) {
        size_t len = (size_t)snprintf(filled, ROOM, "%s", START);
        for (size_t i = 0; i < ATTRIBUTES; i++) {
            const size_t before = i * 1000;
            const size_t size = filler <= before         ? 1
                                : filler - before < 1000 ? filler - before
                                                         : 1000;
            len +=
                (size_t)snprintf(filled + len, ROOM - len, ",\"a%zu\":\"%0*d\"", i, (int)size, 0);
        }
        (void)snprintf(filled + len, ROOM - len, "},%s", REST);
        text = filled;
        shortage_of_blocks(granted);
        shortage_begin(LONG_MAX);
        const bool ok = load(NULL, message, sizeof message);
        const long live = shortage_end();
        cr_assert(eq(long, live, 0), "filler %zu", filler);
        cr_assert(ok || strcmp(message, "x.json: out of memory") == 0, "filler %zu: \"%s\"", filler,
                  message);
        refused += !ok;
    }
    return refused;
}

Test(loader_memory, each_piece_of_the_arenas_may_be_the_one_too_many) {
    cr_expect(eq(long, fill_blocks(2), 1000), "either arena wants more");
    const long refused = fill_blocks(3);
    cr_expect(lt(long, 100, refused));
    cr_expect(lt(long, refused, 1000));
}
