/* SPDX-License-Identifier: MIT */
/* Which catalogs are in force, from files and from what was accepted last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "active_config/active_config.h"
#include "assertions.h"
#include "files.h"
#include "settings/settings.h"

static char folder[] = "/tmp/statgate-in-force-XXXXXX";
static char config[sizeof folder + 16];
static struct settings settings;
static struct config_texts kept; /* of the last call that took something */
static struct strbuf said;

static void read_settings(const char *text) {
    static const struct settings_program program = {
        .name = "statgated", .allowed = SETTING_BIT(catalog) | SETTING_BIT(config)};
    static char *const no_environment[] = {NULL};
    const struct settings_host host = {.environment = no_environment, .config_file = ""};
    char *const argv[] = {(char[]){"statgated"}, (char[]){"--config"}, config, NULL};
    struct error wrong;
    settings_done(&settings);
    settings = (struct settings){0};
    files_write(config, text, strlen(text));
    cr_assert(eq(int, settings_parse(&settings, &program, 3, argv, &host, &wrong), SETTINGS_OK),
              "%s", wrong.text);
}

static char *in_folder(const char *name) {
    static char path[sizeof folder + 32];
    (void)snprintf(path, sizeof path, "%s/c/%s", folder, name);
    return path;
}

static void start(void) {
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(config, sizeof config, "%s/config", folder);
    cr_assert(eq(int, mkdir(in_folder(""), 0700), 0));
    read_settings("{\"catalog\": \"c\"}");
}

static void end(void) {
    settings_done(&settings);
    active_config_texts_done(&kept);
    strbuf_done(&said);
    files_remove_folder(folder);
}

TestSuite(active, .init = start, .fini = end);

/* A catalog of a service with one family. */
static void put(const char *name, const char *service, const char *family) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "{\"statgate\":1,\"service\":\"%s\",\"families\":{\"%s\":{\"type\":\"gauge\","
                   "\"help\":\"x\"}}}",
                   service, family);
    files_write(in_folder(name), text, strlen(text));
}

static void put_text(const char *name, const char *text) {
    files_write(in_folder(name), text, strlen(text));
}

/* Append "service:family" of each of the user's catalogs. */
static void say_set(const struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal)
            strbuf_printf(&said, "%s:%s ", set->catalogs[i]->service,
                          set->catalogs[i]->families[0].name);
}

/* Read, and say in a line what is in force: "shop:a mill:b | refused 1, lost 0, kept 1000". If this
 * is taken, it is what was accepted last. */
static char *take_at(int64_t now_ms, bool only_kept) {
    const struct active_config_wish wish = {.settings = &settings,
                                            .kept = kept.count > 0 ? &kept : NULL,
                                            .only_kept = only_kept,
                                            .now_ms = now_ms};
    struct active_config active;
    struct error why;
    strbuf_clear(&said);
    if (active_config_read(&active, &wish, &why)) {
        say_set(&active.set);
        strbuf_printf(&said, "| refused %zu, lost %zu, kept %lld", active.refused.count,
                      active.lost, (long long)active.kept_ms);
        active_config_texts_done(&kept);
        kept = active.texts;
        active.texts = (struct config_texts){0};
    } else {
        strbuf_printf(&said, "%s", why.text);
    }
    for (const char *line = diagnostics_messages_next(&active.refused, NULL); line != NULL;
         line = diagnostics_messages_next(&active.refused, line))
        strbuf_printf(&said, "\n%s",
                      line + (strncmp(line, folder, strlen(folder)) == 0 ? strlen(folder) + 1 : 0));
    active_config_done(&active);
    return (char *)(uintptr_t)strbuf_cstr(&said);
}

static char *take(int64_t now_ms) {
    return take_at(now_ms, false);
}

#define SAYS(text) cr_expect(eq(str, take(2000), (char *)(text)))

Test(active, all_that_are_correct) {
    put("a.json", "shop", "a");
    put("b.json", "mill", "b");
    SAYS("mill:b shop:a | refused 0, lost 0, kept 0");
}

Test(active, a_refused_file_leaves_out_its_service_alone) {
    put("a.json", "shop", "a");
    put_text("b.json", "{");
    SAYS("shop:a | refused 1, lost 0, kept 0\n"
         "c/b.json:1:2: string or '}' expected near end of file");
}

Test(active, a_refused_file_leaves_its_service_as_it_was) {
    put("a.json", "shop", "a");
    put("b.json", "mill", "b");
    (void)take(1000);
    put("a.json", "shop", "a2");
    put_text("b.json", "{");
    SAYS("mill:b shop:a2 | refused 1, lost 0, kept 1000\n"
         "c/b.json:1:2: string or '}' expected near end of file");
    /* ... also a second time, and after the other one was refused, too. */
    put_text("a.json", "{}");
    SAYS("mill:b shop:a2 | refused 2, lost 0, kept 2000\n"
         "c/a.json: the key \"statgate\" is missing; a catalog starts with \"statgate\": 1, the "
         "version of its format\n"
         "c/b.json:1:2: string or '}' expected near end of file");
    put("b.json", "mill", "b3");
    put("a.json", "shop", "a3");
    SAYS("mill:b3 shop:a3 | refused 0, lost 0, kept 0");
}

Test(active, nothing_when_every_file_is_refused) {
    put_text("a.json", "{");
    char wanted[512];
    (void)snprintf(wanted, sizeof wanted,
                   "%s:1:2: string or '}' expected near end of file\nc/a.json:1:2: string or '}' "
                   "expected near end of file",
                   in_folder("a.json"));
    SAYS(wanted);
}

Test(active, a_file_that_is_gone_ends_its_service) {
    put("a.json", "shop", "a");
    put("b.json", "mill", "b");
    (void)take(1000);
    cr_assert(eq(int, unlink(in_folder("b.json")), 0));
    SAYS("shop:a | refused 0, lost 0, kept 0");
}

Test(active, an_empty_or_missing_folder_changes_nothing) {
    SAYS("| refused 0, lost 0, kept 0");
    put("a.json", "shop", "a");
    (void)take(1000);
    cr_assert(eq(int, unlink(in_folder("a.json")), 0));
    cr_expect(strstr(take(2000), "shop:a | refused 1, lost 0, kept 1000\nc: the folder") != NULL);
    cr_assert(eq(int, rmdir(in_folder("")), 0));
    cr_expect(strstr(take(3000), "shop:a | refused 1, lost 0, kept 1000\n") != NULL, "%s",
              strbuf_cstr(&said));
}

Test(active, a_conflict_is_the_fault_of_the_file_that_is_not_in_force) {
    put("b.json", "mill", "same");
    (void)take(1000);
    put("a.json", "shop", "same");
    cr_expect(strstr(take(2000), "mill:same | refused 1, lost 0, kept 0\nc/a.json: ") != NULL, "%s",
              strbuf_cstr(&said));
    /* Two catalogs of one service, where the earlier by name is in force. */
    put("a.json", "shop", "a");
    (void)take(3000);
    put("0.json", "shop", "zero");
    cr_expect(strstr(take(4000), "mill:same shop:a | refused 1, lost 0, kept 0\nc/0.json: ") !=
                  NULL,
              "%s", strbuf_cstr(&said));
}

Test(active, a_conflict_of_two_new_files_is_the_fault_of_the_later) {
    put("a.json", "shop", "same");
    put("b.json", "mill", "other");
    put("c.json", "farm", "same");
    put("d.json", "dock", "more");
    cr_expect(strstr(take(1000),
                     "dock:more mill:other shop:same | refused 1, lost 0, kept 0\nc/c.json: ") !=
                  NULL,
              "%s", strbuf_cstr(&said));
}

/* In whichever order the files are read, a family is where the edit puts it. */
Test(active, a_family_moves_between_files_in_one_edit) {
    put("a.json", "shop", "moves");
    put("b.json", "mill", "before");
    (void)take(1000);
    put("a.json", "shop", "after");
    put("b.json", "mill", "moves");
    SAYS("mill:moves shop:after | refused 0, lost 0, kept 0");
    put("a.json", "shop", "moves");
    put("b.json", "mill", "before");
    SAYS("mill:before shop:moves | refused 0, lost 0, kept 0");
    put("a.json", "shop", "before");
    put("b.json", "mill", "moves");
    SAYS("mill:moves shop:before | refused 0, lost 0, kept 0");
    /* ... also beside a file that is refused for another reason. */
    put("c.json", "farm", "stays");
    (void)take(1000);
    put("a.json", "shop", "moves");
    put("b.json", "mill", "before");
    put("d.json", "dock", "stays");
    cr_expect(strstr(take(2000), "farm:stays mill:before shop:moves | refused 1, lost 0, kept 0\n"
                                 "c/d.json: ") != NULL,
              "%s", strbuf_cstr(&said));
}

/* What a file had may come back into force, and meet what another file takes meanwhile. */
Test(active, a_name_that_a_refused_file_gave_up_is_still_its_own) {
    put("a.json", "shop", "one");
    put("b.json", "mill", "two");
    put("c.json", "farm", "three");
    (void)take(1000);
    put("a.json", "shop", "two"); /* which b gives up for a name that c has */
    put("b.json", "mill", "three");
    cr_expect(strstr(take(2000), "farm:three mill:two shop:one | refused 2, lost 0, kept 1000\n") !=
                  NULL,
              "%s", strbuf_cstr(&said));
}

Test(active, variables_are_part_of_what_was_accepted) {
    static const char text[] =
        "{\"statgate\":1,\"service\":\"shop\",\"families\":{\"a\":{\"type\":\"gauge\",\"help\":"
        "\"x\","
        "\"labels\":{\"zone\":{\"values\":{\"env\":\"TEST_ZONES\"},\"otherwise\":\"other\"}}}}}";
    (void)setenv("TEST_ZONES", "north,south", 1);
    put_text("a.json", text);
    put("b.json", "mill", "b");
    SAYS("mill:b shop:a | refused 0, lost 0, kept 0");
    (void)setenv("TEST_ZONES", "north,north", 1);
    cr_expect(strstr(take(3000), "mill:b shop:a | refused 1, lost 0, kept 2000\n") != NULL, "%s",
              strbuf_cstr(&said));
    (void)unsetenv("TEST_ZONES");
    cr_expect(strstr(take(4000), "mill:b shop:a | refused 0, lost 0, kept 0") != NULL, "%s",
              strbuf_cstr(&said));
}

Test(active, files_of_values_are_part_of_what_was_accepted) {
    static const char text[] =
        "{\"statgate\":1,\"service\":\"shop\",\"families\":{\"a\":{\"type\":\"gauge\",\"help\":"
        "\"x\",\"labels\":{\"zone\":{\"values\":{\"file\":\"zones\"}}}}}}";
    put_text("a.json", text);
    put("b.json", "mill", "b");
    put_text("zones", "north\nsouth\n");
    SAYS("mill:b shop:a | refused 0, lost 0, kept 0");
    put_text("zones", "north\nnorth\n");
    cr_expect(strstr(take(3000), "mill:b shop:a | refused 1, lost 0, kept 2000\nc/a.json: "
                                 "/families/a/labels/zone/values/file: ") != NULL,
              "%s", strbuf_cstr(&said));
    /* ... also a second time, from what was kept of it, and while the file is missing. */
    cr_assert(eq(int, unlink(in_folder("zones")), 0));
    cr_expect(strstr(take(4000), "mill:b shop:a | refused 1, lost 0, kept 2000\n") != NULL, "%s",
              strbuf_cstr(&said));
    cr_expect(eq(str, take_at(4500, true), (char *)"mill:b shop:a | refused 0, lost 0, kept 2000"));
    put_text("zones", "north\nwest\n");
    SAYS("mill:b shop:a | refused 0, lost 0, kept 0");
    put_text("zones", "");
    cr_expect(strstr(take(5000), "mill:b shop:a | refused 1, lost 0, kept 2000\n") != NULL, "%s",
              strbuf_cstr(&said));
}

Test(active, what_was_accepted_last_alone) {
    put("a.json", "shop", "a");
    (void)take(1000);
    put("a.json", "shop", "a2");
    cr_expect(eq(str, take_at(2000, true), (char *)"shop:a | refused 0, lost 0, kept 1000"));
}

Test(active, wrong_endpoints_refuse_everything) {
    put("a.json", "shop", "a");
    read_settings("{\"catalog\": \"c\", \"include\": \"nothing\"}");
    cr_expect(strstr(take(1000), "/include: no family of the loaded catalogs") != NULL, "%s",
              strbuf_cstr(&said));
    /* A group that is missing may be that of a service whose file is refused. */
    put_text("b.json", "{");
    cr_expect(strstr(take(1000), "shop:a | refused 1") != NULL, "%s", strbuf_cstr(&said));
}
