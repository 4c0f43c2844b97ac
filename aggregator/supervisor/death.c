#include "supervisor/death.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void describe_signal(int status, char *text) {
    const int number = WTERMSIG(status);
    const char *name = sigabbrev_np(number);
    (void)snprintf(text, DEATH_TEXT_BYTES, "was killed by signal %d%s%s%s%s", number,
                   name != NULL ? " (SIG" : "", name != NULL ? name : "", name != NULL ? ")" : "",
                   WCOREDUMP(status) ? ", core dumped" : "");
}

void death_describe(const struct death *death, char ret_text[DEATH_TEXT_BYTES]) {
    if (!death->known)
        (void)snprintf(ret_text, DEATH_TEXT_BYTES, "ended");
    else if (WIFSIGNALED(death->status))
        describe_signal(death->status, ret_text);
    else
        (void)snprintf(ret_text, DEATH_TEXT_BYTES, "exited with status %d",
                       WEXITSTATUS(death->status));
}

int death_code(const struct death *death) {
    if (!death->known)
        return 1;
    return WIFSIGNALED(death->status) ? 128 + WTERMSIG(death->status) : WEXITSTATUS(death->status);
}

bool death_is_orderly(const struct death *death) {
    return death->known && WIFEXITED(death->status) && WEXITSTATUS(death->status) == 0;
}
