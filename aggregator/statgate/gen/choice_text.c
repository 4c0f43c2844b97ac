/* Writes enums as C and C++. */
#include "statgate/gen/functions.h"
#include "statgate/gen/text.h"

static void put_texts(struct strbuf *out, const struct gen_choice *choice) {
    strbuf_printf(out, "static inline const char *%s(\n    enum %s value) {\n", choice->text,
                  choice->tag);
    strbuf_puts(out, "    static const char *const texts[] = {");
    for (uint32_t i = 0; i < choice->count; i++) {
        strbuf_puts(out, i == 0 ? "\n        " : ",\n        ");
        gen_put_string(out, choice->wires[i]);
    }
    strbuf_printf(out,
                  "};\n"
                  "    return (size_t)value < %uu ? texts[(size_t)value] : NULL;\n"
                  "}\n\n",
                  (unsigned)choice->count);
}

void gen_put_macros(struct strbuf *out, const struct gen_service *service) {
    strbuf_puts(out,
                "/* In C++ the constants of a scoped enum are names outside it, too, so that C "
                "and C++ read alike. */\n");
    strbuf_printf(out,
                  "#ifdef __cplusplus\n"
                  "#define %s enum class\n"
                  "#define %s(tag, constant) inline constexpr enum tag constant = tag::constant;\n"
                  "#else\n"
                  "#define %s enum\n"
                  "#define %s(tag, constant)\n"
                  "#endif\n",
                  service->enum_macro, service->constant_macro, service->enum_macro,
                  service->constant_macro);
    strbuf_printf(out,
                  "#ifdef __GNUC__\n"
                  "#define %s static __attribute__((noinline, unused))\n"
                  "#else\n"
                  "#define %s static inline\n"
                  "#endif\n\n",
                  service->noinline_macro, service->noinline_macro);
}

void gen_put_macros_end(struct strbuf *out, const struct gen_service *service) {
    strbuf_printf(out, "#undef %s\n#undef %s\n#undef %s\n\n", service->enum_macro,
                  service->constant_macro, service->noinline_macro);
}

void gen_put_choice(struct strbuf *out, const struct gen_service *service,
                    const struct gen_choice *choice) {
    strbuf_printf(out, "%s %s {\n", service->enum_macro, choice->tag);
    for (uint32_t i = 0; i < choice->count; i++) {
        strbuf_printf(out, "    %s%s /* ", choice->constants[i], i + 1 < choice->count ? "," : "");
        gen_put_remark(out, choice->shown[i]);
        strbuf_puts(out, " */\n");
    }
    strbuf_puts(out, "};\n");
    for (uint32_t i = 0; i < choice->count; i++)
        strbuf_printf(out, "%s(%s, %s)\n", service->constant_macro, choice->tag,
                      choice->constants[i]);
    put_texts(out, choice);
}
