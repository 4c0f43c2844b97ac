/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "assertions.h"
#include "fetch/fetch.h"

static struct fetch_address address;
static struct error error;

static void expect_place(const char *text, const char *wanted, const char *host) {
    char place[LISTEN_TEXT_MAX];
    cr_assert(fetch_address_find(text, &address, &error), "%s: %s", text, error.text);
    cr_expect(ge(uint, address.count, 1u));
    listen_address_text(&address.places[0], place, sizeof place);
    cr_expect(eq(str, place, (char *)(uintptr_t)wanted));
    cr_expect(eq(str, address.host, (char *)(uintptr_t)host));
}

Test(fetch_address, numbers_and_paths_are_taken_as_they_are) {
    expect_place("127.0.0.1:9464", "127.0.0.1:9464", "127.0.0.1:9464");
    expect_place("http://127.0.0.1:9464/", "127.0.0.1:9464", "127.0.0.1:9464");
    expect_place("[::1]:80", "[::1]:80", "[::1]:80");
    expect_place("unix:/run/x/http.sock", "unix:/run/x/http.sock", "localhost");
}

Test(fetch_address, every_interface_means_this_host) {
    expect_place("0.0.0.0:9464", "127.0.0.1:9464", "127.0.0.1:9464");
    expect_place("[::]:9464", "[::1]:9464", "[::1]:9464");
}

Test(fetch_address, a_name_is_looked_up) {
    cr_assert(fetch_address_find("localhost:9464", &address, &error), "%s", error.text);
    cr_expect(ge(uint, address.count, 1u));
    cr_expect(eq(str, address.host, "localhost:9464"));
}

Test(fetch_address, what_is_none_is_refused_with_a_sentence) {
    static const char *const cases[] = {
        "",      "9464",       "localhost",   ":9464",   "a b:1",
        "x:y",   "unix:x",     "127.0.0.1:0", "[::1]",   "http://",
        "unix:", "localhost:", "a/b:9464",    "[::1]:x", "a\r\nb:9464"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        error_clear(&error);
        cr_expect(not(fetch_address_find(cases[i], &address, &error)), "%s", cases[i]);
        cr_expect(gt(sz, strlen(error.text), 0), "%s", cases[i]);
    }
}
