/* SPDX-License-Identifier: MIT */
/* Label values from a file beside the catalog. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "files.h"
#include "loader/loader.h"

static char folder[] = "/tmp/statgate-value-file-XXXXXX";
static char file[sizeof folder + 16];
static char catalog_path[sizeof folder + 16];
static struct error error;
static struct catalog *catalog;

static const char text[] =
    "{\"statgate\":1,\"service\":\"shop\",\"families\":{\"a_total\":{\"type\":\"counter\","
    "\"labels\":{\"model\":{\"values\":{\"file\":\"models.txt\"},\"otherwise\":\"other\"}}},"
    "\"b_total\":{\"type\":\"counter\",\"labels\":{"
    "\"model\":{\"values\":{\"file\":\"models.txt\"}}}}}}";

static void start(void) {
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(file, sizeof file, "%s/models.txt", folder);
    (void)snprintf(catalog_path, sizeof catalog_path, "%s/shop.json", folder);
}

static void end(void) {
    catalog_free(catalog);
    files_remove_folder(folder);
}

TestSuite(loader_value_file, .init = start, .fini = end);

static const struct catalog *load(const char *catalog_text) {
    catalog_free(catalog);
    error_clear(&error);
    catalog = loader_text(catalog_path, catalog_text, strlen(catalog_text), false, &error);
    return catalog;
}

static const struct catalog *load_bytes(const char *bytes, size_t len) {
    files_write(file, bytes, len);
    return load(text);
}

static const struct catalog *load_values(const char *values) {
    return load_bytes(values, strlen(values));
}

static bool finds(size_t family, const char *value) {
    return catalog_label_find(&catalog->families[family].labels[0], value, strlen(value)) >= 0;
}

Test(loader_value_file, lists_the_values_of_labels_one_a_line) {
    cr_assert(load_values("# models of the shop\nresnet\n\n \tbert v2;x\t \r\n#end\nlast") != NULL,
              "%s", error.text);
    cr_expect(eq(u64, catalog->families[0].labels[0].bound, 4));
    cr_expect(eq(u64, catalog->families[1].labels[0].bound, 3));
    cr_expect(finds(0, "resnet") && finds(1, "bert v2;x") && finds(1, "last"));
    cr_expect(eq(str, (char *)catalog->families[0].labels[0].file->path, file));
    cr_expect(catalog->families[0].labels[0].file == catalog->families[1].labels[0].file);
}

static void expect_refused(const char *bytes, size_t len, const char *why) {
    char message[ERROR_BYTES];
    (void)snprintf(message, sizeof message, "%s: /families/a_total/labels/model/values/file: %s%s",
                   catalog_path, file, why);
    cr_assert(load_bytes(bytes, len) == NULL);
    cr_expect(eq(str, error.text, message));
}

static void expect_values_refused(const char *values, const char *why) {
    expect_refused(values, strlen(values), why);
}

Test(loader_value_file, that_is_wrong_refuses_the_catalog_with_its_line) {
    char value[CATALOG_VALUE_MAX + 2];
    memset(value, 'v', sizeof value);
    value[CATALOG_VALUE_MAX + 1] = '\0';
    expect_values_refused("", " has 0 values, 1 to 10000 are allowed");
    expect_values_refused("# none\n\n", " has 0 values, 1 to 10000 are allowed");
    expect_values_refused("a\n\nb\na\n", ":4: \"a\" is listed twice");
    expect_values_refused("a\nb\xff", ":2: the value is not UTF-8");
    expect_values_refused("\xEF\xBB\xBF"
                          "a",
                          ":1: the value starts with a byte order mark; save the file without one");
    expect_values_refused("a\nb,c", ":2: the value has a comma or a bar, which no value on the "
                                    "wire holds; one value a line");
    expect_values_refused("a\nb|c", ":2: the value has a comma or a bar, which no value on the "
                                    "wire holds; one value a line");
    expect_values_refused("a\rb", ":1: the value has a control character");
    expect_refused("a\n\0", 3, ":2: the value has a control character");
    expect_values_refused(value, ":1: a value of 201 bytes, 1 to 200 are allowed");
}

Test(loader_value_file, that_is_too_large_refuses_the_catalog) {
    struct strbuf many = {0};
    for (int i = 0; i <= CATALOG_VALUES_MAX; i++)
        strbuf_printf(&many, "%d\n", i);
    expect_refused(many.data, many.len, " has 10001 values, 1 to 10000 are allowed");
    while (many.len <= LOADER_VALUES_BYTES_MAX)
        strbuf_puts(&many, "# a comment of some length that nobody reads\n");
    expect_refused(many.data, many.len, " cannot be read: larger than 2 MiB");
    strbuf_done(&many);
}

static void expect_unread(const char *why) {
    char message[ERROR_BYTES];
    (void)snprintf(message, sizeof message,
                   "%s: /families/a_total/labels/model/values/file: %s cannot be read: %s",
                   catalog_path, file, why);
    cr_assert(load(text) == NULL);
    cr_expect(eq(str, error.text, message));
}

Test(loader_value_file, that_is_missing_or_none_refuses_the_catalog_at_once) {
    expect_unread("No such file or directory");
    cr_assert(eq(int, mkfifo(file, 0600), 0));
    expect_unread("not a regular file");
    cr_assert(eq(int, unlink(file), 0));
    cr_assert(eq(int, mkdir(file, 0700), 0));
    expect_unread("Is a directory");
    cr_assert(eq(int, rmdir(file), 0));
}

static void put_labels(struct strbuf *out, int count) {
    strbuf_puts(out, "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a_total\":{\"type\":"
                     "\"counter\",\"labels\":{");
    for (int i = 0; i < count; i++) {
        char path[sizeof file + 16];
        (void)snprintf(path, sizeof path, "%s/%d", folder, i);
        files_write(path, "a", 1);
        strbuf_printf(out, "%s\"l%d\":{\"values\":{\"file\":\"%d\"}}", i > 0 ? "," : "", i, i);
    }
    strbuf_puts(out, "}}}}");
}

Test(loader_value_file, of_a_catalog_are_sixteen_at_most) {
    struct strbuf out = {0};
    put_labels(&out, CATALOG_VALUE_FILES_MAX);
    cr_expect(load(strbuf_cstr(&out)) != NULL, "%s", error.text);
    strbuf_clear(&out);
    put_labels(&out, CATALOG_VALUE_FILES_MAX + 1);
    cr_expect(load(strbuf_cstr(&out)) == NULL);
    cr_expect(strstr(error.text, "/labels/l16/values/file: at most 16 files of values") != NULL,
              "%s", error.text);
    strbuf_done(&out);
}

static void count_fault(void *arg, const struct loader_fault *fault) {
    size_t *count = arg;
    cr_expect(strstr(fault->text, "models.txt:2: \"a\" is listed twice") != NULL, "%s",
              fault->text);
    (*count)++;
}

/* However many labels name the file. */
Test(loader_value_file, a_mistake_in_it_is_one) {
    size_t count = 0;
    size_t left_bytes = SIZE_MAX;
    bool cut;
    files_write(file, "a\na\n", 4);
    cr_expect(eq(
        sz, loader_faults(catalog_path, text, strlen(text), count_fault, &count, &left_bytes, &cut),
        1));
    cr_expect(eq(sz, count, 1));
}
