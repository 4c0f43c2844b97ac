/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "statgate/send/send_private.h"

static struct pack pack;

static bool add(const char *line) {
    return send_pack_add(&pack, (struct sg_span){line, strlen(line)}, 1);
}

Test(statgate_pack, lines_are_parted_by_newlines) {
    send_pack_clear(&pack);
    cr_expect(add("a:1|c"));
    cr_expect(add("b:2|c"));
    cr_expect(eq(sz, pack.lines, 2));
    cr_expect(eq(sz, pack.samples, 2));
    cr_expect(eq(sz, pack.len, 11));
    cr_expect(eq(int, memcmp(pack.bytes, "a:1|c\nb:2|c", 11), 0));
}

Test(statgate_pack, a_datagram_is_never_longer_than_its_limit) {
    char line[PACK_BYTES];
    memset(line, 'a', sizeof line);
    send_pack_clear(&pack);
    cr_expect(send_pack_add(&pack, (struct sg_span){line, 1000}, 1));
    cr_expect(not(send_pack_add(&pack, (struct sg_span){line, PACK_BYTES - 1000}, 1)),
              "the newline counts");
    cr_expect(eq(sz, pack.len, 1000));
    cr_expect(send_pack_add(&pack, (struct sg_span){line, PACK_BYTES - 1001}, 1));
    cr_expect(eq(sz, pack.len, PACK_BYTES));
}

Test(statgate_pack, a_longer_line_goes_alone) {
    static char line[SG_DATAGRAM_MAX + 1];
    memset(line, 'a', sizeof line);
    send_pack_clear(&pack);
    cr_expect(not(send_pack_add(&pack, (struct sg_span){line, sizeof line}, 1)));
    cr_expect(send_pack_add(&pack, (struct sg_span){line, SG_DATAGRAM_MAX}, 1));
    cr_expect(not(add("b:2|c")));
}
