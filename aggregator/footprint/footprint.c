/* SPDX-License-Identifier: MIT */
/* The memory of a full daemon: tables as large as the catalogs allow, all connections open, answers
 * as large as possible. */
#include "footprint/footprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/listen_address.h"
#include "base/num.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "endpoint/endpoint.h"
#include "events/events.h"
#include "gate/gate.h"
#include "history/history.h"
#include "http/http.h"
#include "ingress/ingress.h"
#include "ledger/ledger.h"
#include "object/object.h"
#include "postgres/postgres.h"
#include "sg_breaker_page.h"
#include "status/status.h"
#include "store/store.h"
#include "view/view.h"

enum {
    /* Measured by what was used: 2 MiB of its own, 8 to 12 of the program and its libraries. */
    PROCESS_BYTES = 16 << 20,
    /* The longest row taken, 1 MiB, in libpq's buffer (which doubles) and in its result; a thread's
     * stack while it connects; and memory for encryption. */
    DATABASE_BYTES = 4 << 20,
    /* A watched line as JSON: 1 KiB of text with each byte escaped, and its sender. */
    ANSWER_TEXT_BYTES = 16 << 10,
    /* One JSON value, or one row of a table: more than any of them needs. */
    ITEM_BYTES = 4 << 10
};

static const struct {
    const char *text;
    const char *key;
} parts[FOOTPRINT_PART_COUNT] = {
    [FOOTPRINT_KNOWN] = {"table of known lines", "known_lines_bytes"},
    [FOOTPRINT_PARTS] = {"values of processes, summaries", "parts_and_pages_bytes"},
    [FOOTPRINT_CATALOGS] = {"catalogs", "catalogs_bytes"},
    [FOOTPRINT_OWNERS] = {"table of processes", "owners_bytes"},
    [FOOTPRINT_SENDERS] = {"table of senders", "senders_bytes"},
    [FOOTPRINT_DETAILS] = {"refusals and ends, in detail", "details_bytes"},
    [FOOTPRINT_EVENTS] = {"events, status, scrapers", "events_bytes"},
    [FOOTPRINT_RECEIVE] = {"datagrams received", "receive_bytes"},
    [FOOTPRINT_CONNECTIONS] = {"HTTP connections", "connections_bytes"},
    [FOOTPRINT_ANSWERS] = {"answers under way", "answers_bytes"},
    [FOOTPRINT_COMMANDS] = {"commands, lines that are watched", "commands_bytes"},
    [FOOTPRINT_DATABASES] = {"database connections", "databases_bytes"},
    [FOOTPRINT_PROCESS] = {"program and libraries", "process_bytes"},
    [FOOTPRINT_HISTORY] = {"history", "history_bytes"},
    [FOOTPRINT_OBJECT] = {"object, beside its tables", "object_beside_bytes"},
    [FOOTPRINT_READING] = {"reading catalogs, beyond", "reading_bytes"},
};

const char *footprint_part_text(enum footprint_part part) {
    return parts[part].text;
}

const char *footprint_part_key(enum footprint_part part) {
    return parts[part].key;
}

/* ---- catalogs ---- */

static uint64_t catalogs_bytes(const struct catalog_set *set, const struct endpoint_plan *plan) {
    uint64_t bytes = plan->arena.bytes + plan->endpoints.arena.bytes + gate_names_bytes(set) +
                     heap_bytes(set->family_count * sizeof *set->families);
    for (size_t i = 0; i < set->count; i++)
        bytes += catalog_bytes(set->catalogs[i]);
    return bytes;
}

/* ---- HTTP ---- */

static bool is_new(const struct listen_address *addresses, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (listen_address_same(&addresses[i], &addresses[count]))
            return false;
    return true;
}

/* Count the addresses that the daemon listens on: those of endpoints, which may share one, and of
 * /debug. */
static size_t count_listeners(const struct endpoint_plan *plan) {
    struct listen_address addresses[ENDPOINTS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i <= plan->count; i++) {
        const char *text = i < plan->count ? plan->places[i].listen : plan->settings->debug_listen;
        const char *why;
        if (text != NULL && listen_address_parse(text, &addresses[count], &why) &&
            addresses[count].kind != LISTEN_NONE && is_new(addresses, count))
            count++;
    }
    return count;
}

/* Bytes of a label in a line, with its longest value. */
static uint64_t label_bytes(const struct catalog_label *label) {
    enum { ESCAPED = 2 };
    return strlen(label->name) + CATALOG_LABEL_AROUND + catalog_label_longest(label) * ESCAPED;
}

/* The longest text of one series of the family on this page, by which a slice may exceed its
 * limit. */
static uint64_t series_bytes(const struct endpoint_page *page,
                             const struct catalog_family *family) {
    enum { SUFFIX = 16, TAIL = 32 };
    uint64_t line = strlen(family->name) + SUFFIX + TAIL + NUM_TEXT_MAX +
                    endpoint_labels_bytes(&page->constants[family->catalog->index], true);
    for (uint32_t i = 0; i < family->label_count; i++)
        line += label_bytes(&family->labels[i]);
    if (family->state_label != NULL)
        line += label_bytes(family->state_label);
    const uint64_t lines = family->bound > 0 ? family->lines / family->bound : 0;
    return (lines + page->options->created) * line;
}

static uint64_t longest_item(const struct endpoint_plan *plan) {
    uint64_t longest = ITEM_BYTES;
    for (size_t i = 0; i < plan->endpoints.count; i++) {
        const struct endpoint_page *page = &plan->endpoints.items[i].all;
        for (size_t j = 0; j < page->family_count; j++) {
            const uint64_t bytes = series_bytes(page, page->families[j]);
            longest = bytes > longest ? bytes : longest;
        }
    }
    return longest;
}

/* Memory that connections hold for answers: their share of the common memory; beyond it, for each
 * the item that ended a slice; and for one the slice being made, whose buffer may grow to twice its
 * text. */
static uint64_t answers_bytes(const struct endpoint_plan *plan, size_t listeners) {
    const uint64_t item = longest_item(plan);
    return HTTP_ANSWERS_BYTES + (uint64_t)listeners * HTTP_CONNECTIONS_MAX * item +
           2 * (VIEW_SLICE_BYTES + item);
}

/* Recent events, and what each reader of the status collects of them. */
static uint64_t happenings_bytes(const struct catalog_set *set) {
    return events_bytes() + events_object_bytes() + events_quiet_bytes() + scrapers_bytes() +
           heap_bytes(SENDERS_MAX * sizeof(uint64_t)) + heap_bytes(set->family_count + 1) +
           HTTP_CONNECTIONS_MAX * heap_bytes(sizeof(struct status));
}

/* ---- all ---- */

uint64_t footprint_bytes(const struct footprint *footprint) {
    uint64_t sum = 0;
    for (size_t i = 0; i < footprint->family_count; i++)
        sum += footprint->families[i];
    for (int i = 0; i < FOOTPRINT_PART_COUNT; i++)
        sum += footprint->parts[i];
    return sum;
}

uint64_t footprint_later_bytes(const struct footprint *footprint) {
    return footprint->parts[FOOTPRINT_CONNECTIONS] + footprint->parts[FOOTPRINT_ANSWERS] +
           footprint->parts[FOOTPRINT_COMMANDS] + footprint->parts[FOOTPRINT_DATABASES];
}

/* The new process copies the daemon's data before the daemon ends; for a moment both may be
 * answering. */
uint64_t footprint_reload_bytes(const struct footprint *footprint) {
    return 2 * footprint_bytes(footprint) + footprint->restore;
}

/* All who follow lines share one trace and one text. */
static uint64_t commands_bytes(void) {
    return HTTP_COMMANDS_BYTES + heap_bytes(sizeof(struct gate_trace) + ITEM_BYTES) +
           heap_bytes(ANSWER_TEXT_BYTES);
}

static uint64_t databases_bytes(const struct catalog_set *set) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < set->database_count; i++)
        bytes += (uint64_t)set->databases[i]->connections * DATABASE_BYTES;
    return bytes;
}

/* The program, and a page of breakers beside each socket. */
static uint64_t process_bytes(const struct catalog_set *set) {
    uint64_t bytes = PROCESS_BYTES + sizeof(struct sg_breaker_page);
    for (size_t i = 0; i < set->count; i++)
        bytes += set->catalogs[i]->socket != NULL ? sizeof(struct sg_breaker_page) : 0;
    return bytes;
}

/* The connections of inputs, and their cut frames. */
static uint64_t inputs_bytes(const struct endpoint_plan *plan) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->input_count; i++)
        bytes += plan->inputs[i].input->udp ? 0 : ingress_input_bytes();
    return bytes > 0 ? bytes + INGRESS_STREAM_HELD_MAX : 0;
}

/* The texts that were accepted, about: with names, and the settings' own. */
static uint64_t texts_kept_bytes(const struct catalog_set *set) {
    enum { AROUND = 512, SETTINGS_TEXTS = 64 << 10 };
    uint64_t bytes = SETTINGS_TEXTS;
    for (size_t i = 0; i < set->count; i++)
        bytes += set->catalogs[i]->text_bytes + AROUND;
    return bytes;
}

/* Reading happens before the tables are made, and its memory is freed: only the excess over them
 * counts. */
static uint64_t reading_bytes(const struct footprint *footprint, const struct catalog_set *set) {
    enum { HOLES = 16 }; /* one byte in this many is lost between a document's small allocations */
    const uint64_t later = footprint_bytes(footprint);
    uint64_t reading = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->reading_bytes > reading)
            reading = set->catalogs[i]->reading_bytes;
    /* Texts that were read wait until the object is made. */
    reading += reading / HOLES + texts_kept_bytes(set) + footprint->parts[FOOTPRINT_CATALOGS] +
               footprint->parts[FOOTPRINT_PROCESS];
    return reading > later ? reading - later : 0;
}

uint64_t footprint_object_bytes(const struct catalog_set *set, bool history) {
    return object_bytes(set) + store_object_bytes(set) + ledger_object_bytes(set) +
           breakers_jobs_object_bytes(set) + events_object_bytes() + ingress_object_bytes() +
           postgres_object_bytes(set) + (history ? history_object_bytes(set) : 0);
}

void footprint_measure(struct footprint *ret_footprint, const struct catalog_set *set,
                       const struct endpoint_plan *plan) {
    const size_t listeners = count_listeners(plan);
    const bool kept = plan->settings->history;
    uint64_t *families = memory_array(set->family_count + 1, sizeof *families);
    for (size_t i = 0; i < set->family_count; i++)
        families[i] =
            store_family_bytes(set->families[i]) + breakers_jobs_family_bytes(set->families[i]);
    *ret_footprint = (struct footprint){
        .families = families,
        .family_count = set->family_count,
        .parts =
            {
                [FOOTPRINT_KNOWN] = gate_known_bytes(set),
                [FOOTPRINT_PARTS] = store_shared_bytes(set),
                [FOOTPRINT_CATALOGS] = catalogs_bytes(set, plan),
                [FOOTPRINT_OWNERS] = owners_bytes(OWNERS_MAX),
                [FOOTPRINT_SENDERS] =
                    ledger_bytes(set) + ledger_object_bytes(set) - ledger_details_bytes(),
                [FOOTPRINT_DETAILS] = ledger_details_bytes() + breakers_jobs_details_bytes(),
                [FOOTPRINT_EVENTS] = happenings_bytes(set),
                [FOOTPRINT_RECEIVE] = inbox_object_bytes() + inputs_bytes(plan),
                [FOOTPRINT_CONNECTIONS] = (uint64_t)listeners * HTTP_LISTENER_BYTES,
                [FOOTPRINT_ANSWERS] = answers_bytes(plan, listeners),
                [FOOTPRINT_COMMANDS] = commands_bytes(),
                [FOOTPRINT_DATABASES] = databases_bytes(set),
                [FOOTPRINT_PROCESS] = process_bytes(set),
                [FOOTPRINT_HISTORY] = kept ? history_bytes(set) : 0,
                [FOOTPRINT_OBJECT] = object_bytes(set) + texts_kept_bytes(set),
            },
        .restore = object_match_bytes(set) + store_restore_bytes(set) + ledger_restore_bytes() +
                   breakers_jobs_restore_bytes(set),
        .object = footprint_object_bytes(set, kept)};
    ret_footprint->parts[FOOTPRINT_READING] = reading_bytes(ret_footprint, set);
}

void footprint_done(struct footprint *footprint) {
    free(footprint->families);
    *footprint = (struct footprint){0};
}
