/* What the successor gets: the program of this daemon, its configuration, and all descriptors it
 * keeps. */
#include "statgated/succession_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/program.h"
#include "host/wire.h"
#include "supervisor/supervisor.h"

struct offer {
    struct wire_item *items;
    char (*names)[INHERITED_NAME_MAX];
    size_t count;
};

static void put(struct offer *offer, const char *beginning, const char *name, int fd) {
    char *own = offer->names[offer->count];
    if (fd < 0 || strchr(name, '\n') != NULL ||
        snprintf(own, INHERITED_NAME_MAX, "%s%s", beginning, name) >= INHERITED_NAME_MAX)
        return;
    offer->items[offer->count++] = (struct wire_item){own, fd};
}

static void put_listener(struct offer *offer, const struct ingress_view *view) {
    const struct ingress_listener *listener = view->listener;
    if (listener->inherited && listener->name != NULL)
        put(offer, "", listener->name, listener->fd);
    if (!view->former)
        put(offer, INHERITED_LOCK, listener->path, listener->lock);
}

static void fill_offer(const struct daemon *daemon, struct offer *offer) {
    const struct handover *handover = &daemon->handover;
    struct ingress_view view;
    for (size_t i = 0; i < handover->count; i++)
        put(offer, "", handover->items[i].name, handover->items[i].fd);
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        put_listener(offer, &view);
    }
    if (daemon->supervisor.open)
        put(offer, "", INHERITED_SUPERVISOR, daemon->supervisor.fd);
    put(offer, "", MEANWHILE_NAME, daemon->away.fd);
}

/* Send the stamp of this program and the description of its configuration. */
static bool send_hello(const struct daemon *daemon, int sock) {
    const struct wire_item had = {"configuration", daemon->description};
    char stamp[PROGRAM_STAMP_MAX];
    program_stamp(stamp);
    return wire_send(sock, "hello %d %s", SUCCESSION_VERSION, stamp) &&
           (had.fd < 0 || wire_send_items(sock, "had", &had, 1));
}

bool succession_offer_send(const struct daemon *daemon, int sock) {
    const size_t most = daemon->handover.count + 2 * ingress_count(daemon->ingress) + 2;
    struct offer offer = {.items = calloc(most, sizeof *offer.items),
                          .names = calloc(most, sizeof *offer.names)};
    bool good = offer.items != NULL && offer.names != NULL;
    if (good) {
        fill_offer(daemon, &offer);
        good = send_hello(daemon, sock) &&
               wire_send_items(sock, "keeps", offer.items, offer.count) && wire_send(sock, "begin");
    }
    free(offer.items);
    free(offer.names);
    return good;
}
