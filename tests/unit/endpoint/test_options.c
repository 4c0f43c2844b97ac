/* SPDX-License-Identifier: MIT */
/* Each row of options.def is shown if its value is not the default. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "base/text.h"
#include "endpoint/endpoint.h"

static struct strbuf text;

static void setup(void) {
    strbuf_init(&text);
}

static void teardown(void) {
    strbuf_done(&text);
}

TestSuite(endpoint_options, .init = setup, .fini = teardown);

/* A value by its text, as settings have it; another one; and that as JSON, as the table of the
 * command, and as a reference page has it. */
#define READ_SWITCH(text, argument) (strcmp((text), "on") == 0)
#define READ_WORDS(text, argument)  (text)
#define READ_CHOICE(text, argument) text_choice_find((argument), (text))
#define OTHER_SWITCH(initial)       (strcmp((initial), "on") == 0 ? "off" : "on")
#define OTHER_WORDS(initial)        "one,two"
#define OTHER_CHOICE(initial)       "target_info"
#define JSON_SWITCH(initial)        (strcmp((initial), "on") == 0 ? "false" : "true")
#define JSON_WORDS(initial)         "\"one,two\""
#define JSON_CHOICE(initial)        "\"target_info\""
#define AFTER_SWITCH                ""
#define AFTER_WORDS                 " one,two"
#define AFTER_CHOICE                ""
#define NTH_SWITCH                  0
#define NTH_WORDS                   0
#define NTH_CHOICE                  RESOURCE_TARGET_INFO

static struct endpoint_options usual(void) {
    return (struct endpoint_options){
#define ENDPOINT_OPTION(name_, kind, initial, argument, check, unusual, phrase, help)              \
    .name_ = READ_##kind(initial, argument),
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
    };
}

/* What is expected of one row. */
struct shown {
    const char *name;
    const char *json;
    const char *unusual; /* NULL: nothing */
    const char *after;
    const char *phrase; /* NULL: nothing */
    unsigned nth;
};

static void expect_json(const struct endpoint_options *options, const struct shown *shown) {
    struct json_writer w = {.out = &text};
    char member[64];
    strbuf_clear(&text);
    json_open(&w, '{');
    endpoint_options_put_json(&w, options);
    json_close(&w, '}');
    (void)snprintf(member, sizeof member, "\"%s\":%s", shown->name, shown->json);
    cr_expect(strstr(strbuf_cstr(&text), member) != NULL, "%s has no %s", strbuf_cstr(&text),
              member);
}

static void expect_unusual(const struct endpoint_options *options, const struct shown *shown) {
    char wanted[64] = "";
    strbuf_clear(&text);
    endpoint_options_put_unusual(&text, options);
    if (shown->unusual != NULL)
        (void)snprintf(wanted, sizeof wanted, "%s%s", shown->unusual, shown->after);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), wanted), "%s", shown->name);
}

static void expect_phrase(const struct endpoint_options *options, const struct shown *shown) {
    char wanted[128] = "";
    strbuf_clear(&text);
    endpoint_options_put_phrases(&text, options);
    if (shown->phrase != NULL) {
        size_t len;
        const char *phrase = text_choice_word(shown->phrase, shown->nth, &len);
        (void)snprintf(wanted, sizeof wanted, ", %.*s", (int)len, phrase);
    }
    cr_expect(eq(str, (char *)strbuf_cstr(&text), wanted), "%s", shown->name);
}

static void expect_shown(const struct endpoint_options *options, const struct shown *shown) {
    expect_json(options, shown);
    expect_unusual(options, shown);
    expect_phrase(options, shown);
}

Test(endpoint_options, what_is_as_usual_is_not_mentioned) {
    const struct endpoint_options options = usual();
    endpoint_options_put_unusual(&text, &options);
    endpoint_options_put_phrases(&text, &options);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), ""));
}

Test(endpoint_options, each_row_is_shown){
#define ENDPOINT_OPTION(name_, kind, initial, argument, check, unusual_, phrase_, help)            \
    {                                                                                              \
        struct endpoint_options options = usual();                                                 \
        options.name_ = READ_##kind(OTHER_##kind(initial), argument);                              \
        expect_shown(&options, &(struct shown){#name_, JSON_##kind(initial), unusual_,             \
                                               AFTER_##kind, phrase_, NTH_##kind});                \
    }
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
}

Test(endpoint_options, what_is_unusual_is_a_list) {
    struct endpoint_options options = usual();
    options.include = "app";
    options.created = true;
    options.openmetrics = false;
    strbuf_puts(&text, "token");
    endpoint_options_put_unusual(&text, &options);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), "token, text only, created, include app"));
    strbuf_clear(&text);
    options.resource = RESOURCE_LABELS;
    options.scope_labels = true;
    endpoint_options_put_phrases(&text, &options);
    cr_expect(eq(str, (char *)strbuf_cstr(&text),
                 ", resource as labels, scope as labels `otel_scope_*`"));
}

/* The words of the row and the items of the enum are in the same order. */
Test(endpoint_options, words_of_a_choice_are_in_the_order_of_the_enum) {
    static const char *const words[] = {[RESOURCE_OFF] = "off",
                                        [RESOURCE_TARGET_INFO] = "target_info",
                                        [RESOURCE_LABELS] = "labels"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len;
        const char *word = endpoint_resource_word((enum endpoint_resource)i, &len);
        cr_expect(text_is(word, len, words[i]), "%s", words[i]);
    }
}
