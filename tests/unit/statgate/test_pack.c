/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "statgate/send/send_private.h"

static struct pack pack;

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
