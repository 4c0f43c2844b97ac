#include "statgate/gen/shared.h"

#include "statgate/gen/calls.h"

/* ---- which ones ---- */

typedef bool function_is(const struct gen_function *function);

static bool any(const struct gen_service *service, function_is *is) {
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++)
            if (is(&service->families[i].functions[j]))
                return true;
    return false;
}

static bool may_lose(const struct gen_function *function) {
    const struct gen_call *call = function->call;
    if (call->by_text)
        return function->word != NULL;
    return function->series > 0 && function->argument_count > 0 && !call->is_breaker;
}

static bool has_default(const struct gen_function *function) {
    for (uint32_t i = 0; i < function->argument_count; i++)
        if (function->arguments[i].choice == NULL &&
            function->arguments[i].label->default_value >= 0)
            return true;
    return false;
}

/* Whether the function writes labels as a text; a report may have only the label `service`. */
static bool has_text(const struct gen_function *function) {
    return function->call->by_text || (function->call->is_breaker && function->argument_count > 0);
}

/* ---- their texts ---- */

static const char lose[] = /* inserts: noinline macro, function, struct */
    "/* A sample without a name is lost, and counts as such. */\n"
    "%s bool %s(struct %s *m) {\n"
    "    return statgate_count(m->sg, \"\", 0, NULL);\n"
    "}\n\n";

static const char pair[] =
    "/* One more pair, unless the value is left to the catalog. */\n"
    "static inline size_t %s(\n"
    "    struct statgate_label *pairs, size_t count, const char *key, const char *value) {\n"
    "    if (value == NULL) {\n"
    "        return count;\n"
    "    }\n"
    "    pairs[count].key = key;\n"
    "    pairs[count].value = value;\n"
    "    return count + 1;\n"
    "}\n\n";

static const char labels[] =
    "/* Labels as a text. NULL: a value would be read as something else, or is too long. */\n"
    "static inline const char *%s(\n"
    "    char *text, size_t size, const struct statgate_label *pairs, size_t count) {\n"
    "    size_t at = 0;\n"
    "    text[0] = '\\0';\n"
    "    for (size_t i = 0; i < count; i++) {\n"
    "        const char *from = pairs[i].value == NULL ? \",\" : pairs[i].value;\n"
    "        const size_t key = strlen(pairs[i].key);\n"
    "        const size_t value = strcspn(from, \",|\\r\\n\");\n"
    "        if (from[value] != '\\0' || key + value + 2 >= size - at) {\n"
    "            return NULL;\n"
    "        }\n"
    "        if (at > 0) {\n"
    "            text[at++] = ',';\n"
    "        }\n"
    "        memcpy(text + at, pairs[i].key, key);\n"
    "        at += key;\n"
    "        text[at++] = ':';\n"
    "        memcpy(text + at, from, value);\n"
    "        at += value;\n"
    "        text[at] = '\\0';\n"
    "    }\n"
    "    return text;\n"
    "}\n\n";

void gen_put_shared(struct strbuf *out, const struct gen_service *service) {
    if (any(service, may_lose))
        strbuf_printf(out, lose, service->noinline_macro, service->lose, service->metrics);
    if (any(service, has_default))
        strbuf_printf(out, pair, service->pair);
    if (any(service, has_text))
        strbuf_printf(out, labels, service->labels);
}
