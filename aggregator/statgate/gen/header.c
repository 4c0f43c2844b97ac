#include "statgate/gen/header.h"

#include "base/terminal.h"
#include "statgate.h"
#include "statgate/gen/calls.h"
#include "statgate/gen/functions.h"
#include "statgate/gen/shared.h"
#include "statgate/gen/text.h"

/* ---- what a service has in memory ---- */

enum { POINTER_BYTES = 8 };

/* The struct's size in the ABIs of 64-bit Linux, computed on any machine: all prepared metrics
 * are whole words. */
static uint64_t metrics_bytes(const struct gen_service *service) {
    uint64_t bytes = POINTER_BYTES;
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++) {
            const struct gen_function *function = &service->families[i].functions[j];
            bytes += function->series * function->call->bytes;
        }
    return bytes + (service->series + POINTER_BYTES - 1) / POINTER_BYTES * POINTER_BYTES;
}

static void put_members(struct strbuf *out, const struct gen_service *service) {
    strbuf_puts(out, "    STATGATE_HANDLE *sg;\n");
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++) {
            const struct gen_function *function = &service->families[i].functions[j];
            if (function->series > 0)
                strbuf_printf(out, "    struct %s %s_[%u];\n", function->call->type, function->name,
                              (unsigned)function->series);
        }
    if (service->series > 0)
        strbuf_printf(out, "    bool opened_[%llu];\n", (unsigned long long)service->series);
}

static void put_struct(struct strbuf *out, const struct gen_service *service) {
    const unsigned long long bytes = metrics_bytes(service);
    strbuf_puts(out, "/**\n * What the functions below use. ");
    strbuf_printf(out, "%llu bytes (", bytes);
    terminal_put_bytes(out, bytes);
    strbuf_puts(out, ") with 64-bit pointers, of which only\n"
                     " * those of metrics that were used are ever touched.\n");
    strbuf_printf(out, " */\nstruct %s {\n", service->metrics);
    put_members(out, service);
    strbuf_puts(out, "};\n");
    strbuf_printf(out,
                  "#if UINTPTR_MAX == UINT64_MAX && STATGATE_VERSION_NUMBER == %d\n"
                  "#ifdef __cplusplus\n"
                  "static_assert(sizeof(struct %s) == %llu, \"another size than said\");\n"
                  "#else\n"
                  "_Static_assert(sizeof(struct %s) == %llu, \"another size than said\");\n"
                  "#endif\n"
                  "#endif\n",
                  STATGATE_VERSION_NUMBER, service->metrics, bytes, service->metrics, bytes);
}

/* ---- opening and closing ---- */

static void put_open(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(
        out,
        "\n/**\n"
        " * Before the first use; each metric is prepared by its own. They belong to the\n"
        " * handle and its thread, and the struct must not move.\n"
        " */\n"
        "static inline void %s(struct %s *m, STATGATE_HANDLE *sg) {\n"
        "    m->sg = sg;\n",
        service->open, service->metrics);
    if (service->series > 0)
        strbuf_puts(out, "    memset(m->opened_, 0, sizeof m->opened_);\n");
    strbuf_puts(out, "}\n\n");
}

static void put_close(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(out,
                  "/** Before its memory goes. What it holds leaves with the next samples, or a "
                  "flush. */\n"
                  "static inline void %s(struct %s *m) {\n",
                  service->close, service->metrics);
    if (service->series == 0)
        strbuf_puts(out, "    (void)m;\n");
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].function_count; j++) {
            const struct gen_function *function = &service->families[i].functions[j];
            if (function->series == 0 || function->call->is_breaker)
                continue;
            strbuf_printf(out,
                          "    for (size_t i = 0; i < %uu; i++) {\n"
                          "        if (m->opened_[%llu + i]) {\n"
                          "            %s_close(&m->%s_[i]);\n"
                          "        }\n"
                          "    }\n",
                          (unsigned)function->series, (unsigned long long)function->first,
                          function->call->type, function->name);
        }
    if (service->series > 0)
        strbuf_puts(out, "    memset(m->opened_, 0, sizeof m->opened_);\n");
    strbuf_puts(out, "}\n\n");
}

/* ---- families ---- */

static void put_family(struct strbuf *out, const struct gen_service *service,
                       const struct gen_family *family) {
    if (family->function_count == 0) {
        strbuf_printf(out, "/* %s: %s %s, so no function. */\n\n", family->family->name,
                      family->family->source == SOURCE_QUERY ? "read by the query" : "derived from",
                      family->family->source == SOURCE_QUERY ? family->family->query->name
                                                             : family->family->key);
        return;
    }
    for (uint32_t i = 0; i < family->function_count; i++)
        gen_put_function(out, service, family, &family->functions[i]);
}

static void put_service(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(out, "/* ---- %s ---- */\n\n", service->catalog->service);
    gen_put_macros(out, service);
    for (size_t i = 0; i < service->catalog->family_count; i++)
        for (uint32_t j = 0; j < service->families[i].choice_count; j++)
            gen_put_choice(out, service, &service->families[i].choices[j]);
    put_struct(out, service);
    put_open(out, service);
    put_close(out, service);
    gen_put_shared(out, service);
    for (size_t i = 0; i < service->catalog->family_count; i++)
        put_family(out, service, &service->families[i]);
    gen_put_macros_end(out, service);
}

/* ---- the whole ---- */

static void put_guard(struct strbuf *out, const char *before, const struct gen_plan *plan) {
    strbuf_puts(out, before);
    gen_put_capitals(out, plan->services[0].prefix);
    strbuf_puts(out, "_METRICS_H_\n"); /* no constant of a label has this ending */
}

void gen_write_header(struct strbuf *out, const struct gen_plan *plan) {
    const struct gen_service *first = &plan->services[0];
    strbuf_puts(out, "/*\n * Made by `statgate gen c` from the catalog of ");
    for (size_t i = 0; i < plan->service_count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", plan->services[i].catalog->service);
    strbuf_printf(
        out,
        "; do not edit.\n"
        " *\n"
        " *     struct statgate sg;\n"
        " *     static struct %s m;\n"
        " *     statgate_open(&sg, NULL);\n"
        " *     %s(&m, &sg);\n"
        " *     ...\n"
        " *     %s(&m);\n"
        " *     statgate_close(&sg);\n"
        " *\n"
        " * The functions return false if the sample is lost. What a label may be is an "
        "enum, and the\n"
        " * metric is prepared; labels that the catalog does not list are texts, and such "
        "a sample is\n"
        " * sent at once. See statgate.h. Names that end in `_` are private.\n"
        " */\n",
        first->metrics, first->open, first->close);
    put_guard(out, "#ifndef ", plan);
    put_guard(out, "#define ", plan);
    strbuf_puts(out, "\n#include \"statgate.h\"\n\n");
    for (size_t i = 0; i < plan->service_count; i++)
        put_service(out, &plan->services[i]);
    strbuf_puts(out, "#endif\n");
}
