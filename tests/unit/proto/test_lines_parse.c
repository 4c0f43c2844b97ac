/* SPDX-License-Identifier: MIT */
/* Lines read in one pass are the same as from sg_lines_next and sg_line_parse. */
#include "assertions.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "guarded.h"
#include "sg_proto.h"

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static bool same(struct sg_span a, struct sg_span b) {
    return a.at == b.at && a.len == b.len;
}

static void check_fields(const struct sg_line *line, const struct sg_line *expected) {
    cr_assert(line->kind == expected->kind);
    cr_assert(line->letter == expected->letter);
    cr_assert(same(line->name, expected->name));
    cr_assert(same(line->values, expected->values));
    cr_assert(same(line->tags, expected->tags));
    cr_assert(same(line->instance, expected->instance));
    cr_assert(line->rate == expected->rate);
    cr_assert(line->has_report == expected->has_report);
    cr_assert(line->handle == expected->handle);
    cr_assert(line->sent == expected->sent);
    cr_assert(line->lost == expected->lost);
}

static size_t check_datagram(const char *data, size_t len) {
    struct sg_lines it;
    struct sg_lines slow;
    struct sg_span text;
    struct sg_line line;
    struct sg_fault fault;
    bool ended;
    bool slow_ended;
    size_t lines = 0;

    sg_lines_init(&it, data, len);
    sg_lines_init(&slow, data, len);
    for (; sg_lines_next(&slow, &text, &slow_ended); lines++) {
        struct sg_line expected;
        struct sg_fault slow_fault = {0};
        const enum sg_reject reason = sg_line_parse(text, &expected, &slow_fault);
        memset(&line, 0xa5, sizeof line);
        cr_assert(sg_lines_parse(&it, &line, &ended, &fault));
        cr_assert(same(line.text, text), "\"%.*s\"", (int)text.len, text.at);
        cr_assert(ended == slow_ended);
        cr_assert(it.next == slow.next);
        cr_assert(fault.reason == reason, "\"%.*s\"", (int)text.len, text.at);
        if (reason == SG_REJECT_NONE)
            check_fields(&line, &expected);
        else
            cr_assert(fault.offset == slow_fault.offset);
    }
    cr_assert(not(sg_lines_parse(&it, &line, &ended, &fault)));
    return lines;
}

static void check_cases(const char *folder) {
    struct cases cases = cases_load(folder);

    cr_assert(cases.count > 0);
    for (size_t i = 0; i < cases.count; i++) {
        const struct case_file *file = &cases.at[i];
        struct guarded memory = guarded_new(file->len);
        for (size_t len = 0; len <= file->len; len++) {
            (void)check_datagram(guarded_at_end(&memory, file->data, len), len);
            (void)check_datagram(guarded_at_start(&memory, file->data, len), len);
        }
        guarded_free(&memory);
    }
    cases_free(&cases);
}

Test(lines_parse, valid_datagrams_are_read_alike) {
    check_cases("valid");
}

Test(lines_parse, invalid_datagrams_are_read_alike) {
    check_cases("invalid");
}

static void put(char *at, const char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        at[i] = bytes[i];
}

/* Lines of all lengths around a vector's, each behind another. */
static size_t fill(char *bytes, size_t room, uint64_t *state) {
    static const char *const heads[] = {
        "a:1|c|#",      "requests_total:17|ms|#",
        "d:0.25:1|h|#", "_under:1|g|#",
        "x:1|c|@0.5|#", "x:1|c",
        "_e{1,1}:a|b",  "a_name_that_is_as_long_as_names_can:1|c|#"};
    static const char tail[] =
        "key:value,another:value,and_another:value_of_it,more:of_it,last:one|T1";
    size_t len = 0;
    while (len + 300 < room) {
        const uint64_t random = next_random(state);
        const char *head = heads[random % 8];
        const size_t head_len = strlen(head);
        const size_t tail_len = (random >> 8) % sizeof tail;
        put(bytes + len, head, head_len);
        put(bytes + len + head_len, tail, tail_len);
        len += head_len + tail_len;
        if ((random >> 16) % 8 == 0) /* one byte is another */
            bytes[len - 1 - (random >> 24) % head_len] = "|:#\r\n_"[(random >> 32) % 6];
        if ((random >> 40) % 16 == 0)
            bytes[len++] = '\r';
        bytes[len++] = '\n';
    }
    return len - next_random(state) % 3;
}

Test(lines_parse, lines_of_all_lengths_are_read_alike) {
    enum { ROOM = 1500 };
    uint64_t state = 42;
    char bytes[ROOM];
    struct guarded memory = guarded_new(ROOM);
    size_t lines = 0;

    for (unsigned round = 0; round < 3000; round++) {
        const size_t len = fill(bytes, sizeof bytes, &state);
        lines += check_datagram(guarded_at_end(&memory, bytes, len), len);
    }
    cr_expect(lines > 30000);
    guarded_free(&memory);
}
