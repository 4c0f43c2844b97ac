/* SPDX-License-Identifier: MIT */
#include "drawn.h"

#include <stdio.h>
#include <string.h>

#include "loader/loader.h"
#include "sg_proto.h"

enum { FAMILIES = 3, LINE_MAX = 512, HISTORY = 48 };

static uint64_t state;
static char history[HISTORY][LINE_MAX];

void drawn_begin(uint64_t seed) {
    state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    memset(history, 0, sizeof history);
}

unsigned drawn(unsigned below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 20) % below);
}

bool drawn_often(unsigned percent) {
    return drawn(100) < percent;
}

static const char *one_of(const char *const *words, size_t count) {
    return words[drawn((unsigned)count)];
}
#define ONE_OF(...)                                                                                \
    one_of((const char *const[]){__VA_ARGS__},                                                     \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* ---- catalogs ---- */

static const char *const keys[] = {"x", "y", "z", "service"};
enum { KEYS = 4 };

static void put_label(struct strbuf *out) {
    switch (drawn(6)) {
    case 0:
        strbuf_puts(out, "[\"a\",\"b\"]");
        return;
    case 1:
        strbuf_puts(out, "{\"values\":[\"a\",\"b\"]");
        break;
    case 2:
        strbuf_puts(out, "{\"templates\":[\"/v/{id}\",\"/a\"]");
        break;
    default:
        strbuf_printf(out, "{\"pattern\":\"%s\",\"max\":%u", ONE_OF("[a-f]+", "[a-z]"),
                      1 + drawn(4));
    }
    if (drawn_often(60))
        strbuf_puts(out, ",\"otherwise\":\"o\"");
    if (drawn_often(20))
        strbuf_puts(out, ",\"default\":\"d\"");
    strbuf_puts(out, "}");
}

/* `first` is the text of a label that is always present, or empty. */
static void put_labels(struct strbuf *out, const char *first) {
    bool any = *first != '\0';
    strbuf_printf(out, "\"labels\":{%s", first);
    for (int i = 0; i < KEYS; i++) {
        if (!drawn_often(i < KEYS - 1 ? 60 : 15))
            continue;
        strbuf_printf(out, "%s\"%s\":", any ? "," : "", keys[i]);
        put_label(out);
        any = true;
    }
    strbuf_puts(out, "}");
}

static void put_gauge(struct strbuf *out) {
    strbuf_puts(out, ",\"type\":\"gauge\"");
    if (drawn_often(40))
        strbuf_puts(out, ",\"absent\":0");
    if (drawn_often(25))
        strbuf_printf(out, ",\"merge\":\"%s\"", ONE_OF("sum", "max"));
    else if (drawn_often(30))
        strbuf_printf(out, ",\"ttl_s\":%u", 1 + drawn(3));
}

static const struct {
    const char *end; /* of the name */
    const char *text;
} types[] = {
    {"_total", ",\"type\":\"counter\""},
    {"_total", ",\"type\":\"counter\",\"reading\":\"absolute\""},
    {"", ",\"type\":\"histogram\",\"buckets\":[1,2]"},
    {"", ",\"type\":\"updowncounter\""},
    {"", ",\"type\":\"updowncounter\",\"owner\":\"process\""},
    {"_info", ",\"type\":\"info\""},
    {"", ",\"type\":\"summary\",\"quantiles\":[0.5]"},
    {"", ",\"type\":\"summary\",\"quantiles\":[0.5],\"reading\":\"absolute\""},
    {"", ",\"type\":\"stateset\""},
};
enum { STATESET = 8, GAUGE = 9 };

static void put_family(struct strbuf *out, unsigned number) {
    char name[16];
    char item[48] = "";
    const unsigned type = drawn_often(45) ? GAUGE : drawn(STATESET + 1);
    (void)snprintf(name, sizeof name, "f%u%s", number, type == GAUGE ? "" : types[type].end);
    if (type == STATESET)
        (void)snprintf(item, sizeof item, "\"%s\":[\"on\",\"off\"]", name);
    strbuf_printf(out, "%s\"%s\":{\"help\":\"\",", number > 0 ? "," : "", name);
    put_labels(out, item);
    if (type == GAUGE)
        put_gauge(out);
    else
        strbuf_puts(out, types[type].text);
    if (drawn_often(50))
        strbuf_printf(out, ",\"max_series\":%u", 1 + drawn(12));
    if (drawn_often(20))
        strbuf_printf(out, ",\"aliases\":[\"n.%u\"]", number);
    strbuf_puts(out, "}");
}

static void put_machines(struct strbuf *out) {
    if (drawn_often(40)) {
        strbuf_puts(out, ",\"attempts\":{\"at\":{");
        put_labels(out, "");
        strbuf_puts(out, ",\"success\":[\"ok\"],\"failure\":[\"bad\"]}}");
    }
    if (drawn_often(40)) {
        strbuf_puts(out, ",\"jobs\":{\"jo\":{");
        put_labels(out, "");
        strbuf_puts(out, ",\"max_live\":3,\"buckets\":[1]}}");
    }
}

static bool loads(const struct strbuf *text) {
    struct error error;
    struct catalog_set set;
    struct catalog *catalog = loader_text("drawn.json", text->data, text->len, false, &error);
    catalog_set_init(&set);
    if (catalog != NULL)
        catalog_set_add(&set, catalog);
    catalog_set_done(&set);
    return catalog != NULL;
}

void drawn_catalog(const char *service, struct strbuf *out) {
    do {
        strbuf_clear(out);
        strbuf_printf(out, "{\"statgate\":1,\"service\":\"%s\"", service);
        if (drawn_often(30))
            strbuf_puts(out, ",\"senders\":{\"uid\":[1]}");
        if (drawn_often(30))
            strbuf_puts(out, ",\"ignore_labels\":[\"w\"]");
        strbuf_puts(out, ",\"families\":{");
        for (unsigned i = 0; i < FAMILIES; i++)
            put_family(out, i);
        strbuf_puts(out, "}");
        put_machines(out);
        strbuf_puts(out, "}");
    } while (!loads(out));
}

/* ---- lines ---- */

static void put_value(struct strbuf *out) {
    if (drawn_often(8))
        strbuf_puts(out, ONE_OF("", "on", "off", "a:b", "Z", "0.5", "a,x:b", "d", ",", "/v/1", "/a",
                                "/v/22"));
    else if (drawn_often(25))
        strbuf_printf(out, "%c%c", 'a' + (int)drawn(6), 'a' + (int)drawn(6));
    else
        strbuf_printf(out, "%c", 'a' + (int)drawn(9));
}

static void put_key(struct strbuf *out, const char *key) {
    if (out->data[out->len - 1] != '#')
        strbuf_puts(out, drawn_often(1) ? ",," : ",");
    strbuf_puts(out, key);
    if (!drawn_often(1))
        strbuf_puts(out, ":");
}

static void put_tags(struct strbuf *out, const struct catalog_family *family) {
    const bool back = drawn_often(50);
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (drawn_often(3))
            continue;
        put_key(out, family->labels[back ? family->label_count - 1 - i : i].name);
        put_value(out);
    }
    if (drawn_often(3)) {
        put_key(out, ONE_OF("x", "y", "w", "v"));
        put_value(out);
    }
    if (drawn_often(5)) {
        put_key(out, "service");
        strbuf_puts(out, ONE_OF("s", "t", "u"));
    }
    if (family->state_label != NULL || family_is_relayed(family)) {
        put_key(out, family->state_label != NULL ? family->name : "quantile");
        strbuf_puts(out, ONE_OF("on", "off", "on", "off", "0.5", "0.5", "x"));
    }
}

static const char *const letters[SG_LETTER_COUNT] = {
    [SG_LETTER_C] = "c",   [SG_LETTER_G] = "g", [SG_LETTER_H] = "h",
    [SG_LETTER_D] = "d",   [SG_LETTER_S] = "s", [SG_LETTER_A] = "a",
    [SG_LETTER_MS] = "ms", [SG_LETTER_B] = "b", [SG_LETTER_J] = "j"};

/* A letter, mostly one that the family takes. */
static const char *letter_for(const struct catalog_family *family) {
    const char *letter = letters[drawn(SG_LETTER_COUNT)];
    if (drawn_often(15))
        return letter;
    for (int i = 0; i < SG_LETTER_COUNT; i++)
        if (family->kind->letters >> i & 1u)
            letter = letters[i];
    return letter;
}

static void put_values(struct strbuf *out, const char *letter) {
    static const char *const numbers[] = {"1",   "2", "0",     "-1", "+3",
                                          "nan", "x", "1e308", "",   "7.5"};
    if (*letter == 'a') {
        strbuf_puts(out, ONE_OF("ok", "bad", "ok:bad", "what"));
        return;
    }
    if (*letter == 'j') {
        strbuf_puts(out, ONE_OF("queued", "started", "succeeded:failed", "what", "canceled"));
        return;
    }
    strbuf_puts(out, drawn_often(80) ? "1" : numbers[drawn(10)]);
    while (drawn_often(7))
        strbuf_printf(out, ":%s", numbers[drawn(10)]);
}

static void put_name(struct strbuf *out, const struct catalog_family *family) {
    if (drawn_often(5))
        strbuf_printf(out, "u%u", drawn(20));
    else if (drawn_often(5))
        strbuf_printf(out, "n.%u", drawn(FAMILIES));
    else
        strbuf_puts(out, family->name);
}

static void put_new(struct strbuf *out, const struct catalog_set *set) {
    const struct catalog_family *family = set->families[drawn((unsigned)set->family_count)];
    const char *letter = letter_for(family);
    strbuf_clear(out);
    put_name(out, family);
    strbuf_puts(out, ":");
    put_values(out, letter);
    strbuf_printf(out, "|%s", letter);
    if (drawn_often(5))
        strbuf_puts(out, ONE_OF("|@0.5", "|@0", "|T1", "|c:in-1", "|", "|@1"));
    if (drawn_often(92)) {
        strbuf_puts(out, "|#");
        put_tags(out, family);
    }
    if (*letter == 'j' || drawn_often(3))
        strbuf_printf(out, "|i:%u", drawn(5));
    if (drawn_often(2))
        strbuf_puts(out, "|#x:a");
    if (drawn_often(1))
        strbuf_puts(out, "\r");
}

/* Changes a line: its value becomes 0 or 1, or one letter of the line becomes another one. */
static void change(struct strbuf *out) {
    (void)strbuf_cstr(out); /* terminates the text */
    char *line = out->data;
    const size_t len = out->len;
    char *value = strchr(line, ':');
    if (value != NULL && value[1] >= '0' && value[1] <= '1' && drawn_often(50)) {
        value[1] = (char)('0' + (int)drawn(2));
        return;
    }
    const char *tags = strchr(line, '#');
    const size_t from = tags != NULL && drawn_often(90) ? (size_t)(tags - line) : 0;
    char *at = line + from + drawn((unsigned)(len - from));
    if (*at >= 'a' && *at <= 'z')
        *at = (char)('a' + (int)drawn(9));
    else if (*at >= '0' && *at <= '9')
        *at = (char)('0' + (int)drawn(10));
}

void drawn_line(const struct catalog_set *set, struct strbuf *out) {
    char *place = history[drawn(HISTORY)];
    const bool before = *place != '\0' && drawn_often(80);
    if (before) {
        strbuf_clear(out);
        strbuf_puts(out, place);
        if (drawn_often(30))
            change(out);
    } else {
        put_new(out, set);
    }
    if (!before || drawn_often(30))
        (void)snprintf(place, LINE_MAX, "%s", strbuf_cstr(out));
}
