#include "exposition.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct exposition *exposition;
    size_t line;
    char *error;
    size_t error_size;
};

/* Say what is wrong with the current line. Always false. */
__attribute__((format(printf, 2, 3))) static bool wrong(struct reader *reader, const char *format,
                                                        ...) {
    int len = snprintf(reader->error, reader->error_size, "line %zu: ", reader->line);
    va_list args;
    va_start(args, format);
    if (len > 0 && (size_t)len < reader->error_size)
        vsnprintf(reader->error + len, reader->error_size - (size_t)len, format, args);
    va_end(args);
    return false;
}

/* One more item of an array that is grown by doubling; zeroed. */
static void *append(void *items_pointer, size_t *count, size_t size) {
    void **items = items_pointer;
    if ((*count & (*count - 1)) == 0) {
        void *grown = realloc(*items, (*count == 0 ? 1 : *count * 2) * size);
        if (grown == NULL)
            abort();
        *items = grown;
    }
    void *item = (char *)*items + (*count)++ * size;
    memset(item, 0, size);
    return item;
}

/* ---- pieces of a line ---- */

static bool name_start(char c, bool colons) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
}

/* The end of a name that begins at text; text itself if none does. */
static char *name_end(char *text, bool colons) {
    char *end = text;
    if (!name_start(*end, colons))
        return text;
    while (name_start(*end, colons) || (*end >= '0' && *end <= '9'))
        end++;
    return end;
}

static char *blanks_end(char *text) {
    return text + strspn(text, " \t");
}

/* Replace \\, \n and, in label values, \" in place. False: another escape. */
static bool unescape(char *text, bool quotes) {
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\\') {
            from++;
            if (*from != '\\' && *from != 'n' && (!quotes || *from != '"'))
                return false;
            *to++ = *from == 'n' ? '\n' : *from;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return true;
}

static int compare_labels(const void *a, const void *b) {
    return strcmp(((const struct exposed_label *)a)->name, ((const struct exposed_label *)b)->name);
}

/* Labels from behind { to behind }. NULL: an error. */
static char *read_labels(struct reader *reader, struct exposed_sample *sample, char *at) {
    for (;;) {
        at = blanks_end(at);
        if (*at == '}')
            break;
        struct exposed_label *label = append(&sample->labels, &sample->label_count, sizeof(*label));
        char *end = name_end(at, false);
        label->name = at;
        char *equals = blanks_end(end);
        if (end == at || *equals != '=') {
            wrong(reader, "a label name and = are expected at '%.40s'", at);
            return NULL;
        }
        at = blanks_end(equals + 1);
        *end = '\0';
        if (*at != '"') {
            wrong(reader, "the value of the label %s is not in quotes", label->name);
            return NULL;
        }
        char *value = ++at;
        while (*at != '"' && *at != '\0')
            at += *at == '\\' && at[1] != '\0' ? 2 : 1;
        if (*at == '\0') {
            wrong(reader, "the value of the label %s has no end", label->name);
            return NULL;
        }
        *at++ = '\0';
        label->value = value;
        if (!unescape(value, true)) {
            wrong(reader, "the value of the label %s has an escape that is none", label->name);
            return NULL;
        }
        at = blanks_end(at);
        if (*at == ',')
            at++;
        else if (*at != '}') {
            wrong(reader, "a comma or } is expected at '%.40s'", at);
            return NULL;
        }
    }
    if (sample->label_count > 1)
        qsort(sample->labels, sample->label_count, sizeof(*sample->labels), compare_labels);
    for (size_t i = 1; i < sample->label_count; i++)
        if (strcmp(sample->labels[i - 1].name, sample->labels[i].name) == 0) {
            wrong(reader, "the label %s stands twice", sample->labels[i].name);
            return NULL;
        }
    return at + 1;
}

/* A number as Go's ParseFloat takes it: what strtod does, without hexadecimal. */
static bool read_number(const char *text, char **ret_end, double *ret_value) {
    if (text[strcspn(text, "xX \t")] == 'x' || text[strcspn(text, "xX \t")] == 'X')
        return false;
    *ret_value = strtod(text, ret_end);
    return *ret_end != text;
}

/* ---- lines ---- */

/* The family that a sample of this name belongs to while `family` is the current one. */
static bool is_of(const struct exposed_family *family, const char *name) {
    size_t len = strlen(family->name);
    if (strncmp(family->name, name, len) != 0)
        return false;
    const char *rest = name + len;
    bool histogram = strcmp(family->type, "histogram") == 0;
    bool summary = strcmp(family->type, "summary") == 0;
    if (*rest == '\0')
        return !histogram;
    return ((histogram || summary) && (strcmp(rest, "_sum") == 0 || strcmp(rest, "_count") == 0)) ||
           (histogram && strcmp(rest, "_bucket") == 0);
}

static struct exposed_family *last_family(const struct exposition *exposition) {
    return exposition->families == NULL ? NULL
                                        : &exposition->families[exposition->family_count - 1];
}

/* The family of this name, made if it is new; NULL if it stands further up. */
static struct exposed_family *open_family(struct reader *reader, const char *name) {
    struct exposition *exposition = reader->exposition;
    struct exposed_family *last = last_family(exposition);
    if (last != NULL && strcmp(last->name, name) == 0)
        return last;
    if (exposition_find(exposition, name) != NULL) {
        wrong(reader, "%s stands in two places", name);
        return NULL;
    }
    struct exposed_family *family =
        append(&exposition->families, &exposition->family_count, sizeof(*family));
    *family = (struct exposed_family){.name = name, .type = "untyped", .line = reader->line};
    return family;
}

static bool read_comment(struct reader *reader, char *line) {
    char *at = blanks_end(line + 1);
    bool help = strncmp(at, "HELP ", 5) == 0;
    bool type = strncmp(at, "TYPE ", 5) == 0;
    if (!help && !type)
        return true;
    char *name = blanks_end(at + 5);
    char *end = name_end(name, true);
    if (end == name || (*end != ' ' && *end != '\0'))
        return wrong(reader, "'%.40s' is no name", name);
    char *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    struct exposed_family *family = open_family(reader, name);
    if (family == NULL)
        return false;
    if (family->sample_count > 0)
        return wrong(reader, "%s of %s stands behind its samples", help ? "HELP" : "TYPE", name);
    if (help) {
        if (family->help != NULL)
            return wrong(reader, "%s has a second HELP", name);
        family->help = rest;
        return unescape(rest, false) ||
               wrong(reader, "HELP of %s has an escape that is none", name);
    }
    static const char *const types[] = {"counter", "gauge", "histogram", "summary", "untyped"};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (strcmp(rest, types[i]) == 0) {
            if (family->typed)
                return wrong(reader, "%s has a second TYPE", name);
            family->typed = true;
            family->type = types[i];
            return true;
        }
    return wrong(reader, "'%.40s' is no type of this format", rest);
}

static bool read_sample(struct reader *reader, char *line) {
    struct exposition *exposition = reader->exposition;
    char *end = name_end(line, true);
    if (end == line)
        return wrong(reader, "'%.40s' is neither a sample nor a comment", line);
    char *at = blanks_end(end);
    bool labels = *at == '{';
    if (!labels && at == end)
        return wrong(reader, "no value at '%.40s'", line);
    *end = '\0';
    struct exposed_family *family = last_family(exposition);
    if (family == NULL || !is_of(family, line)) {
        family = open_family(reader, line);
        if (family == NULL)
            return false;
        if (!is_of(family, line))
            return wrong(reader, "a histogram has no sample of its bare name %s", line);
    }
    struct exposed_sample *sample =
        append(&family->samples, &family->sample_count, sizeof(*sample));
    sample->name = line;
    sample->line = reader->line;
    if (labels && (at = read_labels(reader, sample, at + 1)) == NULL)
        return false;
    at = blanks_end(at);
    if (!read_number(at, &end, &sample->value))
        return wrong(reader, "the value of %s is no number: '%.40s'", line, at);
    end = blanks_end(end);
    if (*end != '\0') { /* a timestamp */
        char *stamp = end;
        errno = 0;
        (void)strtoll(stamp, &end, 10);
        if (end == stamp || *blanks_end(end) != '\0' || errno != 0)
            return wrong(reader, "'%.40s' stands behind the value of %s", stamp, line);
    }
    for (size_t i = 0; i + 1 < family->sample_count; i++) {
        sample = &family->samples[family->sample_count - 1];
        if (strcmp(family->samples[i].name, sample->name) == 0 &&
            samples_alike(&family->samples[i], sample, NULL))
            return wrong(reader, "this series of %s stands in line %zu as well", line,
                         family->samples[i].line);
    }
    return true;
}

bool exposition_read(struct exposition *ret_exposition, char *text, size_t len, char *ret_error,
                     size_t error_size) {
    *ret_exposition = (struct exposition){.text = text};
    struct reader reader = {.exposition = ret_exposition, .error_size = error_size};
    reader.error = ret_error;
    for (char *line = text; line < text + len;) {
        char *end = memchr(line, '\n', (size_t)(text + len - line));
        reader.line++;
        if (end == NULL)
            return wrong(&reader, "the last line has no end");
        *end = '\0';
        if (memchr(line, '\0', (size_t)(end - line)) != NULL)
            return wrong(&reader, "a zero byte");
        char *at = blanks_end(line);
        if (*at == '#' ? !read_comment(&reader, at) : *at != '\0' && !read_sample(&reader, at))
            return false;
        line = end + 1;
    }
    return true;
}

void exposition_done(struct exposition *exposition) {
    for (size_t i = 0; i < exposition->family_count; i++) {
        struct exposed_family *family = &exposition->families[i];
        for (size_t j = 0; j < family->sample_count; j++)
            free(family->samples[j].labels);
        free(family->samples);
    }
    free(exposition->families);
    free(exposition->text);
    *exposition = (struct exposition){0};
}

/* ---- questions ---- */

const struct exposed_family *exposition_find(const struct exposition *exposition,
                                             const char *name) {
    for (size_t i = 0; i < exposition->family_count; i++)
        if (strcmp(exposition->families[i].name, name) == 0)
            return &exposition->families[i];
    return NULL;
}

const char *sample_label(const struct exposed_sample *sample, const char *name) {
    for (size_t i = 0; i < sample->label_count; i++)
        if (strcmp(sample->labels[i].name, name) == 0)
            return sample->labels[i].value;
    return NULL;
}

static size_t skip(const struct exposed_sample *sample, size_t at, const char *left_out) {
    return at + (at < sample->label_count && left_out != NULL &&
                 strcmp(sample->labels[at].name, left_out) == 0);
}

bool samples_alike(const struct exposed_sample *a, const struct exposed_sample *b,
                   const char *left_out) {
    size_t i = skip(a, 0, left_out);
    size_t j = skip(b, 0, left_out);
    while (i < a->label_count && j < b->label_count) {
        if (strcmp(a->labels[i].name, b->labels[j].name) != 0 ||
            strcmp(a->labels[i].value, b->labels[j].value) != 0)
            return false;
        i = skip(a, i + 1, left_out);
        j = skip(b, j + 1, left_out);
    }
    return i == a->label_count && j == b->label_count;
}
