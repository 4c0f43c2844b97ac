/* SPDX-License-Identifier: MIT */
/*
 * fuzz_object.h - the parts of fuzz_object: a world with every kind of family, its object, and
 * checks that must hold for any world.
 */
#ifndef STATGATE_FUZZ_OBJECT_H
#define STATGATE_FUZZ_OBJECT_H

#include "check.h"
#include "gate/gate.h"
#include "loader/loader.h"
#include "object/object.h"
#include "view/view.h"

/* The catalogs of a process. */
struct fuzz_catalogs {
    struct catalog_set set;
    struct endpoints endpoints;
};

/* FUZZ_SAME are the catalogs of the world whose object is read; in FUZZ_CHANGED something is
 * different in each family. */
enum { FUZZ_SAME, FUZZ_CHANGED, FUZZ_CATALOGS };
extern struct fuzz_catalogs fuzz_catalogs[FUZZ_CATALOGS];
extern const unsigned char fuzz_boot[OBJECT_BOOT_BYTES];

/* A gate and all that it uses. */
struct fuzz_world {
    const struct fuzz_catalogs *of;
    struct object *object;
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct gate *gate;
    struct store_time now;
};

/* Makes the catalogs, and a world whose object becomes fuzz_base. Call it once. */
void fuzz_base_open(void);
/* The object of that world, as the next process finds it. */
extern unsigned char *fuzz_base;
extern uint64_t fuzz_base_size;

/* Copies those parts of the base that were written to an image of the same size. */
void fuzz_base_copy(unsigned char *image);

/* The size in bytes of the object of a world with these catalogs. */
uint64_t fuzz_world_bytes(const struct fuzz_catalogs *of);
/* Makes an empty world. */
void fuzz_world_open(struct fuzz_world *world, const struct fuzz_catalogs *of,
                     struct object *object, struct store_time now);
void fuzz_world_close(struct fuzz_world *world);
void fuzz_world_send(struct fuzz_world *world, int32_t pid, const char *datagram);

/* Checks what must always hold: every series is one that its family can have, the sums of the
 * ledger agree, and the expositions are complete. */
void fuzz_world_check(struct fuzz_world *world);

#endif
