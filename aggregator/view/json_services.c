/* SPDX-License-Identifier: MIT */
/* json_services.c - /debug/services and /debug/families: what there is, how full, and how busy. */
#include "view/view_private.h"

#include <stdlib.h>

/* ---- search ---- */

/* The text of a family, and how much was read to find it. */
struct searched {
    const char *text;
    size_t bytes;
};

static bool says(struct searched *searched, const char *where) {
    searched->bytes += strlen(where);
    return strcasestr(where, searched->text) != NULL;
}

static bool family_says(const struct catalog_family *family, struct searched *searched) {
    bool found = says(searched, family->name) || says(searched, family->help);
    for (size_t i = 0; !found && i < family->alias_count; i++)
        found = says(searched, family->aliases[i]);
    for (uint32_t i = 0; !found && i < family->label_count; i++)
        found = says(searched, family->labels[i].name);
    return found;
}

/* ---- json services ----
 * /debug/services: each service with its series and its bound, the verdicts on its samples, its
 * senders, and the samples of the last five minutes.
 *
 * {"services":[
 *  {"service":"imgsrv","file":"..","internal":false,"families":7,"series":36,"bound":580,
 *   "near":false,"samples":..,"accepted":..,"folded":..,"rejected":..,"ignored":..,"senders":5,
 *   "last_sample":..,"samples_per_s":1350.2,"rejected_per_s":0,
 *   "curve":{"step_ms":5000,"until":..,"samples":[null,..,6751]}},..],
 * "next":null}
 *
 * `near`: a family has nearly all its series and refuses what is more. `senders` counts processes
 * that are not known to have ended; rates are of the last ten seconds, null if not known, as is
 * `curve` without a history. The order is that of the catalogs; with `order=trouble` services that
 * are near a bound or reject now come first, then those that have rejected, then the busiest, and
 * there is no `next`. `q` selects services with this text in their name.
 */

struct service_sums {
    uint32_t index; /* in the set */
    bool near;
    uint32_t senders;
    uint64_t series;
    int64_t last_seen_ms;
    double trouble; /* the order */
};

struct services_list {
    struct json_list base;
    struct service_sums *sums;
    bool ordered;
    size_t family; /* positions of the walk that gathers */
    size_t sender;
    size_t service;
    size_t at; /* the next service */
    struct history_points points;
};

static struct services_list *services_of(struct json_list *base) {
    return (struct services_list *)base;
}

/* ---- gathering ---- */

enum {
    FAMILIES_A_UNIT = 16, /* a few words of each are read */
    TROUBLE_UNITS = 10    /* rows of the history, which are in no cache */
};

static void add_family(struct services_list *list, const struct catalog_family *family) {
    struct service_sums *sums = &list->sums[family->catalog->index];
    const uint64_t series = store_family_count(list->base.source.store, family);
    sums->series += series;
    sums->near |= status_fullness_of_family(family, series);
}

static void add_sender(struct services_list *list, size_t row) {
    const struct ledger *ledger = list->base.source.ledger;
    const bool alive = ledger_sender_at(ledger, row)->alive;
    struct ledger_sent sent;
    for (uint32_t at = 0; ledger_sent_next(ledger, row, &at, &sent);) {
        struct service_sums *sums = &list->sums[sent.service];
        sums->senders += alive;
        if (sent.last_seen_ms > sums->last_seen_ms)
            sums->last_seen_ms = sent.last_seen_ms;
    }
}

static bool rate_of(const struct services_list *list, uint32_t service, enum history_curve curve,
                    double *ret_rate) {
    const struct history *history = list->base.source.history;
    return history != NULL && history_rate(history, (int)service, curve, ret_rate);
}

/* Three classes, and within each the busiest first. */
static double trouble_of(const struct services_list *list, const struct service_sums *sums) {
    const struct tally *tally = ledger_service(list->base.source.ledger, (int)sums->index);
    double rejected = 0;
    double samples = 0;
    (void)rate_of(list, sums->index, HISTORY_REJECTED, &rejected);
    (void)rate_of(list, sums->index, HISTORY_SAMPLES, &samples);
    const double class = sums->near || rejected > 0                ? 2
                         : tally->by_verdict[VERDICT_REJECTED] > 0 ? 1
                                                                   : 0;
    return class * 1e12 + samples;
}

/* Sum up families and senders by service, and how much trouble there is. False: the slice ended
 * first. */
static bool gather(struct services_list *list, struct slice *slice) {
    const struct view_source *source = &list->base.source;
    for (; list->family < source->set->family_count; list->family++) {
        if (slice_is_spent(slice))
            return false;
        add_family(list, source->set->families[list->family]);
        slice_spend(slice, list->family % FAMILIES_A_UNIT == 0);
    }
    for (; list->sender < ledger_sender_count(source->ledger); list->sender++) {
        if (slice_is_spent(slice))
            return false;
        add_sender(list, list->sender);
        slice_spend(slice, 1 + ledger_sender_services(source->ledger, list->sender) / 2);
    }
    for (; list->base.selection.by_trouble && list->service < source->set->count; list->service++) {
        if (slice_is_spent(slice))
            return false;
        list->sums[list->service].trouble = trouble_of(list, &list->sums[list->service]);
        slice_spend(slice, TROUBLE_UNITS);
    }
    return true;
}

/* ---- order ---- */

static int compare(const void *left, const void *right) {
    const struct service_sums *a = left;
    const struct service_sums *b = right;
    if (a->trouble != b->trouble)
        return a->trouble > b->trouble ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static void order(struct services_list *list, struct slice *slice) {
    const size_t count = list->base.source.set->count;
    if (list->base.selection.by_trouble)
        qsort(list->sums, count, sizeof *list->sums, compare);
    list->ordered = true;
    slice_spend(slice, list->base.selection.by_trouble ? 2 * count : 0);
}

/* ---- writing ---- */

static void put_rate(struct services_list *list, const char *key, uint32_t service,
                     enum history_curve curve) {
    double rate;
    json_key(&list->base.json, key);
    if (rate_of(list, service, curve, &rate))
        json_number(&list->base.json, rate);
    else
        json_text(&list->base.json, NULL);
}

/* Write the points in steps of five seconds. */
static void put_curve(struct services_list *list, uint32_t service, struct store_time now) {
    enum { TOGETHER = 5 };
    const struct history *history = list->base.source.history;
    struct json_writer *json = &list->base.json;
    struct history_points *points = &list->points;
    if (history == NULL ||
        !history_curve(history, (int)service, HISTORY_SAMPLES, HISTORY_SHORT, points)) {
        json_member_text(json, "curve", NULL);
        return;
    }
    json_open_member(json, "curve", '{');
    json_member_u64(json, "step_ms", (uint64_t)points->step_ms * TOGETHER);
    json_member_time(json, "until", now.real_ms - (now.mono_ms - points->end_mono_ms));
    json_open_member(json, "samples", '[');
    for (uint32_t i = 0; i + TOGETHER <= points->count; i += TOGETHER) {
        uint64_t sum = 0;
        bool known = true;
        for (uint32_t j = i; j < i + TOGETHER; j++) {
            known &= points->values[j] != HISTORY_UNKNOWN;
            sum += points->values[j];
        }
        if (known)
            json_u64(json, sum);
        else
            json_text(json, NULL);
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void put_service(struct services_list *list, const struct service_sums *sums,
                        struct store_time now) {
    const struct catalog *service = list->base.source.set->catalogs[sums->index];
    const struct tally *tally = ledger_service(list->base.source.ledger, (int)sums->index);
    struct json_writer *json = &list->base.json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", service->service);
    json_member_text(json, "file", service->file);
    json_member_bool(json, "internal", service->internal);
    json_member_u64(json, "families", service->family_count);
    json_member_u64(json, "series", sums->series);
    json_member_u64(json, "bound", service->bound);
    json_member_bool(json, "near", sums->near);
    json_member_u64(json, "samples", tally_total(tally));
    for (int i = 0; i < VERDICT_COUNT; i++)
        json_member_u64(json, ledger_verdict_text((enum verdict)i), tally->by_verdict[i]);
    json_member_u64(json, "senders", sums->senders);
    json_member_time_known(json, "last_sample", sums->last_seen_ms);
    put_rate(list, "samples_per_s", sums->index, HISTORY_SAMPLES);
    put_rate(list, "rejected_per_s", sums->index, HISTORY_REJECTED);
    put_curve(list, sums->index, now);
    json_close(json, '}');
}

static bool is_selected(const struct services_list *list, const struct catalog *service) {
    return (list->base.selection.service == NULL || list->base.selection.service == service) &&
           (list->base.search == NULL || strcasestr(service->service, list->base.search) != NULL);
}

static void services_token(struct services_list *list, const struct catalog *next) {
    struct page_token_writer token;
    view_json_list_begin_token(&list->base, &token);
    view_page_token_add(&token, next->service, strlen(next->service));
    view_page_token_end(&token, &list->base.next);
}

static bool services_resume(struct json_list *base, struct page_token_reader *after) {
    const char *text;
    size_t len;
    if (!view_page_token_next(after, &text, &len))
        return false;
    const struct catalog *service = catalog_set_find(base->source.set, text, len);
    if (service != NULL)
        services_of(base)->at = service->index;
    return service != NULL;
}

static void services_begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "services", '[');
}

static bool services_write(struct json_list *base, struct slice *slice, struct store_time now) {
    enum { UNITS = 40 };
    struct services_list *list = services_of(base);
    const struct catalog_set *set = base->source.set;
    if (!gather(list, slice) || slice_is_spent(slice))
        return false;
    if (!list->ordered)
        order(list, slice);
    for (; list->at < set->count; list->at++) {
        const struct service_sums *sums = &list->sums[list->at];
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1);
        if (!is_selected(list, set->catalogs[sums->index]))
            continue;
        if (list->base.selection.by_trouble && base->written == base->selection.limit)
            break;
        if (json_list_is_full(base)) {
            services_token(list, set->catalogs[sums->index]);
            break;
        }
        put_service(list, sums, now);
        base->written++;
        slice_spend(slice, UNITS);
    }
    json_close(&base->json, ']');
    return true;
}

static void services_done(struct json_list *base) {
    free(services_of(base)->sums);
}

struct view *view_json_services(const struct view_source *source, const struct json_query *query,
                                const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct services_list),
                                               .list = PAGE_TOKEN_SERVICES,
                                               .resume = services_resume,
                                               .begin = services_begin,
                                               .write = services_write,
                                               .done = services_done};
    struct view *view = view_json_list_new(&kind, source, query, ret_error);
    if (view == NULL)
        return NULL;
    struct services_list *list = (struct services_list *)view;
    list->sums = memory_array(source->set->count + 1, sizeof *list->sums);
    for (uint32_t i = 0; i < source->set->count; i++)
        list->sums[i].index = i;
    return view;
}

/* ---- json families ----
 * /debug/families: each family in a row, without its labels' values: /debug/catalog has those.
 *
 * {"families":[
 *  {"service":"imgsrv","name":"x_total","type":"counter","unit":null,"help":"..","exposed":true,
 *   "labels":["op"],"series":3,"bound":12,"near":false,"rejected":4,"folded":0},..],
 * "next":null}
 *
 * `q` selects families with this text in their name, an alias, their help or the name of a label.
 */

static uint64_t sum_of(const struct catalog_family *family, const uint64_t *counts) {
    uint64_t sum = 0;
    const size_t cells = ((size_t)family->label_count + 1) * SG_REJECT_COUNT;
    for (size_t i = 0; counts != NULL && i < cells; i++)
        sum += counts[i];
    return sum;
}

static void put_family(struct json_list *base, const struct catalog_family *family) {
    struct json_writer *json = &base->json;
    const uint64_t series = store_family_count(base->source.store, family);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "name", family->name);
    json_member_text(json, "type", family->kind->type);
    json_member_text(json, "unit", family->unit);
    json_member_text(json, "help", family->help);
    json_member_bool(json, "exposed", family->exposed);
    json_open_member(json, "labels", '[');
    for (uint32_t i = 0; i < family->label_count; i++)
        json_text(json, family->labels[i].name);
    json_close(json, ']');
    json_member_u64(json, "series", series);
    json_member_u64(json, "bound", family->bound);
    json_member_bool(json, "near", status_fullness_of_family(family, series));
    json_member_u64(json, "rejected",
                    sum_of(family, ledger_family_rejected(base->source.ledger, family)));
    json_member_u64(json, "folded",
                    sum_of(family, ledger_family_folded(base->source.ledger, family)));
    json_close(json, '}');
}

static bool families_resume(struct json_list *base, struct page_token_reader *after) {
    return view_json_services_seek((struct json_services *)base, after);
}

static void families_begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "families", '[');
}

static void families_token(struct json_list *base, const struct catalog_family *next) {
    struct page_token_writer token;
    view_json_list_begin_token(base, &token);
    view_page_token_add_family(&token, next);
    view_page_token_end(&token, &base->next);
}

static bool families_write(struct json_list *base, struct slice *slice, struct store_time now) {
    enum { UNITS = 12, SEARCHED_A_UNIT = 32 };
    struct json_services *list = (struct json_services *)base;
    (void)now;
    for (; view_json_services_find(list); list->family++) {
        const struct catalog_family *family = json_services_family(list);
        if (slice_is_spent(slice))
            return false;
        struct searched searched = {.text = base->search};
        const bool found = base->search == NULL || family_says(family, &searched);
        slice_spend(slice, 1 + searched.bytes / SEARCHED_A_UNIT);
        if (!found)
            continue;
        if (json_list_is_full(base)) {
            families_token(base, family);
            break;
        }
        put_family(base, family);
        base->written++;
        slice_spend(slice, UNITS);
    }
    json_close(&base->json, ']');
    return true;
}

struct view *view_json_families(const struct view_source *source, const struct json_query *query,
                                const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct json_services),
                                               .list = PAGE_TOKEN_FAMILIES,
                                               .resume = families_resume,
                                               .begin = families_begin,
                                               .write = families_write};
    return view_json_list_new(&kind, source, query, ret_error);
}
