#include "http/head.h"

#include <string.h>
#include <strings.h>

/* ---- fields that are there too often, or not at all, or have no name ---- */

struct fields {
    const char *length;
    bool lengths_differ;
    bool nameless;
    unsigned hosts;
};

/* A token of RFC 9110, section 5.6.2. */
static bool is_token(const char *name) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    const char *at = name;
    while ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ||
           (*at != '\0' && strchr(marks, *at) != NULL))
        at++;
    return at > name && *at == '\0';
}

static enum MHD_Result look_at(void *arg, enum MHD_ValueKind kind, const char *name,
                               const char *value) {
    struct fields *found = arg;
    (void)kind;
    if (!is_token(name))
        found->nameless = true;
    if (value == NULL)
        return MHD_YES;
    if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
        found->hosts++;
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        if (found->length != NULL && strcmp(found->length, value) != 0)
            found->lengths_differ = true;
        found->length = value;
    }
    return MHD_YES;
}

static bool needs_host(const char *version) {
    return strcmp(version, MHD_HTTP_VERSION_1_0) > 0;
}

/* If a field is there several times, the library uses the first. It would refuse a request without
 * Host by itself, but up to 0.9.75 it writes the head of that answer twice. */
const char *head_fault(const struct http_request *request, const char *version) {
    struct fields found = {0};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, look_at, &found);
    if (found.nameless)
        return "the name of a header is a token, with nothing between it and the colon";
    if (found.lengths_differ)
        return "Content-Length is there twice, with different values";
    if (found.hosts == 0 && needs_host(version))
        return "a request of HTTP/1.1 names the Host that it is for";
    return found.hosts > 1 ? "Host is there twice" : NULL;
}

/* ---- bytes that are not shown ---- */

enum { LINE_END = 2 };

/* Add up the bytes of a field as it is in the library's buffer: name, colon, blanks, value. */
static enum MHD_Result add_up(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
                              const char *value, size_t value_len) {
    size_t *seen = arg;
    (void)kind;
    *seen += value != NULL && value > name ? (size_t)(value - name) + value_len : name_len + 1;
    *seen += LINE_END;
    return MHD_YES;
}

/* Lines may end without CR, so there may be fewer bytes than this sum, but not more. */
bool head_hides_bytes(const struct http_request *request, const char *method, const char *version) {
    enum { BLANKS = 2 };
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t seen =
        strlen(method) + request->target_bytes + strlen(version) + BLANKS + LINE_END + LINE_END;
    MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, add_up, &seen);
    return info != NULL && info->header_size > seen;
}
