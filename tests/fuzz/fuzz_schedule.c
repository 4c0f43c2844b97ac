/* SPDX-License-Identifier: MIT */
/*
 * Any text as an expression of cron. One that is read has slots that rise, by whole minutes, in a
 * zone whose clock goes forward and back; from shortly before a slot, it is found again. One that
 * is not has a reason.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "schedule/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct schedule_change changes[] = {
        {INT64_MIN, 3600}, {1774746000, 7200}, {1792890000, 3600}, {1806195600, 5400}};
    static const struct schedule_zone zone = {"changing", changes, 4};
    char *text = calloc(size + 1, 1);
    struct schedule schedule;
    struct error error = {0};
    CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    if (!schedule_parse(text, &schedule, &error)) {
        CHECK(error.text[0] != '\0');
    } else {
        int64_t at = 1774000000;
        struct schedule_slot slot;
        for (int i = 0; i < 20 && schedule_next(&schedule, &zone, at, &slot); i++) {
            struct schedule_slot again;
            CHECK(slot.at_s > at && slot.at_s % 60 == 0);
            CHECK(schedule_next(&schedule, &zone, slot.at_s - 1, &again));
            CHECK(again.at_s == slot.at_s && again.around_s == slot.around_s);
            at = slot.at_s;
        }
    }
    free(text);
    return 0;
}
