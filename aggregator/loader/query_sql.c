#include "loader/query_sql.h"

#include <string.h>

#include "loader/field.h"

enum { SQL_MAX = 65536, SQL_LINES_MAX = 10000 };

static bool is_blank(const char *text) {
    return text[strspn(text, " \t\r\n\f\v")] == '\0';
}

/* The number of lines; a text counts as one, whatever it contains. */
static size_t line_count(json_t *value) {
    return json_is_array(value) ? json_array_size(value) : 1;
}

static json_t *line_at(json_t *value, size_t index) {
    return json_is_array(value) ? json_array_get(value, index) : value;
}

/* The total bytes of all lines, with a newline between each two. */
static bool measure(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    size_t *ret_len) {
    const size_t lines = line_count(value);
    if (lines > SQL_LINES_MAX)
        return jsondoc_fail(load->error, place, "%zu lines, at most %d are allowed", lines,
                            SQL_LINES_MAX);
    size_t len = lines > 0 ? lines - 1 : 0;
    for (size_t i = 0; i < lines; i++) {
        const struct jsondoc_place here = {.parent = place, .index = i};
        json_t *line = line_at(value, i);
        if (!json_is_string(line))
            return jsondoc_fail(load->error, &here, "expected a string, found %s",
                                field_kind(line));
        len += json_string_length(line);
    }
    if (len > SQL_MAX)
        return jsondoc_fail(load->error, place, "%zu bytes, at most %d are allowed", len, SQL_MAX);
    *ret_len = len;
    return true;
}

static void join(json_t *value, char *out) {
    for (size_t i = 0; i < line_count(value); i++) {
        json_t *line = line_at(value, i);
        if (i > 0)
            *out++ = '\n';
        memcpy(out, json_string_value(line), json_string_length(line));
        out += json_string_length(line);
    }
    *out = '\0';
}

bool query_sql_read(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = query_place(at, "sql");
    json_t *value = query_member(at, "sql");
    size_t len = 0;
    if (value == NULL)
        return jsondoc_fail(load->error, at->place, "the key \"sql\" is missing");
    if (!json_is_array(value) && !json_is_string(value))
        return jsondoc_fail(load->error, &place, "expected a string, or an array of lines");
    if (!measure(load, value, &place, &len))
        return false;
    char *text = arena_array(&load->catalog->arena, len + 1, 1);
    if (text == NULL)
        return loader_no_memory(load);
    join(value, text);
    if (is_blank(text))
        return jsondoc_fail(load->error, &place, "the text is empty");
    at->query->sql = text;
    return true;
}
