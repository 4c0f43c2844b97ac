#include "http/headers.h"

#include <strings.h>

const char *headers_find(const struct http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Call `take` with each value of a header. */
struct header_walk {
    const char *name;
    void (*take)(struct negotiation *negotiation, const char *value);
    struct negotiation *negotiation;
};

static enum MHD_Result walk_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    const struct header_walk *walk = arg;
    (void)kind;
    if (value != NULL && strcasecmp(name, walk->name) == 0)
        walk->take(walk->negotiation, value);
    return MHD_YES;
}

void headers_negotiate(const struct http_request *request, struct negotiation *ret_negotiation) {
    struct header_walk accept = {MHD_HTTP_HEADER_ACCEPT, negotiate_accept, ret_negotiation};
    struct header_walk encoding = {MHD_HTTP_HEADER_ACCEPT_ENCODING, negotiate_encoding,
                                   ret_negotiation};
    negotiate_init(ret_negotiation);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &accept);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &encoding);
}
