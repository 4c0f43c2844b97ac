/* SPDX-License-Identifier: MIT */
/* Semantic errors give the place of the value as a JSON pointer. */
#include <string.h>

#include "assertions.h"
#include "json/json.h"

static struct error error;
static const struct jsondoc_place root = {.key = "x.json"};

Test(json_jsondoc_fail, names_the_file_alone_at_the_root) {
    cr_expect(not(json_jsondoc_fail(&error, &root, "%d words", 2)));
    cr_expect(eq(str, error.text, "x.json: 2 words"));
}

Test(json_jsondoc_fail, writes_keys_and_indexes_from_the_root_down) {
    const struct jsondoc_place families = {.parent = &root, .key = "families"};
    const struct jsondoc_place family = {.parent = &families, .key = "a"};
    const struct jsondoc_place item = {.parent = &family, .index = 12};
    cr_expect(not(json_jsondoc_fail(&error, &item, "no")));
    cr_expect(eq(str, error.text, "x.json: /families/a/12: no"));
}

Test(json_jsondoc_fail, escapes_keys_as_a_pointer_does) {
    const struct jsondoc_place key = {.parent = &root, .key = "a/b~c"};
    const struct jsondoc_place inner = {.parent = &key, .key = ""};
    json_jsondoc_fail(&error, &inner, "no");
    cr_expect(eq(str, error.text, "x.json: /a~1b~0c/: no"));
}

Test(json_jsondoc_fail, replaces_control_bytes) {
    json_jsondoc_fail(&error, &root, "a\nb\x1b[0m\x7f");
    cr_expect(eq(str, error.text, "x.json: a b [0m "));
}

Test(json_jsondoc_fail, cuts_and_marks_what_is_too_long) {
    static char words[3 * ERROR_BYTES];
    memset(words, 'w', sizeof words - 1);
    json_jsondoc_fail(&error, &root, "%s", words);
    cr_expect(eq(sz, strlen(error.text), ERROR_BYTES - 1));
    cr_expect(eq(str, error.text + ERROR_BYTES - 5, "w..."));

    const struct jsondoc_place deep = {.parent = &root, .key = words};
    json_jsondoc_fail(&error, &deep, "unseen");
    cr_expect(eq(sz, strlen(error.text), ERROR_BYTES - 1));
    cr_expect(eq(str, error.text + ERROR_BYTES - 5, "w..."));
}

Test(json_jsondoc_fail, cuts_between_characters) {
    char words[2 * ERROR_BYTES];
    for (size_t shift = 0; shift < 3; shift++) {
        size_t len = 0;
        while (len < shift)
            words[len++] = 'x';
        while (len + 3 < sizeof words) {
            memcpy(words + len, "\xE2\x82\xAC", 3); /* the euro sign */
            len += 3;
        }
        words[len] = '\0';
        json_jsondoc_fail(&error, &root, "%s", words);
        json_t *valid = json_string(error.text); /* refuses invalid UTF-8 */
        cr_expect(valid != NULL, "shift %zu", shift);
        json_decref(valid);
    }
}

Test(json_jsondoc_fail, keeps_a_message_that_just_fits_and_cuts_the_next) {
    char words[ERROR_BYTES];
    const size_t room = ERROR_BYTES - 1 - strlen("x.json: ");
    memset(words, 'w', sizeof words);
    words[room] = '\0';
    json_jsondoc_fail(&error, &root, "%s", words);
    cr_expect(eq(str, error.text + strlen("x.json: "), words));
    words[room] = 'w';
    words[room + 1] = '\0';
    json_jsondoc_fail(&error, &root, "%s", words);
    cr_expect(eq(sz, strlen(error.text), ERROR_BYTES - 1));
    cr_expect(eq(str, error.text + ERROR_BYTES - 5, "w..."));
}

static const char *const keys[] = {"families", "labels", "max_series", "unit", NULL};

static bool known(const char *text) {
    error_clear(&error);
    json_t *object = json_loads(text, 0, NULL);
    cr_assert(object != NULL);
    const bool ok = json_jsondoc_keys_known(object, &root, keys, &error);
    json_decref(object);
    return ok;
}

Test(jsondoc_keys, accepts_known_ones) {
    cr_expect(known("{\"unit\": 1, \"labels\": 2}"));
    cr_expect(known("{}"));
}

Test(jsondoc_keys, suggests_the_nearest_known_one) {
    cr_expect(not(known("{\"unit\": 1, \"lables\": 2}")));
    cr_expect(eq(str, error.text, "x.json: /lables: unknown key; did you mean \"labels\"?"));
    cr_expect(not(known("{\"max_serie\": 1}")));
    cr_expect(eq(str, error.text, "x.json: /max_serie: unknown key; did you mean \"max_series\"?"));
}

Test(jsondoc_keys, suggests_the_one_that_goes_on) {
    cr_expect(not(known("{\"max\": 1}")));
    cr_expect(eq(str, error.text, "x.json: /max: unknown key; did you mean \"max_series\"?"));
}

Test(jsondoc_keys, lists_them_when_none_is_near) {
    cr_expect(not(known("{\"colour\": 1}")));
    cr_expect(eq(str, error.text,
                 "x.json: /colour: unknown key; known here are: families, labels, max_series, "
                 "unit"));
}
