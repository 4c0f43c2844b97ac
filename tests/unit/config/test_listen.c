#include <string.h>

#include "assertions.h"
#include "config/settings.h"

struct listen_case {
    const char *text;
    const char *place; /* host or path */
    enum settings_listen_kind kind;
    uint16_t port;
};

Test(config_listen, addresses_are_taken_apart) {
    static const struct listen_case cases[] = {
        {"", "", LISTEN_OFF, 0},
        {"127.0.0.1:9464", "127.0.0.1", LISTEN_TCP, 9464},
        {"localhost:0", "localhost", LISTEN_TCP, 0},
        {"a-host.example_x:65535", "a-host.example_x", LISTEN_TCP, 65535},
        {"[::1]:9464", "::1", LISTEN_TCP, 9464},
        {"[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", LISTEN_TCP, 1},
        {"[fe80::1%eth0]:80", "fe80::1%eth0", LISTEN_TCP, 80},
        {"unix:/run/a:b.sock", "/run/a:b.sock", LISTEN_UNIX, 0},
        {"unix:relative", "relative", LISTEN_UNIX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings_listen listen;
        const char *why = "untouched";
        memset(&listen, 0xff, sizeof listen);
        cr_assert(settings_listen_parse(cases[i].text, &listen, &why), "%s: %s", cases[i].text,
                  why);
        cr_expect(eq(int, (int)listen.kind, (int)cases[i].kind), "%s", cases[i].text);
        cr_expect(eq(str, listen.kind == LISTEN_UNIX ? listen.path : listen.host,
                     (char *)cases[i].place));
        cr_expect(eq(u16, listen.port, cases[i].port), "%s", cases[i].text);
    }
}

Test(config_listen, a_wrong_address_says_what_is_wrong) {
    static const char *const cases[][2] = {
        {"9464", "expected HOST:PORT"},
        {"localhost", "expected HOST:PORT"},
        {"a b:1", "expected HOST:PORT"},
        {"http://x:1", "an IPv6 address stands in brackets"},
        {":9464", "names no host"},
        {"::1:9464", "an IPv6 address stands in brackets"},
        {"[::1]", "expected HOST:PORT"},
        {"[::1]9464", "expected HOST:PORT"},
        {"[::1", "expected HOST:PORT"},
        {"[]:1", "the brackets must hold an IPv6 address"},
        {"[localhost]:1", "the brackets must hold an IPv6 address"},
        {"[::1%a b]:1", "the brackets must hold an IPv6 address"},
        {"h:", "the port must be a number"},
        {"h:x", "the port must be a number"},
        {"h:-1", "the port must be a number"},
        {"h:65536", "the port must be a number"},
        {"h:000001", "the port must be a number"},
        {"[::1]:x", "the port must be a number"},
        {"unix:", "unix: needs a path"},
        {"unix:@abstract", "an abstract socket has no permissions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings_listen listen = {.port = 7};
        const char *why = "";
        cr_expect(not(settings_listen_parse(cases[i][0], &listen, &why)), "%s", cases[i][0]);
        cr_expect(eq(int, strncmp(why, cases[i][1], strlen(cases[i][1])), 0), "%s: %s", cases[i][0],
                  why);
        cr_expect(eq(u16, listen.port, 7), "untouched");
    }
}

Test(config_listen, lengths_have_a_limit) {
    char text[400];
    struct settings_listen listen;
    const char *why;
    memset(text, 'x', sizeof text);
    memcpy(text, "unix:", 5);
    text[5 + SETTINGS_UNIX_PATH_MAX] = '\0';
    cr_expect(settings_listen_parse(text, &listen, &why));
    text[5 + SETTINGS_UNIX_PATH_MAX] = 'x';
    text[5 + SETTINGS_UNIX_PATH_MAX + 1] = '\0';
    cr_expect(not(settings_listen_parse(text, &listen, &why)));
    memset(text, 'x', sizeof text);
    memcpy(text + SETTINGS_HOST_MAX, ":1", 3);
    cr_expect(settings_listen_parse(text, &listen, &why));
    memset(text, 'x', sizeof text);
    memcpy(text + SETTINGS_HOST_MAX + 1, ":1", 3);
    cr_expect(not(settings_listen_parse(text, &listen, &why)));
}
