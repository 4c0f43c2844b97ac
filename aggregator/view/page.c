#include "view/page.h"

#include "base/num.h"

const char page_bad_after[] = "after: not a next of this list";

/* No token is longer than a series' texts can make it. */
enum { TOKEN_BYTES_MAX = 1 << 20 };

/* ---- filters ---- */

/* The name as some catalog has it, or NULL. */
static const char *declared_name(const struct catalog_set *set, const struct catalog *service,
                                 page_family_fn shows, const char *name) {
    for (size_t i = 0; i < set->count; i++) {
        if (service != NULL && set->catalogs[i] != service)
            continue;
        const struct catalog_family *family =
            catalog_family_find(set->catalogs[i], name, strlen(name));
        if (family != NULL && (!shows || shows(family)))
            return family->name;
    }
    return NULL;
}

bool page_check(const struct view_source *source, const struct json_query *query,
                page_family_fn shows, struct page *ret_page, const char **ret_error) {
    struct page page = {.limit = query->limit > 0 ? query->limit : PAGE_LIMIT_DEFAULT};
    if (page.limit > PAGE_LIMIT_MAX) {
        *ret_error = "limit: at most 100000";
        return false;
    }
    if (query->service != NULL) {
        page.service = catalog_set_find(source->set, query->service, strlen(query->service));
        if (page.service == NULL) {
            *ret_error = "service: no such service";
            return false;
        }
    }
    if (query->family != NULL) {
        page.family = declared_name(source->set, page.service, shows, query->family);
        if (page.family == NULL) {
            *ret_error = "family: no such family";
            return false;
        }
    }
    *ret_page = page;
    return true;
}

bool page_shows(const struct page *page, const struct catalog_family *family) {
    return (page->service == NULL || page->service == family->catalog) &&
           (page->family == NULL || strcmp(page->family, family->name) == 0);
}

/* ---- tokens ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void token_begin(struct token_writer *writer, enum token_list list) {
    strbuf_init(&writer->raw);
    strbuf_putc(&writer->raw, (char)list);
}

void token_add(struct token_writer *writer, const char *text, size_t len) {
    strbuf_putc(&writer->raw, (char)(len >> 8 & 0xff));
    strbuf_putc(&writer->raw, (char)(len & 0xff));
    strbuf_put(&writer->raw, text, len);
}

void token_add_number(struct token_writer *writer, uint64_t number) {
    char digits[NUM_TEXT_MAX];
    token_add(writer, digits, num_put_u64(digits, number));
}

void token_add_family(struct token_writer *writer, const struct catalog_family *family) {
    const char *service = family->catalog->service;
    token_add(writer, service, strlen(service));
    token_add(writer, family->name, strlen(family->name));
}

void token_end(struct token_writer *writer, struct strbuf *out) {
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

/* Strict: no padding, and no bits set that stand for nothing, so that one row of texts has one
 * token. */
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

bool token_open(struct token_reader *reader, const char *after, enum token_list list) {
    strbuf_init(&reader->raw);
    reader->at = 1;
    const size_t len = strnlen(after, TOKEN_BYTES_MAX + 1);
    return len <= TOKEN_BYTES_MAX && decode(after, len, &reader->raw) && reader->raw.len > 0 &&
           reader->raw.data[0] == (char)list;
}

bool token_next(struct token_reader *reader, const char **ret_text, size_t *ret_len) {
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

bool token_next_number(struct token_reader *reader, uint64_t max, uint64_t *ret_number) {
    const char *text;
    size_t len;
    uint64_t number = 0;
    if (!token_next(reader, &text, &len) || len == 0 || (len > 1 && text[0] == '0'))
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

const struct catalog_family *token_next_family(struct token_reader *reader,
                                               const struct catalog_set *set) {
    const char *text;
    size_t len;
    if (!token_next(reader, &text, &len))
        return NULL;
    const struct catalog *service = catalog_set_find(set, text, len);
    if (service == NULL || !token_next(reader, &text, &len))
        return NULL;
    return catalog_family_find(service, text, len);
}

bool token_is_read(const struct token_reader *reader) {
    return reader->at == reader->raw.len;
}

void token_done(struct token_reader *reader) {
    strbuf_done(&reader->raw);
}
