/*
 * fixture.h - a catalog text turned into set, store, ledger and gate, for tests of everything
 * behind the socket.
 *
 * Time is a field that the test sets; nothing here reads a clock.
 */
#ifndef STATGATE_TESTS_FIXTURE_H
#define STATGATE_TESTS_FIXTURE_H

#include "catalog/catalog.h"
#include "endpoint/endpoint.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "store/store.h"

struct fixture {
    struct catalog_set set;
    struct endpoints endpoints; /* one, of all services and groups, until the test has others */
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
    struct object *object; /* of the test, in which fixture_open makes them; NULL: on the heap */
    struct store_time now;
    struct gate_origin
        origin; /* of the next datagrams: pid 100, uid 1000, gid 1000, shared socket */
};

/* Load catalogs (JSON texts, ended by NULL). Fails the test with the loader's message. */
void fixture_init(struct fixture *fx, const char *const *catalogs);
/* The same with these endpoints, for catalogs that can't share one. */
void fixture_init_with(struct fixture *fx, const char *const *catalogs,
                       const struct endpoint_options *options, size_t count);
void fixture_done(struct fixture *fx);
/* After fixture_close: make store, ledger, machines and gate again, from this memory. False when out
 * of memory; none of them exists then. */
bool fixture_open(struct fixture *fx, const struct memory *memory);
/* Free store, ledger, machines and gate. */
void fixture_close(struct fixture *fx);
/* Other endpoints; fails the test with the message. What is not exposed changes with them. */
void fixture_endpoints(struct fixture *fx, const struct endpoint_options *options, size_t count);
/* One endpoint with this choice of groups. */
void fixture_select(struct fixture *fx, const char *include, const char *exclude);
/* One catalog with these families (the inside of the object). */
void fixture_families(struct fixture *fx, const char *families);
/* Apply one datagram. */
void fixture_send(struct fixture *fx, const char *datagram);
void fixture_send_bytes(struct fixture *fx, const char *data, size_t len, bool truncated);
/* The family of this name in any service; fails the test when there is none. */
const struct catalog_family *fixture_family(const struct fixture *fx, const char *name);
/* Every series of the family (NULL: of all families) in order, as text: name{a="b"} value, one a
 * line. Histograms: name{..} sum=S buckets=[a b c]; summaries: name{..} sum=S count=N q=[a b],
 * q=[] with an empty window, and `-` for an item that was not relayed; statesets: the state, or
 * `-`. What has no lines (attempts, jobs) is left out. To be freed by the caller. */
char *fixture_dump(struct fixture *fx, const char *family);

#endif
