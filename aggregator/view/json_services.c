/*
 * json_services.c - see json_services.h.
 */
#include "view/json_services.h"

bool json_services_seek(struct json_services *list, struct page_token_reader *after) {
    const struct catalog_family *family = page_token_next_family(after, list->base.source.set);
    if (family == NULL || !json_list_shows(&list->base, family))
        return false;
    list->service = family->catalog->index;
    list->family = (size_t)(family - family->catalog->families);
    return true;
}

void json_services_close(struct json_services *list) {
    if (list->service_opened) {
        json_close(&list->base.json, ']');
        json_close(&list->base.json, '}');
    }
    list->service_opened = false;
}

bool json_services_find(struct json_services *list) {
    const struct catalog_set *set = list->base.source.set;
    for (; list->service < set->count; list->service++, list->family = 0) {
        for (; list->family < json_services_service(list)->family_count; list->family++)
            if (json_list_shows(&list->base, json_services_family(list)))
                return true;
        json_services_close(list);
    }
    return false;
}
