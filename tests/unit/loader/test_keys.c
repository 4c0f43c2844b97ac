/* SPDX-License-Identifier: MIT */
/*
 * The rows of keys are what the schema for editors and the manual tell: the properties of each
 * object in catalog.schema.json, with what is needed and what belongs together, and the table KEYS
 * of statgate-catalog(5). With STATGATE_UPDATE=1 in the environment both are written anew.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "files.h"
#include "loader/loader_private.h"

#define SCHEMA "../packaging/catalogs/catalog.schema.json"
#define MANUAL "../packaging/man/statgate-catalog.5"

/* ---- the schema ---- */

static json_t *words_of(const struct load_key *key) {
    json_t *words = json_array();
    for (const struct load_word *word = key->words; word->word != NULL; word++)
        json_array_append_new(words, json_string(word->word));
    return json_pack("{s:o}", "enum", words);
}

static json_t *value_of(const struct load_key *key) {
    if (key->words != NULL)
        return words_of(key);
    switch (key->form) {
    case LOAD_FLAG:
        return json_pack("{s:s}", "type", "boolean");
    case LOAD_TEXT:
        return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength",
                         (int)key->most);
    case LOAD_COUNT:
    case LOAD_SIZE:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)key->least,
                         "maximum", (json_int_t)key->most);
    case LOAD_SECONDS:
    case LOAD_SECONDS_OR_0:
        return json_pack("{s:s, s:i, s:I}", "type", "number",
                         key->form == LOAD_SECONDS ? "exclusiveMinimum" : "minimum", 0, "maximum",
                         (json_int_t)key->most);
    case LOAD_NUMBER:
        return json_pack("{s:s, s:f, s:f}", "type", "number", "minimum", key->least, "maximum",
                         key->most);
    case LOAD_OWN:
    case LOAD_WORD:
        break;
    }
    char *ref = NULL;
    cr_assert(asprintf(&ref, "#/definitions/%s", key->schema != NULL ? key->schema : key->name) >
              0);
    json_t *value = json_pack("{s:s}", "$ref", ref);
    free(ref);
    return value;
}

/* One of these keys belongs beside it. */
static json_t *needs_of(const struct load_key *key) {
    json_t *each = json_array();
    for (size_t i = 0; i < 3 && key->needs[i] != NULL; i++)
        json_array_append_new(each, json_pack("{s:[s]}", "required", key->needs[i]));
    if (json_array_size(each) > 1)
        return json_pack("{s:o}", "anyOf", each);
    json_decref(each);
    return json_pack("[s]", key->needs[0]);
}

static void put_object(json_t *schema, const struct load_object *object) {
    json_t *at = object->schema != NULL
                     ? json_object_get(json_object_get(schema, "definitions"), object->schema)
                     : schema;
    cr_assert(at != NULL, "%s", object->schema);
    json_t *properties = json_object();
    json_t *required = json_array();
    json_t *dependencies = json_object();
    for (size_t i = 0; i < object->count; i++) {
        const struct load_key *key = &object->keys[i];
        json_t *value = json_pack("{s:s}", "description", key->sentence);
        json_t *form = value_of(key);
        cr_assert(value != NULL && form != NULL, "%s", key->name);
        json_object_update(value, form);
        json_decref(form);
        json_object_set_new(properties, key->name, value);
        if (key->missing != NULL && key->kind == 0)
            json_array_append_new(required, json_string(key->name));
        if (key->needs[0] != NULL)
            json_object_set_new(dependencies, key->name, needs_of(key));
    }
    if (object->schema == NULL)
        json_array_insert_new(required, 0, json_string("statgate"));
    if (strcmp(object->name, "Of a family") == 0)
        json_array_append_new(required, json_string("type"));
    json_object_set_new(at, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(at, "required", required);
    if (json_object_size(dependencies) > 0)
        json_object_set(at, "dependencies", dependencies);
    json_decref(required);
    json_decref(dependencies);
}

Test(loader_keys, the_schema_has_them) {
    json_error_t error;
    char *text = files_read(SCHEMA, NULL);
    json_t *schema = json_load_file(SCHEMA, 0, &error);
    cr_assert(schema != NULL, "%s", error.text);
    for (const struct load_object *const *object = loader_objects; *object != NULL; object++)
        put_object(schema, *object);
    char *whole = json_dumps(schema, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    struct strbuf wanted = {0};
    strbuf_printf(&wanted, "%s\n", whole);
    if (getenv("STATGATE_UPDATE"))
        files_write(SCHEMA, wanted.data, wanted.len);
    else
        cr_expect(strcmp(text, strbuf_cstr(&wanted)) == 0,
                  SCHEMA " is not what the rows say; STATGATE_UPDATE=1 writes it");
    strbuf_done(&wanted);
    free(whole);
    free(text);
    json_decref(schema);
}

/* Each name that a row refers to is defined. */
Test(loader_keys, the_schema_defines_what_they_refer_to) {
    json_t *schema = json_load_file(SCHEMA, 0, NULL);
    json_t *definitions = json_object_get(schema, "definitions");
    for (const struct load_object *const *object = loader_objects; *object != NULL; object++)
        for (size_t i = 0; i < (*object)->count; i++) {
            const struct load_key *key = &(*object)->keys[i];
            const char *name = key->schema != NULL ? key->schema : key->name;
            if (key->form == LOAD_OWN && key->words == NULL)
                cr_expect(json_object_get(definitions, name) != NULL, "%s", name);
        }
    json_decref(schema);
}

static void expect_parts(json_t *definitions, const char *object, const char *key) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s_names", object);
    json_t *names = json_object_get(json_object_get(definitions, name), "properties");
    cr_expect(json_object_get(names, key) != NULL, "%s %s", name, key);
    (void)snprintf(name, sizeof name, "%s_help", object);
    json_t *help = json_object_get(
        json_object_get(json_object_get(definitions, name), "propertyNames"), "enum");
    size_t i = 0;
    while (i < json_array_size(help) &&
           strcmp(json_string_value(json_array_get(help, i)), key) != 0)
        i++;
    cr_expect(i < json_array_size(help), "%s %s", name, key);
}

Test(loader_keys, the_schema_has_each_derived_family) {
    json_t *schema = json_load_file(SCHEMA, 0, NULL);
    json_t *definitions = json_object_get(schema, "definitions");
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++)
        expect_parts(definitions, "attempts", catalog_attempts_part_key((enum attempts_part)part));
    for (int part = 0; part < JOBS_PART_COUNT; part++)
        expect_parts(definitions, "jobs", catalog_jobs_part_key((enum jobs_part)part));
    json_decref(schema);
}

/* ---- the manual ---- */

/* 31622400, not 3.16224e+07. */
static void put_number(struct strbuf *out, double number) {
    if (number >= 1)
        strbuf_printf(out, "%.0f", number);
    else
        strbuf_printf(out, "%g", number);
}

static void put_form(struct strbuf *out, const struct load_key *key) {
    if (key->words != NULL) {
        for (const struct load_word *word = key->words; word->word != NULL; word++)
            strbuf_printf(out, "%s%s",
                          word == key->words     ? ""
                          : word[1].word == NULL ? " or "
                                                 : ", ",
                          word->word);
        return;
    }
    switch (key->form) {
    case LOAD_FLAG:
        strbuf_puts(out, "true or false");
        return;
    case LOAD_TEXT:
        strbuf_puts(out, "text, up to ");
        put_number(out, key->most);
        strbuf_puts(out, " bytes");
        return;
    case LOAD_SECONDS:
    case LOAD_SECONDS_OR_0:
        strbuf_puts(out, key->form == LOAD_SECONDS ? "seconds above 0, up to " : "seconds, up to ");
        put_number(out, key->most);
        return;
    case LOAD_COUNT:
    case LOAD_SIZE:
    case LOAD_NUMBER:
        put_number(out, key->least);
        strbuf_puts(out, " to ");
        put_number(out, key->most);
        return;
    case LOAD_OWN:
    case LOAD_WORD:
        break;
    }
}

/* Each sentence begins a line, and no line is longer than those of the page. */
static void put_sentences(struct strbuf *out, const char *text) {
    enum { WIDTH = 80 };
    size_t width = 0;
    while (*text != '\0') {
        const size_t len = strcspn(text, " ");
        const bool ends = text[len - 1] == '.' || text[len] == '\0';
        if (width > 0 && width + 1 + len > WIDTH) {
            strbuf_putc(out, '\n');
            width = 0;
        }
        strbuf_printf(out, "%s%.*s%s", width > 0 ? " " : "", (int)len, text, ends ? "\n" : "");
        width = ends ? 0 : width + (width > 0) + len;
        text += len + (text[len] == ' ');
    }
}

static void put_key(struct strbuf *out, const struct load_key *key) {
    struct strbuf form = {0};
    strbuf_printf(out, ".It Cm %s\n", key->name);
    put_form(&form, key);
    if (key->missing != NULL && key->kind == 0)
        strbuf_printf(&form, "%sneeded", form.len > 0 ? ", " : "");
    for (size_t i = 0; i < 3 && key->needs[i] != NULL; i++)
        strbuf_printf(&form, "%s%s", i == 0 ? "; only with " : " or ", key->needs[i]);
    if (form.len > 0)
        strbuf_printf(out, "(%s)\n", strbuf_cstr(&form));
    put_sentences(out, key->sentence);
    strbuf_done(&form);
}

static void put_manual(struct strbuf *out) {
    for (const struct load_object *const *object = loader_objects; *object != NULL; object++) {
        strbuf_printf(out, ".Ss %s\n.Bl -tag -width Ds -compact\n", (*object)->name);
        for (size_t i = 0; i < (*object)->count; i++)
            put_key(out, &(*object)->keys[i]);
        strbuf_puts(out, ".El\n");
    }
}

Test(loader_keys, the_manual_has_them) {
    static const char begin[] = ".\\\" The rows of the loader begin.\n";
    static const char end[] = ".\\\" The rows of the loader end.\n";
    char *text = files_read(MANUAL, NULL);
    char *from = strstr(text, begin);
    char *to = strstr(text, end);
    cr_assert(from != NULL && to != NULL);
    struct strbuf wanted = {0};
    strbuf_put(&wanted, text, (size_t)(from - text));
    strbuf_puts(&wanted, begin);
    put_manual(&wanted);
    strbuf_puts(&wanted, to);
    if (getenv("STATGATE_UPDATE"))
        files_write(MANUAL, wanted.data, wanted.len);
    else
        cr_expect(strcmp(text, strbuf_cstr(&wanted)) == 0,
                  MANUAL " is not what the rows say; STATGATE_UPDATE=1 writes it");
    strbuf_done(&wanted);
    free(text);
}
