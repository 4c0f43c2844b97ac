/* SPDX-License-Identifier: MIT */
#include "case_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "run.h"

enum { LINES_MAX = 96, LINE_BYTES = 1024 };

struct case_line {
    char key[16];
    char text[LINE_BYTES];
};

struct case_file {
    const char *path;
    struct case_line lines[LINES_MAX];
    size_t count;
};

/* `text` with each $FILE replaced, and each $FOLDER by where that is. */
static void expand(const char *text, const char *file, char *out) {
    struct strbuf sb;
    strbuf_init(&sb);
    while (*text != '\0') {
        if (strncmp(text, "$FILE", 5) == 0) {
            strbuf_puts(&sb, file);
            text += 5;
        } else if (strncmp(text, "$FOLDER", 7) == 0) {
            strbuf_put(&sb, file, (size_t)(strrchr(file, '/') - file));
            text += 7;
        } else {
            strbuf_putc(&sb, *text++);
        }
    }
    (void)snprintf(out, LINE_BYTES, "%s", strbuf_cstr(&sb));
    strbuf_done(&sb);
}

static void load(struct case_file *file, const char *path, const char *settings_file) {
    FILE *in = fopen(path, "r");
    char line[LINE_BYTES];
    cr_assert(ne(ptr, in, NULL), "%s", path);
    file->path = path;
    file->count = 0;
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const size_t key = strcspn(line, ": ");
        if (line[key] != ':' || key >= sizeof file->lines[0].key || line[0] == '#')
            continue;
        cr_assert(lt(sz, file->count, LINES_MAX), "%s", path);
        struct case_line *item = &file->lines[file->count++];
        (void)snprintf(item->key, sizeof item->key, "%.*s", (int)key, line);
        expand(line + key + 1 + strspn(line + key + 1, " "), settings_file, item->text);
    }
    fclose(in);
}

static enum setting_id id_of(const char *name, size_t len) {
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strlen(run_name((enum setting_id)i)) == len &&
            memcmp(run_name((enum setting_id)i), name, len) == 0)
            return (enum setting_id)i;
    cr_assert(false, "no setting %.*s", (int)len, name);
    return SETTING_COUNT;
}

static uint32_t mask_of(const char *names) {
    uint32_t mask = 0;
    for (size_t len; *names != '\0'; names += len + strspn(names + len, " ")) {
        len = strcspn(names, " ");
        mask |= UINT32_C(1) << id_of(names, len);
    }
    return mask;
}

static void prepare(struct run *run, const struct case_file *file) {
    struct strbuf content;
    bool has_file = false;
    strbuf_init(&content);
    for (size_t i = 0; i < file->count; i++) {
        const char *key = file->lines[i].key;
        const char *text = file->lines[i].text;
        if (strcmp(key, "arg") == 0) {
            run_arg(run, text);
        } else if (strcmp(key, "env") == 0) {
            run_variable(run, text);
        } else if (strcmp(key, "uid") == 0) {
            run->host.uid = (uint32_t)strtoul(text, NULL, 10);
        } else if (strcmp(key, "words") == 0) {
            run->program.takes_words = true;
        } else if (strcmp(key, "allowed") == 0) {
            run->program.allowed = mask_of(text);
        } else if (strcmp(key, "file") == 0) {
            strbuf_printf(&content, "%s\n", text);
            has_file = true;
        }
    }
    if (has_file)
        run_file(run, strbuf_cstr(&content));
    strbuf_done(&content);
}

/* "NAME = TEXT" */
static const char *split(const char *text, enum setting_id *ret_id) {
    const char *equals = strstr(text, " =");
    cr_assert(ne(ptr, (void *)equals, NULL), "%s", text);
    *ret_id = id_of(text, (size_t)(equals - text));
    return equals + 2 + strspn(equals + 2, " ");
}

/* As the cases write it. */
static void put_endpoint(struct strbuf *out, const struct settings_endpoint *endpoint) {
    strbuf_printf(out, "%s %s ", endpoint->listen, endpoint->path);
    const struct endpoint_options *options = &endpoint->options;
    size_t len;
    for (size_t i = 0; i < options->service_count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? "," : "", options->services[i]);
    const char *resource = endpoint_resource_word(options->resource, &len);
    strbuf_printf(out, " token=%s include=%s exclude=%s resource=%.*s", endpoint->bearer_token_file,
                  options->include, options->exclude, (int)len, resource);
    strbuf_puts(out, options->scope_labels ? " scope_labels" : "");
    strbuf_puts(out, options->handler_metrics ? " handler_metrics" : "");
    strbuf_puts(out, options->openmetrics ? "" : " text_only");
    strbuf_puts(out, options->created ? " created" : "");
    if (endpoint->closed)
        strbuf_printf(out, " closed_by=%s", endpoint->include_variable);
}

static void check_endpoint(const struct run *run, const struct case_file *file,
                           const struct case_line *line, size_t index) {
    struct strbuf text;
    cr_assert(lt(sz, index, run->settings.endpoint_count), "%s", file->path);
    strbuf_init(&text);
    put_endpoint(&text, &run->settings.endpoints[index]);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), (char *)line->text), "%s", file->path);
    strbuf_done(&text);
}

/* As the cases write it: LISTEN SERVICES [statsd] PLACE. */
static void check_input(const struct run *run, const struct case_file *file,
                        const struct case_line *line, size_t index) {
    struct strbuf text;
    cr_assert(lt(sz, index, run->settings.input_count), "%s", file->path);
    const struct settings_input *input = &run->settings.inputs[index];
    strbuf_init(&text);
    strbuf_printf(&text, "%s %s", input->listen, input->services.count == 0 ? "- " : "");
    for (size_t i = 0; i < input->services.count; i++)
        strbuf_printf(&text, "%s%s", input->services.items[i],
                      i + 1 < input->services.count ? "," : " ");
    strbuf_printf(&text, "%s%s", input->statsd_gauges ? "statsd " : "", input->place);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), (char *)line->text), "%s", file->path);
    cr_expect(input->udp == (strncmp(input->listen, "udp:", 4) == 0), "%s", file->path);
    strbuf_done(&text);
}

/* What was met so far. */
struct seen {
    size_t inputs;
    size_t words;
    size_t endpoints;
};

static void check_line(const struct run *run, const struct case_file *file,
                       const struct case_line *line, struct seen *seen) {
    enum setting_id id;
    if (strcmp(line->key, "value") == 0) {
        const char *text = split(line->text, &id);
        cr_expect(eq(str, (char *)run_value(run, id), (char *)text), "%s: %s", file->path,
                  line->text);
    } else if (strcmp(line->key, "place") == 0) {
        const char *text = split(line->text, &id);
        cr_expect(eq(str, (char *)settings_place(&run->settings, id), (char *)text), "%s: %s",
                  file->path, line->text);
    } else if (strcmp(line->key, "word") == 0) {
        cr_assert(lt(sz, seen->words, run->settings.words.count), "%s", file->path);
        cr_expect(eq(str, (char *)run->settings.words.items[seen->words++], (char *)line->text),
                  "%s", file->path);
    } else if (strcmp(line->key, "endpoint") == 0) {
        check_endpoint(run, file, line, seen->endpoints++);
    } else if (strcmp(line->key, "input") == 0) {
        check_input(run, file, line, seen->inputs++);
    } else if (strcmp(line->key, "at") == 0) {
        cr_assert(lt(sz, seen->endpoints - 1, run->settings.endpoint_count), "%s", file->path);
        const struct settings_endpoint *endpoint = &run->settings.endpoints[seen->endpoints - 1];
        cr_expect(eq(str, (char *)endpoint->options.place, (char *)line->text), "%s", file->path);
    }
}

void case_file_check(const char *path) {
    static struct case_file file;
    struct run run;
    run_init(&run);
    load(&file, path, run.file);
    prepare(&run, &file);
    const enum settings_outcome outcome = run_parse(&run);
    enum settings_outcome expected = SETTINGS_OK;
    const char *error = NULL;
    for (size_t i = 0; i < file.count; i++) {
        if (strcmp(file.lines[i].key, "error") == 0) {
            expected = SETTINGS_ERROR;
            error = file.lines[i].text;
        } else if (strcmp(file.lines[i].key, "outcome") == 0) {
            expected = strcmp(file.lines[i].text, "help") == 0 ? SETTINGS_HELP : SETTINGS_VERSION;
        }
    }
    cr_expect(eq(int, (int)outcome, (int)expected), "%s: %s", path, run.error.text);
    if (error != NULL)
        cr_expect(eq(str, run.error.text, (char *)error), "%s", path);
    if (outcome == SETTINGS_OK && expected == SETTINGS_OK) {
        struct seen seen = {0};
        for (size_t i = 0; i < file.count; i++)
            check_line(&run, &file, &file.lines[i], &seen);
        cr_expect(eq(sz, seen.words, run.settings.words.count), "%s", path);
        cr_expect(eq(sz, seen.inputs, run.settings.input_count), "%s", path);
        cr_expect(eq(sz, seen.endpoints, run.settings.endpoint_count), "%s", path);
    }
    run_done(&run);
}
