#include "view/page_token.h"

#include "base/num.h"

const char page_token_refusal[] = "after: not a next of this list";

/* More than the texts of any series take. */
enum { PAGE_TOKEN_BYTES_MAX = 1 << 20 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void page_token_begin(struct page_token_writer *writer, const struct memory *memory,
                      enum page_token_list list) {
    strbuf_init_in(&writer->raw, memory);
    strbuf_putc(&writer->raw, (char)list);
}

void page_token_add(struct page_token_writer *writer, const char *text, size_t len) {
    strbuf_putc(&writer->raw, (char)(len >> 8 & 0xff));
    strbuf_putc(&writer->raw, (char)(len & 0xff));
    strbuf_put(&writer->raw, text, len);
}

void page_token_add_number(struct page_token_writer *writer, uint64_t number) {
    char digits[NUM_TEXT_MAX];
    page_token_add(writer, digits, num_put_u64(digits, number));
}

void page_token_add_family(struct page_token_writer *writer, const struct catalog_family *family) {
    const char *service = family->catalog->service;
    page_token_add(writer, service, strlen(service));
    page_token_add(writer, family->name, strlen(family->name));
}

void page_token_end(struct page_token_writer *writer, struct strbuf *out) {
    const unsigned char *bytes = (const unsigned char *)writer->raw.data;
    const size_t len = writer->raw.len;
    for (size_t i = 0; i < len; i += 3) {
        const size_t here = len - i < 3 ? len - i : 3;
        uint32_t word = 0;
        for (size_t j = 0; j < 3; j++)
            word = word << 8 | (j < here ? bytes[i + j] : 0);
        for (size_t j = 0; j <= here; j++)
            strbuf_putc(out, alphabet[word >> (18 - 6 * j) & 63]);
    }
    if (writer->raw.failed)
        out->failed = true;
    strbuf_done(&writer->raw);
}

static int sextet(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

/* Strict: no padding, and no unused bits set, so that the same texts always have the same token. */
static bool decode(const char *text, size_t len, struct strbuf *out) {
    if (len % 4 == 1)
        return false;
    uint32_t word = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        const int value = sextet(text[i]);
        if (value < 0)
            return false;
        word = (word << 6 | (uint32_t)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            strbuf_putc(out, (char)(word >> bits & 0xff));
        }
    }
    return (word & ((1u << bits) - 1)) == 0 && !out->failed;
}

bool page_token_open(struct page_token_reader *reader, const struct memory *memory,
                     const char *after, enum page_token_list list) {
    strbuf_init_in(&reader->raw, memory);
    reader->at = 1;
    const size_t len = strnlen(after, PAGE_TOKEN_BYTES_MAX + 1);
    return len <= PAGE_TOKEN_BYTES_MAX && decode(after, len, &reader->raw) && reader->raw.len > 0 &&
           reader->raw.data[0] == (char)list;
}

bool page_token_next(struct page_token_reader *reader, const char **ret_text, size_t *ret_len) {
    const size_t rest = reader->raw.len - reader->at;
    if (rest < 2)
        return false;
    const unsigned char *at = (const unsigned char *)reader->raw.data + reader->at;
    const size_t len = (size_t)at[0] << 8 | at[1];
    if (rest - 2 < len)
        return false;
    *ret_text = reader->raw.data + reader->at + 2;
    *ret_len = len;
    reader->at += 2 + len;
    return true;
}

bool page_token_next_number(struct page_token_reader *reader, uint64_t max, uint64_t *ret_number) {
    const char *text;
    size_t len;
    uint64_t number = 0;
    if (!page_token_next(reader, &text, &len) || len == 0 || (len > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        const unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    if (number > max)
        return false;
    *ret_number = number;
    return true;
}

const struct catalog_family *page_token_next_family(struct page_token_reader *reader,
                                                    const struct catalog_set *set) {
    const char *text;
    size_t len;
    if (!page_token_next(reader, &text, &len))
        return NULL;
    const struct catalog *service = catalog_set_find(set, text, len);
    if (service == NULL || !page_token_next(reader, &text, &len))
        return NULL;
    return catalog_family_find(service, text, len);
}

bool page_token_is_read(const struct page_token_reader *reader) {
    return reader->at == reader->raw.len;
}

void page_token_done(struct page_token_reader *reader) {
    strbuf_done(&reader->raw);
}
