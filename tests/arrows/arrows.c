/*
 * arrows FACTS SYMBOLS ROOT: reports every place where the tree ROOT departs from what the
 * build declares, and why; exit code 1 if there is any.
 */
#include <stdio.h>

#include "judge.h"

int main(int count, char **arguments) {
    if (count != 4) {
        fputs("usage: arrows FACTS SYMBOLS ROOT\n", stderr);
        return 2;
    }
    return judge(stdout, arguments[1], arguments[2], arguments[3]) == 0 ? 0 : 1;
}
