/* SPDX-License-Identifier: MIT */
/* traffic.c - what was seen of lines, name by name. */
#include "statgate/learn/learn_private.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

/* ---- the sketch: two rows of counts, of which the smaller one is a name's ---- */

enum { SKETCH_ROWS = 2, SKETCH_CELLS = 1 << 20 };

static uint64_t sketch_count(struct traffic *traffic, struct sg_span name) {
    uint8_t least = UINT8_MAX;
    for (uint64_t row = 0; row < SKETCH_ROWS; row++) {
        const uint64_t cell = hash_bytes(name.at, name.len, row + 1) % SKETCH_CELLS;
        uint8_t *count = &traffic->sketch[row * SKETCH_CELLS + cell];
        *count = (uint8_t)(*count + (*count < UINT8_MAX));
        least = *count < least ? *count : least;
    }
    return least;
}

/* ---- names ---- */

static int by_name(const void *a, const void *b) {
    const struct traffic_name *left = a;
    const struct traffic_name *right = b;
    return strcmp(left->name, right->name);
}

struct traffic_name *traffic_name_new(const char *name) {
    struct traffic_name *made = memory_alloc(sizeof *made);
    made->name = memory_strndup(name, strlen(name));
    made->whole = true;
    return made;
}

void traffic_name_free(struct traffic_name *name) {
    for (size_t i = 0; i < name->label_count; i++) {
        for (size_t j = 0; j < name->labels[i].count; j++)
            free(name->labels[i].values[j].text);
        free(name->labels[i].values);
        free(name->labels[i].key);
    }
    for (size_t i = 0; i < name->word_count; i++)
        free(name->words[i].text);
    free(name->name);
    free(name);
}

/* The name that was seen least, of several the one that was seen longest ago. */
static size_t find_victim(const struct traffic *traffic) {
    size_t victim = 0;
    for (size_t i = 1; i < traffic->count; i++) {
        const struct traffic_name *name = traffic->names[i];
        const struct traffic_name *least = traffic->names[victim];
        if (name->estimate < least->estimate ||
            (name->estimate == least->estimate && name->last < least->last))
            victim = i;
    }
    return victim;
}

static struct traffic_name *find_or_add(struct traffic *traffic, struct sg_span text) {
    char copy[SG_NAME_MAX + 1];
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    const uint64_t estimate = sketch_count(traffic, text);
    const struct traffic_name key = {.name = copy};
    void *found = tfind(&key, &traffic->tree, by_name);
    if (found != NULL) {
        struct traffic_name *name = *(struct traffic_name **)found;
        name->estimate++;
        return name;
    }
    size_t place = traffic->count;
    if (place == TRAFFIC_NAMES_MAX) {
        place = find_victim(traffic);
        if (traffic->names[place]->estimate > estimate)
            return NULL;
        (void)tdelete(traffic->names[place], &traffic->tree, by_name);
        traffic_name_free(traffic->names[place]);
        traffic->dropped++;
    } else {
        traffic->count++;
    }
    struct traffic_name *name = traffic_name_new(copy);
    name->estimate = estimate;
    traffic->names[place] = name;
    if (tsearch(name, &traffic->tree, by_name) == NULL)
        memory_end(sizeof(void *));
    return name;
}

/* ---- labels ---- */

static struct traffic_value *find_value(struct traffic_value *values, size_t count,
                                        const char *text, size_t len) {
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].text) == len && memcmp(values[i].text, text, len) == 0)
            return &values[i];
    return NULL;
}

static struct traffic_label *find_label(struct traffic_name *name, const char *key, size_t len) {
    for (size_t i = 0; i < name->label_count; i++)
        if (strlen(name->labels[i].key) == len && memcmp(name->labels[i].key, key, len) == 0)
            return &name->labels[i];
    if (name->label_count == TRAFFIC_LABELS_MAX)
        return NULL;
    struct traffic_label *label = &name->labels[name->label_count++];
    label->key = memory_strndup(key, len);
    return label;
}

void traffic_count_label(struct traffic_name *name, const char *key, size_t key_len,
                         const char *value, size_t value_len, uint64_t lines, bool late) {
    struct traffic_label *label = find_label(name, key, key_len);
    if (label == NULL || value_len == 0)
        return; /* an empty value means no label */
    label->lines += lines;
    struct traffic_value *known = find_value(label->values, label->count, value, value_len);
    if (known != NULL) {
        known->lines += lines;
        return;
    }
    label->late += late ? lines : 0;
    if (label->count == TRAFFIC_VALUES_MAX) {
        label->further += lines;
        return;
    }
    if (label->count == label->room) {
        label->room = label->room == 0 ? 4 : 2 * label->room;
        label->values = memory_resize(label->values, label->room, sizeof *label->values);
    }
    label->values[label->count++] = (struct traffic_value){memory_strndup(value, value_len), lines};
}

static void count_word(struct traffic_value *words, size_t *count, struct sg_span word) {
    struct traffic_value *known = find_value(words, *count, word.at, word.len);
    if (known != NULL)
        known->lines++;
    else if (*count < TRAFFIC_WORDS_MAX && word.len > 0)
        words[(*count)++] = (struct traffic_value){memory_strndup(word.at, word.len), 1};
}

/* ---- numbers ---- */

static uint64_t next_random(struct traffic *traffic) {
    uint64_t x = traffic->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return traffic->random = x;
}

static void add_number(struct traffic_name *name, double number, uint64_t at) {
    name->least = name->number_count == 0 || number < name->least ? number : name->least;
    name->most = name->number_count == 0 || number > name->most ? number : name->most;
    name->whole = name->whole && number == floor(number);
    if (at < TRAFFIC_NUMBERS_MAX)
        name->numbers[at] = number;
    name->number_count++;
}

static void add_process(struct traffic_name *name, int64_t pid, double number) {
    size_t i = 0;
    while (i < name->pid_count && i < TRAFFIC_PIDS_MAX && name->pids[i] != pid)
        i++;
    if (pid <= 0 || i == TRAFFIC_PIDS_MAX) {
        name->pid_count = pid > 0 ? TRAFFIC_PIDS_MAX + 1 : name->pid_count;
        return;
    }
    if (i == name->pid_count) {
        name->pid_count++;
    } else {
        name->falls = name->falls || number < name->before[i];
        name->rises = name->rises || number > name->before[i];
    }
    name->pids[i] = pid;
    name->before[i] = number;
}

static void add_values(struct traffic *traffic, struct traffic_name *name,
                       const struct sg_line *line, int64_t pid) {
    struct sg_values values;
    struct sg_span word;
    enum sg_reject reason;
    double number;
    sg_values_init(&values, line);
    if (line->letter >= SG_LETTER_S) {
        while (sg_words_next(&values, &word))
            count_word(name->words, &name->word_count, word);
        return;
    }
    while (sg_values_next(&values, &number, &reason, NULL)) {
        if (reason != SG_REJECT_NONE)
            continue;
        const uint64_t count = name->number_count;
        add_number(name, number,
                   count < TRAFFIC_NUMBERS_MAX ? count : next_random(traffic) % (count + 1));
        add_process(name, pid, number);
    }
}

/* ---- lines ---- */

void traffic_init(struct traffic *traffic) {
    *traffic = (struct traffic){.random = 0x9e3779b97f4a7c15};
    traffic->sketch = memory_array(SKETCH_ROWS, SKETCH_CELLS);
}

static void no_action(void *name) {
    (void)name;
}

void traffic_done(struct traffic *traffic) {
    tdestroy(traffic->tree, no_action);
    for (size_t i = 0; i < traffic->count; i++)
        traffic_name_free(traffic->names[i]);
    for (size_t i = 0; i < traffic->service_count; i++)
        free(traffic->services[i].text);
    free(traffic->sketch);
}

/* Whether a line counts, by its label `service`. */
static bool is_of_service(const struct traffic *traffic, struct sg_span sent, bool must_name) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, sent);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE)
        if (sg_span_is(tag.key, "service") && tag.value.at != NULL)
            return traffic->service == NULL ? !must_name : sg_span_is(tag.value, traffic->service);
    return !must_name;
}

bool traffic_add(struct traffic *traffic, struct sg_span text, int64_t pid, bool must_name) {
    struct sg_line line;
    struct sg_fault fault;
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    const bool readable =
        sg_line_parse(text, &line, &fault) == SG_REJECT_NONE && line.kind == SG_LINE_METRIC;
    if (readable ? !is_of_service(traffic, line.tags, must_name) : must_name)
        return false;
    traffic->lines++;
    traffic->unreadable += readable ? 0 : 1;
    struct traffic_name *name = readable ? find_or_add(traffic, line.name) : NULL;
    if (name == NULL)
        return true;
    name->lines++;
    name->last = traffic->lines;
    name->letters[line.letter]++;
    sg_tags_init(&tags, line.tags);
    while (sg_tags_next(&tags, &tag, &reason) && reason == SG_REJECT_NONE) {
        if (sg_span_is(tag.key, "service"))
            count_word(traffic->services, &traffic->service_count, tag.value);
        else
            traffic_count_label(name, tag.key.at, tag.key.len, tag.value.at, tag.value.len, 1,
                                name->lines > 32);
    }
    add_values(traffic, name, &line, pid);
    return true;
}

void traffic_merge(struct traffic_name *into, const struct traffic_name *from) {
    into->lines += from->lines;
    into->estimate += from->estimate;
    for (size_t i = 0; i < SG_LETTER_COUNT; i++)
        into->letters[i] += from->letters[i];
    for (size_t i = 0; i < from->label_count; i++) {
        const struct traffic_label *label = &from->labels[i];
        for (size_t j = 0; j < label->count; j++)
            traffic_count_label(into, label->key, strlen(label->key), label->values[j].text,
                                strlen(label->values[j].text), label->values[j].lines, false);
        struct traffic_label *merged = find_label(into, label->key, strlen(label->key));
        if (merged != NULL) {
            merged->lines += label->further;
            merged->further += label->further;
            merged->late += label->late;
        }
    }
    for (size_t i = 0; i < from->word_count; i++)
        count_word(into->words, &into->word_count,
                   (struct sg_span){from->words[i].text, strlen(from->words[i].text)});
    const uint64_t count =
        from->number_count < TRAFFIC_NUMBERS_MAX ? from->number_count : TRAFFIC_NUMBERS_MAX;
    for (uint64_t i = 0; i < count; i++)
        add_number(into, from->numbers[i], into->number_count);
    if (from->number_count > 0) { /* of all, not of those that were kept */
        into->least = fmin(into->least, from->least);
        into->most = fmax(into->most, from->most);
    }
    into->falls = into->falls || from->falls;
    into->rises = into->rises || from->rises;
    into->pid_count = from->pid_count > into->pid_count ? from->pid_count : into->pid_count;
}
