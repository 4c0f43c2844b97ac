/* Looks at owners that were taken over, in slices of turns. */
#include "ingress/owner_adopt.h"

#include <unistd.h>

#include "ingress/owner_find.h"
#include "ingress/owner_line.h"

/* Whether the owner's process is still the same one; also true if that cannot be determined. */
static bool is_same(struct owner_watch *watch, const struct life *life, enum procinfo_result result,
                    const struct procinfo *info) {
    const struct sender *row = ledger_sender_at(watch->ledger, life->row);
    const bool has_row = row != NULL && row->pid == life->pid && row->owner == life->id;
    if (result != PROCINFO_FOUND || (life->start_ticks == 0 && !has_row)) {
        watch->adopted.unproven++;
        return true;
    }
    return procinfo_is_same(info, life->start_ticks, has_row ? row->first_seen_ms : 0);
}

static void adopt(struct owner_watch *watch, struct life *life) {
    life->unseen = false;
    watch->figures.unseen--;
    if (life->ending) { /* the sweep found its end first */
        watch->adopted.ended++;
        return;
    }
    const struct owner_found found = owner_find_process(watch, life->pid);
    if (found.gone || !is_same(watch, life, found.result, &found.info)) {
        if (found.pidfd >= 0)
            close(found.pidfd);
        watch->adopted.ended++;
        owner_line_join(watch, life);
        return;
    }
    watch->adopted.kept++;
    if (found.opening == OPEN_FULL)
        watch->adopted.undescribed++;
    if (life->start_ticks == 0)
        life->start_ticks = found.info.start_ticks;
    life->pidfd = found.pidfd;
    watch->figures.swept--; /* counted again */
    owner_line_watch(watch, life);
}

static void on_adopt(uv_idle_t *idle) {
    struct owner_watch *watch = idle->data;
    const uint64_t end_ns = uv_hrtime() + OWNER_WATCH_SLICE_NS;
    while (watch->figures.unseen > 0 && uv_hrtime() < end_ns) {
        struct life *life = &watch->lives[watch->adopt_next++];
        if (life->id != OWNER_NONE && life->unseen)
            adopt(watch, life);
    }
    if (watch->figures.unseen > 0)
        return;
    (void)uv_idle_stop(idle);
    if (watch->options.adopted != NULL)
        watch->options.adopted(watch->options.arg, &watch->adopted);
}

/* Find the rows of the owners in the ledger. */
static void find_rows(struct owner_watch *watch) {
    const size_t count = ledger_sender_count(watch->ledger);
    for (size_t i = 0; i < count; i++) {
        const struct sender *sender = ledger_sender_at(watch->ledger, i);
        struct life *life = sender != NULL ? life_of(watch, sender->owner) : NULL;
        if (life != NULL && life->pid == sender->pid)
            life->row = (uint32_t)i;
    }
}

void owner_adopt_restored(struct owner_watch *watch) {
    struct owners_figures figures;
    owners_figures(watch->owners, &figures);
    for (uint32_t slot = 0; slot < watch->count; slot++) {
        const struct owner *owner = owners_live(watch->owners, owners_in_slot(watch->owners, slot));
        if (owner == NULL)
            continue;
        watch->lives[slot] = (struct life){.id = owner->id,
                                           .pid = owner->pid,
                                           .pidfd = -1,
                                           .row = UINT32_MAX,
                                           .start_ticks = owner->start_ticks,
                                           .unseen = true};
        watch->figures.unseen++;
        watch->figures.swept++;
    }
    if (watch->figures.unseen > 0) {
        find_rows(watch);
        (void)uv_idle_start(&watch->adopt, on_adopt);
    }
    if (figures.ended > 0) { /* their values have to be released */
        watch->release_due = true;
        owner_line_stir(watch);
    }
}
