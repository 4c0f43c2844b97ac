/* SPDX-License-Identifier: MIT */
/*
 * stepper.h - a process that works on an object and is stepped instruction by instruction, and
 * copies of its object in between.
 */
#ifndef STATGATE_TESTS_TAKEOVER_STEPPER_H
#define STATGATE_TESTS_TAKEOVER_STEPPER_H

#include <sys/types.h>

#include "host/files.h"
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
    struct stepper_range ranges[STEPPER_RANGES_MAX]; /* parts of the image that have memory */
    size_t range_count;
};

/* Makes an object of `size` bytes, without a process yet. The struct must not move. */
void stepper_open(struct stepper *stepper, uint64_t size);
/* Kills the process, too. */
void stepper_close(struct stepper *stepper);
/* Starts a process that runs this function, which raises SIGSTOP at each point where it is to be
 * stopped, and waits for the first SIGSTOP. */
void stepper_start(struct stepper *stepper, void (*live)(void));
/* Lets the process run to its next SIGSTOP. */
void stepper_go_on(struct stepper *stepper);
/* Runs one instruction. False if the process has reached its next SIGSTOP. */
bool stepper_step(struct stepper *stepper);
/* The address of the next instruction, counted from the program's first byte. */
unsigned long stepper_where(const struct stepper *stepper);

/* Copies those parts of the object that have memory into the image. */
void stepper_look(struct stepper *stepper);
/* Memory as large as an image, of zeros. To be given to stepper_drop. */
unsigned char *stepper_map(const struct stepper *stepper);
void stepper_drop(const struct stepper *stepper, unsigned char *image);
/* Copies those parts that have memory from one image to another. */
void stepper_copy(const struct stepper *stepper, unsigned char *to, const unsigned char *from);

#endif
