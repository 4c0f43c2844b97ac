/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <string.h>

#include "assertions.h"
#include "books.h"
#include "loader/loader.h"
#include "object/object.h"

static const char *const catalogs[WORLD_SERVICES] = {
    "{\"statgate\":1,\"service\":\"alpha\",\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":[\"1\"],\"y\":[\"2\"]}},"
    "\"b\":{\"type\":\"gauge\",\"help\":\"\"}}}",
    "{\"statgate\":1,\"service\":\"beta\",\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"z\":[\"1\"]}}}}"};

static void load(struct catalog_set *set, size_t count) {
    struct error error;
    catalog_set_init(set);
    for (size_t i = 0; i < count; i++) {
        struct catalog *catalog =
            loader_text("test.json", catalogs[i], strlen(catalogs[i]), false, &error);
        cr_assert(ne(ptr, catalog, NULL), "%s", error.text);
        catalog_set_add(set, catalog);
    }
    cr_assert(catalog_set_finish(set, &error), "%s", error.text);
}

void world_init_with(struct world *world, size_t count) {
    load(&world->set, count);
    region_init(&world->region,
                object_bytes(&world->set) + ledger_object_bytes(&world->set) + 65536);
    world->object = object_new(&world->region.place, &world->set, region_boot);
    world->ledger = ledger_new(world->object, &world->set, 7);
    cr_assert(ne(ptr, world->ledger, NULL));
}

void world_init(struct world *world) {
    world_init_with(world, WORLD_SERVICES);
}

void world_done(struct world *world) {
    ledger_free(world->ledger);
    object_free(world->object);
    region_done(&world->region);
    catalog_set_done(&world->set);
}

const struct catalog_family *world_family(const struct world *world, const char *name) {
    for (size_t i = 0; i < world->set.family_count; i++)
        if (strcmp(world->set.families[i]->name, name) == 0)
            return world->set.families[i];
    cr_assert(false, "no family %s", name);
    return NULL;
}

const struct sender *world_sender(const struct world *world, int32_t pid, int64_t at_ms) {
    bool is_new;
    return ledger_sender(world->ledger, pid, 1000, 100, at_ms, &is_new);
}

unsigned char *world_copy(const struct world *world) {
    return region_copy(&world->region);
}

void world_drop(const struct world *world, unsigned char *copy) {
    region_drop(&world->region, copy);
}

void world_restore(struct world *world, const struct world *from, unsigned char *copy) {
    world_restore_at(world, from, copy, &(struct image_host){0});
}

void world_restore_at(struct world *world, const struct world *from, unsigned char *copy,
                      const struct image_host *here) {
    struct error error;
    struct image image;
    cr_assert(image_open(&image, copy, from->region.place.size, region_boot, &error), "%s",
              error.text);
    image_arrive(&image, here);
    struct match *match = object_match_new(&image, &world->set, &error);
    cr_assert(ne(ptr, match, NULL), "%s", error.text);
    ledger_restore(world->ledger, &image, match);
    object_match_free(match);
}

void world_dump(const struct world *world, struct strbuf *ret_text) {
    books_dump(world->ledger, &world->set, ret_text);
}

void world_expect_closed(const struct world *world) {
    books_expect_closed(world->ledger, &world->set);
}
