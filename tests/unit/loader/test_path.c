/* SPDX-License-Identifier: MIT */
/* Files and folders of catalogs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "loader/loader.h"

static char folder[] = "/tmp/statgate-loader-XXXXXX";
static struct catalog_set set;
static struct error error;

static void run(const char *command) {
    char line[256];
    (void)snprintf(line, sizeof line, "%s %s", command, folder);
    cr_assert(eq(int, system(line), 0)); /* NOLINT(cert-env33-c): a fixed command of a test */
}

static void start(void) {
    cr_assert(mkdtemp(folder) != NULL);
    catalog_set_init(&set);
}

static void end(void) {
    catalog_set_done(&set);
    run("rm -rf");
}

TestSuite(loader_path, .init = start, .fini = end);

static char *in_folder(const char *name) {
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *service) {
    char text[256];
    const int len = snprintf(
        text, sizeof text,
        "{\"statgate\":1,\"service\":\"%s\",\"families\":{\"%s_up\":{\"type\":\"gauge\"}}}\n",
        service, service);
    files_write(in_folder(name), text, (size_t)len);
}

/* The last error. */
static void keep_error(void *arg, const struct error *refusal) {
    (void)arg;
    error = *refusal;
}

static bool loads(const char *path) {
    return loader_path(&set, path, keep_error, NULL) == 0;
}

static void expect_message(const char *path, const char *text) {
    char message[ERROR_BYTES];
    (void)snprintf(message, sizeof message, "%s: %s", path, text);
    cr_expect(eq(str, error.text, message));
}

Test(loader_path, loads_a_file) {
    put("any name", "shop");
    cr_assert(loads(in_folder("any name")), "%s", error.text);
    cr_assert(eq(sz, set.count, 1));
    cr_expect(eq(str, (char *)set.catalogs[0]->service, "shop"));
    cr_expect(eq(str, (char *)set.catalogs[0]->file, in_folder("any name")));
    cr_expect(not(set.catalogs[0]->internal));
}

Test(loader_path, loads_the_catalogs_of_a_folder_in_order) {
    put("b.json", "shop");
    put("a.json", "mill");
    put("B.json", "farm");
    put(".hidden.json", "hidden");
    put("c.json~", "backup");
    put("d.json.dpkg-old", "old");
    put("catalog.schema.json", "schema");
    put(".json", "nameless");
    cr_assert(loads(folder), "%s", error.text);
    static const char *const services[] = {"farm", "mill", "shop"};
    cr_assert(eq(sz, set.count, 3));
    for (size_t i = 0; i < 3; i++)
        cr_expect(eq(str, (char *)set.catalogs[i]->service, (char *)services[i]));
    cr_expect(eq(str, (char *)set.catalogs[0]->file, in_folder("B.json")));
}

Test(loader_path, accepts_a_slash_behind_the_folder) {
    put("a.json", "shop");
    cr_assert(loads(in_folder("")), "%s", error.text);
    cr_expect(eq(str, (char *)set.catalogs[0]->file, in_folder("a.json")));
}

Test(loader_path, adds_to_what_is_there) {
    put("a.json", "shop");
    put("other", "mill");
    cr_assert(loads(in_folder("other")), "%s", error.text);
    cr_assert(loads(folder), "%s", error.text);
    cr_expect(eq(sz, set.count, 2));
}

static char heard[ERROR_BYTES * 2];

static void hear(void *arg, const struct error *refusal) {
    char *text = arg;
    const size_t len = strlen(text);
    (void)snprintf(text + len, sizeof heard - len, "%s\n", refusal->text);
}

Test(loader_path, all_of_a_folder_can_be_reported_at_once) {
    put("a.json", "shop");
    put("b.json", "bad name");
    put("c.json", "farm");
    put("d.json", "statgate");
    cr_expect(eq(sz, loader_path(&set, folder, hear, heard), 2));
    cr_expect(strstr(heard, "/b.json: /service: ") != NULL, "%s", heard);
    cr_expect(strstr(heard, "/d.json: /service: ") != NULL, "%s", heard);
    cr_assert(eq(sz, set.count, 2));
    cr_expect(eq(str, (char *)set.catalogs[1]->service, "farm"));
    cr_expect(eq(sz, loader_path(&set, in_folder("nothing"), hear, heard), 1));
    cr_expect(strstr(heard, "no such file or folder") != NULL, "%s", heard);
    cr_expect(eq(sz, loader_path(&set, in_folder("b.json"), hear, heard), 1));
    cr_expect(eq(sz, set.count, 2));
}

Test(loader_path, says_what_to_do_about_a_missing_path) {
    cr_expect(not(loads(in_folder("nothing"))));
    expect_message(in_folder("nothing"),
                   "no such file or folder; name a catalog, or a folder of catalogs, with "
                   "--catalog PATH");
}

Test(loader_path, says_what_to_do_about_an_empty_folder) {
    cr_expect(not(loads(folder)));
    expect_message(folder, "the folder has no catalogs (*.json); put one there, or name one with "
                           "--catalog FILE");
}

Test(loader_path, a_folder_named_like_a_catalog_is_an_error) {
    put("a.json", "shop");
    cr_assert(eq(int, mkdir(in_folder("b.json"), 0700), 0));
    cr_expect(not(loads(folder)));
    expect_message(in_folder("b.json"), "cannot be read: Is a directory");
}

Test(loader_path, a_broken_link_is_an_error) {
    cr_assert(eq(int, symlink("nowhere", in_folder("a.json")), 0));
    cr_expect(not(loads(folder)));
    expect_message(in_folder("a.json"), "cannot be read: No such file or directory");
}

Test(loader_path, leaves_no_descriptor_open) {
    const int before = dup(0);
    close(before);
    put("a.json", "shop");
    cr_assert(loads(folder), "%s", error.text);
    put("b.json", "bad name");
    cr_expect(not(loads(folder)));
    cr_expect(not(loads(in_folder("b.json"))));
    const int after = dup(0);
    close(after);
    cr_expect(eq(int, after, before));
}
