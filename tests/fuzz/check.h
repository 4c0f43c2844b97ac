/* SPDX-License-Identifier: MIT */
/*
 * check.h - for every fuzzer: its entry point, and a macro for claims that must hold for each
 * input.
 */
#ifndef STATGATE_FUZZ_CHECK_H
#define STATGATE_FUZZ_CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run unless the claim holds; the fuzzer then saves the input. */
#define CHECK(claim)                                                                               \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
