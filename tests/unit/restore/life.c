/* SPDX-License-Identifier: MIT */
#include "life.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "ingress/ingress.h"
#include "object/object.h"
#include "store/store.h"
#include "view/view.h"

uint64_t life_bytes(const struct catalog_set *set) {
    return object_bytes(set) + store_object_bytes(set) + ledger_object_bytes(set) +
           breakers_jobs_object_bytes(set) + ingress_object_bytes();
}

static void open_at(struct life *life, const struct fixture *from, const struct object_place *place,
                    struct store_time now) {
    *life = (struct life){.fx = *from};
    life->fx.now = now;
    if (place == NULL)
        region_init(&life->region, life_bytes(&from->set));
    life->fx.object =
        object_new(place != NULL ? place : &life->region.place, &life->fx.set, region_boot);
    cr_assert(life->fx.object != NULL);
    cr_assert(fixture_open(&life->fx));
}

void life_open(struct life *life, const struct fixture *from, const struct object_place *place,
               struct store_time now) {
    open_at(life, from, place, now);
}

/* The rest of the inbox; its samples that were accepted are in the books now. */
static void go_on(struct life *life, const struct image *image) {
    struct undo_position position = image->position;
    position.accepted = 0;
    undo_commit_at(object_undo(life->fx.object), &position);
}

/* Takes over all that is not in the store. */
static void take_rest(struct life *life, const struct image *image, const struct match *match,
                      struct store_time now) {
    ledger_restore(life->fx.ledger, image, match);
    breakers_jobs_restore(life->fx.breakers_jobs, image, match, now);
    for (int i = 0; i < MATCH_REASON_COUNT; i++)
        life->restarted[i] = object_match_restarted(match, (enum match_reason)i);
    go_on(life, image);
}

void life_take_over(struct life *life, const struct fixture *from, const struct image *image,
                    struct store_time now) {
    struct error error;
    open_at(life, from, NULL, now);
    struct match *match = object_match_new(image, &life->fx.set, &error);
    cr_assert(match != NULL, "%s", error.text);
    store_restore(life->fx.store, image, match, now, &life->restored);
    take_rest(life, image, match, now);
    object_match_free(match);
}

/* ---- one after the other ---- */

void life_reload_begin(struct life_reload *reload, const struct life *former, struct life *next,
                       const struct fixture *from, struct store_time now) {
    struct error error;
    *reload = (struct life_reload){.former = former, .next = next};
    open_at(next, from, NULL, now);
    cr_assert(image_open_live(&reload->image, region_look(&former->region),
                              former->region.place.size, region_boot, &error),
              "%s", error.text);
    reload->match = object_match_new(&reload->image, &next->fx.set, &error);
    cr_assert(reload->match != NULL, "%s", error.text);
    reload->restoring = store_restoring_new(next->fx.store, &reload->image, reload->match, now);
    cr_assert(reload->restoring != NULL);
}

void life_reload_ahead(struct life_reload *reload) {
    store_restore_ahead(reload->restoring);
    breakers_jobs_restore_ahead(reload->next->fx.breakers_jobs, &reload->image, reload->match,
                                reload->next->fx.now);
}

static void forget(struct life_reload *reload) {
    store_restoring_free(reload->restoring);
    object_match_free(reload->match);
    region_drop(&reload->former->region, reload->image.bytes);
    image_done(&reload->image);
}

void life_reload_finish(struct life_reload *reload, struct store_time now) {
    struct error error;
    cr_assert(image_settle(&reload->image, &error), "%s", error.text);
    reload->next->fx.now = now;
    store_restore_finish(reload->restoring, now, &reload->next->restored);
    take_rest(reload->next, &reload->image, reload->match, now);
    forget(reload);
}

void life_reload_cancel(struct life_reload *reload) {
    forget(reload);
    life_close(reload->next);
}

void life_close(struct life *life) {
    fixture_close(&life->fx);
    object_free(life->fx.object);
    region_done(&life->region);
}

/* ---- what is seen ---- */

static struct view_source source_of(struct life *life) {
    return (struct view_source){.set = &life->fx.set,
                                .store = life->fx.store,
                                .ledger = life->fx.ledger,
                                .breakers_jobs = life->fx.breakers_jobs};
}

static void put_view(struct life *life, struct view *view, struct strbuf *out) {
    cr_assert(view != NULL);
    while (view_step(view, out, SIZE_MAX, life->fx.now) == VIEW_MORE)
        ;
    view_free(view);
    strbuf_putc(out, '\n');
}

static void put_exposition(struct life *life, struct strbuf *out) {
    const struct view_source source = source_of(life);
    const struct exposition_options options = {.format = EXPOSITION_OPENMETRICS,
                                               .page = &life->fx.endpoints.items[0].all};
    breakers_jobs_publish(life->fx.breakers_jobs, life->fx.now);
    put_view(life, view_exposition(&source, &options), out);
}

typedef struct view *make_list(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);

static void put_list(struct life *life, make_list *make, struct strbuf *out) {
    const struct view_source source = source_of(life);
    const struct json_query query = {0};
    const char *error;
    put_view(life, make(&source, &query, &error), out);
}

/* When each series began. */
static void put_beginnings(struct life *life, struct strbuf *out) {
    static const char name[] = "\"created\":";
    struct strbuf all;
    strbuf_init(&all);
    put_list(life, view_json_series, &all);
    for (const char *at = strbuf_cstr(&all); (at = strstr(at, name)) != NULL;) {
        at += strlen(name);
        strbuf_put(out, at, strspn(at, "0123456789"));
        strbuf_putc(out, '\n');
    }
    strbuf_done(&all);
}

static void put_numbers(struct strbuf *out, const char *name, const uint64_t *numbers,
                        size_t count) {
    strbuf_puts(out, name);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, " %llu", (unsigned long long)numbers[i]);
    strbuf_putc(out, '\n');
}

static void put_family_books(const struct ledger *ledger, const struct catalog_family *family,
                             struct strbuf *out) {
    const size_t cells = ((size_t)family->label_count + 1) * SG_REJECT_COUNT;
    const uint64_t *rejected = ledger_family_rejected(ledger, family);
    const uint64_t *folded = ledger_family_folded(ledger, family);
    if (rejected != NULL)
        put_numbers(out, family->name, rejected, cells);
    if (folded != NULL)
        put_numbers(out, family->name, folded, cells);
}

static void put_books(const struct fixture *fx, struct strbuf *out) {
    put_numbers(out, "total", ledger_total(fx->ledger)->by_verdict, VERDICT_COUNT);
    for (int i = -1; i < (int)fx->set.count; i++) {
        put_numbers(out, "service", ledger_service(fx->ledger, i)->by_verdict, VERDICT_COUNT);
        put_numbers(out, "reasons", ledger_reasons(fx->ledger, i), SG_REJECT_COUNT);
    }
    for (size_t i = 0; i < fx->set.family_count; i++)
        put_family_books(fx->ledger, fx->set.families[i], out);
}

static char *text_of(struct strbuf *out) {
    cr_assert(not(out->failed));
    char *text = strdup(strbuf_cstr(out));
    strbuf_done(out);
    return text;
}

static void put_samples(struct life *life, struct strbuf *out) {
    put_exposition(life, out);
    put_beginnings(life, out);
    put_list(life, view_json_breakers, out);
    put_list(life, view_json_jobs, out);
    put_books(&life->fx, out);
}

char *life_text(struct life *life) {
    struct strbuf out;
    strbuf_init(&out);
    put_samples(life, &out);
    return text_of(&out);
}

char *life_full_text(struct life *life) {
    struct strbuf out;
    uint64_t numbers[3];
    strbuf_init(&out);
    put_samples(life, &out);
    put_list(life, view_json_senders, &out);
    ledger_reported(life->fx.ledger, &numbers[0], &numbers[1]);
    numbers[2] = ledger_implausible(life->fx.ledger);
    put_numbers(&out, "reported", numbers, 3);
    return text_of(&out);
}

/* ---- what happens ---- */

static void expire(struct life *life, size_t budget, void (*called)(void *arg), void *arg) {
    enum { LOOK_UNITS = 8 }; /* with fewer it comes to nothing */
    bool more = true;
    while (more) {
        size_t left = budget < LOOK_UNITS ? LOOK_UNITS : budget;
        more = !store_expire(life->fx.store, life->fx.now, &left);
        if (called != NULL)
            called(arg);
    }
}

static void forget_series(struct life *life, const struct step *step, size_t budget,
                          void (*called)(void *arg), void *arg) {
    struct store_key keys[32] = {{0}};
    struct store_forgetting forgetting = {.family = fixture_family(&life->fx, step->forgets),
                                          .labels = keys};
    bool more = true;
    if (step->value != NULL)
        keys[0] = (struct store_key){.text = step->value, .len = strlen(step->value)};
    while (more) {
        size_t left = budget;
        more = !store_forget(life->fx.store, &forgetting, life->fx.now, &left);
        if (called != NULL)
            called(arg);
    }
}

static void restart(struct ledger *ledger, int32_t pid, struct store_time now) {
    for (size_t i = 0; i < ledger_sender_count(ledger); i++) {
        const struct sender *sender = ledger_sender_at(ledger, i);
        if (sender->pid == pid && sender->datagrams > 0) /* and not again */
            ledger_sender_restart(ledger, sender, now.real_ms);
    }
}

void life_pass(struct life *life, const struct step *step, size_t budget, void (*called)(void *arg),
               void *arg) {
    struct fixture *fx = &life->fx;
    struct owners *owners = store_owners(fx->store);
    bool more = step->ends;
    if (step->after_ms > 0) {
        breakers_jobs_advance(fx->breakers_jobs, fx->now);
        expire(life, budget, called, arg);
    }
    if (step->restarts)
        restart(fx->ledger, step->pid, fx->now);
    if (step->ends)
        owners_end(owners, owners_find(owners, step->pid));
    while (more) {
        more = !breakers_jobs_release(fx->breakers_jobs, fx->now, budget);
        if (called != NULL)
            called(arg);
    }
    if (step->forgets != NULL)
        forget_series(life, step, budget, called, arg);
}

void life_begin_batch(struct life *life) {
    const struct undo_position first = {0};
    undo_commit_at(object_undo(life->fx.object), &first);
}

void life_receive(struct life *life, const struct step *step) {
    struct gate_datagram datagrams[4];
    size_t count = 0;
    life->fx.origin.pid = step->pid;
    for (; count < 4 && step->datagrams[count] != NULL; count++)
        datagrams[count] = (struct gate_datagram){.data = step->datagrams[count],
                                                  .len = strlen(step->datagrams[count]),
                                                  .origin = life->fx.origin};
    const size_t done = undo_position(object_undo(life->fx.object))->datagram;
    cr_assert(le(sz, done, count));
    cr_assert(eq(sz,
                 gate_batch(life->fx.gate, datagrams + done, count - done, SIZE_MAX, life->fx.now),
                 count - done));
}
