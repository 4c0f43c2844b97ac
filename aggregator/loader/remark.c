/* Remarks on lists of the environment: one for each variable. */
#include "loader/remark.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/text.h"

static bool is_remarked(const struct load *load, const char *variable) {
    const struct catalog_remark *remark = load->catalog->remarks;
    while (remark != NULL && strcmp(remark->variable, variable) != 0)
        remark = remark->next;
    return remark != NULL;
}

static bool add(const struct load *load, const char *variable, const struct error *text) {
    struct arena *arena = &load->catalog->arena;
    struct catalog_remark *remark = arena_array(arena, 1, sizeof *remark);
    const char *copy = arena_strndup(arena, text->text, strlen(text->text));
    if (remark == NULL || copy == NULL)
        return loader_no_memory(load);
    *remark =
        (struct catalog_remark){.text = copy, .variable = variable, .next = load->catalog->remarks};
    load->catalog->remarks = remark;
    return true;
}

/* A variable of the environment whose name differs from this one only by a typo, or NULL. */
static const char *find_near(const struct load *load, const char *variable) {
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    const char **names = arena_array(load->scratch, count + 1, sizeof *names);
    size_t found = 0;
    for (size_t i = 0; names != NULL && i < count; i++) {
        const size_t len = strcspn(environ[i], "=");
        const char *name = arena_strndup(load->scratch, environ[i], len);
        if (name != NULL && strcmp(name, variable) != 0)
            names[found++] = name;
    }
    if (names == NULL)
        return NULL;
    names[found] = NULL;
    return nearest_word(variable, names);
}

bool remark_unset(const struct load *load, const struct jsondoc_place *place, const char *variable,
                  const char *otherwise, bool has_default) {
    struct error text;
    const char *near = is_remarked(load, variable) ? NULL : find_near(load, variable);
    if (is_remarked(load, variable) || (has_default && near == NULL))
        return true;
    (void)jsondoc_fail(&text, place,
                       "the environment variable %s is not set, so every value becomes \"%s\"",
                       variable, otherwise);
    if (near != NULL)
        (void)error_add(&text, "; %s is set: is that its name?", near);
    else
        (void)error_add(&text, "; if that is wanted, set it to \"%s\"", otherwise);
    return add(load, variable, &text);
}

/* Whether the text looks like several values. A value may have blanks, if others are beside it. */
static bool is_several(const char *text, size_t count) {
    return strchr(text, ';') != NULL || (count == 1 && strpbrk(text, " \t") != NULL);
}

bool remark_list(const struct load *load, const struct jsondoc_place *place, const char *variable,
                 const struct load_set *set) {
    struct error text;
    size_t i = 0;
    while (i < set->count && !is_several(set->words[i].text, set->count))
        i++;
    if (i == set->count || is_remarked(load, variable))
        return true;
    (void)jsondoc_fail(&text, place,
                       "the environment variable %s lists \"%s\", which is one value: commas "
                       "separate values",
                       variable, set->words[i].text);
    return add(load, variable, &text);
}
