/* Writes the labels of a call. */
#include <stdio.h>
#include <string.h>

#include "statgate/gen/choices.h"
#include "statgate/gen/functions_private.h"
#include "statgate/gen/text.h"

/* Whether the argument is a text that may be left out. */
static bool is_optional(const struct gen_argument *argument) {
    return argument->choice == NULL && argument->label->default_value >= 0;
}

static void put_value(struct strbuf *out, const struct gen_argument *argument) {
    if (argument->choice != NULL)
        strbuf_printf(out, "%s(%s)", argument->choice->text, argument->parameter);
    else
        strbuf_puts(out, argument->parameter);
}

static uint32_t count_optional(const struct gen_function *function) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < function->argument_count; i++)
        count += is_optional(&function->arguments[i]) ? 1 : 0;
    return count;
}

/* Write the pairs that are always present. Returns how many. */
static uint32_t put_fixed(struct strbuf *out, int indent, const char *service_label,
                          const struct gen_function *function) {
    uint32_t count = 0;
    if (service_label != NULL) {
        strbuf_printf(out, "\n%*s{\"service\", ", indent, "");
        gen_put_string(out, service_label);
        strbuf_putc(out, '}');
        count++;
    }
    for (uint32_t i = 0; i < function->argument_count; i++) {
        const struct gen_argument *argument = &function->arguments[i];
        if (is_optional(argument))
            continue;
        strbuf_printf(out, "%s\n%*s{\"%s\", ", count++ > 0 ? "," : "", indent, "", argument->key);
        put_value(out, argument);
        strbuf_putc(out, '}');
    }
    return count;
}

struct gen_count gen_put_pairs(struct strbuf *out, const struct gen_service *service, int indent,
                               const char *service_label, const struct gen_function *function) {
    struct gen_count count;
    const uint32_t optional = count_optional(function);
    const uint32_t all = function->argument_count + (service_label != NULL ? 1 : 0);
    strbuf_printf(out, "%*s%sstruct statgate_label pairs[%u] = {", indent, "",
                  optional == 0 ? "const " : "", (unsigned)all);
    const uint32_t fixed = put_fixed(out, indent + 4, service_label, function);
    strbuf_puts(out, fixed == 0 ? "{NULL, NULL}};\n" : "};\n");
    (void)snprintf(count.text, sizeof count.text, "%u", (unsigned)fixed);
    if (optional == 0)
        return count;
    strbuf_printf(out, "%*ssize_t count = %u;\n", indent, "", (unsigned)fixed);
    for (uint32_t i = 0; i < function->argument_count; i++)
        if (is_optional(&function->arguments[i]))
            strbuf_printf(out, "%*scount = %s(pairs, count, \"%s\", %s);\n", indent, "",
                          service->pair, function->arguments[i].key,
                          function->arguments[i].parameter);
    return (struct gen_count){"count"};
}

size_t gen_pairs_bytes(const char *service_label, const struct gen_function *function) {
    size_t bytes = 1;
    if (service_label != NULL)
        bytes += strlen("service:,") + strlen(service_label);
    for (uint32_t i = 0; i < function->argument_count; i++) {
        const struct gen_argument *argument = &function->arguments[i];
        bytes += strlen(argument->key) + 2;
        bytes +=
            argument->choice != NULL ? gen_choice_longest(argument->choice) : CATALOG_VALUE_MAX;
    }
    return bytes;
}
