/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct entry {
    double value;
    uint32_t len;
    char key[];
};

struct slot {
    uint64_t hash;
    struct entry *entry;
};

struct bare {
    struct slot *slots;
    size_t mask;
};

struct bare *bare_new(size_t keys) {
    struct bare *bare = malloc(sizeof *bare);
    size_t capacity = 1024;
    while (capacity < keys * 2)
        capacity *= 2;
    bare->slots = calloc(capacity, sizeof *bare->slots);
    bare->mask = capacity - 1;
    return bare;
}

void bare_free(struct bare *bare) {
    for (size_t i = 0; i <= bare->mask; i++)
        free(bare->slots[i].entry);
    free(bare->slots);
    free(bare);
}

static struct entry *make(struct slot *slot, uint64_t hash, const char *name, size_t name_len,
                          const char *tags, size_t tags_len) {
    struct entry *entry = malloc(sizeof *entry + name_len + tags_len);
    entry->value = 0;
    entry->len = (uint32_t)(name_len + tags_len);
    memcpy(entry->key, name, name_len);
    if (tags_len > 0)
        memcpy(entry->key + name_len, tags, tags_len);
    slot->hash = hash;
    slot->entry = entry;
    return entry;
}

static double number(const char *at, const char *end) {
    double value = 0;
    double scale = 0;
    for (; at < end; at++) {
        if (*at == '.') {
            scale = 1;
            continue;
        }
        value = value * 10 + (*at - '0');
        scale *= 10;
    }
    return scale > 1 ? value / scale : value;
}

static void line(struct bare *bare, const char *at, const char *end) {
    const char *name_end = memchr(at, ':', (size_t)(end - at));
    if (!name_end)
        return;
    const char *value = name_end + 1;
    const char *value_end = memchr(value, '|', (size_t)(end - value));
    if (!value_end)
        return;
    const char *tags = memchr(value_end, '#', (size_t)(end - value_end));
    const size_t tags_len = tags ? (size_t)(end - tags) : 0;
    const size_t name_len = (size_t)(name_end - at);
    uint64_t hash = hash_bytes(at, name_len, 1);
    if (tags)
        hash = hash_bytes(tags, tags_len, hash);
    size_t i = hash & bare->mask;
    struct entry *entry;
    for (;; i = (i + 1) & bare->mask) {
        entry = bare->slots[i].entry;
        if (!entry) {
            entry = make(&bare->slots[i], hash, at, name_len, tags, tags_len);
            break;
        }
        if (bare->slots[i].hash == hash && entry->len == name_len + tags_len &&
            memcmp(entry->key, at, name_len) == 0 &&
            (tags_len == 0 || memcmp(entry->key + name_len, tags, tags_len) == 0))
            break;
    }
    entry->value += number(value, value_end);
}

void bare_datagram(struct bare *bare, const char *data, size_t len) {
    const char *end = data + len;
    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        line(bare, data, newline ? newline : end);
        data = newline ? newline + 1 : end;
    }
}

double bare_sum(const struct bare *bare) {
    double sum = 0;
    for (size_t i = 0; i <= bare->mask; i++)
        sum += bare->slots[i].entry ? bare->slots[i].entry->value : 0;
    return sum;
}
