/* SPDX-License-Identifier: MIT */
/* slots.c - statgate-slots: reads "UNIX-TIME COUNT EXPRESSION" lines, and prints the next COUNT
 * slots of each in UTC, or "refused". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/schedule.h"

int main(void) {
    static const struct schedule_change changes[] = {{INT64_MIN, 0}};
    static const struct schedule_zone utc = {"UTC", changes, 1};
    char line[512];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct schedule schedule;
        struct schedule_slot slot;
        struct error error;
        char *at = line;
        line[strcspn(line, "\n")] = '\0';
        slot.at_s = strtoll(at, &at, 10);
        const long count = strtol(at, &at, 10);
        if (!schedule_parse(at + 1, &schedule, &error)) {
            printf("refused\n");
            continue;
        }
        for (long i = 0; i < count && schedule_next(&schedule, &utc, slot.at_s, &slot); i++)
            printf("%" PRId64 " ", slot.at_s);
        printf("\n");
    }
    return 0;
}
