/* SPDX-License-Identifier: MIT */
/* Pages written by hand have a row for each kind: the schema of catalogs, the manual page of
 * catalogs, the table of letters in PROTOCOL.md. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "files.h"
#include "sg_proto.h"

/* A page from `begin` to the `end` behind it, new. */
static char *read_part(const char *path, const char *begin, const char *end) {
    char *text = files_read(path, NULL);
    cr_assert(text != NULL, "%s", path);
    const char *from = strstr(text, begin);
    cr_assert(from != NULL, "%s: %s", path, begin);
    const char *to = strstr(from, end);
    cr_assert(to != NULL, "%s: %s", path, end);
    char *part = strndup(from, (size_t)(to - from));
    free(text);
    return part;
}

/* Every type that families can have is in the part, with this before and behind it. */
static void expect_types(const char *part, const char *before, const char *behind) {
    for (size_t i = 0; i < KIND_COUNT; i++) {
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, "%s%s%s", before, catalog_kind_rows[i].type, behind);
        cr_expect(catalog_kind_rows[i].is_machine || strstr(part, wanted) != NULL, "%s", wanted);
    }
}

Test(kind_pages, the_schema_has_each_type) {
    char *choice =
        read_part("../packaging/catalogs/catalog.schema.json", "\"type\": {\n      \"enum\"", "]");
    expect_types(choice, "\"", "\"");
    free(choice);
}

Test(kind_pages, the_manual_has_each_type_with_its_sample) {
    char *types = read_part("../packaging/man/statgate-catalog.5", ".It Sy type", ".El");
    expect_types(types, ".It Li ", " Ta");
    free(types);
}

Test(kind_pages, the_manual_says_whose_the_values_of_each_type_are) {
    char *owners = read_part("../packaging/man/statgate-catalog.5", ".It Sy declared", ".El");
    for (char *at = owners; *at; at++)
        if (*at == ',')
            *at = ' ';
    expect_types(owners, " ", " ");
    free(owners);
}

/* Whether a row of the table, "| `h` `d` | histogram, summary | ... |", is of the letter; the rows
 * below it that name none are of the same. */
static bool is_of(const char *row, enum sg_letter letter, bool *of_last) {
    if (strncmp(row, "| |", 3) == 0)
        return *of_last;
    char code[8];
    (void)snprintf(code, sizeof code, "`%s`", sg_letter_text(letter));
    const char *cell_end = strchr(row + 1, '|');
    const char *found = strstr(row, code);
    *of_last = found != NULL && found < cell_end;
    return *of_last;
}

/* The row's second cell begins with the type, or has it behind another one. */
static bool has_type(const char *row, const char *type) {
    const char *cell = strchr(row + 1, '|') + 1;
    const char *end = strchr(cell, '|');
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, " %s", type);
    for (const char *at = cell; (at = strstr(at, wanted)) != NULL && at < end; at++)
        if (strchr(" ,", at[strlen(wanted)]) != NULL)
            return true;
    return false;
}

static bool table_has(const char *table, enum sg_letter letter, const char *type) {
    bool of_last = false;
    for (const char *row = table; row != NULL; row = strchr(row, '\n')) {
        row += *row == '\n';
        if (is_of(row, letter, &of_last) && has_type(row, type))
            return true;
    }
    return false;
}

Test(kind_pages, the_table_of_letters_has_each_kind) {
    char *table =
        read_part("../proto/PROTOCOL.md", "| letter | taken by | meaning |", "\n\nAny other pair");
    for (size_t i = 0; i < KIND_COUNT; i++)
        for (int letter = 0; letter < SG_LETTER_COUNT; letter++)
            if (catalog_kind_rows[i].letters >> letter & 1u)
                cr_expect(table_has(table, (enum sg_letter)letter, catalog_kind_rows[i].type),
                          "%s of %s", sg_letter_text((enum sg_letter)letter),
                          catalog_kind_rows[i].type);
    free(table);
}
