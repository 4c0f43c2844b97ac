/*
 * json_services.h - a JSON list whose items are grouped by service and family, in the order of the
 * catalogs.
 */
#ifndef STATGATE_VIEW_JSON_SERVICES_H
#define STATGATE_VIEW_JSON_SERVICES_H

#include "view/json_list.h"

/** The first member of such a list's struct. */
struct json_services {
    struct json_list base;
    size_t service;      /**< the present position: index in the set ... */
    size_t family;       /**< ... and index in the catalog */
    bool service_opened; /**< `{"service":` was written, not yet closed */
};

static inline const struct catalog *json_services_service(const struct json_services *list) {
    return list->base.source.set->catalogs[list->service];
}

static inline const struct catalog_family *json_services_family(const struct json_services *list) {
    return &json_services_service(list)->families[list->family];
}

/** Go to the family that the next two texts of the token name. False if the list does not show
 * it. */
bool json_services_seek(struct json_services *list, struct page_token_reader *after);

/** Go to the next family that the list shows, beginning with the present one, and close the
 * services before it. False at the end. */
bool json_services_find(struct json_services *list);

/** Close the present service, `]}`, if it was opened. */
void json_services_close(struct json_services *list);

#endif
