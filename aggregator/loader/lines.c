/* Reads values of labels from the text of a file, one a line. */
#include <string.h>

#include "base/utf8.h"
#include "loader/words.h"

struct values_line {
    const char *at;
    size_t len;
    size_t number;
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next line that has a value, without blanks around it. False: there is none. */
static bool next_line(const char **at, const char *end, struct values_line *line) {
    while (*at < end) {
        const char *stop = memchr(*at, '\n', (size_t)(end - *at));
        const char *last = stop != NULL ? stop : end;
        const char *first = *at;
        *at = stop != NULL ? stop + 1 : end;
        line->number++;
        while (first < last && is_blank(*first))
            first++;
        while (last > first && is_blank(last[-1]))
            last--;
        line->at = first;
        line->len = (size_t)(last - first);
        if (line->len > 0 && *first != '#')
            return true;
    }
    return false;
}

/* What is wrong with a value, or NULL. */
static const char *wrong_in(const struct values_line *line) {
    if (line->len >= 3 && memcmp(line->at, "\xEF\xBB\xBF", 3) == 0)
        return "starts with a byte order mark; save the file without one";
    if (!utf8_is(line->at, line->len))
        return "is not UTF-8";
    for (size_t i = 0; i < line->len; i++) {
        const unsigned char byte = (unsigned char)line->at[i];
        if (byte == ',' || byte == '|')
            return "has a comma or a bar, which no value on the wire holds; one value a line";
        if (byte < 0x20 || byte == 0x7f)
            return "has a control character";
    }
    return NULL;
}

static bool read_line(const struct load *load, const struct values_line *line, const char *path,
                      const struct jsondoc_place *place, struct catalog_word *ret_word) {
    const char *wrong = wrong_in(line);
    if (wrong != NULL)
        return jsondoc_fail(load->error, place, "%s:%zu: the value %s", path, line->number, wrong);
    if (line->len > CATALOG_VALUE_MAX)
        return jsondoc_fail(load->error, place, "%s:%zu: a value of %zu bytes, 1 to %d are allowed",
                            path, line->number, line->len, CATALOG_VALUE_MAX);
    const char *text = arena_strndup(load->scratch, line->at, line->len);
    *ret_word = (struct catalog_word){.text = text, .wire = text, .index = line->number};
    return text != NULL || loader_no_memory(load);
}

static size_t count_lines(const char *text, size_t len) {
    struct values_line line = {0};
    size_t count = 0;
    for (const char *at = text; next_line(&at, text + len, &line);)
        count++;
    return count;
}

bool loader_lines(const struct load *load, const char *text, size_t len, const char *path,
                  const struct jsondoc_place *place, struct load_set *ret_set) {
    const size_t count = count_lines(text, len);
    const char *end = text + len;
    struct values_line line = {0};
    if (count == 0 || count > CATALOG_VALUES_MAX)
        return jsondoc_fail(load->error, place, "%s has %zu values, 1 to %d are allowed", path,
                            count, CATALOG_VALUES_MAX);
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    if (words == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; next_line(&text, end, &line); i++)
        if (!read_line(load, &line, path, place, &words[i]))
            return false;
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return jsondoc_fail(load->error, place, "%s:%zu: \"%s\" is listed twice", path,
                                words[i].index > words[i - 1].index ? words[i].index
                                                                    : words[i - 1].index,
                                words[i].text);
    *ret_set = (struct load_set){.words = words, .count = count};
    return true;
}
