/* SPDX-License-Identifier: MIT */
/* Templates with holes. */
#include "assertions.h"
#include "json/json.h"

static void expect_filled(const char *text, const char *document, const char *filled) {
    const struct json_template templates[] = {
        {"main", text}, {"part", "<{{x}}>"}, {"line", "of {{x}}\n"}, {0}};
    json_t *value = json_loads(document, 0, NULL);
    struct strbuf out;
    strbuf_init(&out);
    cr_assert(value != NULL);
    json_template_fill(&out, templates, "main", value);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), (char *)(uintptr_t)filled), "%s", text);
    strbuf_done(&out);
    json_decref(value);
}

Test(template, holes_take_texts_and_numbers) {
    expect_filled("a {{x}} b {{y}}{{z}}", "{\"x\": \"<&>\", \"y\": 7}", "a <&> b 7");
    expect_filled("{{a.b}}{{a.c}}{{c.b}}", "{\"a\": {\"b\": \"in\"}, \"b\": \"out\"}", "in");
    expect_filled("{ {x} }}", "{\"x\": 1}", "{ {x} }}");
    expect_filled("{{x", "{\"x\": 1}", "{{x");
}

Test(template, sections_ask_and_repeat) {
    expect_filled("{{#x}}{{.}}{{^@last}}, {{/@last}}{{/x}}", "{\"x\": [1, \"b\", 3]}", "1, b, 3");
    expect_filled("{{#x}}{{#@first}}^{{/@first}}{{v}}{{w}}{{/x}}",
                  "{\"w\": \"!\", \"x\": [{\"v\": 1}, {\"v\": 2, \"w\": \"?\"}]}", "^1!2?");
    expect_filled("{{#x}}{{y}}{{#x}}{{z}}{{/x}}{{/x}}|", "{\"x\": {\"y\": 1, \"x\": {\"z\": 2}}}",
                  "12|");
    const char *const falses[] = {"{}",         "{\"x\": null}", "{\"x\": false}",
                                  "{\"x\": 0}", "{\"x\": \"\"}", "{\"x\": []}"};
    for (size_t i = 0; i < sizeof falses / sizeof *falses; i++)
        expect_filled("{{#x}}yes{{/x}}{{^x}}no{{/x}}", falses[i], "no");
    expect_filled("{{#x}}yes{{/x}}{{^x}}no{{/x}}", "{\"x\": {}}", "yes");
}

Test(template, tags_alone_on_a_line_take_it_along) {
    expect_filled("{{! remark }}\n{{#x}}\n- {{.}}\n{{/x}}\nend\n", "{\"x\": [1, 2]}",
                  "- 1\n- 2\nend\n");
    expect_filled("a {{#x}}\nb{{/x}}\n", "{\"x\": 1}", "a \nb\n");
    expect_filled("{{>line}}\n[{{>part}}]{{>none}}", "{\"x\": 1}", "of 1\n[<1>]");
}
