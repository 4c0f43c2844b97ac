/* SPDX-License-Identifier: MIT */
/* The names by which requests may address this host. */
#include "expect.h"
#include "http/http_private.h"

static const char NAMES[] = "Box,box.example.org,.lan,shop.example.com";

static void expect_host(const char *authority, bool admitted) {
    cr_expect(eq(int, http_hosts_admit(NAMES, authority, strlen(authority)), admitted), "%s",
              authority);
}

Test(http_hosts, whoever_names_another_is_not_admitted) {
    static const char *const bad[] = {
        "",
        ".",
        ":",
        ":80",
        "evil.example",
        "evil.example:9464",
        "localhost.evil.example",
        "evil.localhost",
        "localhost..",
        "evillan",
        "lan",
        ".lan",
        "lan.",
        "xshop.example.com",
        "www.shop.example.com",
        "shop.example.com.evil.example",
        "box.evil.example",
        "box,evil.example",
        "example.org",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "evil.example@127.0.0.1",
        "localhost@evil.example",
        "user:127.0.0.1",
        "127.0.0.1:9464:80",
        "127.0.0.1:80x",
        "127.0.0.1:123456",
        "localhost:-1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "127.0.0.1/",
        "127.0.0.1, evil.example",
        "::1",
        "[::1",
        "::1]",
        "[::1]]",
        "[::1]evil.example",
        "[::1]evil.example]",
        "[]",
        "[",
        "]",
        "[127.0.0.1]",
        "[localhost]",
        "[::1%lo]",
        "[::1].evil.example",
        " localhost",
        "localhost ",
        "local\thost",
        "[::1]a.lan",
        "a@b.lan",
        "#].lan",
        "evil.example/.lan",
        "evil.example,a.lan",
        "\xe2\x80\x8b.lan",
        "localhost\xc3\xa9",
        "127.0.0.1\xe3\x80\x82",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_host(bad[i], false);
}

Test(http_hosts, only_so_many_bytes_are_looked_at) {
    cr_expect(http_hosts_admit("", "localhost/debug", 9));
    cr_expect(http_hosts_admit("", "127.0.0.1.evil.example", 9));
    cr_expect(not(http_hosts_admit("", "localhost", 8)));
    cr_expect(not(http_hosts_admit("a", "b", 1)));
    cr_expect(not(http_hosts_admit(",,", "", 0)));
    cr_expect(not(http_hosts_admit(",.,", "a", 1)));
}
