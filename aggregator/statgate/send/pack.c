#include "statgate/send/pack.h"

#include <string.h>

bool pack_add(struct pack *pack, struct sg_span line, size_t samples) {
    const size_t need = line.len + (pack->len > 0);
    const size_t room = pack->len > 0 ? PACK_BYTES : sizeof pack->bytes;
    if (pack->len + need > room)
        return false;
    if (pack->len > 0)
        pack->bytes[pack->len++] = '\n';
    memcpy(pack->bytes + pack->len, line.at, line.len);
    pack->len += line.len;
    pack->lines++;
    pack->samples += samples;
    return true;
}

void pack_clear(struct pack *pack) {
    pack->len = 0;
    pack->lines = 0;
    pack->samples = 0;
}
