#include "settings/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The longest part of a wrong value that a message repeats. */
enum { QUOTE_MAX = 80 };

static bool refuse(const struct setting_input *input, const char *text, const char *why,
                   struct error *error) {
    const bool cut = strlen(text) > QUOTE_MAX;
    return error_set(error, "%s: \"%.*s%s\": %s", input->place, QUOTE_MAX, text, cut ? "..." : "",
                     why);
}

static void *field_of(struct settings *settings, const struct setting *setting) {
    return (char *)settings + setting->offset;
}

/* Record that the setting now comes from this source and place. */
static bool mark(struct settings *settings, const struct setting_input *input,
                 struct error *error) {
    const enum setting_id id = setting_id(input->setting);
    const char *place = arena_strndup(&settings->arena, input->place, strlen(input->place));
    if (place == NULL)
        return error_no_memory(error);
    settings->places[id] = place;
    settings->sources[id] = input->source;
    return true;
}

/* ---- lists ---- */

bool settings_list_add(struct arena *arena, struct settings_list *list, const char *text) {
    const size_t count = list->count;
    /* Room doubles at each power of two; the old array stays in the arena. */
    if ((count & (count - 1)) == 0) {
        const char **items = arena_array(arena, count == 0 ? 1 : count * 2, sizeof *items);
        if (items == NULL)
            return false;
        if (count > 0)
            memcpy(items, list->items, count * sizeof *items);
        list->items = items;
    }
    const char *copy = arena_strndup(arena, text, strlen(text));
    if (copy == NULL)
        return false;
    list->items[list->count++] = copy;
    return true;
}

bool setting_clear(struct settings *settings, const struct setting_input *input,
                   struct error *ret_error) {
    *(struct settings_list *)field_of(settings, input->setting) = (struct settings_list){NULL, 0};
    return mark(settings, input, ret_error);
}

/* ---- one kind each ---- */

static bool set_text(struct settings *settings, const struct setting_input *input, const char *text,
                     struct error *error) {
    const char *copy = arena_strndup(&settings->arena, text, strlen(text));
    if (copy == NULL)
        return error_no_memory(error);
    *(const char **)field_of(settings, input->setting) = copy;
    return true;
}

static bool set_paths(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    struct settings_list *list = field_of(settings, input->setting);
    if (input->source != settings->sources[setting_id(input->setting)])
        *list = (struct settings_list){NULL, 0};
    return settings_list_add(&settings->arena, list, text) || error_no_memory(error);
}

/* Take the next of words separated by commas, without blanks around it; *text moves to the comma or
 * the end. */
static void cut_word(const char **text, char *ret_word) {
    const char *at = *text + strspn(*text, " ");
    size_t len = strcspn(at, ",");
    *text = at + len;
    while (len > 0 && at[len - 1] == ' ')
        len--;
    memcpy(ret_word, at, len);
    ret_word[len] = '\0';
}

/* Set words separated by commas; blanks around them are ignored. An empty list of groups is
 * "none". */
static bool set_words(struct settings *settings, const struct setting_input *input,
                      const char *text, struct error *error) {
    const bool groups = input->setting->check == check_groups;
    if (*text == '\0')
        return set_text(settings, input, groups ? "none" : "", error);
    char *words = arena_alloc(&settings->arena, strlen(text) + 1);
    char *word = arena_alloc(&settings->arena, strlen(text) + 1);
    if (words == NULL || word == NULL)
        return error_no_memory(error);
    char *end = words;
    size_t count = 0;
    bool special = false;
    for (const char *at = text;; at++) {
        cut_word(&at, word);
        const char *why = input->setting->check(word);
        if (why != NULL)
            return refuse(input, word, why, error);
        special = special || (groups && (strcmp(word, "all") == 0 || strcmp(word, "none") == 0));
        end = stpcpy(stpcpy(end, count++ > 0 ? "," : ""), word);
        if (*at == '\0')
            break;
    }
    if (special && count > 1)
        return refuse(input, words, "all and none cannot be combined with groups", error);
    return set_text(settings, input, words, error);
}

static bool set_choice(struct settings *settings, const struct setting_input *input,
                       const char *text, struct error *error) {
    const char *words = input->setting->argument;
    if (text_choice_find(words, text) != UINT_MAX)
        return set_text(settings, input, text, error);
    char why[128] = "must be one of ";
    size_t why_len = strlen(why);
    for (const char *at = words; *at != '\0' && why_len < sizeof why - 3; at++) {
        why[why_len++] = *at == '|' ? ',' : *at;
        if (*at == '|')
            why[why_len++] = ' ';
    }
    why[why_len] = '\0';
    return refuse(input, text, why, error);
}

static bool set_switch(struct settings *settings, const struct setting_input *input,
                       const char *text, struct error *error) {
    static const char *const words[2][4] = {{"off", "false", "no", "0"},
                                            {"on", "true", "yes", "1"}};
    for (size_t value = 0; value < 2; value++) {
        for (size_t i = 0; i < 4; i++) {
            if (strcmp(text, words[value][i]) == 0) {
                *(bool *)field_of(settings, input->setting) = value == 1;
                return true;
            }
        }
    }
    return refuse(input, text, "must be on or off", error);
}

static bool set_mode(struct settings *settings, const struct setting_input *input, const char *text,
                     struct error *error) {
    const size_t len = strlen(text);
    uint32_t mode = 0;
    for (size_t i = 0; i < len && mode <= 0777; i++) {
        if (text[i] < '0' || text[i] > '7') {
            mode = UINT32_MAX;
            break;
        }
        mode = mode * 8 + (uint32_t)(text[i] - '0');
    }
    if (len == 0 || mode > 0777)
        return refuse(input, text, "must be octal permissions from 0000 to 0777, for example 0660",
                      error);
    *(uint32_t *)field_of(settings, input->setting) = mode;
    return true;
}

/* Read digits and nothing else; false also if the number does not fit. */
static bool read_number(const char *text, int64_t *ret_value) {
    int64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *text - '0', &value))
            return false;
    }
    *ret_value = value;
    return true;
}

static bool set_number(struct settings *settings, const struct setting_input *input,
                       const char *text, struct error *error) {
    char *rest;
    const int64_t least = strtoll(input->setting->argument, &rest, 10);
    const int64_t most = strtoll(rest + 1, NULL, 10);
    int64_t value;
    if (!read_number(text, &value) || value < least || value > most) {
        char why[96];
        (void)snprintf(why, sizeof why, "must be a whole number from %" PRId64 " to %" PRId64,
                       least, most);
        return refuse(input, text, why, error);
    }
    *(int64_t *)field_of(settings, input->setting) = value;
    return true;
}

bool setting_set(struct settings *settings, const struct setting_input *input, const char *text,
                 struct error *ret_error) {
    static bool (*const setters[])(struct settings *, const struct setting_input *, const char *,
                                   struct error *) = {
        [KIND_TEXT] = set_text, [KIND_WORDS] = set_words,   [KIND_CHOICE] = set_choice,
        [KIND_FILE] = set_text, [KIND_PATHS] = set_paths,   [KIND_SWITCH] = set_switch,
        [KIND_MODE] = set_mode, [KIND_NUMBER] = set_number,
    };
    const struct setting *setting = input->setting;
    const char *why = setting->kind == KIND_WORDS ? NULL : setting->check(text);
    if (why != NULL)
        return refuse(input, text, why, ret_error);
    return setters[setting->kind](settings, input, text, ret_error) &&
           mark(settings, input, ret_error);
}
