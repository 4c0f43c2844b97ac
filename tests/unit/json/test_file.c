/* SPDX-License-Identifier: MIT */
/* Files: read whole, up to a limit. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "json/json.h"

static char folder[] = "/tmp/statgate-jsondoc-XXXXXX";
static char path[sizeof folder + 16];
static struct error error;

static void make_folder(void) {
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/x.json", folder);
}

static void remove_folder(void) {
    (void)unlink(path);
    (void)rmdir(folder);
}

static void write_file(const char *text, size_t len) {
    files_write(path, text, len);
}

static void expect_message(const char *end) {
    char message[ERROR_BYTES];
    (void)snprintf(message, sizeof message, "%s%s", path, end);
    cr_expect(eq(str, error.text, message));
}

TestSuite(json_jsondoc_load, .init = make_folder, .fini = remove_folder);

Test(json_jsondoc_load, reads_a_file) {
    write_file("{\"a\": 5}", 8);
    json_t *root = json_jsondoc_load(path, &error);
    cr_assert(root != NULL, "%s", error.text);
    cr_expect(eq(llong, json_integer_value(json_object_get(root, "a")), 5));
    json_decref(root);
}

Test(json_jsondoc_load, reads_more_than_one_block) {
    enum { ITEMS = 40000 };
    char *text = malloc(ITEMS * 4 + 16);
    cr_assert(text != NULL);
    size_t len = (size_t)sprintf(text, "{\"a\": [1");
    for (int i = 1; i < ITEMS; i++)
        len += (size_t)sprintf(text + len, ", 1");
    len += (size_t)sprintf(text + len, "]}");
    write_file(text, len);
    free(text);
    json_t *root = json_jsondoc_load(path, &error);
    cr_assert(root != NULL, "%s", error.text);
    cr_expect(eq(sz, json_array_size(json_object_get(root, "a")), ITEMS));
    json_decref(root);
}

Test(json_jsondoc_load, names_the_file_in_syntax_errors) {
    write_file("{", 1);
    cr_expect(json_jsondoc_load(path, &error) == NULL);
    expect_message(":1:2: string or '}' expected near end of file");
}

Test(json_jsondoc_load, says_why_a_file_cannot_be_read) {
    cr_expect(json_jsondoc_load(path, &error) == NULL);
    expect_message(": cannot be read: No such file or directory");
    cr_assert(eq(int, mkdir(path, 0700), 0));
    cr_expect(json_jsondoc_load(path, &error) == NULL);
    expect_message(": cannot be read: Is a directory");
    cr_assert(eq(int, rmdir(path), 0));
    cr_assert(eq(int, mkfifo(path, 0600), 0));
    cr_expect(json_jsondoc_load(path, &error) == NULL, "and does not wait for a writer");
    expect_message(": cannot be read: not a regular file");
    cr_assert(eq(int, unlink(path), 0));
}

Test(json_jsondoc_load, refuses_more_than_its_limit) {
    write_file("{}", 2);
    cr_assert(eq(int, truncate(path, JSONDOC_BYTES_MAX + 1), 0));
    cr_expect(json_jsondoc_load(path, &error) == NULL);
    expect_message(": cannot be read: larger than 16 MiB");
}

Test(json_jsondoc_load, leaves_no_descriptor_open) {
    const int before = dup(0);
    cr_assert(before >= 0);
    close(before);
    write_file("{}", 2);
    json_decref(json_jsondoc_load(path, &error));
    cr_expect(json_jsondoc_load(folder, &error) == NULL);
    cr_expect(json_jsondoc_load("/nonexistent", &error) == NULL);
    const int after = dup(0);
    close(after);
    cr_expect(eq(int, after, before));
}
