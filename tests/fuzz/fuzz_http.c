/* SPDX-License-Identifier: MIT */
/*
 * Any text as input to HTTP: a listen address, an Accept or Accept-Encoding header, or a request's
 * target. The first byte chooses.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "http/http_private.h"

/* Checks that an address, when written and read again, is the same, and that a refusal gives a
 * reason and leaves the output untouched. */
static void check_address(const char *text) {
    struct listen_address address = {.kind = LISTEN_UNIX, .len = 7};
    struct listen_address again;
    const char *reason = NULL;
    char out[LISTEN_TEXT_MAX];
    if (!listen_address_parse(text, &address, &reason)) {
        CHECK(reason != NULL && address.kind == LISTEN_UNIX && address.len == 7);
        return;
    }
    listen_address_text(&address, out, sizeof out);
    CHECK(listen_address_parse(out, &again, &reason));
    CHECK(address.kind == again.kind);
    CHECK(address.kind == LISTEN_NONE || listen_address_same(&address, &again));
}

/* Checks that a list in one header means the same as its two halves in two headers. */
static void check_accept(const char *text) {
    struct negotiation whole;
    struct negotiation parts;
    const char *escaping;
    const char *again;
    http_negotiate_init(&whole);
    http_negotiate_accept(&whole, text);
    http_negotiate_encoding(&whole, text);
    const enum exposition_format format = http_negotiate_format(&whole, &escaping);
    const bool gzip = http_negotiate_gzip(&whole);

    const char *comma = strchr(text, ',');
    if (comma == NULL)
        return;
    char *first = strndup(text, (size_t)(comma - text));
    CHECK(first != NULL);
    http_negotiate_init(&parts);
    http_negotiate_accept(&parts, first);
    http_negotiate_accept(&parts, comma + 1);
    http_negotiate_encoding(&parts, first);
    http_negotiate_encoding(&parts, comma + 1);
    CHECK(http_negotiate_format(&parts, &again) == format && again == escaping);
    CHECK(http_negotiate_gzip(&parts) == gzip);
    free(first);
}

/* Checks that all spans of the target are within the text. */
static void check_target(const char *text, size_t len) {
    struct target target;
    const char *reason = NULL;
    const char *service = NULL;
    char *copy = malloc(len + 2);
    CHECK(copy != NULL);
    memcpy(copy, text, len + 1);
    if (!http_target_parse(copy, &target, &reason)) {
        CHECK(reason != NULL);
        free(copy);
        return;
    }
    const char *const found[] = {target.path,
#define PARAMETER(field, ...) target.field,
#include "http/target.def"
#undef PARAMETER
                                 target.unknown};
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
        CHECK(found[i] == NULL ||
              (found[i] >= copy && found[i] + strlen(found[i]) < copy + len + 2));
    static const char *const pages[] = {"/metrics", "/m", "/metrics/b"};
    const struct route_table table = {
        .pages = pages, .page_count = 3, .parts = SERVES_DEBUG | SERVES_HEALTH};
    size_t page = SIZE_MAX;
    const enum route route = route_find(target.path, &table, &page, &service);
    if (route == ROUTE_SERVICE)
        CHECK(service > copy && service[0] != '\0' && page < 3 &&
              strncmp(target.path, pages[page], strlen(pages[page])) == 0);
    if (route == ROUTE_METRICS)
        CHECK(page < 3 && strcmp(target.path, pages[page]) == 0);
    /* The refusal names a parameter that the page does not take. */
    const char *refused = route_unknown_parameter(route, &target);
    if (refused != NULL) {
        struct strbuf sentence;
        strbuf_init(&sentence);
        route_write_unknown(&sentence, route, refused);
        CHECK(sentence.len > 0 && !sentence.failed);
        strbuf_done(&sentence);
    }
    if (route_metrics_path_fault(target.path) == NULL)
        CHECK(target.path[0] == '/' && strpbrk(target.path, "\"<>") == NULL);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || memchr(data, '\0', size) != NULL)
        return 0;
    char *text = malloc(size);
    CHECK(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0]) {
    case 'l':
        check_address(text);
        break;
    case 'a':
        check_accept(text);
        break;
    default:
        check_target(text, size - 1);
    }
    free(text);
    return 0;
}
