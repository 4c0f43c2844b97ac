/* SPDX-License-Identifier: MIT */
/* The list of accepted texts, and its table in an object. */
#include <string.h>

#include "active_config/active_config.h"
#include "assertions.h"
#include "region.h"

static struct config_texts texts;

static void end(void) {
    active_config_texts_done(&texts);
}
TestSuite(accepted_texts, .fini = end);

static void add(enum config_text_kind kind, const char *of, const char *name, const char *text,
                size_t len) {
    active_config_add(&texts, &(struct config_text){.kind = kind,
                                                    .name = name,
                                                    .of = of,
                                                    .text = text,
                                                    .len = len,
                                                    .since_ms = 1000 + (int64_t)len});
}

Test(accepted_texts, are_found_by_kind_name_and_what_they_are_of) {
    add(CONFIG_CATALOG, "/c", "/c/a.json", "{}", 2);
    add(CONFIG_CATALOG_VARIABLE, "/c/a.json", "ZONES", "x,y", 3);
    add(CONFIG_CATALOG_VARIABLE, "/c/b.json", "ZONES", "z", 1);
    add(CONFIG_CATALOG, "/c", "/c/a.json", "another", 7);
    cr_expect(eq(sz, texts.count, 3), "the first one stays");
    cr_expect(eq(sz, active_config_find(&texts, CONFIG_CATALOG, "/c", "/c/a.json")->len, 2));
    cr_expect(
        eq(str,
           (char *)active_config_find(&texts, CONFIG_CATALOG_VARIABLE, "/c/b.json", "ZONES")->text,
           "z"));
    cr_expect(active_config_find(&texts, CONFIG_CATALOG, "", "/c/a.json") == NULL);
    cr_expect(active_config_find(NULL, CONFIG_CATALOG, "/c", "/c/a.json") == NULL);
}

/* An object with the list. */
static struct object *write_object(struct region *region, const struct catalog_set *set) {
    region_init(region, object_bytes(set) + active_config_object_bytes(&texts));
    struct object *object = object_new(&region->place, set, region_boot);
    cr_assert(object != NULL);
    active_config_object_write(&texts, object);
    return object;
}

/* Read the list of a copy. */
static void read_copy(struct config_texts *ret_read, const struct region *region,
                      unsigned char *bytes) {
    struct image image;
    struct error error;
    cr_assert(image_open_live(&image, bytes, region->place.size, region_boot, &error), "%s",
              error.text);
    active_config_object_read(ret_read, &image);
    image_done(&image);
}

static void finish(struct catalog_set *set) {
    struct error error;
    catalog_set_init(set);
    cr_assert(catalog_set_finish(set, &error), "%s", error.text);
}

Test(accepted_texts, pass_through_an_object) {
    struct catalog_set set;
    struct region region;
    struct config_texts read;
    char large[100000];
    memset(large, 'x', sizeof large);
    finish(&set);
    add(CONFIG_SETTINGS, "", "/etc/statgate.json", "{}", 2);
    add(CONFIG_CATALOG, "/c", "/c/large.json", large, sizeof large);
    add(CONFIG_TOKEN, "", "/token", "a\0b", 3);
    add(CONFIG_SETTING_VARIABLE, "", "STATGATE_STRICT", "", 0);
    struct object *object = write_object(&region, &set);
    unsigned char *copy = region_copy(&region);
    read_copy(&read, &region, copy);
    cr_assert(eq(sz, read.count, texts.count));
    for (size_t i = 0; i < read.count; i++) {
        cr_expect(eq(int, (int)read.items[i].kind, (int)texts.items[i].kind));
        cr_expect(eq(str, (char *)read.items[i].name, (char *)texts.items[i].name));
        cr_expect(eq(str, (char *)read.items[i].of, (char *)texts.items[i].of));
        cr_expect(eq(sz, read.items[i].len, texts.items[i].len));
        cr_expect(eq(int, memcmp(read.items[i].text, texts.items[i].text, texts.items[i].len), 0));
        cr_expect(eq(i64, read.items[i].since_ms, texts.items[i].since_ms));
    }
    active_config_texts_done(&read);
    region_drop(&region, copy);
    object_free(object);
    region_done(&region);
    catalog_set_done(&set);
}

/* A text of a kind that a later version has. */
Test(accepted_texts, of_an_unknown_kind_are_skipped) {
    struct catalog_set set;
    struct region region;
    struct config_texts read;
    finish(&set);
    add((enum config_text_kind)(CONFIG_KIND_COUNT + 1), "", "/etc/later", "later", 5);
    add(CONFIG_CATALOG_VALUES, "/c/a.json", "/c/zones", "north\n", 6);
    struct object *object = write_object(&region, &set);
    unsigned char *copy = region_copy(&region);
    read_copy(&read, &region, copy);
    cr_assert(eq(sz, read.count, 1));
    cr_expect(eq(str, (char *)read.items[0].name, "/c/zones"));
    active_config_texts_done(&read);
    region_drop(&region, copy);
    object_free(object);
    region_done(&region);
    catalog_set_done(&set);
}

Test(accepted_texts, that_make_no_sense_are_none) {
    static const size_t places[] = {0, 4, 8, 16}; /* kind, lengths of the names, of the text */
    static const char name[] = "/etc/statgate.json";
    enum { HEAD = 32, HIGHEST = 3 };
    struct catalog_set set;
    struct region region;
    finish(&set);
    add(CONFIG_SETTINGS, "", name, "{\"x\":1}", 7);
    struct object *object = write_object(&region, &set);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        unsigned char *copy = region_copy(&region);
        unsigned char *at = memmem(copy, region.place.size, name, sizeof name - 1);
        struct config_texts read;
        cr_assert(at != NULL);
        (at - HEAD)[places[i] + HIGHEST] = 0xff;
        read_copy(&read, &region, copy);
        cr_expect(eq(sz, read.count, 0), "%zu", places[i]);
        active_config_texts_done(&read);
        region_drop(&region, copy);
    }
    object_free(object);
    region_done(&region);
    catalog_set_done(&set);
}
