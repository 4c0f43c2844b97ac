#include "fetch/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { TEXT_MAX = 256 };

/* Remove http:// and a slash at the end. False: the text is too long. */
static bool trim(const char *text, char out[TEXT_MAX]) {
    const char *rest = text_after(text, "http://");
    if (rest != NULL)
        text = rest;
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == '/' && !text_begins(text, "unix:"))
        len--;
    if (len >= TEXT_MAX)
        return false;
    (void)snprintf(out, TEXT_MAX, "%.*s", (int)len, text);
    return true;
}

/* Ask a server that listens on every address of its host at the loopback address. */
static void turn_to_loopback(struct listen_address *place) {
    struct sockaddr_in *ip4 = (struct sockaddr_in *)&place->storage;
    struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)&place->storage;
    if (place->any.sa_family == AF_INET && ip4->sin_addr.s_addr == htonl(INADDR_ANY))
        ip4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (place->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&ip6->sin6_addr))
        ip6->sin6_addr = in6addr_loopback;
}

static bool has_port(const struct listen_address *place) {
    const struct sockaddr_in *ip4 = (const struct sockaddr_in *)&place->storage;
    return place->kind != LISTEN_TCP || ip4->sin_port != 0; /* at the same offset for IPv6 */
}

static bool take_numbers(const struct listen_address *place, struct fetch_address *ret_address,
                         struct error *ret_error) {
    char text[LISTEN_TEXT_MAX];
    if (!has_port(place))
        return error_set(ret_error, "port 0 stands for one that the kernel chooses: name the one "
                                    "that the daemon's log shows");
    ret_address->places[0] = *place;
    ret_address->count = 1;
    turn_to_loopback(&ret_address->places[0]);
    listen_address_text(&ret_address->places[0], text, sizeof text);
    (void)snprintf(ret_address->host, sizeof ret_address->host, "%s",
                   place->kind == LISTEN_UNIX ? "localhost" : text);
    return true;
}

/* ---- names ---- */

static void take_found(const struct addrinfo *found, struct fetch_address *address) {
    for (; found != NULL && address->count < FETCH_ADDRESSES_MAX; found = found->ai_next) {
        struct listen_address *place = &address->places[address->count];
        if (found->ai_addrlen > sizeof place->storage)
            continue;
        *place = (struct listen_address){.kind = LISTEN_TCP, .len = found->ai_addrlen};
        memcpy(&place->storage, found->ai_addr, found->ai_addrlen);
        address->count++;
    }
}

static bool look_up(const char *text, struct fetch_address *ret_address, struct error *ret_error) {
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char name[TEXT_MAX];
    struct addrinfo *found = NULL;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0' ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0')
        return error_set(ret_error, "an address is HOST:PORT, [IPV6]:PORT or unix:PATH");
    (void)snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")] !=
        '\0')
        return error_set(ret_error, "an address is HOST:PORT, [IPV6]:PORT or unix:PATH");
    const int code = getaddrinfo(name, colon + 1, &hints, &found);
    if (code != 0)
        return error_set(ret_error, "this name is not found: %s", gai_strerror(code));
    take_found(found, ret_address);
    freeaddrinfo(found);
    (void)snprintf(ret_address->host, sizeof ret_address->host, "%s", text);
    return ret_address->count > 0 || error_set(ret_error, "this name has no address");
}

bool fetch_address_find(const char *text, struct fetch_address *ret_address,
                        struct error *ret_error) {
    struct fetch_address address = {.count = 0};
    struct listen_address place;
    const char *why;
    char trimmed[TEXT_MAX];
    if (!trim(text, trimmed))
        return error_set(ret_error, "an address has at most 255 bytes");
    bool good = listen_address_parse(trimmed, &place, &why);
    if (good && place.kind == LISTEN_NONE)
        return error_set(ret_error, "an address is HOST:PORT, [IPV6]:PORT or unix:PATH");
    if (good)
        good = take_numbers(&place, &address, ret_error);
    else if (text_begins(trimmed, "unix:"))
        (void)error_set(ret_error, "%s", why);
    else
        good = look_up(trimmed, &address, ret_error);
    if (good)
        *ret_address = address;
    return good;
}
