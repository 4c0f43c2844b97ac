/*
 * The corpus in tests/cases/catalog: every NAME.json of valid/ becomes the model in NAME.expect,
 * every one of invalid/ is refused with the first line of NAME.expect behind the file's name. (The
 * second line is for the schema's test.) With STATGATE_REWRITE_CASES set, models are written
 * instead.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "dump.h"
#include "endpoint/endpoint.h"
#include "loader/loader.h"

#define CASES STATGATE_CASES_DIR "/catalog/"

enum { FILE_MAX = 1 << 20 };

struct text {
    char *data;
    size_t len;
};

static struct text read_file(const char *path) {
    struct text text = {.data = malloc(FILE_MAX + 1)};
    FILE *file = fopen(path, "rb");
    cr_assert(text.data && file, "%s", path);
    text.len = fread(text.data, 1, FILE_MAX, file);
    cr_assert(lt(sz, text.len, FILE_MAX));
    text.data[text.len] = '\0';
    (void)fclose(file);
    return text;
}

typedef void (*case_fn)(const char *folder, const char *name);

/* Calls `check` for every catalog of a folder; returns how many there were. */
static size_t each_case(const char *folder, case_fn check) {
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, NULL, alphasort);
    cr_assert(lt(int, 0, count), "%s", folder);
    size_t cases = 0;
    for (int i = 0; i < count; i++) {
        char *dot = strrchr(entries[i]->d_name, '.');
        if (dot && strcmp(dot, ".json") == 0) {
            *dot = '\0';
            check(folder, entries[i]->d_name);
            cases++;
        }
        free(entries[i]);
    }
    free(entries);
    return cases;
}

static void case_path(char *path, size_t size, const char *folder, const char *name,
                      const char *end) {
    const int len = snprintf(path, size, "%s%s%s", folder, name, end);
    cr_assert(len > 0 && (size_t)len < size);
}

/* Loads a case into a set of its own and finishes it; on failure the message is in *ret_error. */
static bool load_case(const char *folder, const char *name, struct catalog_set *set,
                      struct jsondoc_error *ret_error) {
    char path[1024];
    char file[256];
    case_path(path, sizeof path, folder, name, ".json");
    case_path(file, sizeof file, "", name, ".json");
    const struct text json = read_file(path);
    ret_error->text[0] = '\0';
    struct catalog *catalog = loader_text(file, json.data, json.len, false, ret_error);
    free(json.data);
    catalog_set_init(set);
    if (!catalog)
        return false;
    cr_assert(catalog_set_add(set, catalog));
    struct endpoints endpoints;
    const bool ok = endpoints_build_all(&endpoints, set, ret_error->text, sizeof ret_error->text);
    if (ok)
        endpoints_done(&endpoints);
    return ok;
}

static void write_expectation(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert(ge(int, fputs(text, file), 0));
    cr_assert(eq(int, fclose(file), 0));
}

static void check_valid(const char *folder, const char *name) {
    struct catalog_set set;
    struct jsondoc_error error;
    const bool ok = load_case(folder, name, &set, &error);
    cr_expect(ok, "%s: %s", name, error.text);
    if (ok) {
        char path[1024];
        struct strbuf out;
        strbuf_init(&out);
        dump_catalog(&out, set.catalogs[0]);
        case_path(path, sizeof path, folder, name, ".expect");
        if (getenv("STATGATE_REWRITE_CASES"))
            write_expectation(path, strbuf_cstr(&out));
        const struct text expected = read_file(path);
        cr_expect(eq(str, (char *)strbuf_cstr(&out), expected.data), "%s", name);
        free(expected.data);
        strbuf_done(&out);
    }
    catalog_set_done(&set);
}

static void check_invalid(const char *folder, const char *name) {
    struct catalog_set set;
    struct jsondoc_error error;
    char path[1024];
    cr_expect_not(load_case(folder, name, &set, &error), "%s was accepted", name);
    catalog_set_done(&set);
    case_path(path, sizeof path, folder, name, ".expect");
    const struct text expected = read_file(path);
    expected.data[strcspn(expected.data, "\n")] = '\0';
    char file[256];
    case_path(file, sizeof file, "", name, ".json");
    const size_t file_len = strlen(file);
    cr_expect(eq(int, strncmp(error.text, file, file_len), 0), "%s: %s", name, error.text);
    if (strlen(error.text) >= file_len)
        cr_expect(eq(str, error.text + file_len, expected.data), "%s", name);
    free(expected.data);
}

Test(loader_cases, valid_catalogs_become_their_model, .timeout = 60) {
    cr_expect(ge(sz, each_case(CASES "valid/", check_valid), 15));
}

Test(loader_cases, wrong_catalogs_are_refused_with_place_and_reason, .timeout = 60) {
    cr_expect(ge(sz, each_case(CASES "invalid/", check_invalid), 200));
}

static void check_bundled(const char *folder, const char *name) {
    struct catalog_set set;
    struct jsondoc_error error;
    if (strcmp(name, "catalog.schema") == 0)
        return;
    cr_expect(load_case(folder, name, &set, &error), "%s: %s", name, error.text);
    catalog_set_done(&set);
}

Test(loader_cases, bundled_catalogs_are_accepted) {
    cr_expect(ge(sz, each_case(STATGATE_SOURCE_DIR "/packaging/catalogs/", check_bundled), 8));
}
