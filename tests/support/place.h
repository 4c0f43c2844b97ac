/*
 * place.h - a folder of the test's own for sockets.
 */
#ifndef STATGATE_TESTS_PLACE_H
#define STATGATE_TESTS_PLACE_H

/* Init and fini of a suite that touches files. */
void place_make(void);
void place_remove(void);

extern char place_folder[64];
/* FOLDER/name, in one of a few static buffers, of which each has room for a socket's path. */
const char *place_path(const char *name);

#endif
