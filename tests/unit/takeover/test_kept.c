/*
 * Objects of daemons of several versions, which tests/support/keep_object.py has kept: each case
 * is NAME.gz and the series that this version takes over from it, NAME.expect. All daemons had
 * received the same. In the cases of later versions, some table must not be read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "assertions.h"
#include "files.h"
#include "fixture.h"
#include "gunzip.h"
#include "object/layout.h"
#include "object/match.h"
#include "store/restore.h"

TestSuite(kept, .timeout = 300);

static const char folder[] = "cases/object";

/* ---- the object ---- */

static int digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Read a line "OFFSET HEX". Returns the line after it. */
static const char *read_piece(const char *line, unsigned char *object, uint64_t size) {
    char *hex;
    const uint64_t offset = strtoull(line, &hex, 10);
    uint64_t count = 0;
    for (hex++; *hex != '\n'; hex += 2, count++) {
        cr_assert(lt(u64, offset + count, size));
        object[offset + count] = (unsigned char)(digit(hex[0]) * 16 + digit(hex[1]));
    }
    return hex + 1;
}

static unsigned char *unpack(const char *path, uint64_t *ret_size) {
    struct strbuf packed;
    struct strbuf text;
    size_t len;
    char *bytes = files_read(path, &len);
    cr_assert_not_null(bytes, "%s", path);
    strbuf_init(&packed);
    strbuf_init(&text);
    strbuf_put(&packed, bytes, len);
    gunzip(&packed, &text);
    strbuf_put(&text, "", 1);
    char *line;
    cr_assert(strncmp(text.data, "size ", 5) == 0);
    *ret_size = strtoull(text.data + 5, &line, 10);
    unsigned char *object = mmap(NULL, *ret_size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert(object != MAP_FAILED);
    for (const char *at = line + 1; *at != '\0';)
        at = read_piece(at, object, *ret_size);
    strbuf_done(&text);
    strbuf_done(&packed);
    free(bytes);
    return object;
}

/* ---- what is taken over ---- */

static char *take_over(unsigned char *object, uint64_t size) {
    struct fixture fx;
    struct image image;
    struct error error;
    struct store_restored restored;
    const struct object_header *header = (const struct object_header *)(const void *)object;
    char *catalog = files_read_in(folder, "catalog.json");
    fixture_init(&fx, (const char *const[]){catalog, NULL});
    cr_assert(image_open(&image, object, size, header->boot, &error), "%s", error.text);
    struct match *match = match_new(memory_heap(), &image, &fx.set, &error);
    cr_assert_not_null(match, "%s", error.text);
    cr_assert(store_restore(fx.store, &image, match, fx.now, &restored));
    char *text = fixture_dump(&fx, NULL);
    match_free(match);
    fixture_done(&fx);
    free(catalog);
    return text;
}

static void run(const char *path) {
    char expect[512];
    uint64_t size;
    (void)snprintf(expect, sizeof expect, "%.*s.expect", (int)(strlen(path) - 3), path);
    unsigned char *object = unpack(path, &size);
    char *text = take_over(object, size);
    if (getenv("STATGATE_UPDATE") != NULL)
        files_write(expect, text, strlen(text));
    char *wanted = files_read(expect, NULL);
    cr_assert_not_null(wanted, "%s", expect);
    cr_expect_str_eq(text, wanted, "%s: %s", path, text);
    free(wanted);
    free(text);
    (void)munmap(object, size);
}

Test(kept, what_each_version_left_is_taken_over) {
    struct files cases = files_list(folder, ".gz");
    cr_assert(le(sz, 5, cases.count));
    for (size_t i = 0; i < cases.count; i++)
        run(cases.paths[i]);
    files_free(&cases);
}
