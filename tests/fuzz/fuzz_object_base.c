/* SPDX-License-Identifier: MIT */
/* The world whose object is damaged. */
#include <string.h>
#include <sys/mman.h>

#include "fuzz_object.h"

static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none", .created = true};

enum { SERVICES = 2 };

static const char *const catalogs[FUZZ_CATALOGS][SERVICES] = {
    {"{\"statgate\":1,\"service\":\"a\",\"families\":{"
     "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"a\",\"b\"],"
     "\"y\":{\"pattern\":\"slug\",\"max\":3,\"otherwise\":\"o\"}}},"
     "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":5,\"absent\":0,\"labels\":{"
     "\"u\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
     "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[0.1,1,10],\"max_series\":4,"
     "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":9,\"otherwise\":\"o\"}}},"
     "\"n\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[-1,0]},"
     "\"s\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"s\":[\"on\",\"off\"],"
     "\"x\":[\"a\",\"b\"]}},"
     "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"floor\":0},"
     "\"w\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0,0.5,1],\"window_s\":60,\"labels\":"
     "{"
     "\"x\":[\"a\",\"b\"]}}}}",
     "{\"statgate\":1,\"service\":\"o\",\"families\":{"
     "\"od_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\",\"ended\":\"drop\"}"
     ","
     "\"of\":{\"type\":\"updowncounter\",\"help\":\"\",\"owner\":\"process\",\"floor\":-3,"
     "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":3,\"otherwise\":\"o\"}}},"
     "\"oi_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{"
     "\"v\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
     "\"om\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"max\",\"absent\":0,\"labels\":{"
     "\"u\":{\"pattern\":\"[a-z]+\",\"max\":4}}},"
     "\"or_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\"},"
     "\"os\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\"},"
     "\"oy\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5,0.9],\"reading\":\"absolute\","
     "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":3}}}},"
     "\"attempts\":{\"at\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"success\":[\"ok\"],\"failure\":["
     "\"bad\"],\"breaker\":{\"open_after\":2,\"cooldown_s\":1,\"probes\":1}},"
     "\"ar\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],\"breaker\":\"reported\"}},"
     "\"jobs\":{\"jo\":{\"labels\":{\"j\":[\"p\",\"q\"]},\"max_live\":6,\"buckets\":[0.1,1]}}}"},
    {"{\"statgate\":1,\"service\":\"a\",\"families\":{"
     "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"w\":{\"values\":[\"1\",\"2\"],"
     "\"default\":\"2\"},\"x\":[\"a\",\"c\"],\"y\":{\"pattern\":\"slug\",\"max\":1,\"otherwise\":"
     "\"p\"}}},"
     "\"d_total\":{\"type\":\"counter\",\"help\":\"\"},"
     "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"absent\":7,\"labels\":{\"t\":{\"const\":\"k\"},"
     "\"u\":{\"pattern\":\"[b-z]+\",\"max\":4}}},"
     "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[0.1,1,10],\"max_series\":2,"
     "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":2,\"otherwise\":\"z\"}}},"
     "\"n\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[-1,0,1]},"
     "\"s\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"s\":[\"off\",\"out\"],\"x\":[\"a\","
     "\"b\"],\"z\":{\"values\":[\"1\"],\"optional\":true}}},"
     "\"u\":{\"type\":\"updowncounter\",\"help\":\"\",\"floor\":-1},"
     "\"w\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5,0.9],\"window_s\":60,\"labels\":"
     "{\"x\":[\"a\"],\"z\":{\"const\":\"k\"}}}}}",
     "{\"statgate\":1,\"service\":\"o\",\"families\":{"
     "\"od_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\"},"
     "\"of\":{\"type\":\"updowncounter\",\"help\":\"\",\"owner\":\"process\",\"floor\":0,"
     "\"labels\":{\"t\":{\"const\":\"k\"},\"u\":{\"pattern\":\"[a-z]+\",\"max\":1,\"otherwise\":"
     "\"o\"}}},"
     "\"oi_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{\"v\":{\"pattern\":\"[a-z]+\","
     "\"max\":1},\"w\":{\"values\":[\"1\"],\"default\":\"1\"}}},"
     "\"om\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"min\",\"labels\":{\"u\":{\"pattern\":\"["
     "a-z]+\",\"max\":4}}},"
     "\"or_total\":{\"type\":\"counter\",\"help\":\"\",\"reading\":\"absolute\",\"labels\":{\"t\":{"
     "\"const\":\"k\"}}},"
     "\"os\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\",\"absent\":1},"
     "\"oy\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.1,0.9],\"reading\":\"absolute\","
     "\"labels\":{\"u\":{\"pattern\":\"[a-z]+\",\"max\":3}}}},"
     "\"attempts\":{\"at\":{\"labels\":{\"i\":{\"values\":[\"1\",\"2\"],\"optional\":true},\"j\":["
     "\"p\"]},\"success\":[\"ok\"],\"failure\":[\"bad\",\"worse\"],\"breaker\":{\"open_after\":1,"
     "\"cooldown_s\":1,\"probes\":1}},"
     "\"ar\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],\"breaker\":{\"open_after\":1,\"cooldown_"
     "s\":1,\"probes\":1}}},"
     "\"jobs\":{\"jo\":{\"labels\":{\"j\":[\"p\",\"q\"],\"k\":{\"values\":[\"1\",\"2\"],"
     "\"default\":\"2\"}},\"max_live\":1,\"buckets\":[0.1,1]}}}"}};

static const char *const datagrams[] = {
    "c_total:1|c|#x:a,y:k\nc_total:2|c|#x:b,y:l\ng:7|g|#u:a\ng:8|g|#u:b",
    "h:0.5:3|h|#u:a\nh:1|h|@0.3|#u:b\nn:-2:0.5|h\ns:1|g|#s:on,x:a\nu:3|c\nw:1:2:3:500|h|#x:a",
    "os:1|g\nom:5|g|#u:a\nof:2|c|#u:a\nor_total:10|g\nod_total:4|g\noi_info:1|g|#v:one",
    "oy:3|g|#u:a,quantile:0.5\noy_sum:9|g|#u:a\noy_count:2|g|#u:a\nc_total:1|c|q:77,10,2",
    "at:ok:bad:bad|a|#j:p\nar:open|b\njo:queued|j|#j:p|i:1\njo:started|j|#j:p|i:2",
    "jo:started|j|#j:q|i:3\njo:succeeded|j|#j:q|i:3\nnone:1|c\nc_total:1|c|#x:z,y:k"};

struct fuzz_catalogs fuzz_catalogs[FUZZ_CATALOGS];
unsigned char *fuzz_base;
uint64_t fuzz_base_size;
const unsigned char fuzz_boot[OBJECT_BOOT_BYTES] = {7};

enum { PAGE = 4096 };
static unsigned char *reached; /* 1 for each page that was */

static void reach(void *arg, uint64_t offset, uint64_t bytes) {
    (void)arg;
    memset(reached + offset / PAGE, 1, (bytes + PAGE - 1) / PAGE);
}

void fuzz_base_copy(unsigned char *image) {
    for (uint64_t at = 0; at < fuzz_base_size; at += PAGE)
        if (reached[at / PAGE])
            memcpy(image + at, fuzz_base + at, PAGE);
}

uint64_t fuzz_world_bytes(const struct fuzz_catalogs *of) {
    const struct catalog_set *set = &of->set;
    return (object_bytes(set) + store_object_bytes(set) + ledger_object_bytes(set) +
            breakers_jobs_object_bytes(set) + PAGE) /
           PAGE * PAGE;
}

void fuzz_world_open(struct fuzz_world *world, const struct fuzz_catalogs *of,
                     struct object *object, struct store_time now) {
    const struct catalog_set *set = &of->set;
    *world = (struct fuzz_world){.of = of, .object = object, .now = now};
    world->store = store_new(object, set, 7, now);
    world->ledger = ledger_new(object, set, 7);
    CHECK(world->store != NULL && world->ledger != NULL);
    world->breakers_jobs = breakers_jobs_new(object, set, world->store, 7, now);
    CHECK(world->breakers_jobs != NULL);
    world->gate = gate_new(object, set, world->store, world->ledger, world->breakers_jobs, 7);
    CHECK(world->gate != NULL);
}

void fuzz_world_close(struct fuzz_world *world) {
    gate_free(world->gate);
    breakers_jobs_free(world->breakers_jobs);
    ledger_free(world->ledger);
    store_free(world->store);
}

void fuzz_world_send(struct fuzz_world *world, int32_t pid, const char *datagram) {
    const struct gate_datagram one = {
        .data = datagram, .len = strlen(datagram), .origin = {.pid = pid, .uid = 1, .gid = 1}};
    const struct undo_position first = {0};
    undo_commit_at(object_undo(world->object), &first);
    CHECK(gate_batch(world->gate, &one, 1, SIZE_MAX, world->now) == 1);
}

static void load(const char *const texts[SERVICES], struct fuzz_catalogs *ret) {
    struct error error;
    catalog_set_init(&ret->set);
    for (size_t i = 0; i < SERVICES; i++) {
        struct catalog *catalog = loader_text("fuzz", texts[i], strlen(texts[i]), false, &error);
        if (catalog == NULL)
            (void)fprintf(stderr, "%s\n", error.text);
        CHECK(catalog != NULL);
        catalog_set_add(&ret->set, catalog);
    }
    CHECK(endpoints_build(&ret->endpoints, &ret->set, &all_services, 1, &error));
}

void fuzz_base_open(void) {
    const struct fuzz_catalogs *of = &fuzz_catalogs[FUZZ_SAME];
    for (int i = 0; i < FUZZ_CATALOGS; i++)
        load(catalogs[i], &fuzz_catalogs[i]);
    fuzz_base_size = fuzz_world_bytes(of);
    fuzz_base = mmap(NULL, fuzz_base_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    reached = calloc(fuzz_base_size / PAGE + 1, 1);
    CHECK(fuzz_base != MAP_FAILED && reached != NULL);
    const struct object_place place = {.at = fuzz_base, .size = fuzz_base_size, .reach = reach};
    struct object *object = object_new(&place, &of->set, fuzz_boot);
    CHECK(object != NULL);
    struct fuzz_world world;
    fuzz_world_open(&world, of, object,
                    (struct store_time){.mono_ms = 1000, .real_ms = 1700000000000});
    for (size_t i = 0; i < sizeof datagrams / sizeof *datagrams; i++)
        for (int32_t pid = 1; pid < 3; pid++)
            fuzz_world_send(&world, pid, datagrams[i]);
    fuzz_world_check(&world);
    fuzz_world_close(&world);
    object_free(object);
}
