/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as /proc/PID/cgroup. The result is a printable text that ends within its buffer, or
 * there is none. A further line, of a hierarchy with a lower priority, does not change it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host/procinfo.h"

static void check_text(const char unit[WHO_UNIT_MAX]) {
    const size_t len = strnlen(unit, WHO_UNIT_MAX);
    CHECK(len > 0 && len < WHO_UNIT_MAX);
    for (size_t i = 0; i < len; i++)
        CHECK(unit[i] > ' ' && unit[i] <= '~');
}

/* Checks that a line appended for another hierarchy counts only if no other line does. */
static void check_more(const uint8_t *data, size_t size, bool found, const char *unit) {
    static const char last[] = "\n9:cpu:/last.service\n";
    char again[WHO_UNIT_MAX] = "";
    char *text = malloc(size + sizeof last);
    CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    memcpy(text + size, last, sizeof last - 1);
    CHECK(host_cgroup_parse(text, size + sizeof last - 1, again));
    CHECK(strcmp(again, found ? unit : "last.service") == 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char unit[WHO_UNIT_MAX];
    memset(unit, 'x', sizeof unit);
    const bool found = host_cgroup_parse((const char *)data, size, unit);
    if (found)
        check_text(unit);
    else
        CHECK(memchr(unit, '\0', sizeof unit) == NULL);
    check_more(data, size, found, unit);
    return 0;
}
