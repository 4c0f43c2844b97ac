#include "statgate/gen/plan.h"

#include <string.h>

#include "statgate.h"
#include "statgate/gen/calls.h"
#include "statgate/gen/choices.h"
#include "statgate/gen/reserved.h"
#include "statgate/gen/text.h"

/* ---- labels that are arguments ---- */

/* Move the text of `scratch` into the arena. */
static const char *keep(struct gen_plan *plan) {
    const char *text = strbuf_cstr(&plan->scratch);
    const char *kept = arena_strndup(&plan->arena, text, strlen(text));
    plan->names.failed |= kept == NULL || plan->scratch.failed;
    strbuf_clear(&plan->scratch);
    return kept != NULL ? kept : "";
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

static bool add_function(struct gen_plan *plan, struct gen_service *service,
                         struct gen_family *family, enum gen_use use) {
    struct gen_function *function = &family->functions[family->function_count++];
    const struct gen_call *call = &gen_calls[use];
    function->call = call;
    function->wire = name_wire(plan, family->family, use);
    function->arguments =
        arena_array(&plan->arena, family->family->label_count + 1u, sizeof *function->arguments);
    if (function->arguments == NULL)
        return false;
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
    return true;
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

static bool make_family(struct gen_plan *plan, const struct catalog_set *set,
                        struct gen_service *service, struct gen_family *family) {
    enum gen_use uses[GEN_FUNCTIONS_MAX];
    if (family->family->source != SOURCE_DATAGRAMS)
        return true;
    const uint32_t count = gen_calls_of(family->family, is_listed(family->family), uses);
    family->service = service_to_name(set, family->family);
    if (!gen_choices_make(plan, family))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!add_function(plan, service, family, uses[i]))
            return false;
    return true;
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

static bool make_service(struct gen_plan *plan, const struct catalog_set *set,
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
    if (service->families == NULL && count > 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct gen_family *family = &service->families[i];
        family->family = &service->catalog->families[i];
        name_stem(plan, stems, service, wanted, family);
        if (!make_family(plan, set, service, family))
            return false;
    }
    return true;
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

static bool make_services(struct gen_plan *plan, const struct catalog_set *set, const char *prefix,
                          struct gen_names *prefixes, struct gen_names *stems) {
    for (size_t i = 0; i < set->count; i++) {
        struct gen_service *service = &plan->services[i];
        service->catalog = set->catalogs[i];
        put_prefix(&plan->scratch, prefix != NULL ? prefix : service->catalog->service);
        const char *wanted = keep(plan);
        service->prefix = gen_names_take(prefixes, wanted);
        if (!make_service(plan, set, service, wanted, stems))
            return false;
    }
    return true;
}

bool gen_plan_make(struct gen_plan *plan, const struct catalog_set *set, const char *prefix) {
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
    bool good = plan->services != NULL;
    if (good) {
        plan->service_count = set->count;
        good = make_services(plan, set, prefix, &prefixes, &stems);
    }
    if (good) {
        for (size_t i = 0; i < plan->service_count; i++)
            name_functions(plan, &plan->services[i]);
        name_enums(plan, gen_choices_name_tags);
        name_enums(plan, gen_choices_name_constants);
    }
    good = good && !plan->names.failed && !prefixes.failed && !stems.failed;
    gen_names_done(&prefixes);
    gen_names_done(&stems);
    return good;
}

void gen_plan_done(struct gen_plan *plan) {
    gen_names_done(&plan->names);
    strbuf_done(&plan->scratch);
    arena_done(&plan->arena);
}
