/* SPDX-License-Identifier: MIT */
/*
 * The corpus in tests/cases/catalog: every NAME.json of valid/ becomes the model in NAME.expect,
 * every one of invalid/, and of those that support/oversized_catalogs.py writes, is refused with
 * the first line of NAME.expect behind the file's name. (The second line is for the schema's test.)
 * With STATGATE_UPDATE=1 in the environment models are written instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "dump.h"
#include "endpoint/endpoint.h"
#include "files.h"
#include "loader/loader.h"
#include "usual_options.h"

#define CASES "cases/catalog/"

typedef void (*case_fn)(const char *folder, const char *name);

/* Calls `check` for every catalog of a folder; returns how many there were. */
static size_t each_case(const char *folder, case_fn check) {
    struct files files = files_list(folder, ".json");
    const size_t count = files.count;
    for (size_t i = 0; i < count; i++) {
        char *name = strrchr(files.paths[i], '/') + 1;
        name[strlen(name) - strlen(".json")] = '\0';
        check(folder, name);
    }
    files_free(&files);
    return count;
}

static void case_path(char *path, size_t size, const char *folder, const char *name,
                      const char *end) {
    const int len = snprintf(path, size, "%s%s%s", folder, name, end);
    cr_assert(len > 0 && (size_t)len < size);
}

/* Loads a case into a set of its own and finishes it; on failure the message is in *ret_error. */
static bool load_case(const char *folder, const char *name, struct catalog_set *set,
                      struct error *ret_error) {
    char path[1024];
    char file[256];
    case_path(path, sizeof path, folder, name, ".json");
    case_path(file, sizeof file, "", name, ".json");
    size_t len;
    char *json = files_read(path, &len);
    cr_assert(json != NULL, "%s", path);
    error_clear(ret_error);
    struct catalog *catalog = loader_text(file, json, len, false, ret_error);
    free(json);
    catalog_set_init(set);
    if (!catalog)
        return false;
    catalog_set_add(set, catalog);
    struct endpoints endpoints;
    const bool ok = endpoints_build(&endpoints, set, &usual_options, 1, ret_error);
    if (ok)
        endpoints_done(&endpoints);
    return ok;
}

static char *read_expectation(const char *path) {
    char *text = files_read(path, NULL);
    cr_assert(text != NULL, "%s", path);
    return text;
}

static void check_valid(const char *folder, const char *name) {
    struct catalog_set set;
    struct error error;
    const bool ok = load_case(folder, name, &set, &error);
    cr_expect(ok, "%s: %s", name, error.text);
    if (ok) {
        char path[1024];
        struct strbuf out;
        strbuf_init(&out);
        dump_catalog(&out, set.catalogs[0]);
        case_path(path, sizeof path, folder, name, ".expect");
        if (getenv("STATGATE_UPDATE"))
            files_write(path, out.data, out.len);
        char *expected = read_expectation(path);
        cr_expect(eq(str, (char *)strbuf_cstr(&out), expected), "%s", name);
        free(expected);
        strbuf_done(&out);
    }
    catalog_set_done(&set);
}

static void check_invalid(const char *folder, const char *name) {
    struct catalog_set set;
    struct error error;
    char path[1024];
    cr_expect(not(load_case(folder, name, &set, &error)), "%s was accepted", name);
    catalog_set_done(&set);
    case_path(path, sizeof path, folder, name, ".expect");
    char *expected = read_expectation(path);
    expected[strcspn(expected, "\n")] = '\0';
    char file[256];
    case_path(file, sizeof file, "", name, ".json");
    const size_t file_len = strlen(file);
    cr_expect(eq(int, strncmp(error.text, file, file_len), 0), "%s: %s", name, error.text);
    if (strlen(error.text) >= file_len)
        cr_expect(eq(str, error.text + file_len, expected), "%s", name);
    free(expected);
}

Test(loader_cases, valid_catalogs_become_their_model, .timeout = 300) {
    cr_expect(ge(sz, each_case(CASES "valid/", check_valid), 15));
}

Test(loader_cases, wrong_catalogs_are_refused_with_place_and_reason, .timeout = 300) {
    cr_expect(ge(sz, each_case(CASES "invalid/", check_invalid), 200));
}

Test(loader_cases, oversized_catalogs_are_refused_with_place_and_reason, .timeout = 300) {
    char folder[] = "/tmp/statgate-oversized-XXXXXX";
    char slashed[sizeof folder + 1];
    char command[128];
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    (void)snprintf(slashed, sizeof slashed, "%s/", folder);
    (void)snprintf(command, sizeof command, "python3 support/oversized_catalogs.py %s", folder);
    cr_assert(eq(int, system(command), 0)); /* NOLINT(cert-env33-c): a fixed command of a test */
    cr_expect(eq(sz, each_case(slashed, check_invalid), 9));
    files_remove_folder(folder);
}
