#include "statgate/gen/functions.h"

#include "statgate/gen/calls.h"
#include "statgate/gen/functions_private.h"
#include "statgate/gen/text.h"

/* ---- heads ---- */

static void put_labels(struct strbuf *out, const struct gen_function *function) {
    for (uint32_t i = 0; i < function->argument_count; i++) {
        const struct gen_argument *argument = &function->arguments[i];
        if (argument->choice != NULL)
            strbuf_printf(out, ",\n    enum %s %s", argument->choice->tag, argument->parameter);
        else
            strbuf_printf(out, ",\n    const char *%s", argument->parameter);
    }
}

static void put_parameters(struct strbuf *out, const struct gen_service *service,
                           const struct gen_function *function) {
    const struct gen_call *call = function->call;
    strbuf_printf(out, "struct %s *m", service->metrics);
    if (function->word != NULL)
        strbuf_printf(out, ", enum %s %s", function->word->tag, call->word);
    if (call->parameter != NULL)
        strbuf_printf(out, ", %s", call->parameter);
    put_labels(out, function);
}

static void put_head(struct strbuf *out, const struct gen_service *service,
                     const struct gen_function *function) {
    strbuf_printf(out, "static inline bool %s(\n    ", function->name);
    put_parameters(out, service, function);
    strbuf_puts(out, ") {\n");
}

/* Write the arguments of the client's call between name and labels. */
static void put_passed(struct strbuf *out, const struct gen_function *function) {
    const struct gen_call *call = function->call;
    if (function->word != NULL)
        strbuf_printf(out, "%s(%s)", function->word->text, call->word);
    else
        strbuf_puts(out, call->passed);
    if (call->further != NULL)
        strbuf_printf(out, ", %s", call->further);
}

/* ---- prepared ---- */

/* Write the index of a prepared metric. It is checked, since a value may be any number cast to
 * the enum. */
static void put_index(struct strbuf *out, const struct gen_service *service,
                      const struct gen_function *function) {
    if (function->argument_count == 0)
        return;
    strbuf_puts(out, "    if (");
    for (uint32_t i = 0; i < function->argument_count; i++)
        strbuf_printf(out, "%s(size_t)%s >= %uu", i > 0 ? " ||\n        " : "",
                      function->arguments[i].parameter,
                      (unsigned)function->arguments[i].choice->count);
    if (function->call->is_breaker)
        strbuf_puts(out, ") {\n        return true;\n    }\n");
    else
        strbuf_printf(out, ") {\n        return %s(m);\n    }\n", service->lose);
    strbuf_printf(out, "    size_t i = (size_t)%s;\n", function->arguments[0].parameter);
    for (uint32_t i = 1; i < function->argument_count; i++)
        strbuf_printf(out, "    i = i * %uu + (size_t)%s;\n",
                      (unsigned)function->arguments[i].choice->count,
                      function->arguments[i].parameter);
}

/* Write the arguments that are passed to the function that prepares a metric. */
static void put_arguments(struct strbuf *out, const struct gen_function *function) {
    strbuf_puts(out, "m");
    if (function->argument_count > 0)
        strbuf_puts(out, ", i");
    for (uint32_t i = 0; i < function->argument_count; i++)
        strbuf_printf(out, ", %s", function->arguments[i].parameter);
}

static void put_open_with(struct strbuf *out, const struct gen_service *service,
                          const struct gen_family *family, const struct gen_function *function) {
    const bool none = function->argument_count == 0 && family->service == NULL;
    struct gen_count count = {"0"};
    if (!none)
        count = gen_put_pairs(out, service, 4, family->service, function);
    strbuf_printf(out,
                  "    m->opened_[%llu + i] = %s_open_with(\n"
                  "        &m->%s_[i], m->sg, \"%s\", %s, %s);\n",
                  (unsigned long long)function->first, function->call->type, function->name,
                  function->wire, none ? "NULL" : "pairs", count.text);
}

/* Write the opening of a breaker, which is identified only by the labels of its attempts. */
static void put_open_breaker(struct strbuf *out, const struct gen_service *service,
                             const struct gen_function *function) {
    const bool none = function->argument_count == 0;
    struct gen_count count = {"0"};
    if (!none) {
        count = gen_put_pairs(out, service, 4, NULL, function);
        strbuf_printf(out, "    char labels[%zu];\n", gen_pairs_bytes(NULL, function));
    }
    strbuf_printf(out, "    statgate_breaker_open(&m->%s_[i], m->sg, \"%s\", ", function->name,
                  function->wire);
    if (none)
        strbuf_puts(out, "NULL);\n");
    else
        strbuf_printf(out, "%s(\n        labels, sizeof labels, pairs, %s));\n", service->labels,
                      count.text);
    strbuf_printf(out, "    m->opened_[%llu + i] = true;\n", (unsigned long long)function->first);
}

/* Write the function that prepares a metric, out of line, so that each use stays short. */
static void put_opener(struct strbuf *out, const struct gen_service *service,
                       const struct gen_family *family, const struct gen_function *function) {
    strbuf_printf(out, "%s void %s(\n    struct %s *m", service->noinline_macro, function->opener,
                  service->metrics);
    if (function->argument_count > 0)
        strbuf_puts(out, ", size_t i");
    put_labels(out, function);
    strbuf_puts(out, ") {\n");
    if (function->argument_count == 0)
        strbuf_puts(out, "    const size_t i = 0;\n");
    if (function->call->is_breaker)
        put_open_breaker(out, service, function);
    else
        put_open_with(out, service, family, function);
    strbuf_puts(out, "}\n\n");
}

static void put_prepared(struct strbuf *out, const struct gen_service *service,
                         const struct gen_function *function) {
    const struct gen_call *call = function->call;
    put_index(out, service, function);
    const char *index = function->argument_count == 0 ? "0" : "i";
    strbuf_printf(out, "    if (!m->opened_[%llu + %s]) {\n        %s(",
                  (unsigned long long)function->first, index, function->opener);
    put_arguments(out, function);
    strbuf_printf(out, ");\n    }\n    return %s(&m->%s_[%s]", call->use, function->name, index);
    if (!call->is_breaker) {
        strbuf_puts(out, ", ");
        put_passed(out, function);
    }
    strbuf_puts(out, ");\n");
}

/* ---- not prepared ---- */

/* Write labels as a text, for calls that take no pairs. `text` is NULL if they were refused. */
static void put_text(struct strbuf *out, const struct gen_service *service,
                     const char *service_label, const struct gen_function *function) {
    if (function->argument_count == 0 && service_label == NULL) {
        strbuf_puts(out, "    const char *text = \"\";\n");
        return;
    }
    const struct gen_count count = gen_put_pairs(out, service, 4, service_label, function);
    strbuf_printf(out,
                  "    char labels[%zu];\n"
                  "    const char *text = %s(labels, sizeof labels, pairs, %s);\n",
                  gen_pairs_bytes(service_label, function), service->labels, count.text);
}

/* Write a call with labels as a text. If they are refused, a breaker belongs to no attempts and
 * lets everything through. */
static void put_by_text(struct strbuf *out, const struct gen_service *service,
                        const struct gen_family *family, const struct gen_function *function) {
    const bool reports = function->word != NULL;
    put_text(out, service, reports ? family->service : NULL, function);
    if (!reports) {
        strbuf_printf(out, "    return %s(breaker, m->sg, text != NULL ? \"%s\" : \"\", text);\n",
                      function->call->with, function->wire);
        return;
    }
    strbuf_printf(out, "    return text != NULL ? %s(m->sg, \"%s\", ", function->call->with,
                  function->wire);
    put_passed(out, function);
    strbuf_printf(out, ", text) : %s(m);\n", service->lose);
}

static void put_by_pairs(struct strbuf *out, const struct gen_service *service,
                         const struct gen_family *family, const struct gen_function *function) {
    const bool none = function->argument_count == 0 && family->service == NULL;
    struct gen_count count = {"0"};
    if (!none)
        count = gen_put_pairs(out, service, 4, family->service, function);
    strbuf_printf(out, "    return %s(m->sg, \"%s\", ", function->call->with, function->wire);
    put_passed(out, function);
    strbuf_printf(out, ", %s, %s);\n", none ? "NULL" : "pairs", count.text);
}

void gen_put_function(struct strbuf *out, const struct gen_service *service,
                      const struct gen_family *family, const struct gen_function *function) {
    if (function->series > 0)
        put_opener(out, service, family, function);
    gen_put_remarks(out, family, function);
    put_head(out, service, function);
    if (function->series > 0)
        put_prepared(out, service, function);
    else if (function->call->by_text)
        put_by_text(out, service, family, function);
    else
        put_by_pairs(out, service, family, function);
    strbuf_puts(out, "}\n\n");
}
