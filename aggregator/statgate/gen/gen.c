/* SPDX-License-Identifier: MIT */
/* gen.c - statgate gen: the plan of typed functions for a catalog. */
#include "statgate/gen/gen_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/num.h"
#include "diagnostics/diagnostics.h"
#include "statgate.h"

/* ---- names ---- */

static void gen_names_init(struct gen_names *names, struct arena *arena) {
    *names = (struct gen_names){.arena = arena};
}

static void gen_names_done(struct gen_names *names) {
    free(names->places);
    names->places = NULL;
}

/* The place of the text in a table of `size` places, or the free place for it. The table is
 * never full. */
static struct gen_name *find_in(struct gen_name *places, size_t size, const char *text) {
    size_t at = (size_t)hash_bytes(text, strlen(text), 0);
    for (;; at++) {
        struct gen_name *place = &places[at & (size - 1)];
        if (place->text == NULL || strcmp(place->text, text) == 0)
            return place;
    }
}

static struct gen_name *find(const struct gen_names *names, const char *text) {
    return find_in(names->places, names->size, text);
}

static void grow(struct gen_names *names) {
    if (names->count * 2 < names->size)
        return;
    const size_t size = names->size == 0 ? 256 : names->size * 2;
    struct gen_name *former = names->places;
    struct gen_name *places = memory_array(size, sizeof *places);
    for (size_t i = 0; i < names->size; i++)
        if (former[i].text != NULL)
            *find_in(places, size, former[i].text) = former[i];
    names->places = places;
    names->size = size;
    free(former);
}

static const char *put(struct gen_names *names, const char *text) {
    char *copy = arena_strndup(names->arena, text, strlen(text));
    grow(names);
    *find(names, copy) = (struct gen_name){.text = copy, .next = 2};
    names->count++;
    return copy;
}

/* Mark the names of a list, which ends with NULL, as taken. */
static void gen_names_reserve(struct gen_names *names, const char *const *texts) {
    for (; *texts != NULL; texts++)
        (void)put(names, *texts);
}

/* Take this name, or the first free one with a suffix. The text is in the arena. */
static const char *gen_names_take(struct gen_names *names, const char *text) {
    struct gen_name *first = names->size == 0 ? NULL : find(names, text);
    if (first == NULL || first->text == NULL)
        return put(names, text);
    struct strbuf other;
    strbuf_init(&other);
    do {
        strbuf_clear(&other);
        strbuf_printf(&other, "%s_%u", text, (unsigned)first->next++);
    } while (find(names, strbuf_cstr(&other))->text != NULL);
    const char *taken = put(names, strbuf_cstr(&other));
    strbuf_done(&other);
    return taken;
}

/* As gen_names_take, with the text of a buffer, which is emptied. */
static const char *gen_names_take_buffer(struct gen_names *names, struct strbuf *text) {
    const char *taken = gen_names_take(names, strbuf_cstr(text));
    strbuf_clear(text);
    return taken;
}

/* ---- reserved ----
 * macros, constants, types and functions of system headers whose names a catalog could
 * produce: service `sched` with a label `priority`.
 *
 * reserved.py writes the list.
 */

static const char *const gen_reserved[] = {
#include "statgate/gen/reserved.def"
    NULL};

/* ---- choices ----
 * the enums of a family: values of labels, and words that functions take.
 */

/* ---- what they hold ---- */

/* True if all values of a label are known when the header is generated. */
static bool gen_choice_is_listed(const struct catalog_label *label) {
    return label->kind == LABEL_VALUES && !catalog_label_is_outside(label);
}

/* Length of the longest value in bytes, as written in lines. */
static size_t gen_choice_longest(const struct gen_choice *choice) {
    size_t longest = 0;
    for (uint32_t i = 0; i < choice->count; i++) {
        const size_t len = strlen(choice->wires[i]);
        longest = len > longest ? len : longest;
    }
    return longest;
}

static struct gen_choice *add(struct gen_plan *plan, struct gen_family *family, const char *key,
                              uint32_t count) {
    struct gen_choice *choice = &family->choices[family->choice_count];
    choice->key = key;
    choice->constants = arena_array(&plan->arena, count, sizeof *choice->constants);
    choice->wires = arena_array(&plan->arena, count, sizeof *choice->wires);
    choice->shown = arena_array(&plan->arena, count, sizeof *choice->shown);
    choice->count = count;
    family->choice_count++;
    return choice;
}

static void add_label(struct gen_plan *plan, struct gen_family *family,
                      const struct catalog_label *label) {
    struct gen_choice *choice = add(plan, family, label->name, label->value_count);
    for (uint32_t i = 0; i < choice->count; i++) {
        choice->wires[i] = catalog_label_wire(label, i);
        choice->shown[i] = label->values[i].text;
    }
}

static void add_words(struct gen_plan *plan, struct gen_family *family, const char *key,
                      const char *const *words, uint32_t count) {
    struct gen_choice *choice = add(plan, family, key, count);
    for (uint32_t i = 0; i < count; i++) {
        choice->wires[i] = words[i];
        choice->shown[i] = words[i];
    }
}

static void add_quantiles(struct gen_plan *plan, struct gen_family *family) {
    const char *texts[CATALOG_QUANTILES_MAX];
    for (uint32_t i = 0; i < family->family->quantile_count; i++) {
        char text[NUM_TEXT_MAX];
        texts[i] =
            arena_strndup(&plan->arena, text, num_put_go(text, family->family->quantiles[i]));
    }
    add_words(plan, family, "quantile", texts, family->family->quantile_count);
}

static void add_attempts(struct gen_plan *plan, struct gen_family *family) {
    const struct catalog_attempts *attempts = family->family->attempts;
    const char *states[BREAKER_STATE_COUNT];
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        states[i] = catalog_breaker_state_text((enum breaker_state)i);
    add_words(plan, family, "outcome", attempts->words, attempts->word_count);
    if (attempts->breaker.reported)
        add_words(plan, family, "state", states, BREAKER_STATE_COUNT);
}

/* Fill in the family's choices, without names. */
static void gen_choices_make(struct gen_plan *plan, struct gen_family *family) {
    static const char *const events[] = {"queued", "started", "succeeded", "failed", "canceled"};
    const struct catalog_family *declared = family->family;
    family->choices =
        arena_array(&plan->arena, declared->label_count + 2u, sizeof *family->choices);
    for (uint32_t i = 0; i < declared->label_count; i++)
        if (gen_choice_is_listed(&declared->labels[i]))
            add_label(plan, family, &declared->labels[i]);
    if (declared->state_label != NULL)
        add_label(plan, family, declared->state_label);
    else if (declared->attempts != NULL)
        add_attempts(plan, family);
    else if (declared->jobs != NULL)
        add_words(plan, family, "event", events, sizeof events / sizeof *events);
    else if (family_is_relayed(declared) && declared->quantile_count > 0)
        add_quantiles(plan, family);
}

/* Find the choice of these words by name: "outcome", "event", "state", "quantile", or the states of
 * a stateset. Search from the end: words come after the labels, and a label may have the same name.
 */
static const struct gen_choice *gen_choice_of_words(const struct gen_family *family,
                                                    const char *key) {
    for (uint32_t i = family->choice_count; i > 0; i--)
        if (strcmp(family->choices[i - 1].key, key) == 0)
            return &family->choices[i - 1];
    return NULL;
}

/* ---- what they are called ---- */

/* Name the tags and functions of the choices. */
static void gen_choices_name_tags(struct gen_plan *plan, struct gen_family *family) {
    for (uint32_t i = 0; i < family->choice_count; i++) {
        struct gen_choice *choice = &family->choices[i];
        strbuf_printf(&plan->scratch, "%s_", family->stem);
        gen_put_identifier(&plan->scratch, choice->key);
        choice->tag = gen_names_take_buffer(&plan->names, &plan->scratch);
        strbuf_printf(&plan->scratch, "%s_text_", choice->tag);
        choice->text = gen_names_take_buffer(&plan->names, &plan->scratch);
    }
}

/* Name the constants, after gen_choices_name_tags for all families. */
static void gen_choices_name_constants(struct gen_plan *plan, struct gen_family *family) {
    for (uint32_t i = 0; i < family->choice_count; i++) {
        struct gen_choice *choice = &family->choices[i];
        for (uint32_t j = 0; j < choice->count; j++) {
            gen_put_capitals(&plan->scratch, choice->tag);
            strbuf_putc(&plan->scratch, '_');
            gen_put_capitals(&plan->scratch,
                             choice->shown[j][0] != '\0' ? choice->shown[j] : "absent");
            choice->constants[j] = gen_names_take_buffer(&plan->names, &plan->scratch);
        }
    }
}

/* ---- choice text: Writes enums as C and C++. ---- */

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
        gen_put_remark(out, choice->shown[i][0] != '\0' ? choice->shown[i] : "without the label");
        strbuf_puts(out, " */\n");
    }
    strbuf_puts(out, "};\n");
    for (uint32_t i = 0; i < choice->count; i++)
        strbuf_printf(out, "%s(%s, %s)\n", service->constant_macro, choice->tag,
                      choice->constants[i]);
    put_texts(out, choice);
}

/* ---- pairs: Writes the labels of a call. ---- */

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

/* ---- plan ---- */

/* ---- labels that are arguments ---- */

/* Move the text of `scratch` into the arena. */
static const char *keep(struct gen_plan *plan) {
    const char *text = strbuf_cstr(&plan->scratch);
    const char *kept = arena_strndup(&plan->arena, text, strlen(text));
    strbuf_clear(&plan->scratch);
    return kept;
}

static const char *name_parameter(struct gen_plan *plan, const char *key) {
    gen_put_identifier(&plan->scratch, key);
    strbuf_putc(&plan->scratch, '_'); /* so that it is no keyword, and hardly a macro */
    return keep(plan);
}

static void add_argument(struct gen_plan *plan, struct gen_function *function, const char *key,
                         const struct gen_choice *choice, const struct catalog_label *label) {
    function->arguments[function->argument_count++] = (struct gen_argument){
        .key = key, .parameter = name_parameter(plan, key), .choice = choice, .label = label};
}

/* Add the labels as arguments, except those with a constant value. The choices are in the order
 * of the labels. */
static void add_labels(struct gen_plan *plan, const struct gen_family *family,
                       struct gen_function *function) {
    const struct gen_choice *next = family->choices;
    for (uint32_t i = 0; i < family->family->label_count; i++) {
        const struct catalog_label *label = &family->family->labels[i];
        if (label->kind == LABEL_CONST)
            continue;
        const struct gen_choice *choice = gen_choice_is_listed(label) ? next++ : NULL;
        add_argument(plan, function, label->name, choice, label);
    }
}

/* The argument before the labels: the quantile of a relayed summary, or the state of a stateset;
 * else NULL. */
static const char *leading_key(const struct gen_family *family, enum gen_use use) {
    if (family_is_relayed(family->family))
        return use == GEN_SET ? "quantile" : NULL;
    return family->family->state_label != NULL ? family->family->name : NULL;
}

/* ---- prepared metrics ---- */

/* Length in bytes of the longest name with its labels. */
static size_t longest_text(const struct gen_function *function, const char *service) {
    size_t bytes = strlen(function->wire);
    uint32_t labels = function->argument_count;
    for (uint32_t i = 0; i < function->argument_count; i++)
        bytes += strlen(function->arguments[i].key) + 1 +
                 gen_choice_longest(function->arguments[i].choice);
    if (service != NULL) {
        bytes += strlen("service:") + strlen(service);
        labels++;
    }
    return bytes + (labels > 0 ? labels - 1 : 0);
}

/* Number of combinations of labels; 0: too many, too long for a prepared metric, or not all
 * known. */
static uint32_t count_series(const struct gen_function *function, const char *service) {
    uint64_t series = 1;
    for (uint32_t i = 0; i < function->argument_count; i++) {
        if (function->arguments[i].choice == NULL)
            return 0;
        series *= function->arguments[i].choice->count;
        if (series > GEN_PREPARED_MAX)
            return 0;
    }
    if (!function->call->is_breaker && longest_text(function, service) > STATGATE_METRIC_BYTES_)
        return 0;
    return (uint32_t)series;
}

/* ---- functions ---- */

static const char *name_wire(struct gen_plan *plan, const struct catalog_family *family,
                             enum gen_use use) {
    strbuf_puts(&plan->scratch, family->name);
    strbuf_puts(&plan->scratch, use == GEN_SET_SUM ? "_sum" : use == GEN_SET_COUNT ? "_count" : "");
    return keep(plan);
}

static void add_function(struct gen_plan *plan, struct gen_service *service,
                         struct gen_family *family, enum gen_use use) {
    struct gen_function *function = &family->functions[family->function_count++];
    const struct gen_call *call = &gen_calls[use];
    function->call = call;
    function->wire = name_wire(plan, family->family, use);
    function->arguments =
        arena_array(&plan->arena, family->family->label_count + 1u, sizeof *function->arguments);
    if (call->word != NULL)
        function->word = gen_choice_of_words(family, call->word);
    const char *leading = leading_key(family, use);
    if (leading != NULL)
        add_argument(plan, function, leading, gen_choice_of_words(family, leading), NULL);
    add_labels(plan, family, function);
    if (call->type != NULL)
        function->series = count_series(function, family->service);
    function->first = service->series;
    service->series += function->series;
}

static bool is_listed(const struct catalog_family *family) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind != LABEL_CONST && !gen_choice_is_listed(&family->labels[i]))
            return false;
    return true;
}

/* ---- families ---- */

static bool same_socket(const struct catalog *a, const struct catalog *b) {
    return a->socket == NULL ? b->socket == NULL
                             : b->socket != NULL && strcmp(a->socket, b->socket) == 0;
}

/* The service that lines have to name because another catalog on the same socket declares the
 * family, or NULL. A declared label `service` makes this impossible. */
static const char *service_to_name(const struct catalog_set *set,
                                   const struct catalog_family *family) {
    const struct catalog *own = family->catalog;
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, "service") == 0)
            return NULL;
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i] != own && same_socket(set->catalogs[i], own) &&
            catalog_family_find(set->catalogs[i], family->name, strlen(family->name)) != NULL)
            return own->service;
    return NULL;
}

/* Name the stem: prefix and name. The prefix is not repeated if the name begins with it. */
static void name_stem(struct gen_plan *plan, struct gen_names *stems,
                      const struct gen_service *service, const char *wanted,
                      struct gen_family *family) {
    const char *name = family->family->name;
    const size_t len = strlen(wanted);
    strbuf_puts(&plan->scratch, service->prefix);
    if (strncmp(name, wanted, len) != 0 || (name[len] != '_' && name[len] != '\0'))
        strbuf_printf(&plan->scratch, "_%s", name);
    else
        strbuf_puts(&plan->scratch, name + len);
    family->stem = gen_names_take_buffer(stems, &plan->scratch);
}

/* Whether attempts are reported through the breakers that were asked, if the first function asks
 * them: they know which attempt was a probe, and hold its ticket. */
static bool reports_through(const struct gen_family *family) {
    const struct gen_function *first = &family->functions[0];
    return first->call->is_breaker && first->series > 0 &&
           !family->family->attempts->breaker.reported &&
           longest_text(first, family->service) <= STATGATE_METRIC_BYTES_;
}

static void make_family(struct gen_plan *plan, const struct catalog_set *set,
                        struct gen_service *service, struct gen_family *family) {
    enum gen_use uses[GEN_FUNCTIONS_MAX];
    if (family->family->source != SOURCE_DATAGRAMS)
        return;
    const uint32_t count = gen_calls_of(family->family, is_listed(family->family), uses);
    family->service = service_to_name(set, family->family);
    gen_choices_make(plan, family);
    for (uint32_t i = 0; i < count; i++) {
        const bool through = uses[i] == GEN_ATTEMPT && i > 0 && reports_through(family);
        add_function(plan, service, family, through ? GEN_REPORT_PROBE : uses[i]);
        if (through)
            family->functions[i].through = &family->functions[0];
    }
}

/* ---- services ---- */

static const char *name_with(struct gen_plan *plan, const char *prefix, const char *end) {
    strbuf_printf(&plan->scratch, "%s_%s", prefix, end);
    return gen_names_take_buffer(&plan->names, &plan->scratch);
}

static const char *name_macro(struct gen_plan *plan, const char *prefix, const char *end) {
    gen_put_capitals(&plan->scratch, prefix);
    strbuf_printf(&plan->scratch, "_%s", end);
    return gen_names_take_buffer(&plan->names, &plan->scratch);
}

static void make_service(struct gen_plan *plan, const struct catalog_set *set,
                         struct gen_service *service, const char *wanted, struct gen_names *stems) {
    service->metrics = name_with(plan, service->prefix, "metrics");
    service->open = name_with(plan, service->prefix, "metrics_open");
    service->close = name_with(plan, service->prefix, "metrics_close");
    service->lose = name_with(plan, service->prefix, "lose_");
    service->labels = name_with(plan, service->prefix, "labels_");
    service->pair = name_with(plan, service->prefix, "pair_");
    service->enum_macro = name_macro(plan, service->prefix, "ENUM_");
    service->constant_macro = name_macro(plan, service->prefix, "CONSTANT_");
    service->noinline_macro = name_macro(plan, service->prefix, "APART_");
    const size_t count = service->catalog->family_count;
    service->families = arena_array(&plan->arena, count, sizeof *service->families);
    for (size_t i = 0; i < count; i++) {
        struct gen_family *family = &service->families[i];
        family->family = &service->catalog->families[i];
        name_stem(plan, stems, service, wanted, family);
        make_family(plan, set, service, family);
    }
}

/* Name the functions. They are named first, because people write these names most. */
static void name_functions(struct gen_plan *plan, struct gen_service *service) {
    for (size_t i = 0; i < service->catalog->family_count; i++) {
        struct gen_family *family = &service->families[i];
        for (uint32_t j = 0; j < family->function_count; j++) {
            struct gen_function *function = &family->functions[j];
            function->name = name_with(plan, family->stem, function->call->verb);
            if (function->series > 0)
                function->opener = name_with(plan, function->name, "open_");
        }
    }
}

static void name_enums(struct gen_plan *plan, void name(struct gen_plan *, struct gen_family *)) {
    for (size_t i = 0; i < plan->service_count; i++)
        for (size_t j = 0; j < plan->services[i].catalog->family_count; j++)
            name(plan, &plan->services[i].families[j]);
}

/* Write the name as an identifier, which cannot begin with a digit. */
static void put_prefix(struct strbuf *out, const char *service) {
    if (service[0] >= '0' && service[0] <= '9')
        strbuf_putc(out, 'x');
    gen_put_identifier(out, service);
}

static void make_services(struct gen_plan *plan, const struct catalog_set *set, const char *prefix,
                          struct gen_names *prefixes, struct gen_names *stems) {
    for (size_t i = 0; i < set->count; i++) {
        struct gen_service *service = &plan->services[i];
        service->catalog = set->catalogs[i];
        put_prefix(&plan->scratch, prefix != NULL ? prefix : service->catalog->service);
        const char *wanted = keep(plan);
        service->prefix = gen_names_take(prefixes, wanted);
        make_service(plan, set, service, wanted, stems);
    }
}

/*
 * Plan a header for the set's catalogs, which are borrowed. `prefix` replaces the name of the only
 * service, or is NULL. False: out of memory. End it with gen_plan_done in any case.
 */
static void gen_plan_make(struct gen_plan *plan, const struct catalog_set *set,
                          const char *prefix) {
    struct gen_names prefixes;
    struct gen_names stems;
    *plan = (struct gen_plan){0};
    arena_init(&plan->arena);
    strbuf_init(&plan->scratch);
    gen_names_init(&plan->names, &plan->arena);
    gen_names_reserve(&plan->names, gen_reserved);
    gen_names_init(&prefixes, &plan->arena);
    gen_names_init(&stems, &plan->arena);
    plan->services = arena_array(&plan->arena, set->count, sizeof *plan->services);
    plan->service_count = set->count;
    make_services(plan, set, prefix, &prefixes, &stems);
    for (size_t i = 0; i < plan->service_count; i++)
        name_functions(plan, &plan->services[i]);
    name_enums(plan, gen_choices_name_tags);
    name_enums(plan, gen_choices_name_constants);
    gen_names_done(&prefixes);
    gen_names_done(&stems);
}

static void gen_plan_done(struct gen_plan *plan) {
    gen_names_done(&plan->names);
    strbuf_done(&plan->scratch);
    arena_done(&plan->arena);
}

/* ---- gen ---- */

enum { OWN_OUTPUT, OWN_PREFIX, OWN_COUNT };
enum { PREFIX_MAX = 64 };

static const struct settings_own_flag own_flags[OWN_COUNT + 1] = {
    [OWN_OUTPUT] = {"output", "FILE",
                    "Write to this file, in one step; one that holds the header already is left "
                    "alone."},
    [OWN_PREFIX] = {"prefix", "NAME", "What names begin with, in place of the service's name."},
};

static int refuse(struct cli *cli, const char *reason) {
    return command_fail(cli, &gen_command, CLI_USAGE, "%s", reason);
}

static bool is_identifier(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return text[0] && (text[0] < '0' || text[0] > '9') && strlen(text) <= PREFIX_MAX &&
           text[strspn(text, bytes)] == '\0';
}

/* Whether the name begins like the client's own names. */
static bool is_clients(const char *name) {
    static const char own[] = "statgate";
    const size_t len = sizeof own - 1;
    return strncasecmp(name, own, len) == 0 && (name[len] == '\0' || name[len] == '_');
}

static int check_words(struct cli *cli, const struct settings *settings) {
    const struct settings_list *words = &settings->words;
    const char *prefix = settings->own[OWN_PREFIX];
    const char *output = settings->own[OWN_OUTPUT];
    if (words->count == 0 || strcmp(words->items[0], "c") != 0)
        return refuse(cli, "name the language and the catalog: statgate gen c CATALOG (c is the "
                           "only one; its header is C++, too)");
    if (words->count != 2)
        return refuse(cli, words->count < 2 ? "name a catalog: statgate gen c CATALOG"
                                            : "one catalog at a time, or a folder of them");
    if (output != NULL && !output[0])
        return refuse(cli, "--output: may not be empty");
    if (prefix != NULL && !is_identifier(prefix))
        return refuse(cli,
                      "--prefix: up to 64 letters, digits and underscores, the first not a digit");
    if (prefix != NULL && is_clients(prefix))
        return refuse(cli, "--prefix: names of statgate.h begin with statgate_");
    return CLI_OK;
}

/* Whether the service's functions would begin like the client's names. */
static bool service_is_clients(const char *service) {
    struct strbuf name;
    strbuf_init(&name);
    gen_put_identifier(&name, service);
    const bool is = is_clients(strbuf_cstr(&name));
    strbuf_done(&name);
    return is;
}

/* Check the services' names, which are used only without a prefix. */
static int check_services(struct cli *cli, const struct catalog_set *set, const char *prefix) {
    if (prefix != NULL && set->count > 1)
        return refuse(cli, "--prefix: these are several services, each with its own name");
    for (size_t i = 0; prefix == NULL && i < set->count; i++) {
        if (service_is_clients(set->catalogs[i]->service))
            return command_fail(cli, &gen_command, CLI_USAGE,
                                "%s: /service: names of statgate.h begin with statgate_; give "
                                "another one by --prefix",
                                set->catalogs[i]->file);
    }
    return CLI_OK;
}

static int deliver(struct cli *cli, const char *output, const struct strbuf *text) {
    struct error error;
    if (output == NULL)
        strbuf_put(&cli->out, text->data, text->len);
    else if (!statgate_output_write(output, text, &error))
        return command_fail(cli, &gen_command, CLI_FAILURE, "%s", error.text);
    return CLI_OK;
}

static int generate(struct cli *cli, const struct settings *settings,
                    const struct catalog_set *set) {
    const char *prefix = settings->own[OWN_PREFIX];
    const int code = check_services(cli, set, prefix);
    if (code != CLI_OK)
        return code;
    struct gen_plan plan;
    struct strbuf text;
    strbuf_init(&text);
    gen_plan_make(&plan, set, prefix);
    gen_write_header(&text, &plan);
    gen_plan_done(&plan);
    const int delivered = deliver(cli, settings->own[OWN_OUTPUT], &text);
    strbuf_done(&text);
    return delivered;
}

static int run(struct cli *cli, const struct settings *settings) {
    int code = check_words(cli, settings);
    if (code != CLI_OK)
        return code;
    struct catalog_set set;
    struct messages errors;
    const char *catalog = settings->words.items[1];
    const struct settings_list paths = {.items = &catalog, .count = 1};
    catalog_set_init(&set);
    diagnostics_messages_init(&errors);
    code = CLI_USAGE;
    if (statgate_services_load(&paths, &set, &errors))
        code = generate(cli, settings, &set);
    diagnostics_write_errors(&errors, &cli->err);
    diagnostics_messages_done(&errors);
    catalog_set_done(&set);
    return code;
}

const struct command gen_command = {
    .word = "gen",
    .summary = "Write a C header with a function for each family of a catalog.",
    .program =
        {.name = "statgate gen",
         .usage = "c [FLAG...] CATALOG",
         .about =
             "Writes one header for C11 and C++17, to be used with statgate.h: for each family a "
             "function that adds, sets, observes or reports, and for each label with listed values "
             "an enum, so that a wrong value does not compile. Labels with a pattern, or with a "
             "list of the environment, are texts. Families of up to 1,024 combinations of listed "
             "values are prepared: a use costs about a nanosecond. The same catalog, prefix "
             "and version of statgate make the same bytes. Exit codes: 0 done, 1 not written, 2 a "
             "catalog is invalid.",
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate gen c shop.json > shop_metrics.h\n"
                     "  statgate gen c --output shop_metrics.h --prefix shop shop.json\n"},
    .run = run,
};
