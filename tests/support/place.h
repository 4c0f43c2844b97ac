/* SPDX-License-Identifier: MIT */
/*
 * place.h - a temporary folder for the sockets of a test.
 */
#ifndef STATGATE_TESTS_PLACE_H
#define STATGATE_TESTS_PLACE_H

/* The init and fini functions of a suite that needs the folder. */
void place_make(void);
void place_remove(void);

extern char place_folder[64];
/* FOLDER/name. Static: valid until four more calls. A buffer is as large as the path of a
 * socket. */
const char *place_path(const char *name);

#endif
