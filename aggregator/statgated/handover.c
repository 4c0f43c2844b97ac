#include "statgated/handover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "host/notify.h"

uint64_t handover_number(const char *name, const char *beginning) {
    const size_t len = strlen(beginning);
    if (strncmp(name, beginning, len) != 0)
        return 0;
    char *end;
    const unsigned long long number = strtoull(name + len, &end, 10);
    const bool good = end != name + len && (*end == '\0' || *end == '-') && number < UINT32_MAX;
    return good ? number : 0;
}

/* Append an item. NULL if out of memory: the manager then keeps the descriptor until everything
 * is given up. */
static struct handover_item *append(struct handover *handover) {
    struct handover_item *items =
        realloc(handover->items, (handover->count + 1) * sizeof *handover->items);
    if (items == NULL)
        return NULL;
    handover->items = items;
    return &items[handover->count++];
}

static struct handover_item *find(const struct handover *handover, int fd) {
    for (size_t i = 0; i < handover->count; i++)
        if (handover->items[i].fd == fd)
            return &handover->items[i];
    return NULL;
}

bool handover_has(const struct handover *handover, int fd) {
    const struct handover_item *item = find(handover, fd);
    return item != NULL && item->kept;
}

void handover_note_gone(struct handover *handover, const char *name) {
    for (size_t i = 0; i < handover->count; i++)
        if (strcmp(handover->items[i].name, name) == 0)
            handover->items[i].gone = true;
}

void handover_note_none_gone(struct handover *handover) {
    for (size_t i = 0; i < handover->count; i++)
        handover->items[i].gone = false;
}

bool handover_is_gone(const struct handover *handover, int fd) {
    const struct handover_item *item = find(handover, fd);
    return item != NULL && item->gone;
}

static void take_out(struct handover *handover, struct handover_item *item) {
    if (item->kept)
        notify_forget(item->name);
    *item = handover->items[--handover->count];
}

void handover_found(struct handover *handover, const char *name, const char *beginning, int fd) {
    const uint64_t number = handover_number(name, beginning);
    struct handover_item *item = append(handover);
    if (number > handover->last)
        handover->last = number;
    if (item == NULL)
        return;
    *item = (struct handover_item){.fd = fd, .kept = true};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
}

static struct log_limit unkept_limit = LOG_LIMIT(8, 60000);

static void store(struct handover_item *item) {
    if (item->kept)
        return;
    item->kept = notify_keep(item->name, item->fd);
    if (!item->kept && notify_can_keep() != NOTIFY_NOBODY)
        log_limited(
            &unkept_limit, LOG_LEVEL_ERROR, "keep",
            "the service manager cannot be told to keep %s, which ends with this process: %m",
            item->name);
}

void handover_add_named(struct handover *handover, const char *name, int fd) {
    struct handover_item *item = find(handover, fd) == NULL ? append(handover) : NULL;
    if (item == NULL)
        return;
    *item = (struct handover_item){.fd = fd};
    (void)snprintf(item->name, sizeof item->name, "%s", name);
    if (handover->open)
        store(item);
}

void handover_add(struct handover *handover, const char *beginning, const char *detail, int fd) {
    char name[INHERITED_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s%" PRIu64 "%s", beginning, ++handover->last, detail);
    handover_add_named(handover, name, fd);
}

void handover_store(struct handover *handover) {
    handover->open = true;
    for (size_t i = 0; i < handover->count; i++)
        store(&handover->items[i]);
}

void handover_tidy(struct handover *handover) {
    for (size_t i = handover->count; i > 0; i--)
        if (handover->items[i - 1].fd < 0)
            take_out(handover, &handover->items[i - 1]);
}

void handover_drop(struct handover *handover, int fd) {
    struct handover_item *item = find(handover, fd);
    if (item != NULL)
        take_out(handover, item);
}

void handover_end(struct handover *handover) {
    while (handover->count > 0)
        take_out(handover, &handover->items[handover->count - 1]);
}

void handover_end_but(struct handover *handover, int fd) {
    for (size_t i = handover->count; i > 0; i--)
        if (handover->items[i - 1].fd != fd)
            take_out(handover, &handover->items[i - 1]);
}

void handover_done(struct handover *handover) {
    free(handover->items);
    *handover = (struct handover){0};
}
