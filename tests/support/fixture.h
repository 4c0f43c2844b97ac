/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - makes a set, store, ledger, machines and gate from catalog texts, for tests of
 * everything behind the socket.
 *
 * The test sets the time, which is a field; nothing here reads a clock.
 */
#ifndef STATGATE_TESTS_FIXTURE_H
#define STATGATE_TESTS_FIXTURE_H

#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "endpoint/endpoint.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "store/store.h"

struct fixture {
    struct catalog_set set;
    struct endpoints endpoints; /* at first one, with all services and groups */
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct gate *gate;
    struct object *object; /* the test's, in which fixture_open makes the tables; NULL: heap */
    struct store_time now;
    struct gate_origin
        origin; /* of the next datagrams: pid 100, uid 1000, gid 1000, shared socket */
};

/* Loads catalogs (JSON texts, ended by NULL). Fails the test with the loader's message if it
 * cannot. */
void fixture_init(struct fixture *fx, const char *const *catalogs);
/* The same with these endpoints, for catalogs that cannot share one. */
void fixture_init_with(struct fixture *fx, const char *const *catalogs,
                       const struct endpoint_options *options, size_t count);
void fixture_done(struct fixture *fx);
/* Makes store, ledger, machines and gate again after fixture_close, from this memory. False when
 * out of memory: then none of them exists. */
bool fixture_open(struct fixture *fx);
/* Frees store, ledger, machines and gate. */
void fixture_close(struct fixture *fx);
/* Replaces the endpoints, and with them the choice of what is not exposed. Fails the test with the
 * message if it cannot. */
void fixture_endpoints(struct fixture *fx, const struct endpoint_options *options, size_t count);
/* Replaces the endpoints by one with this choice of groups. */
void fixture_select(struct fixture *fx, const char *include, const char *exclude);
/* fixture_init with one catalog that has these families (the text within the braces). */
void fixture_families(struct fixture *fx, const char *families);
/* Applies one datagram. */
void fixture_send(struct fixture *fx, const char *datagram);
void fixture_send_bytes(struct fixture *fx, const char *data, size_t len, bool truncated);
/* The family of this name in any service. Fails the test if there is none. */
const struct catalog_family *fixture_family(const struct fixture *fx, const char *name);
/* Every series of the family (NULL: of all families) in order, as text: name{a="b"} value, one per
 * line. Histograms: name{..} sum=S buckets=[a b c]. Summaries: name{..} sum=S count=N q=[a b], with
 * q=[] for an empty window, and `-` for an item that was not relayed. Statesets: the state, or `-`.
 * Families without lines (attempts, jobs) are left out. The caller frees the text. */
char *fixture_dump(struct fixture *fx, const char *family);

#endif
