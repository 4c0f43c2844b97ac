#include "http/answer_people.h"

#include <stdio.h>
#include <string.h>

#include "http/headers.h"
#include "http/landing_page.h"
#include "http/response.h"
#include "page/page.h"

static enum MHD_Result answer_html(struct http_request *request, bool gzip) {
    struct http_server *server = request->listener->server;
    const struct target *target = &request->target;
    const struct page_query query = {.service = target->service,
                                     .family = target->family,
                                     .search = target->search,
                                     .show = target->show,
                                     .after = target->after,
                                     .line = target->line,
                                     .pid = target->pid};
    http_source_prepare(&server->source);
    const bool exists = page_exists(&server->people, &query);
    struct view *view = page_view(&server->people, &query);
    if (view == NULL)
        return response_no_memory(request);
    return response_view(request, exists ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, view, gzip,
                         &(struct response_headers){.type = RESPONSE_HTML,
                                                    .vary = "Accept, Accept-Encoding",
                                                    .caching = RESPONSE_NO_STORE});
}

/* Browsers accept text/html by name; for curl and similar clients plain text is better. */
enum MHD_Result answer_people_page(struct http_request *request) {
    struct negotiation negotiation;
    headers_negotiate(request, &negotiation);
    if (negotiation.html)
        return answer_html(request, negotiate_gzip(&negotiation));
    landing_page_write_text(&request->body.plain, &request->listener->server->people,
                            &request->listener->table);
    return response_written(request, MHD_HTTP_OK,
                            &(struct response_headers){.type = RESPONSE_TEXT,
                                                       .vary = "Accept, Accept-Encoding",
                                                       .caching = RESPONSE_NO_STORE});
}

/* True if the client already has the file with this tag (RFC 9110 section 13.1.2, weak comparison:
 * without W/). */
static bool has_already(const struct http_request *request, const char *tag) {
    const char *known = headers_find(request, MHD_HTTP_HEADER_IF_NONE_MATCH);
    return known != NULL && (strstr(known, tag) != NULL || strcmp(known, "*") == 0);
}

/* A browser asks each time whether its copy is that of the running daemon. */
enum MHD_Result answer_people_asset(struct http_request *request) {
    const struct page_asset *asset = page_asset(request->target.path);
    struct negotiation negotiation;
    char etag[80]; /* weak: compressed bytes differ */
    snprintf(etag, sizeof etag, "W/%s", asset->etag);
    const struct response_headers headers = {
        .type = asset->type, .vary = "Accept-Encoding", .etag = etag, .caching = "no-cache"};
    if (has_already(request, asset->etag))
        return response_queue(request, MHD_HTTP_NOT_MODIFIED, &headers);
    headers_negotiate(request, &negotiation);
    strbuf_put(&request->body.plain, (const char *)asset->bytes, asset->len);
    return response_bytes(request, negotiate_gzip(&negotiation), &headers);
}
