/*
 * endpoint.c - functions of endpoint.h; endpoints_build is in endpoints.c.
 */
#include "endpoint/endpoint.h"

#include <string.h>

void endpoint_put_services(struct strbuf *out, const struct endpoint *endpoint) {
    enum { SHOWN = 16 };
    const size_t count = endpoint->service_count;
    for (size_t i = 0; i < count && i < SHOWN; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", endpoint->services[i]->service);
    if (count > SHOWN)
        strbuf_printf(out, " and %zu more", count - SHOWN);
    if (count == 0)
        strbuf_puts(out, "no service");
}

const struct endpoint_page *endpoint_page_of(const struct endpoint *endpoint, const char *name) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (strcmp(endpoint->services[i]->service, name) == 0)
            return &endpoint->each[i];
    return NULL;
}
