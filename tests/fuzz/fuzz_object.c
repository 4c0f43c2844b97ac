/* SPDX-License-Identifier: MIT */
/*
 * A damaged object of a process that ended: an input is a list of changes to an intact object. All
 * that is taken over must be valid for its family, and a daemon must be able to work with it.
 *
 * A change is six bytes: its kind (change_kind), the place (a byte and 16 bits), and a value (16
 * bits).
 */
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz_object.h"
#include "object/object_private.h"
#include "store/store.h"

enum change_kind {
    CHANGE_HEADER,
    CHANGE_UNDO,
    CHANGE_FAMILIES,
    CHANGE_DIRECTORY,
    CHANGE_FIELD,
    CHANGE_RECORD,
    CHANGE_SIZE,
    CHANGE_CATALOGS, /* the next process has other catalogs */
    CHANGE_ITEM      /* and all greater values: a field of a record */
};

enum { CHANGE_BYTES = 6, CHANGE_MASK = 15, FIRST_RECORDS = 4, FIELDS_MASK = 31 };

struct change {
    uint8_t what;
    uint8_t which;
    uint16_t at;
    uint16_t value;
};

static unsigned char *image;
static uint64_t size;                                                   /* of the image */
static const struct fuzz_catalogs *present = &fuzz_catalogs[FUZZ_SAME]; /* of the next process */

/* ---- changes; where things are is read from the whole one ---- */

static const struct object_header *header(void) {
    return (const struct object_header *)(const void *)fuzz_base;
}

/* The table that the change chooses, among those with records. */
static const struct layout_table *table(const struct change *change) {
    const struct layout_table *tables =
        (const struct layout_table *)(const void *)(fuzz_base + header()->directory);
    uint32_t index = change->which % header()->table_count;
    while (tables[index].items == 0 || tables[index].field_count == 0)
        index = (index + 1) % header()->table_count;
    return &tables[index];
}

static const struct layout_field *field(const struct layout_table *of, uint32_t index) {
    const struct layout_field *fields =
        (const struct layout_field *)(const void *)(fuzz_base + header()->fields);
    return &fields[of->first_field + index % of->field_count];
}

/* Nothing is written beyond the end of an image that was cut. */
static bool is_within(uint64_t at, uint64_t bytes) {
    return at <= size && bytes <= size - at;
}

static void set_byte(uint64_t from, uint64_t bytes, const struct change *change) {
    if (bytes > 0 && is_within(from, bytes))
        image[from + change->at % bytes] = (unsigned char)change->value;
}

static void set_word(uint64_t at, uint64_t word, size_t bytes) {
    if (is_within(at, bytes))
        memcpy(image + at, &word, bytes);
}

/* A number for a field, often one at the limit of what a field can have. */
static uint64_t number_of(uint16_t value) {
    static const double doubles[] = {-1, 0.5, 1e308, -1e308, 1e18, -0.0, INFINITY, -INFINITY, NAN};
    static const uint64_t words[] = {UINT64_MAX, INT64_MAX,  (uint64_t)INT64_MIN,
                                     UINT32_MAX, 1ULL << 53, 1ULL << 62};
    enum { DOUBLES = sizeof doubles / sizeof *doubles, WORDS = sizeof words / sizeof *words };
    const uint16_t small = value >> 2;
    uint64_t word;
    switch (value & 3) {
    case 0:
        return small;
    case 1:
        return words[small % WORDS];
    case 2:
        return ~(uint64_t)small;
    default:
        memcpy(&word, &doubles[small % DOUBLES], sizeof word);
        return word;
    }
}

/* Changes the state, a position, or an entry of the undo record. */
static void change_undo(const struct change *change) {
    const uint64_t at = header()->undo;
    if (change->which < 64) {
        set_word(at, (uint64_t)change->which % 40 | (uint64_t)change->value << 32, 8);
    } else if (change->which < 128) {
        set_byte(at + offsetof(struct undo, positions), 2 * sizeof(struct undo_position), change);
    } else {
        const uint64_t entry =
            at + offsetof(struct undo, entries) + change->which % 40 * sizeof(struct undo_entry);
        set_word(entry, header()->undo_base + header()->fields + change->at * UINT64_C(8), 8);
        set_word(entry + 8, number_of(change->value), 8);
    }
}

/* Changes a number in a field of one of the first records. */
static void change_item(const struct change *change) {
    static const size_t widths[] = {0, 1, 2, 4, 8, 4, 8, 8, 1, 8};
    const struct layout_table *of = table(change);
    const struct layout_field *where = field(of, change->at & FIELDS_MASK);
    const uint64_t record = change->at / (FIELDS_MASK + 1) % FIRST_RECORDS;
    const uint64_t number = change->at / (FIELDS_MASK + 1) / FIRST_RECORDS;
    set_word(of->offset + record * of->item_bytes + where->offset +
                 number % where->count * widths[where->type],
             number_of(change->value), widths[where->type]);
}

static void apply(const struct change *change) {
    const struct layout_table *of = table(change);
    switch (change->what & CHANGE_MASK) {
    case CHANGE_HEADER:
        set_byte(0, sizeof(struct object_header), change);
        break;
    case CHANGE_UNDO:
        change_undo(change);
        break;
    case CHANGE_FAMILIES:
        set_byte(header()->families, header()->families_bytes, change);
        break;
    case CHANGE_DIRECTORY:
        set_byte(header()->directory +
                     change->which % header()->table_count * sizeof(struct layout_table),
                 sizeof(struct layout_table), change);
        break;
    case CHANGE_FIELD:
        set_byte(header()->fields, header()->field_count * sizeof(struct layout_field), change);
        break;
    case CHANGE_RECORD:
        set_byte(of->offset, of->items * of->item_bytes, change);
        break;
    case CHANGE_SIZE: /* cuts the object, with or without changing the size in its header */
        size = fuzz_base_size / 65536 * change->at / 4096 * 4096;
        if (change->which & 1)
            set_word(offsetof(struct object_header, size), size, 8);
        break;
    case CHANGE_CATALOGS:
        present = &fuzz_catalogs[change->value % FUZZ_CATALOGS];
        break;
    default:
        change_item(change);
        break;
    }
}

/* Applies all changes. `is_live`: the process that has the object still works, and the next one is
 * already reading it. */
static void apply_all(const uint8_t *data, size_t len, bool is_live) {
    for (; len >= CHANGE_BYTES; data += CHANGE_BYTES, len -= CHANGE_BYTES) {
        struct change change = {.what = data[0], .which = data[1]};
        memcpy(&change.at, data + 2, 2);
        memcpy(&change.value, data + 4, 2);
        const uint8_t kind = change.what & CHANGE_MASK;
        if (!is_live || (kind != CHANGE_SIZE && kind != CHANGE_CATALOGS))
            apply(&change);
    }
}

static void damage(const uint8_t *data, size_t len) {
    CHECK(mprotect(image, fuzz_base_size, PROT_READ | PROT_WRITE) == 0);
    fuzz_base_copy(image);
    size = fuzz_base_size;
    present = &fuzz_catalogs[FUZZ_SAME];
    apply_all(data, len, false);
    if (size < fuzz_base_size)
        CHECK(mprotect(image + size, fuzz_base_size - size, PROT_NONE) == 0);
}

/* ---- taking over ---- */

static void reach(void *arg, uint64_t offset, uint64_t bytes) {
    (void)arg;
    (void)offset;
    (void)bytes;
}

/* Puts the next daemon to work: datagrams arrive, processes end, time passes. */
static void live(struct fuzz_world *world) {
    static const char *const datagrams[] = {
        "c_total:1|c|#x:a,y:k\ng:1|g|#u:a\nh:2|h|#u:c\ns:1|g|#s:off,x:a\nu:1|c\nw:4|h|#x:a\nn:1|h",
        "os:2|g\nom:0|g|#u:a\nof:-1|c|#u:a\nor_total:11|g\nod_total:3|g\noi_info:1|g|#v:two",
        "oy:1|g|#u:a,quantile:0.9\nat:bad|a|#j:p\nar:closed|b\njo:started|j|#j:p|i:1",
        "jo:succeeded|j|#j:p|i:2\njo:queued|j|#j:q|i:9\nc_total:1|c|q:77,12,3"};
    for (size_t i = 0; i < sizeof datagrams / sizeof *datagrams; i++)
        for (int32_t pid = 1; pid < 4; pid++)
            fuzz_world_send(world, pid, datagrams[i]);
    struct owners *owners = store_owners(world->store);
    for (int32_t pid = 1; pid < 4; pid++)
        owners_end(owners, owners_find(owners, pid));
    CHECK(breakers_jobs_release(world->breakers_jobs, world->now, SIZE_MAX));
    world->now.mono_ms += 100000;
    world->now.real_ms += 100000;
    size_t budget = SIZE_MAX;
    breakers_jobs_advance(world->breakers_jobs, world->now);
    CHECK(store_expire(world->store, world->now, &budget));
}

/* The changes that are made while the process is read. Changes of the size are left out. */
struct later {
    const uint8_t *data;
    size_t len;
};

/* Restores the store in one step, or in two with changes between them. False if it is not
 * settled. */
static bool restore(struct fuzz_world *world, struct image *from, const struct match *match,
                    const struct later *later, struct store_restored *restored) {
    struct error error;
    if (later == NULL) {
        store_restore(world->store, from, match, world->now, restored);
        return true;
    }
    struct store_restoring *restoring = store_restoring_new(world->store, from, match, world->now);
    store_restore_ahead(restoring);
    apply_all(later->data, later->len, true);
    const bool settled = image_settle(from, &error);
    if (settled)
        store_restore_finish(restoring, world->now, restored);
    store_restoring_free(restoring);
    return settled;
}

/* Takes the object over. Returns how many series of it the next process has. */
static uint64_t take_over(struct image *from, const struct later *later) {
    struct error error;
    const struct store_time now = {.mono_ms = 2000, .real_ms = 1700000001000};
    struct match *match = object_match_new(from, &present->set, &error);
    if (match == NULL)
        return 0;
    struct object_place place = {.size = fuzz_world_bytes(present), .reach = reach};
    place.at = mmap(NULL, place.size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(place.at != MAP_FAILED);
    struct object *object = object_new(&place, &present->set, fuzz_boot);
    CHECK(object != NULL);
    struct fuzz_world world;
    struct store_restored restored = {0};
    fuzz_world_open(&world, present, object, now);
    if (restore(&world, from, match, later, &restored)) {
        ledger_restore(world.ledger, from, match);
        breakers_jobs_restore(world.breakers_jobs, from, match, now);
        fuzz_world_check(&world);
        live(&world);
        fuzz_world_check(&world);
    }
    object_match_free(match);
    fuzz_world_close(&world);
    object_free(object);
    munmap(place.at, place.size);
    return restored.kept;
}

static void open_once(void) {
    struct image from;
    struct error error;
    if (image != NULL)
        return;
    fuzz_base_open();
    image = mmap(NULL, fuzz_base_size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(image != MAP_FAILED);
    damage(NULL, 0);
    for (int i = 0; i < FUZZ_CATALOGS; i++) {
        present = &fuzz_catalogs[i];
        CHECK(image_open(&from, image, size, fuzz_boot, &error));
        CHECK(take_over(&from, NULL) > 20);
    }
}

/* Takes the object over with the first half of the changes made before it is opened, and the rest
 * while it is read. */
static void take_over_live(const uint8_t *data, size_t len) {
    const size_t first = len / CHANGE_BYTES / 2 * CHANGE_BYTES;
    const struct later later = {data + first, len - first};
    struct image from;
    struct error error;
    damage(data, first);
    if (!image_open_live(&from, image, size, fuzz_boot, &error))
        return;
    (void)take_over(&from, &later);
    image_done(&from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct image from;
    struct error error;
    open_once();
    damage(data, len);
    if (image_open(&from, image, size, fuzz_boot, &error))
        (void)take_over(&from, NULL);
    else
        CHECK(error.text[0] != '\0');
    take_over_live(data, len);
    return 0;
}
