/*
 * screen.h - takes the terminal for `statgate top`, and restores it afterwards. Private to
 * statgate/.
 *
 * Signals are read from a descriptor, so that the terminal is restored before any of them takes
 * effect.
 */
#ifndef STATGATE_STATGATE_TOP_SCREEN_H
#define STATGATE_STATGATE_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct screen {
    int input;
    int output;
    int signals; /**< readable when a signal has arrived */
    bool taken;
    struct termios before;
};

/** Take the terminal. Returns NULL, or the reason why it cannot be taken. */
const char *screen_open(struct screen *screen, int input, int output, const char *term);
/** Restore the terminal. Safe if it is not open. */
void screen_close(struct screen *screen);

/** The effect of a signal, from screen_signal. */
enum screen_event { SCREEN_NOTHING, SCREEN_REDRAW, SCREEN_QUIT };
/** Read one signal. A stop signal restores the terminal and takes it again when the process
 * continues. SCREEN_QUIT sets *ret_number to a signal that ends the program: call screen_close
 * and then screen_die with it. */
enum screen_event screen_signal(struct screen *screen, int *ret_number);
/** End the process as this signal would. */
void screen_die(int number);

/** The terminal's size; 80x24 if it is unknown. */
void screen_size(const struct screen *screen, size_t *ret_columns, size_t *ret_rows);

#endif
