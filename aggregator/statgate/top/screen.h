/*
 * screen.h - the terminal while `statgate top` has it, and as it was afterwards. Private to statgate/.
 *
 * Signals come through a descriptor, so that the terminal is given back before any of them has its effect.
 */
#ifndef STATGATE_STATGATE_TOP_SCREEN_H
#define STATGATE_STATGATE_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct screen {
    int input;
    int output;
    int signals; /**< readable when one came */
    bool taken;
    struct termios before;
};

/** NULL: the terminal is taken; else why not. */
const char *screen_open(struct screen *screen, int input, int output, const char *term);
/** Give it back as it was. Safe on one that is not open. */
void screen_close(struct screen *screen);

/** What a signal wants, by screen_signal. */
enum screen_event { SCREEN_NOTHING, SCREEN_REDRAW, SCREEN_QUIT };
/** Read one signal. A stop gives the terminal back, and takes it again when the process goes on. *ret_number is that of
 * a signal that ends the program: close, and screen_die() of it. */
enum screen_event screen_signal(struct screen *screen, int *ret_number);
/** End as this signal ends a program. */
void screen_die(int number);

/** 80x24 if it does not say. */
void screen_size(const struct screen *screen, size_t *ret_columns, size_t *ret_rows);

#endif
