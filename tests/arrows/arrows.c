/*
 * arrows FACTS SYMBOLS ROOT [KNOWN]: reports what in the tree ROOT goes another way than the build declares, with
 * the place and the reason; exit code 1 if there is anything.
 */
#include <stdio.h>

#include "judge.h"

int main(int count, char **arguments) {
    if (count < 4 || count > 5) {
        fputs("usage: arrows FACTS SYMBOLS ROOT [KNOWN]\n", stderr);
        return 2;
    }
    return judge(stdout, arguments[1], arguments[2], arguments[3], arguments[4]) == 0 ? 0 : 1;
}
