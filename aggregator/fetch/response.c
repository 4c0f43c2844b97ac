#include "fetch/response.h"

#include <stdio.h>
#include <strings.h>

enum response_part {
    PART_STATUS,
    PART_HEADERS,
    PART_LENGTH,     /* `left` bytes of the body */
    PART_TO_THE_END, /* the body ends with the connection */
    PART_CHUNK_SIZE,
    PART_CHUNK,
    PART_CHUNK_END,
    PART_TRAILERS,
    PART_WHOLE,
    PART_BAD
};

void fetch_response_init(struct fetch_response *response) {
    *response = (struct fetch_response){.part = PART_STATUS};
}

/* ---- numbers ---- */

/* Read digits of this base and nothing else; at most 15, so that no sum overflows. */
static bool read_number(const char *text, size_t len, int base, uint64_t *ret_number) {
    uint64_t number = 0;
    if (len == 0 || len > 15)
        return false;
    for (size_t i = 0; i < len; i++) {
        const char c = (char)(text[i] | 0x20);
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (base != 16 || c < 'a' || c > 'f'))
            return false;
        number = number * (uint64_t)base + (uint64_t)(digit ? text[i] - '0' : c - 'a' + 10);
    }
    *ret_number = number;
    return true;
}

/* ---- lines of the head ---- */

/* Read "HTTP/1.1 200 OK". */
static bool read_status(struct fetch_response *response, const char *line, size_t len) {
    uint64_t status;
    if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' ||
        line[8] != ' ' || !read_number(line + 9, 3, 10, &status) || status < 100 ||
        (len > 12 && line[12] != ' '))
        return false;
    response->status = (unsigned)status;
    return true;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static void keep_word(char out[FETCH_WORD_MAX], const char *text, size_t len) {
    (void)snprintf(out, FETCH_WORD_MAX, "%.*s", (int)(len < FETCH_WORD_MAX ? len : FETCH_WORD_MAX),
                   text);
}

static bool name_is(const char *name, size_t len, const char *wanted) {
    return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

static bool read_header(struct fetch_response *response, const char *line, size_t len) {
    const char *colon = memchr(line, ':', len);
    if (colon == NULL || colon == line || is_blank(line[0]) || is_blank(colon[-1]))
        return false;
    const size_t name_len = (size_t)(colon - line);
    const char *value = colon + 1;
    const char *end = line + len;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    const size_t value_len = (size_t)(end - value);
    if (name_is(line, name_len, "content-length")) {
        if (response->has_length || !read_number(value, value_len, 10, &response->left))
            return false;
        response->has_length = true;
    } else if (name_is(line, name_len, "transfer-encoding")) {
        if (response->chunked || !name_is(value, value_len, "chunked"))
            return false;
        response->chunked = true;
    } else if (name_is(line, name_len, "content-type")) {
        keep_word(response->content_type, value, value_len);
    } else if (name_is(line, name_len, "date")) {
        keep_word(response->date, value, value_len);
    }
    return true;
}

/* Find which part follows the head. */
static enum response_part begin_body(struct fetch_response *response) {
    if (response->status < 200) { /* interim response: another head follows */
        const size_t bytes = response->head_bytes;
        fetch_response_init(response);
        response->head_bytes = bytes;
        return PART_STATUS;
    }
    response->head_read = true;
    if (response->chunked && response->has_length)
        return PART_BAD;
    if (response->status == 204 || response->status == 304)
        return PART_WHOLE;
    if (response->chunked)
        return PART_CHUNK_SIZE;
    if (!response->has_length)
        return PART_TO_THE_END;
    return response->left > 0 ? PART_LENGTH : PART_WHOLE;
}

/* Read a chunk's size; extensions are ignored. */
static enum response_part begin_chunk(struct fetch_response *response, const char *line,
                                      size_t len) {
    const char *end = memchr(line, ';', len);
    size_t digits = end != NULL ? (size_t)(end - line) : len;
    while (digits > 0 && is_blank(line[digits - 1]))
        digits--;
    if (!read_number(line, digits, 16, &response->left))
        return PART_BAD;
    return response->left > 0 ? PART_CHUNK : PART_TRAILERS;
}

static enum response_part take_line(struct fetch_response *response, const char *line, size_t len) {
    switch ((enum response_part)response->part) {
    case PART_STATUS:
        return read_status(response, line, len) ? PART_HEADERS : PART_BAD;
    case PART_HEADERS:
        if (len == 0)
            return begin_body(response);
        return read_header(response, line, len) ? PART_HEADERS : PART_BAD;
    case PART_CHUNK_SIZE:
        return begin_chunk(response, line, len);
    case PART_CHUNK_END:
        return len == 0 ? PART_CHUNK_SIZE : PART_BAD;
    case PART_TRAILERS:
        return len == 0 ? PART_WHOLE : PART_TRAILERS;
    case PART_LENGTH:
    case PART_TO_THE_END:
    case PART_CHUNK:
    case PART_WHOLE:
    case PART_BAD:
        break;
    }
    return PART_BAD;
}

/* ---- bytes ---- */

static bool counts_as_head(const struct fetch_response *response) {
    return !response->head_read || response->part == PART_TRAILERS;
}

/* Gather bytes up to the end of a line, or all of them; returns how many. */
static size_t gather(struct fetch_response *response, const char *bytes, size_t len) {
    const char *end = memchr(bytes, '\n', len);
    const size_t used = end != NULL ? (size_t)(end - bytes) + 1 : len;
    if (counts_as_head(response))
        response->head_bytes += used;
    if (response->line_len + used > FETCH_LINE_MAX || response->head_bytes > FETCH_HEAD_MAX) {
        response->part = PART_BAD;
        return used;
    }
    memcpy(response->line + response->line_len, bytes, used);
    response->line_len += used;
    if (end == NULL)
        return used;
    size_t line_len = response->line_len - 1;
    if (line_len > 0 && response->line[line_len - 1] == '\r')
        line_len--;
    response->line_len = 0;
    response->part = (int)take_line(response, response->line, line_len);
    return used;
}

/* Pass on the bytes that belong to the body; returns how many. */
static size_t pass(struct fetch_response *response, const char *bytes, size_t len,
                   struct strbuf *body) {
    const size_t used = len < response->left ? len : (size_t)response->left;
    strbuf_put(body, bytes, used);
    response->left -= used;
    if (response->left == 0)
        response->part = response->part == PART_CHUNK ? PART_CHUNK_END : PART_WHOLE;
    return used;
}

static enum fetch_progress progress_of(const struct fetch_response *response) {
    if (response->part == PART_BAD)
        return FETCH_BAD;
    return response->part == PART_WHOLE ? FETCH_WHOLE : FETCH_MORE;
}

enum fetch_progress fetch_response_take(struct fetch_response *response, const char *bytes,
                                        size_t len, struct strbuf *body) {
    while (len > 0 && progress_of(response) == FETCH_MORE) {
        size_t used = len;
        if (response->part == PART_TO_THE_END)
            strbuf_put(body, bytes, len);
        else if (response->part == PART_LENGTH || response->part == PART_CHUNK)
            used = pass(response, bytes, len, body);
        else
            used = gather(response, bytes, len);
        bytes += used;
        len -= used;
    }
    return progress_of(response);
}

enum fetch_progress fetch_response_end(struct fetch_response *response) {
    if (response->part == PART_TO_THE_END)
        response->part = PART_WHOLE;
    return response->part == PART_WHOLE ? FETCH_WHOLE : FETCH_BAD;
}
