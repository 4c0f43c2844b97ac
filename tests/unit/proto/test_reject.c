/* SPDX-License-Identifier: MIT */
/* The names of reasons and letters are an interface. */
#include "assertions.h"
#include <string.h>

#include "sg_proto.h"

static void check_label(enum sg_reject reason, const char *label) {
    cr_expect(eq(str, sg_reject_label(reason), label));
}

Test(reject, labels_are_those_of_the_documentation) {
    cr_assert(SG_REJECT_COUNT == 17);
    check_label(SG_REJECT_NONE, "none");
    check_label(SG_REJECT_MALFORMED, "malformed");
    check_label(SG_REJECT_TOO_LONG, "too_long");
    check_label(SG_REJECT_TRUNCATED, "truncated");
    check_label(SG_REJECT_UNKNOWN_FAMILY, "unknown_family");
    check_label(SG_REJECT_AMBIGUOUS, "ambiguous");
    check_label(SG_REJECT_TYPE_MISMATCH, "type_mismatch");
    check_label(SG_REJECT_BAD_VALUE, "bad_value");
    check_label(SG_REJECT_BAD_RATE, "bad_rate");
    check_label(SG_REJECT_UNKNOWN_LABEL, "unknown_label");
    check_label(SG_REJECT_MISSING_LABEL, "missing_label");
    check_label(SG_REJECT_DUPLICATE_LABEL, "duplicate_label");
    check_label(SG_REJECT_LABEL_VALUE, "label_value");
    check_label(SG_REJECT_LABEL_OVERFLOW, "label_overflow");
    check_label(SG_REJECT_SERIES_LIMIT, "series_limit");
    check_label(SG_REJECT_FORBIDDEN_SENDER, "forbidden_sender");
    check_label(SG_REJECT_NO_OWNER, "no_owner");
}

Test(reject, every_reason_has_a_text_of_its_own) {
    for (int left = 0; left < SG_REJECT_COUNT; left++) {
        cr_expect(strlen(sg_reject_text((enum sg_reject)left)) > 0);
        for (int right = 0; right < left; right++)
            cr_expect(ne(str, sg_reject_text((enum sg_reject)left),
                         sg_reject_text((enum sg_reject)right)));
    }
}

Test(reject, numbers_out_of_range_have_a_text_too) {
    cr_expect(eq(str, sg_reject_label(SG_REJECT_COUNT), "unknown"));
    cr_expect(eq(str, sg_reject_text((enum sg_reject) - 1), "unknown reason"));
    cr_expect(eq(str, sg_letter_text(SG_LETTER_COUNT), "?"));
}

Test(reject, letters_have_their_spelling_on_the_wire) {
    static const char *const spelling[] = {"c", "g", "h", "d", "ms", "s", "a", "b", "j"};

    for (int letter = 0; letter < SG_LETTER_COUNT; letter++)
        cr_expect(eq(str, sg_letter_text((enum sg_letter)letter), spelling[letter]));
}
