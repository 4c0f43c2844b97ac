#include "http/admission.h"

#include <string.h>

#include "http/headers.h"
#include "http/hosts.h"

bool admission_is_for_people(const struct http_request *request) {
    const char *path = request->target.path;
    return (request->listener->table.parts & SERVES_DEBUG) != 0 && request->page == NULL &&
           path != NULL && route_is_for_people(path);
}

/* ---- Host ---- */

/* The value of Host without surrounding blanks; "" if there is none. */
static const char *host_of(const struct http_request *request, size_t *ret_len) {
    const char *host = headers_find(request, MHD_HTTP_HEADER_HOST);
    if (host == NULL)
        host = "";
    host += strspn(host, " \t");
    *ret_len = strlen(host);
    while (*ret_len > 0 && (host[*ret_len - 1] == ' ' || host[*ret_len - 1] == '\t'))
        --*ret_len;
    return host;
}

/* Checks Host and, if the target has an authority, that one as well: servers on the way may use
 * either.
 */
static bool names_this_host(const struct http_request *request) {
    const struct http_server *server = request->listener->server;
    const struct target *target = &request->target;
    size_t len;
    const char *host = host_of(request, &len);
    if (request->hides_bytes)
        return false;
    if (target->authority != NULL &&
        !hosts_admit(server->hosts, target->authority, target->authority_len))
        return false;
    /* Browsers always send Host; a client that may open a Unix socket need not. */
    if (len == 0)
        return request->listener->wanted.kind == LISTEN_UNIX;
    return hosts_admit(server->hosts, host, len);
}

void admission_write_host(struct strbuf *out, const struct http_request *request) {
    const struct target *target = &request->target;
    const char *name = target->authority;
    size_t len = target->authority_len;
    if (request->hides_bytes) {
        strbuf_puts(out,
                    "the head has bytes that are not seen, behind a NUL or in a folded line, so it "
                    "is not known which host it names");
        return;
    }
    if (name == NULL || hosts_admit(request->listener->server->hosts, name, len))
        name = host_of(request, &len);
    strbuf_putc(out, '"');
    for (size_t i = 0; i < len && i < 100; i++)
        strbuf_putc(out, name[i] > ' ' && name[i] <= '~' && name[i] != '"' ? name[i] : '?');
    strbuf_puts(
        out,
        "\" in Host is not known as this host; ask by IP address, as localhost, or add the name to "
        "debug_hosts (--debug-hosts)");
}

/* ---- the token ---- */

static bool has_token(const struct http_request *request) {
    const char *given = headers_find(request, MHD_HTTP_HEADER_AUTHORIZATION);
    const struct bearer_token *token = &request->listener->server->token;
    if (request->page != NULL)
        return bearer_token_admits(&request->page->token, given);
    return admission_is_for_people(request) ? bearer_token_admits_people(token, given)
                                            : bearer_token_admits(token, given);
}

enum admission admission_of(const struct http_request *request, enum route route) {
    if (route == ROUTE_HEALTHZ || route == ROUTE_READYZ)
        return ADMISSION_GRANTED;
    if (admission_is_for_people(request) && !names_this_host(request))
        return ADMISSION_HOST_UNKNOWN;
    return has_token(request) ? ADMISSION_GRANTED : ADMISSION_NO_TOKEN;
}
