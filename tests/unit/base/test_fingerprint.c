/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "assertions.h"
#include "base/fingerprint.h"

static void expect_fingerprint(const void *bytes, size_t len, const char *want) {
    const struct fingerprint got = fingerprint_of(bytes, len);
    char text[FINGERPRINT_TEXT_SIZE];
    fingerprint_put(text, &got);
    cr_expect(eq(str, text, (char *)want), "%zu bytes", len);
}

/* The first three are the examples of FIPS 180-4; all are as sha256sum(1) prints them. */
Test(fingerprint, is_what_sha256sum_prints) {
    static char million[1000000];
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    memset(million, 'a', sizeof million);
    expect_fingerprint("abc", 3,
                       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_fingerprint(two_blocks, strlen(two_blocks),
                       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect_fingerprint(million, sizeof million,
                       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    expect_fingerprint("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_fingerprint(million, 55,
                       "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    expect_fingerprint(million, 64,
                       "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}
