/*
 * place.h - a temporary folder for the sockets of a test.
 */
#ifndef STATGATE_TESTS_PLACE_H
#define STATGATE_TESTS_PLACE_H

/* Init and fini of a suite that touches files. */
void place_make(void);
void place_remove(void);

extern char place_folder[64];
/* FOLDER/name, in one of a few static buffers, each large enough for the path of a socket. */
const char *place_path(const char *name);

#endif
