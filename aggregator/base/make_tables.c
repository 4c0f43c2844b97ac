/* SPDX-License-Identifier: MIT */
/*
 * make_tables.c - writes two tables of this folder while statgate is built.
 *
 *   make_tables num_pow10      10^k for each k that the exponent of a double leads to, scaled by a
 *                              power of two to exactly 128 bits, rounded up (num.c multiplies with
 *                              them; Adams, "Ryū revisited", 2019)
 *   make_tables columns_table  characters that do not take exactly one column of a terminal, by the
 *                              C library's wcwidth(3) and the list of what must not be shown
 */
#include <inttypes.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* ---- num_pow10 ---- */

enum { LIMBS = 52, POW10_MIN = -292, POW10_MAX = 324 };

/* A whole number below 2^1664, the least limb first. */
struct big {
    uint32_t limbs[LIMBS];
    bool inexact; /* it is less than what it stands for */
};

static void multiply(struct big *big, uint32_t factor) {
    uint64_t carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)big->limbs[i] * factor;
        big->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void divide(struct big *big, uint32_t divisor) {
    uint64_t rest = 0;
    for (size_t i = LIMBS; i-- > 0;) {
        rest = rest << 32 | big->limbs[i];
        big->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    big->inexact = big->inexact || rest != 0;
}

static void put_pow10(int exponent) {
    struct big big = {.inexact = false};
    big.limbs[exponent < 0 ? LIMBS - 2 : 0] = 1;
    for (int i = 0; i < exponent; i++)
        multiply(&big, 10);
    for (int i = 0; i > exponent; i--)
        divide(&big, 10);
    while (big.limbs[LIMBS - 1] >> 31 == 0)
        multiply(&big, 2);
    for (size_t i = 0; i < LIMBS - 4; i++)
        big.inexact = big.inexact || big.limbs[i] != 0;
    const uint32_t *top = &big.limbs[LIMBS - 4];
    const uint64_t low = (uint64_t)top[1] << 32 | top[0];
    const uint64_t high = (uint64_t)top[3] << 32 | top[2];
    const uint64_t up = big.inexact ? 1 : 0; /* never carries over all 128 bits */
    printf("    {0x%016" PRIx64 "u, 0x%016" PRIx64 "u}, /* %d */\n",
           high + (low + up < low ? 1 : 0), low + up, exponent);
}

static bool write_num_pow10(void) {
    puts("#include \"base/num.h\"\n\n"
         "const struct num_pow10 num_pow10[NUM_POW10_MAX - NUM_POW10_MIN + 1] = {");
    for (int exponent = POW10_MIN; exponent <= POW10_MAX; exponent++)
        put_pow10(exponent);
    puts("};");
    return true;
}

/* ---- columns table ---- */

enum { FIRST = 0xa0, LAST = 0x10ffff };

/* Categories Cf, Co, Cs, Zl and Zp of Unicode: directions, ends of lines, private characters. */
static const uint32_t hidden[][2] = {{0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
                                     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
                                     {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},
                                     {0x2028, 0x202e},   {0x2060, 0x206f},   {0xd800, 0xf8ff},
                                     {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
                                     {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
                                     {0x1d173, 0x1d17a}, {0xe0001, 0xe007f}, {0xf0000, 0x10fffd}};

/* NULL: one column; "": unassigned, like the character before it, but among the emoji two columns.
 */
static const char *kind_of(uint32_t code) {
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (code >= hidden[i][0] && code <= hidden[i][1])
            return "COLUMNS_HIDDEN";
    const int width = wcwidth((wchar_t)code);
    if (width < 0)
        return code >= 0x1f300 && code <= 0x1faff ? "COLUMNS_TWO" : "";
    return width == 0 ? "COLUMNS_NONE" : width == 2 ? "COLUMNS_TWO" : NULL;
}

static bool write_columns_table(void) {
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        fputs("make_tables: this machine has no locale C.UTF-8, which says how wide characters "
              "are\n",
              stderr);
        return false;
    }
    puts("#include \"base/terminal.h\"\n\nconst struct columns_range columns_table[] = {");
    size_t count = 0;
    const char *kind = NULL;
    uint32_t first = FIRST;
    uint32_t last = FIRST;
    for (uint32_t code = FIRST; code <= LAST + 1; code++) {
        const char *now = code <= LAST ? kind_of(code) : NULL;
        if (now != NULL && *now == '\0')
            continue;
        if (now != kind && (now == NULL || kind == NULL || strcmp(now, kind) != 0)) {
            if (kind != NULL && ++count > 0)
                printf("    {0x%04x, 0x%04x, %s},\n", (unsigned)first, (unsigned)last, kind);
            kind = now;
            first = code;
        }
        last = code;
    }
    printf("};\nconst size_t columns_table_count = %zu;\n", count);
    return true;
}

int main(int argc, char **argv) {
    const char *table = argc == 2 ? argv[1] : "";
    bool ok = false;
    if (strcmp(table, "num_pow10") == 0)
        ok = write_num_pow10();
    else if (strcmp(table, "columns_table") == 0)
        ok = write_columns_table();
    else
        fputs("usage: make_tables num_pow10|columns_table\n", stderr);
    return ok && fflush(stdout) == 0 ? 0 : 1;
}
