/* SPDX-License-Identifier: MIT */
/*
 * rig.h - makes store and machines in an object from a catalog text, with a time that the test
 * sets, a restart, and a process that takes over from another one.
 */
#ifndef STATGATE_TESTS_MACHINES_RIG_H
#define STATGATE_TESTS_MACHINES_RIG_H

#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"
#include "object/object.h"
#include "region.h"
#include "store/store.h"

struct rig {
    struct catalog_set set;
    struct region *region;
    struct object *object;
    struct store *store;
    struct breakers_jobs *breakers_jobs;
    uint64_t seed;
    struct store_time now;
    struct sg_job said; /* with each event of a job */
};

/* Loads a service whose file also has these keys. Fails the test with the loader's message if it
 * cannot. */
void rig_open(struct rig *rig, const char *keys);
/* The same in two steps: the service, then store and machines from this memory. False when out of
 * memory. rig_stop undoes the second step. */
void rig_load(struct rig *rig, const char *keys);
bool rig_start(struct rig *rig);
void rig_stop(struct rig *rig);
/* Makes a new store and new machines, with another seed. */
void rig_restart(struct rig *rig);
void rig_close(struct rig *rig);
/* Opens an image of what the process would leave if it ended now; free it with rig_drop. Changes
 * that are not committed are undone. */
void rig_leave(const struct rig *rig, struct image *ret_image);
void rig_drop(const struct rig *rig, const struct image *image);
/* Commits, as a caller does after an event. */
void rig_commit(struct rig *rig);
/* Makes a process with another seed, whose service has these keys. It takes over the image. */
void rig_take_over(struct rig *next, const char *keys, const struct image *image,
                   struct store_time now);
void rig_wait(struct rig *rig, int64_t ms);

const struct catalog_family *rig_family(const struct rig *rig, const char *name);
/* The machine of this name with these label values, in the order of the labels' names, between
 * commas ("" without labels). */
const struct series *rig_machine(const struct rig *rig, const char *name, const char *values);
/* The value of a series (of a histogram: its sum); NAN when it does not exist. */
double rig_value(const struct rig *rig, const char *name, const char *values);

/* Process `pid`, "workerPID" of the unit wPID.service. */
struct who rig_who(int32_t pid);
enum breakers_jobs_result rig_attempt(struct rig *rig, const struct series *machine,
                                      const char *word, int32_t pid);
enum breakers_jobs_result rig_report(struct rig *rig, const struct series *machine,
                                     const char *word, int32_t pid);
/* Applies an event of a job, sent by process `pid`, which owns the job that it runs unless `pid` is
 * 0. */
enum breakers_jobs_result rig_job(struct rig *rig, const struct series *machine, const char *word,
                                  const char *id, int32_t pid);
/* Ends a process: all of its jobs are disowned, and the owner is released. */
void rig_end(struct rig *rig, int32_t pid);
/* The breaker of this machine. */
struct breakers_entry rig_breaker(const struct rig *rig, const struct series *machine);

struct sg_span rig_span(const char *text);
/* All visible series as text, as fixture_dump writes them. */
void rig_dump(struct rig *rig, struct strbuf *out);
/* Compares two such texts. If they differ, the test fails and shows the first line that differs. */
void rig_expect_same(const char *real, const char *wanted, uint64_t seed, int step);

/* Deterministic numbers: splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t rig_random(uint64_t *seed) {
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline uint32_t rig_below(uint64_t *seed, uint32_t bound) {
    return (uint32_t)(rig_random(seed) % bound);
}

#endif
