#include "endpoint/options.h"

#include <string.h>

#include "base/text.h"

enum option_kind { OPTION_SWITCH, OPTION_WORDS, OPTION_CHOICE };

struct option {
    const char *name;
    enum option_kind kind;
    const char *initial;
    const char *argument;
    const char *unusual;
    const char *phrase;
    size_t offset; /* of the field in struct endpoint_options */
};

enum {
#define ENDPOINT_OPTION(name, ...) ROW_##name,
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
    ROW_COUNT
};

static const struct option rows[ROW_COUNT] = {
#define ENDPOINT_OPTION(name_, kind_, initial_, argument_, check, unusual_, phrase_, help)         \
    {.name = #name_,                                                                               \
     .kind = OPTION_##kind_,                                                                       \
     .initial = (initial_),                                                                        \
     .argument = (argument_),                                                                      \
     .unusual = (unusual_),                                                                        \
     .phrase = (phrase_),                                                                          \
     .offset = offsetof(struct endpoint_options, name_)},
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
};

/* ---- values ---- */

static const void *field_of(const struct endpoint_options *options, const struct option *row) {
    return (const char *)options + row->offset;
}

static bool is_on(const struct endpoint_options *options, const struct option *row) {
    return *(const bool *)field_of(options, row);
}

static const char *words_of(const struct endpoint_options *options, const struct option *row) {
    return *(const char *const *)field_of(options, row);
}

/* Enums of options have no negative items, so they are unsigned. */
_Static_assert(sizeof(enum endpoint_resource) == sizeof(unsigned), "choices are read as unsigned");

static unsigned choice_of(const struct endpoint_options *options, const struct option *row) {
    return *(const unsigned *)field_of(options, row);
}

static bool is_usual(const struct endpoint_options *options, const struct option *row) {
    switch (row->kind) {
    case OPTION_SWITCH:
        return is_on(options, row) == (strcmp(row->initial, "on") == 0);
    case OPTION_WORDS:
        return strcmp(words_of(options, row), row->initial) == 0;
    case OPTION_CHOICE:
        return choice_of(options, row) == text_choice_find(row->argument, row->initial);
    }
    return true;
}

const char *endpoint_resource_word(enum endpoint_resource resource, size_t *ret_len) {
    return text_choice_word(rows[ROW_resource].argument, resource, ret_len);
}

/* ---- showing them ---- */

static void put_choice(struct json_writer *w, const char *words, unsigned choice) {
    size_t len;
    const char *word = text_choice_word(words, choice, &len);
    json_bytes(w, word, len);
}

void endpoint_options_put_json(struct json_writer *w, const struct endpoint_options *options) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option *row = &rows[i];
        json_key(w, row->name);
        if (row->kind == OPTION_SWITCH)
            json_bool(w, is_on(options, row));
        else if (row->kind == OPTION_WORDS)
            json_text(w, words_of(options, row));
        else
            put_choice(w, row->argument, choice_of(options, row));
    }
}

static void put_unusual(struct strbuf *out, const struct endpoint_options *options,
                        enum option_kind kind) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option *row = &rows[i];
        if (row->kind != kind || row->unusual == NULL || is_usual(options, row))
            continue;
        strbuf_puts(out, out->len > 0 ? ", " : "");
        strbuf_puts(out, row->unusual);
        if (kind == OPTION_WORDS)
            strbuf_printf(out, " %s", words_of(options, row));
    }
}

/* Switches first, lists of words last. */
void endpoint_options_put_unusual(struct strbuf *out, const struct endpoint_options *options) {
    put_unusual(out, options, OPTION_SWITCH);
    put_unusual(out, options, OPTION_WORDS);
}

void endpoint_options_put_phrases(struct strbuf *out, const struct endpoint_options *options) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option *row = &rows[i];
        size_t len;
        if (row->phrase == NULL || is_usual(options, row))
            continue;
        const unsigned which = row->kind == OPTION_CHOICE ? choice_of(options, row) : 0;
        const char *phrase = text_choice_word(row->phrase, which, &len);
        strbuf_puts(out, ", ");
        strbuf_put(out, phrase, len);
    }
}
