/*
 * fuzz_object.h - the parts of fuzz_object: a world of every kind of family, its object, and what must
 * hold of any world.
 */
#ifndef STATGATE_FUZZ_OBJECT_H
#define STATGATE_FUZZ_OBJECT_H

#include "check.h"
#include "gate/gate.h"
#include "loader/loader.h"
#include "object/image.h"
#include "object/match.h"
#include "view/view.h"

/* Of a process. */
struct fuzz_catalogs {
    struct catalog_set set;
    struct endpoints endpoints;
};

/* Of the world whose object it is; and others, of which something is different in each family. */
enum { FUZZ_SAME, FUZZ_CHANGED, FUZZ_CATALOGS };
extern struct fuzz_catalogs fuzz_catalogs[FUZZ_CATALOGS];
extern const unsigned char fuzz_boot[OBJECT_BOOT_BYTES];

/* What lies behind a gate. */
struct fuzz_world {
    const struct fuzz_catalogs *of;
    struct object *object;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
    struct store_time now;
};

/* Once: the catalogs, and a world of which the object is then copied. */
void fuzz_base_open(void);
/* The object of that world, as the next process finds it. */
extern unsigned char *fuzz_base;
extern uint64_t fuzz_base_size;

/* Memory that was written of the base, copied to an image of the same size. */
void fuzz_base_copy(unsigned char *image);

/* Bytes of an object for a world with these catalogs. */
uint64_t fuzz_world_bytes(const struct fuzz_catalogs *of);
/* An empty world. */
void fuzz_world_open(struct fuzz_world *world, const struct fuzz_catalogs *of,
                     struct object *object, struct store_time now);
void fuzz_world_close(struct fuzz_world *world);
void fuzz_world_send(struct fuzz_world *world, int32_t pid, const char *datagram);

/* Whatever happened: every series is one that its family can have, the books close, and the expositions
 * are whole. */
void fuzz_world_check(struct fuzz_world *world);

#endif
