/*
 * places.c - see places.h.
 */
#include "http/places.h"

#include <stdlib.h>

bool places_init(struct http_places *places, const struct http_places_limits *limits) {
    *places = (struct http_places){.limits = *limits};
    if (limits->spare > limits->most)
        places->limits.spare = limits->most;
    places->count = limits->most + places->limits.spare + limits->leaving;
    places->all = calloc(places->count, sizeof *places->all);
    return places->all != NULL;
}

void places_done(struct http_places *places) {
    free(places->all);
    *places = (struct http_places){0};
}

static bool is_incomplete(const struct http_place *place) {
    return place->state == PLACE_OPENED || place->state == PLACE_KEPT || place->state == PLACE_HEAD;
}

/* Answers of requests that do not count as served are small: if the socket did not take one at
 * once, its client does not read. */
static bool is_stalled(const struct http_places *places, const struct http_place *place,
                       uint64_t now_ms) {
    return place->state == PLACE_COMPLETE && place->handed &&
           (!place->serving || now_ms - place->handed_ms >= places->limits.stall_ms);
}

struct http_place *places_oldest_incomplete(const struct http_places *places) {
    struct http_place *oldest = NULL;
    for (unsigned i = 0; i < places->count; i++) {
        struct http_place *place = &places->all[i];
        if (is_incomplete(place) && (oldest == NULL || place->since_ms < oldest->since_ms))
            oldest = place;
    }
    return oldest;
}

/* Which of the stalled connections may make way. */
enum leavers { ANY, SERVED, SERVED_OTHERS };

static bool is_among(const struct http_place *place, enum leavers leavers) {
    return leavers == ANY || (leavers == SERVED ? place->serving : place->other);
}

/* The connection that has stalled for the longest time. */
static struct http_place *longest_stalled(const struct http_places *places, enum leavers leavers,
                                          uint64_t now_ms) {
    struct http_place *longest = NULL;
    for (unsigned i = 0; i < places->count; i++) {
        struct http_place *place = &places->all[i];
        if (is_stalled(places, place, now_ms) && is_among(place, leavers) &&
            (longest == NULL || place->handed_ms < longest->handed_ms))
            longest = place;
    }
    return longest;
}

/* ---- connections ---- */

bool places_admit(const struct http_places *places, uint64_t now_ms,
                  struct http_place **ret_leaver) {
    const struct http_places_limits *limits = &places->limits;
    const bool all_taken = places->open >= limits->most + limits->spare;
    *ret_leaver = NULL;
    if (places->taken == places->count)
        return false;
    if (!all_taken && (places->open < limits->most || places->incomplete < limits->spare))
        return true;
    *ret_leaver = places_oldest_incomplete(places);
    if (*ret_leaver == NULL)
        *ret_leaver = longest_stalled(places, ANY, now_ms);
    return *ret_leaver != NULL;
}

struct http_place *places_take(struct http_places *places, int fd, uint64_t now_ms) {
    for (unsigned i = 0; i < places->count; i++) {
        struct http_place *place = &places->all[i];
        if (place->state != PLACE_FREE)
            continue;
        *place = (struct http_place){.state = PLACE_OPENED, .fd = fd, .since_ms = now_ms};
        places->taken++;
        places->open++;
        places->incomplete++;
        return place;
    }
    return NULL;
}

static void stop_serving(struct http_places *places, struct http_place *place) {
    places->serving -= place->serving;
    places->others -= place->other;
    place->serving = false;
    place->other = false;
}

/* Remove a connection from the counts. */
static void uncount(struct http_places *places, struct http_place *place) {
    if (is_incomplete(place))
        places->incomplete--;
    stop_serving(places, place);
    places->open--;
}

void places_leave(struct http_places *places, struct http_place *place) {
    uncount(places, place);
    place->state = PLACE_LEAVING;
}

void places_free(struct http_places *places, struct http_place *place) {
    if (place->state != PLACE_LEAVING)
        uncount(places, place);
    places->taken--;
    *place = (struct http_place){0};
}

/* ---- a request's way ---- */

static void set_state(struct http_places *places, struct http_place *place, enum place_state state,
                      uint64_t now_ms) {
    if (place->state == PLACE_LEAVING)
        return;
    places->incomplete -= is_incomplete(place);
    place->state = state;
    places->incomplete += is_incomplete(place);
    place->since_ms = now_ms;
    place->handed = false;
}

void places_head(struct http_places *places, struct http_place *place, uint64_t now_ms) {
    set_state(places, place, PLACE_HEAD, now_ms);
}

void places_complete(struct http_places *places, struct http_place *place) {
    set_state(places, place, PLACE_COMPLETE, place->since_ms);
}

void places_over(struct http_places *places, struct http_place *place, uint64_t now_ms) {
    stop_serving(places, place);
    set_state(places, place, PLACE_KEPT, now_ms);
}

/* Whether no request of this sort can be served unless another one makes way. */
static bool is_full(const struct http_places *places, bool scrape) {
    const struct http_places_limits *limits = &places->limits;
    return places->serving >= limits->most ||
           (!scrape && places->others >= limits->most - limits->scrapes);
}

bool places_serve(struct http_places *places, struct http_place *place, bool scrape,
                  uint64_t now_ms, struct http_place **ret_leaver) {
    *ret_leaver = NULL;
    if (place->serving || place->state != PLACE_COMPLETE)
        return place->serving;
    if (is_full(places, scrape)) {
        *ret_leaver = longest_stalled(places, scrape ? SERVED : SERVED_OTHERS, now_ms);
        if (*ret_leaver == NULL)
            return false;
    }
    place->serving = true;
    place->other = !scrape;
    places->serving++;
    places->others += place->other;
    return true;
}

void place_handed(struct http_place *place, uint64_t now_ms) {
    place->handed = true;
    place->handed_ms = now_ms;
}

void place_working(struct http_place *place) {
    place->handed = false;
}
