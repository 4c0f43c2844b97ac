/* Writes the comment before a function. */
#include "catalog/catalog.h"
#include "statgate/gen/calls.h"
#include "statgate/gen/functions_private.h"
#include "statgate/gen/text.h"

static void put_value(struct strbuf *text, const struct catalog_label *label, int32_t id) {
    strbuf_printf(text, "\"%s\"", label->values[id].text);
}

/* Write which texts the daemon accepts for an argument, and what becomes of others. */
static void put_rule(struct strbuf *out, const struct gen_argument *argument) {
    const struct catalog_label *label = argument->label;
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "%s: ", argument->parameter);
    if (label->variable != NULL)
        strbuf_printf(&text, "what the daemon's variable %s lists", label->variable);
    else if (label->file != NULL)
        strbuf_puts(&text, "what a file beside the daemon's catalog lists");
    else
        strbuf_printf(&text, "what matches %s, at most %u at a time",
                      catalog_pattern_source(label->pattern), (unsigned)label->max);
    if (label->otherwise >= 0) {
        strbuf_puts(&text, "; others become ");
        put_value(&text, label, label->otherwise);
    }
    if (label->default_value >= 0) {
        strbuf_puts(&text, "; NULL is ");
        put_value(&text, label, label->default_value);
    }
    strbuf_putc(&text, '.');
    gen_put_prose(out, strbuf_cstr(&text));
    out->failed |= text.failed;
    strbuf_done(&text);
}

void gen_put_remarks(struct strbuf *out, const struct gen_family *family,
                     const struct gen_function *function) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(out, "/**\n");
    gen_put_prose(out, family->family->help);
    if (family->family->help[0])
        strbuf_puts(out, " *\n");
    strbuf_printf(&text, "%s: %s", function->wire, function->call->about);
    gen_put_prose(out, strbuf_cstr(&text));
    for (uint32_t i = 0; i < function->argument_count; i++)
        if (function->arguments[i].choice == NULL)
            put_rule(out, &function->arguments[i]);
    strbuf_puts(out, " */\n");
    out->failed |= text.failed;
    strbuf_done(&text);
}
