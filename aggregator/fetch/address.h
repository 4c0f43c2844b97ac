/*
 * address.h - reads the address of a server, as people write it.
 *
 *   127.0.0.1:9464   [::1]:9464   localhost:9464   metrics.example.org:9464   unix:/run/x/http.sock
 *
 * A leading http:// and a trailing / are ignored. An address on which a server listens at every
 * interface (0.0.0.0, ::) means this host.
 */
#ifndef STATGATE_FETCH_ADDRESS_H
#define STATGATE_FETCH_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/listen_address.h"

enum { FETCH_ADDRESSES_MAX = 4, FETCH_HOST_MAX = 280 };

struct fetch_address {
    char host[FETCH_HOST_MAX];                         /**< for the header Host, and for messages */
    struct listen_address places[FETCH_ADDRESSES_MAX]; /**< to try in this order */
    unsigned count;
};

/** Read an address; a name is looked up, which may take a while. False with a sentence that does
 * not repeat the text. */
bool fetch_address_find(const char *text, struct fetch_address *ret_address,
                        struct error *ret_error);

#endif
