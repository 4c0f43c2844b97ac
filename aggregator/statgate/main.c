/* SPDX-License-Identifier: MIT */
/* main.c - the command statgate, but for `check`, which needs the daemon's own modules and their
 * libraries: it is a program of its own, so that a cron job does not load those either. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "statgate/command.h"

static const struct command elsewhere = {.word = CHECK_WORD, .summary = CHECK_SUMMARY};

static bool is_check(int argc, char *const *argv) {
    const bool helps = argc > 2 && (strcmp(argv[1], "help") == 0 ||
                                    strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    return argc > 1 && strcmp(argv[helps ? 2 : 1], CHECK_WORD) == 0;
}

/* Become statgate-check, which lies where this program's installation puts it. */
static int become_check(char *const *argv) {
    char self[PATH_MAX];
    char path[PATH_MAX + sizeof STATGATE_TO_LIBEXEC + 32];
    const ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *end = strrchr(self, '/');
    if (end != NULL)
        *end = '\0';
    (void)snprintf(path, sizeof path, "%s/" STATGATE_TO_LIBEXEC "/statgate/statgate-check", self);
    (void)execv(path, argv);
    (void)fprintf(stderr, "statgate check: %s: %s; install the whole package\n", path,
                  strerror(errno));
    return CLI_FAILURE;
}

int main(int argc, char **argv) {
    return is_check(argc, argv) ? become_check(argv) : statgate_main(argc, argv, &elsewhere, NULL);
}
