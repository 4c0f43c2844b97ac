/*
 * endpoint.c - see endpoint.h; endpoints_build is in endpoints.c.
 */
#include "endpoint/endpoint.h"

#include <string.h>

const struct endpoint_page *endpoint_page_of(const struct endpoint *endpoint, const char *name) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (strcmp(endpoint->services[i]->service, name) == 0)
            return &endpoint->each[i];
    return NULL;
}
