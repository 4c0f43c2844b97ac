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
