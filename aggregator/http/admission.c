/* SPDX-License-Identifier: MIT */
/* admission.c - who may ask: addresses to listen on, hosts, tokens. */
#include "http/http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- bearer token ---- */

void http_bearer_token_copy(struct bearer_token *ret_token, const char *text) {
    if (text == NULL)
        return;
    ret_token->len = strlen(text);
    ret_token->text = memory_strndup(text, ret_token->len);
}

void http_bearer_token_done(struct bearer_token *token) {
    if (token->text != NULL)
        explicit_bzero(token->text, token->len);
    free(token->text);
    *token = (struct bearer_token){0};
}

/* ---- comparing ---- */

/* Compares a given token with the true one, byte by byte. */
struct token_comparison {
    const struct bearer_token *token;
    size_t len;
    volatile unsigned char differs;
};

static void compare_byte(struct token_comparison *given, unsigned char byte) {
    const struct bearer_token *token = given->token;
    given->differs |= (unsigned char)(byte ^ (unsigned char)token->text[given->len % token->len]);
    given->len++;
}

static bool is_same(const struct token_comparison *given) {
    return (given->len == given->token->len) & (given->differs == 0);
}

/* The text after the scheme in the header, or NULL if the scheme is another. */
static const char *after_scheme(const char *authorization, const char *scheme) {
    const size_t len = strlen(scheme);
    if (authorization == NULL || strncasecmp(authorization, scheme, len) != 0 ||
        authorization[len] != ' ')
        return NULL;
    return authorization + len + strspn(authorization + len, " ");
}

static bool is_bearer(const struct bearer_token *token, const char *authorization) {
    struct token_comparison given = {.token = token};
    const char *text = after_scheme(authorization, "Bearer");
    if (text == NULL)
        return false;
    for (; *text != '\0'; text++)
        compare_byte(&given, (unsigned char)*text);
    return is_same(&given);
}

/* ---- Basic (RFC 7617): the Base64 of USER:PASSWORD ---- */

static int base64_digit(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

static bool is_basic(const struct bearer_token *token, const char *authorization) {
    struct token_comparison given = {.token = token};
    const char *text = after_scheme(authorization, "Basic");
    bool in_password = false;
    unsigned bits = 0;
    unsigned held = 0;
    if (text == NULL)
        return false;
    for (int digit; (digit = base64_digit(*text)) >= 0; text++) {
        bits = (bits << 6 | (unsigned)digit) & 0xffffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        const unsigned char byte = (unsigned char)(bits >> held);
        if (in_password)
            compare_byte(&given, byte);
        in_password = in_password || byte == ':';
    }
    return text[strspn(text, "=")] == '\0' && in_password && is_same(&given);
}

/* True if the page is open, or if an Authorization header (NULL: there is none) has the token. The
 * time this takes depends only on the header, not on how much of it is right. */
static bool bearer_token_admits(const struct bearer_token *token, const char *authorization) {
    return token->text == NULL || is_bearer(token, authorization);
}

/* The same, but the token may also be the password of any user (Basic), because browsers can ask
 * for that. */
static bool bearer_token_admits_people(const struct bearer_token *token,
                                       const char *authorization) {
    return bearer_token_admits(token, authorization) || is_basic(token, authorization);
}

/* ---- hosts ---- */

/* Part of a text. */
struct host_span {
    const char *at;
    size_t len;
};

/* Digits, or nothing (RFC 3986 section 3.2.3). */
static bool is_port(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len <= 5;
}

/* The host before the port, with its brackets. False: the text is not an authority. */
static bool cut_port(const char *text, size_t len, struct host_span *ret_host) {
    const char *close = len > 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
    const size_t from = close != NULL ? (size_t)(close - text) + 1 : 0;
    const char *colon = memchr(text + from, ':', len - from);
    const size_t host = colon != NULL ? (size_t)(colon - text) : len;
    if (colon != NULL && !is_port(colon + 1, len - host - 1))
        return false;
    *ret_host = (struct host_span){text, host};
    return host > 0;
}

static bool is_address(int family, const char *text, size_t len) {
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(family, copy, &address) == 1;
}

static bool is_ip(struct host_span host) {
    if (host.at[0] != '[')
        return is_address(AF_INET, host.at, host.len);
    return host.at[host.len - 1] == ']' && is_address(AF_INET6, host.at + 1, host.len - 2);
}

/* Whether a host has only characters of names. Without this check a suffix would admit any text
 * that ends with it. */
static bool is_name(struct host_span host) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    for (size_t i = 0; i < host.len; i++)
        if (host.at[i] == '\0' || strchr(allowed, host.at[i]) == NULL)
            return false;
    return true;
}

static bool matches(struct host_span name, struct host_span host) {
    if (name.len == 0 || name.len > host.len || (name.at[0] != '.' && name.len != host.len))
        return false;
    const size_t before = host.len - name.len;
    if (name.at[0] == '.' && before == 0)
        return false;
    return strncasecmp(host.at + before, name.at, name.len) == 0;
}

static bool is_listed(const char *names, struct host_span host) {
    while (*names != '\0') {
        const size_t len = strcspn(names, ",");
        if (matches((struct host_span){names, len}, host))
            return true;
        names += len + (names[len] == ',' ? 1 : 0);
    }
    return false;
}

bool http_hosts_admit(const char *names, const char *authority, size_t len) {
    struct host_span host;
    if (!cut_port(authority, len, &host))
        return false;
    if (host.at[host.len - 1] == '.')
        host.len--;
    if (host.len == 0)
        return false;
    return is_ip(host) ||
           (is_name(host) && (is_listed("localhost", host) || is_listed(names, host)));
}

/* ---- listen ---- */

static bool refuse(const char **ret_reason, const char *reason) {
    *ret_reason = reason;
    return false;
}

/* Fail with a sentence for this errno. */
static bool refuse_errno(const char **ret_reason, int error) {
    switch (error) {
    case EADDRINUSE:
        return refuse(ret_reason, "address already in use (ss -ltnp shows by whom)");
    case EADDRNOTAVAIL:
        return refuse(ret_reason, "this host has no such address");
    case EACCES:
        return refuse(ret_reason, "permission denied");
    default: {
        const char *text = strerrordesc_np(error);
        return refuse(ret_reason, text != NULL ? text : "unknown error");
    }
    }
}

/* ---- sockets ---- */

static bool bind_unix(int fd, mode_t mode, struct listen_socket *listener,
                      const char **ret_reason) {
    const char *why =
        host_unix_listener_bind(fd, listener->address.local.sun_path, mode, &listener->file);
    return why == NULL || refuse(ret_reason, why);
}

/* Whether the kernel reserves the port for root, with the default of
 * net.ipv4.ip_unprivileged_port_start.
 */
static bool is_reserved_port(const struct listen_address *address) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, &address->storage, sizeof in);
    memcpy(&in6, &address->storage, sizeof in6);
    return ntohs(address->any.sa_family == AF_INET6 ? in6.sin6_port : in.sin_port) <
           IPPORT_RESERVED;
}

static bool bind_tcp(int fd, struct listen_socket *listener, const char **ret_reason) {
    const int one = 1;
    socklen_t len = sizeof listener->address.storage;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
        return refuse_errno(ret_reason, errno);
    if (bind(fd, &listener->address.any, listener->address.len) != 0) {
        if (errno == EACCES && is_reserved_port(&listener->address))
            return refuse(ret_reason, "permission denied: a port below 1024 needs root or "
                                      "CAP_NET_BIND_SERVICE");
        return refuse_errno(ret_reason, errno);
    }
    if (listen(fd, SOMAXCONN) != 0 || getsockname(fd, &listener->address.any, &len) != 0)
        return refuse_errno(ret_reason, errno);
    return true;
}

bool http_listen_socket_open(const struct listen_address *address, mode_t mode,
                             struct listen_socket *ret_socket, const char **ret_reason) {
    if (address->kind == LISTEN_NONE)
        return refuse(ret_reason, "no address");
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse_errno(ret_reason, errno);
    struct listen_socket listener = {.fd = fd, .address = *address};
    const bool bound = address->kind == LISTEN_UNIX ? bind_unix(fd, mode, &listener, ret_reason)
                                                    : bind_tcp(fd, &listener, ret_reason);
    if (!bound) {
        close(fd);
        return false;
    }
    *ret_socket = listener;
    return true;
}

/* ---- sockets of a process before us ---- */

/* Both address families have their port at the same offset. */
_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port),
               "else is_wanted_port() needs to know the family");

static bool is_wanted_port(int fd, const struct listen_address *wanted,
                           struct listen_address *ret_address) {
    const size_t at = offsetof(struct sockaddr_in, sin_port);
    const in_port_t any = 0;
    struct listen_address bound = {.kind = LISTEN_TCP, .len = sizeof bound.storage};
    struct listen_address same = *wanted;
    if (getsockname(fd, &bound.any, &bound.len) != 0)
        return false;
    if (memcmp((const char *)&wanted->storage + at, &any, sizeof any) == 0)
        memcpy((char *)&same.storage + at, (const char *)&bound.storage + at, sizeof any);
    *ret_address = bound;
    return listen_address_same(&same, &bound);
}

bool http_listen_socket_adopt(int fd, const struct unix_socket_file *file,
                              const struct listen_address *wanted,
                              struct listen_socket *ret_socket) {
    struct listen_socket listener = {.fd = fd, .address = *wanted, .adopted = true};
    if (wanted->kind == LISTEN_NONE || !host_unix_listener_listens(fd, wanted->any.sa_family))
        return false;
    if (wanted->kind == LISTEN_TCP && !is_wanted_port(fd, wanted, &listener.address))
        return false;
    if (wanted->kind == LISTEN_UNIX && !unix_socket_in_place(wanted->local.sun_path, file))
        return false;
    if (wanted->kind == LISTEN_UNIX)
        listener.file = *file;
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
        return false;
    *ret_socket = listener;
    return true;
}

void http_listen_socket_leave(struct listen_socket *listener) {
    listener->file = (struct unix_socket_file){0};
}

void http_listen_socket_close(struct listen_socket *listener) {
    if (listener->fd < 0)
        return;
    close(listener->fd);
    listener->fd = -1;
    if (listener->address.kind != LISTEN_UNIX)
        return;
    /* Another process may have renamed its own socket over ours since. */
    const char *path = listener->address.local.sun_path;
    if (unix_socket_in_place(path, &listener->file))
        unlink(path);
}

/* ---- admission ---- */

bool admission_takes_commands(const struct http_request *request) {
    return (request->listener->table.parts & SERVES_COMMANDS) != 0;
}

bool admission_is_for_people(const struct http_request *request) {
    const char *path = request->target.path;
    return (request->listener->table.parts & SERVES_DEBUG) != 0 && request->page == NULL &&
           path != NULL && route_is_for_people(path);
}

/* ---- Host ---- */

/* The value of Host without surrounding blanks; "" if there is none. */
static const char *host_of(const struct http_request *request, size_t *ret_len) {
    const char *host = http_headers_find(request, MHD_HTTP_HEADER_HOST);
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
        !http_hosts_admit(server->hosts, target->authority, target->authority_len))
        return false;
    /* Browsers always send Host; a client that may open a Unix socket need not. */
    if (len == 0)
        return request->listener->wanted.kind == LISTEN_UNIX;
    return http_hosts_admit(server->hosts, host, len);
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
    if (name == NULL || http_hosts_admit(request->listener->server->hosts, name, len))
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
    const char *given = http_headers_find(request, MHD_HTTP_HEADER_AUTHORIZATION);
    const struct bearer_token *token = &request->listener->server->token;
    if (request->page != NULL)
        return bearer_token_admits(&request->page->token, given);
    return admission_is_for_people(request) ? bearer_token_admits_people(token, given)
                                            : bearer_token_admits(token, given);
}

/* Whether the kernel reports root or the daemon's own user at the other end. */
static bool may_command(const struct http_request *request) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(request->place->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == request->listener->server->commands_uid);
}

enum admission admission_of(const struct http_request *request, enum route route) {
    if (admission_takes_commands(request))
        return may_command(request) ? ADMISSION_GRANTED : ADMISSION_DENIED;
    if (route == ROUTE_HEALTHZ || route == ROUTE_READYZ)
        return ADMISSION_GRANTED;
    if (admission_is_for_people(request) && !names_this_host(request))
        return ADMISSION_HOST_UNKNOWN;
    return has_token(request) ? ADMISSION_GRANTED : ADMISSION_NO_TOKEN;
}
