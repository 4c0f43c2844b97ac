/* SPDX-License-Identifier: MIT */
/* Nothing outside a datagram is read, and nothing in it is written. */
#include "assertions.h"
#include <setjmp.h>
#include <signal.h>

#include "cases.h"
#include "guarded.h"
#include "sg_proto.h"

static size_t touch(struct sg_span span) {
    size_t sum = 0;
    for (size_t i = 0; i < span.len; i++)
        sum += (unsigned char)span.at[i];
    return sum;
}

/* Read every span that the parser returns for a datagram. */
static size_t walk(const char *data, size_t len) {
    struct sg_lines lines;
    struct sg_span span;
    size_t sum = 0;

    sg_lines_init(&lines, data, len);
    while (sg_lines_next(&lines, &span, NULL)) {
        struct sg_line line;
        struct sg_fault fault;
        struct sg_values values;
        struct sg_tags tags;
        struct sg_tag tag;
        struct sg_span item;
        enum sg_reject reason;
        double value;

        sum += touch(span);
        if (sg_line_parse(span, &line, &fault) != SG_REJECT_NONE)
            continue;
        sum += touch(line.text) + touch(line.name) + touch(line.values) + touch(line.instance);
        sum += sg_line_samples(&line);
        sg_values_init(&values, &line);
        while (sg_values_next(&values, &value, &reason, &item))
            sum += touch(item);
        sg_values_init(&values, &line);
        while (sg_words_next(&values, &item))
            sum += touch(item);
        sg_tags_init(&tags, line.tags);
        while (sg_tags_next(&tags, &tag, &reason))
            sum += touch(tag.key) + touch(tag.value);
    }
    return sum;
}

static void walk_prefixes(const char *folder) {
    struct cases cases = cases_load(folder);

    cr_assert(cases.count > 0, "%s: no cases", folder);
    for (size_t i = 0; i < cases.count; i++) {
        const struct case_file *file = &cases.at[i];
        struct guarded memory = guarded_new(file->len);

        for (size_t len = 0; len <= file->len; len++) {
            size_t sum = walk(guarded_at_end(&memory, file->data, len), len);
            cr_assert(walk(guarded_at_start(&memory, file->data, len), len) == sum,
                      "%s/%s: %zu bytes mean two things", folder, file->name, len);
        }
        guarded_free(&memory);
    }
    cases_free(&cases);
}

Test(bounds, no_prefix_of_a_valid_datagram_is_read_beyond_its_ends) {
    walk_prefixes("valid");
}

Test(bounds, no_prefix_of_an_invalid_datagram_is_read_beyond_its_ends) {
    walk_prefixes("invalid");
}

Test(bounds, a_number_is_not_read_beyond_its_end) {
    static const char digits[] = "-12345678901234567890.123456789012345678901e-12";
    struct guarded memory = guarded_new(sizeof digits);
    double value;

    for (size_t len = 0; len < sizeof digits; len++) {
        sg_number_parse(guarded_at_end(&memory, digits, len), len, &value);
        sg_number_parse(guarded_at_start(&memory, digits, len), len, &value);
    }
    guarded_free(&memory);
}

Test(bounds, a_datagram_may_be_in_read_only_memory) {
    static const char *const folders[] = {"valid", "invalid"};

    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        struct cases cases = cases_load(folders[f]);

        cr_assert(cases.count > 0);
        for (size_t i = 0; i < cases.count; i++) {
            struct guarded memory = guarded_new(cases.at[i].len);
            const char *data = guarded_at_end(&memory, cases.at[i].data, cases.at[i].len);

            guarded_read_only(&memory);
            walk(data, cases.at[i].len);
            guarded_free(&memory);
        }
        cases_free(&cases);
    }
}

static sigjmp_buf after_fault;

static void on_fault(int signal) {
    siglongjmp(after_fault, signal);
}

static bool can_read(const volatile char *at) {
    if (sigsetjmp(after_fault, 1) != 0)
        return false;
    (void)*at;
    return true;
}

/* Without this, the tests above could pass by guarding nothing. */
Test(bounds, the_guard_stops_one_byte_outside) {
    struct sigaction action = {.sa_handler = on_fault};
    struct guarded memory = guarded_new(10);
    const char *data = guarded_at_end(&memory, "0123456789", 10);

    cr_assert(sigaction(SIGSEGV, &action, NULL) == 0);
    cr_expect(can_read(data));
    cr_expect(can_read(data + 9));
    cr_expect(not(can_read(data + 10)));
    data = guarded_at_start(&memory, "0123456789", 10);
    cr_expect(can_read(data));
    cr_expect(not(can_read(data - 1)));
    guarded_free(&memory);
}
