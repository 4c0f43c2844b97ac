#include "ingress/former.h"

#include <sys/socket.h>

#include "ingress/figures.h"

static void on_retired(uv_handle_t *handle) {
    struct ingress_socket *sock = handle->data;
    if (--sock->closing > 0)
        return;
    ingress_listen_close(&sock->listener);
    memory_release(sock->memory, sock);
}

void former_retire(struct ingress_socket *sock) {
    struct ingress *ingress = sock->ingress;
    size_t kept = 0;
    for (size_t i = 0; i < ingress->count; i++)
        if (ingress->sockets[i] != sock)
            ingress->sockets[kept++] = ingress->sockets[i];
    ingress->count = kept;
    marks_leave(&ingress->marks, &sock->queue);
    figures_add(&ingress->gone, &sock->figures);
    if (ingress->options.closed != NULL && !sock->listener.inherited)
        ingress->options.closed(ingress->options.arg, &sock->listener);
    sock->closing = 2;
    uv_close((uv_handle_t *)&sock->poll, on_retired);
    uv_close((uv_handle_t *)&sock->timer, on_retired);
}

void former_limit(struct ingress *ingress) {
    struct ingress_socket *oldest = NULL;
    size_t former = 0;
    for (size_t i = 0; i < ingress->count; i++) {
        struct ingress_socket *sock = ingress->sockets[i];
        if (!sock->former || sock->retiring || sock->listener.inherited)
            continue;
        former++;
        if (oldest == NULL)
            oldest = sock;
    }
    if (former <= INGRESS_FORMER_MAX)
        return;
    oldest->retiring = true;
    (void)shutdown(oldest->listener.fd, SHUT_RD); /* this makes it readable */
}
