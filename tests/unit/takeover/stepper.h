/*
 * stepper.h - a process that lives on an object and is stepped, instruction by instruction, and what lies in
 * its object meanwhile.
 */
#ifndef STATGATE_TESTS_TAKEOVER_STEPPER_H
#define STATGATE_TESTS_TAKEOVER_STEPPER_H

#include <sys/types.h>

#include "host/object_file.h"
#include "object/object.h"

enum { STEPPER_RANGES_MAX = 4096 };

struct stepper_range {
    uint64_t from;
    uint64_t to;
};

struct stepper {
    struct object_file file;
    struct object_place place; /* of the process's object */
    pid_t pid;
    uint64_t instructions;
    unsigned char *image;                            /* as the next process would map it */
    struct stepper_range ranges[STEPPER_RANGES_MAX]; /* of the image that have memory */
    size_t range_count;
};

/* An object of so many bytes, and no process. Must not move. */
void stepper_open(struct stepper *stepper, uint64_t size);
/* Kills the process, too. */
void stepper_close(struct stepper *stepper);
/* A process of this function, which raises SIGSTOP where it is to be met; wait for the first time. */
void stepper_start(struct stepper *stepper, void (*live)(void));
/* Let it run to where it stops next. */
void stepper_go_on(struct stepper *stepper);
/* One instruction. False: it came to where it stops next. */
bool stepper_step(struct stepper *stepper);
/* Where it is, counted from the program's first byte. */
unsigned long stepper_where(const struct stepper *stepper);

/* Copy what has memory of its object into the image. */
void stepper_look(struct stepper *stepper);
/* Memory as large as an image, of zeros. To be given to stepper_drop. */
unsigned char *stepper_map(const struct stepper *stepper);
void stepper_drop(const struct stepper *stepper, unsigned char *image);
/* Copy what has memory between images. */
void stepper_copy(const struct stepper *stepper, unsigned char *to, const unsigned char *from);

#endif
