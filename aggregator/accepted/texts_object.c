/* One stream of bytes in a table of pieces: for each text a head, its names, and its bytes. */
#include "accepted/texts_object.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 256, TEXTS_MAX = 8192, STREAM_BYTES_MAX = 1 << 30 };

struct text_head {
    uint32_t kind;
    uint32_t name_len; /* without the terminator, like the next */
    uint32_t of_len;
    uint32_t unused;
    uint64_t len;
    int64_t since_ms;
};

static const struct object_field fields[] = {{"bytes", OBJECT_TEXT, 0, PIECE_BYTES}};

static struct object_spec spec_of(uint64_t pieces) {
    return (struct object_spec){.name = "accepted",
                                .family = OBJECT_NONE,
                                .label = OBJECT_NONE,
                                .item_bytes = PIECE_BYTES,
                                .max_items = pieces,
                                .fields = fields,
                                .field_count = sizeof fields / sizeof *fields};
}

/* ---- writing ---- */

static uint64_t count_pieces(const struct accepted *accepted) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < accepted->count; i++)
        bytes += sizeof(struct text_head) + strlen(accepted->items[i].name) +
                 strlen(accepted->items[i].of) + accepted->items[i].len;
    return bytes / PIECE_BYTES + 1;
}

uint64_t texts_object_bytes(const struct accepted *accepted) {
    return object_table_bytes(count_pieces(accepted), PIECE_BYTES);
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t len) {
    memcpy(at, bytes, len);
    return at + len;
}

bool texts_object_write(const struct accepted *accepted, struct object *object,
                        const struct memory *memory) {
    const uint64_t pieces = count_pieces(accepted);
    const struct object_spec spec = spec_of(pieces);
    struct object_table table;
    if (!object_table(object, memory, &spec, &table) || !object_reach(&table, pieces))
        return false;
    unsigned char *at = object_at(&table, 0);
    for (size_t i = 0; i < accepted->count; i++) {
        const struct accepted_text *text = &accepted->items[i];
        const struct text_head head = {.kind = (uint32_t)text->kind,
                                       .name_len = (uint32_t)strlen(text->name),
                                       .of_len = (uint32_t)strlen(text->of),
                                       .len = text->len,
                                       .since_ms = text->since_ms};
        at = put(at, &head, sizeof head);
        at = put(at, text->name, head.name_len);
        at = put(at, text->of, head.of_len);
        at = put(at, text->text, text->len);
    }
    return true;
}

/* ---- reading ---- */

struct text_stream {
    const char *at;
    size_t left;
};

/* Take a piece off the stream, as a terminated copy. NULL: there is not so much, or no memory. */
static const char *take(struct text_stream *stream, struct arena *arena, uint64_t len) {
    if (len > stream->left)
        return NULL;
    const char *copy = arena_strndup(arena, stream->at, (size_t)len);
    stream->at += len;
    stream->left -= (size_t)len;
    return copy;
}

/* Whether a name is one text: the file and variables of a process have no NUL. */
static bool is_name(const char *name, uint32_t len) {
    return name != NULL && strlen(name) == len;
}

/* The next text. False: it makes no sense, or there is no memory. */
static bool next(struct text_stream *stream, struct arena *scratch,
                 struct accepted_text *ret_text) {
    struct text_head head;
    memcpy(&head, stream->at, sizeof head);
    stream->at += sizeof head;
    stream->left -= sizeof head;
    *ret_text = (struct accepted_text){.kind = (enum accepted_kind)head.kind,
                                       .name = take(stream, scratch, head.name_len),
                                       .of = take(stream, scratch, head.of_len),
                                       .text = take(stream, scratch, head.len),
                                       .len = (size_t)head.len,
                                       .since_ms = head.since_ms};
    return ret_text->text != NULL && is_name(ret_text->name, head.name_len) &&
           is_name(ret_text->of, head.of_len);
}

/* A head of zeros ends the stream. */
static bool is_over(const struct text_stream *stream) {
    static const struct text_head none;
    return stream->left < sizeof none || memcmp(stream->at, &none, sizeof none) == 0;
}

/* A kind that only a later version has is skipped. */
static bool read_stream(struct accepted *accepted, struct text_stream stream) {
    bool good = true;
    while (good && !is_over(&stream) && accepted->count < TEXTS_MAX) {
        struct accepted_text text;
        struct arena scratch;
        arena_init(&scratch);
        good = next(&stream, &scratch, &text) &&
               (text.kind >= ACCEPTED_KIND_COUNT || accepted_add(accepted, &text));
        arena_done(&scratch);
    }
    return good;
}

/* The bytes of all pieces, one after the other; the caller frees them. NULL: none, or no memory. */
static char *join(const struct image_table *table, size_t *ret_len) {
    const struct image_field field = image_field(table, "bytes", OBJECT_TEXT);
    if (field.count == 0 || table->items == 0 || table->items > STREAM_BYTES_MAX / field.count)
        return NULL;
    char *bytes = malloc(table->items * field.count);
    for (uint64_t i = 0; bytes != NULL && i < table->items; i++)
        (void)image_text(table, i, field, bytes + i * field.count, field.count);
    *ret_len = table->items * field.count;
    return bytes;
}

bool texts_object_read(struct accepted *ret_accepted, const struct image *image) {
    struct image_table table;
    size_t len = 0;
    *ret_accepted = (struct accepted){0};
    if (!image_find(image, "accepted", OBJECT_NONE, OBJECT_NONE, &table))
        return true;
    char *bytes = join(&table, &len);
    if (bytes == NULL)
        return table.items == 0;
    const bool good = read_stream(ret_accepted, (struct text_stream){bytes, len});
    free(bytes);
    if (!good)
        accepted_done(ret_accepted);
    return true;
}
