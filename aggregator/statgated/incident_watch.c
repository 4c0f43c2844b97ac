#include "statgated/incident_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sg_proto.h"
#include "status/status.h"

enum {
    ROWS_AT_ONCE = 4096 /* senders and families in one look: some tens of µs */
};

/* ---- tables ---- */

/* Nothing is lost when these are full: they only remember less, or show less. */
static bool is_cache(enum self_metrics_table table) {
    return table == SELF_TABLE_KNOWN_LINES || table == SELF_TABLE_UNKNOWN_LABELS ||
           table == SELF_TABLE_UNKNOWN_NAMES || table == SELF_TABLE_FOLDED_VALUES;
}

static void tell_table(struct teller *teller, enum self_metrics_table table, uint64_t times,
                       struct store_time now) {
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_TABLE_FULL};
    events_copy(item.name, sizeof item.name, self_metrics_table_text(table));
    if (table == SELF_TABLE_MEMORY)
        events_print(item.text, sizeof item.text,
                     "memory ran out: %llu connection%s or request%s got no answer; give it more "
                     "(MemoryMax=, ulimit -v), or smaller catalogs (statgate check)",
                     (unsigned long long)times, text_plural(times), text_plural(times));
    else
        events_print(item.text, sizeof item.text,
                     "table %s is full: something found no place, see statgate_table_full_total",
                     item.name);
    teller_tell(teller, &item, now.mono_ms);
}

static void look_at_tables(struct incident_watch *watch, const struct daemon *daemon,
                           struct teller *teller, struct store_time now) {
    uint64_t counts[SELF_TABLE_COUNT];
    self_metrics_table_counts(daemon->self, &daemon->inputs, counts);
    counts[SELF_TABLE_MEMORY] = daemon_no_memory(daemon); /* also while no scrape gets through */
    for (int i = 0; i < SELF_TABLE_COUNT; i++) {
        if (counts[i] > watch->tables[i] && !is_cache((enum self_metrics_table)i))
            tell_table(teller, (enum self_metrics_table)i, counts[i] - watch->tables[i], now);
        watch->tables[i] = counts[i];
    }
}

/* ---- reload ---- */

static void look_at_reload(struct incident_watch *watch, const struct daemon *daemon,
                           struct teller *teller, struct store_time now) {
    const struct view_reload *reload = &daemon->reload.shown;
    struct events_item item = {.at_ms = reload->real_ms, .kind = EVENT_RELOAD};
    if (reload->error == NULL || reload->real_ms == watch->refused_ms)
        return;
    watch->refused_ms = reload->real_ms;
    events_copy(item.name, sizeof item.name, "refused");
    events_print(item.text, sizeof item.text,
                 "a reload was refused, the configuration before it stays in force: %s",
                 reload->error);
    teller_tell(teller, &item, now.mono_ms);
}

/* ---- senders ---- */

static void tell_loss(const struct daemon *daemon, struct teller *teller, size_t row, uint64_t lost,
                      struct store_time now) {
    const struct sender *sender = ledger_sender_at(daemon->ledger, row);
    const uint32_t services = ledger_sender_services(daemon->ledger, row);
    char who[STATUS_WHO_MAX];
    char of[48] = "";
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_SENDER_LOSS};
    ledger_who(sender, &item.who);
    if (services > 1) /* a loss names no service */
        (void)snprintf(of, sizeof of, "; it sends for %u services", services);
    else if (services == 1)
        events_copy(item.service, sizeof item.service,
                    daemon->set.catalogs[sender->service]->service);
    events_copy(item.name, sizeof item.name, sender->comm);
    events_print(item.text, sizeof item.text, "%s lost %llu sample%s, %llu in all%s",
                 status_text_who(who, sizeof who, &item.who), (unsigned long long)lost,
                 text_plural(lost), (unsigned long long)sender->lost, of);
    teller_tell(teller, &item, now.mono_ms);
}

/* A row with a lower count than before now belongs to another process. */
static void look_at_sender(struct incident_watch *watch, const struct daemon *daemon,
                           struct teller *teller, size_t row, struct store_time now) {
    const struct sender *sender = ledger_sender_at(daemon->ledger, row);
    const uint64_t before = watch->sender_lost[row] <= sender->lost ? watch->sender_lost[row] : 0;
    if (sender->lost > before)
        tell_loss(daemon, teller, row, sender->lost - before, now);
    watch->sender_lost[row] = sender->lost;
}

static void look_at_senders(struct incident_watch *watch, const struct daemon *daemon,
                            struct teller *teller, struct store_time now) {
    uint64_t sent;
    uint64_t lost;
    ledger_reported(daemon->ledger, &sent, &lost);
    if (lost != watch->lost && !watch->losing) {
        watch->losing = true;
        watch->lost = lost;
        watch->sender = 0;
    }
    if (!watch->losing)
        return;
    const size_t count = ledger_sender_count(daemon->ledger);
    for (int i = 0; i < ROWS_AT_ONCE && watch->sender < count; i++)
        look_at_sender(watch, daemon, teller, watch->sender++, now);
    watch->losing = watch->sender < count;
}

/* ---- rejections ---- */

/* Find the first non-zero cell of a family and return its count; 0: all are zero. */
static uint64_t find_cell(const struct catalog_family *family, const uint64_t *cells,
                          uint32_t *ret_label, enum sg_reject *ret_reason) {
    for (uint32_t label = 0; label <= family->label_count; label++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++) {
            const uint64_t count = cells[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
            if (count == 0)
                continue;
            *ret_label = label;
            *ret_reason = (enum sg_reject)reason;
            return count;
        }
    return 0;
}

static void tell_family(struct teller *teller, const struct catalog_family *family,
                        const uint64_t *cells, struct store_time now) {
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_FAMILY_REJECTED};
    uint32_t label;
    enum sg_reject reason;
    if (find_cell(family, cells, &label, &reason) == 0)
        return;
    const bool has_label = label < family->label_count;
    events_copy(item.service, sizeof item.service, family->catalog->service);
    events_copy(item.name, sizeof item.name, family->name);
    events_print(item.text, sizeof item.text,
                 "samples of %s of %s are rejected (%s%s%s): %s; see /debug/rejections",
                 family->name, family->catalog->service, sg_reject_label(reason),
                 has_label ? ", label " : "", has_label ? family->labels[label].name : "",
                 sg_reject_text(reason));
    teller_tell(teller, &item, now.mono_ms);
}

static void look_at_families(struct incident_watch *watch, const struct daemon *daemon,
                             struct teller *teller, struct store_time now) {
    const struct catalog_set *set = &daemon->set;
    for (size_t i = 0; i < ROWS_AT_ONCE && i < set->family_count; i++) {
        const size_t at = watch->family;
        watch->family = (at + 1) % set->family_count;
        if (watch->family_rejected[at])
            continue;
        const uint64_t *cells = ledger_family_rejected(daemon->ledger, set->families[at]);
        watch->family_rejected[at] = cells != NULL;
        if (cells != NULL && teller != NULL)
            tell_family(teller, set->families[at], cells, now);
    }
}

/* Find a reason for which samples were rejected before a family was found. */
static bool find_reason(const struct ledger *ledger, int service, enum sg_reject *ret_reason) {
    static const enum sg_reject unnamed[] = {SG_REJECT_UNKNOWN_FAMILY, SG_REJECT_AMBIGUOUS,
                                             SG_REJECT_MALFORMED, SG_REJECT_TOO_LONG,
                                             SG_REJECT_TRUNCATED};
    const uint64_t *reasons = ledger_reasons(ledger, service);
    for (size_t i = 0; i < sizeof unnamed / sizeof *unnamed; i++) {
        if (reasons[unnamed[i]] == 0)
            continue;
        *ret_reason = unnamed[i];
        return true;
    }
    return false;
}

static void tell_unnamed(const struct daemon *daemon, struct teller *teller, size_t service,
                         enum sg_reject reason, struct store_time now) {
    struct events_item item = {.at_ms = now.real_ms, .kind = EVENT_FAMILY_REJECTED};
    const char *name = service < daemon->set.count ? daemon->set.catalogs[service]->service : NULL;
    events_copy(item.service, sizeof item.service, name);
    events_print(item.text, sizeof item.text,
                 "samples%s%s are rejected (%s): %s; see /debug/rejections",
                 name != NULL ? " of " : "", name != NULL ? name : "", sg_reject_label(reason),
                 sg_reject_text(reason));
    teller_tell(teller, &item, now.mono_ms);
}

static void look_at_services(struct incident_watch *watch, const struct daemon *daemon,
                             struct teller *teller, struct store_time now) {
    const size_t count = daemon->set.count;
    for (size_t i = 0; i <= count; i++) {
        enum sg_reject reason;
        if (watch->service_rejected[i] ||
            !find_reason(daemon->ledger, i < count ? (int)i : -1, &reason))
            continue;
        watch->service_rejected[i] = true;
        if (teller != NULL)
            tell_unnamed(daemon, teller, i, reason, now);
    }
}

/* ---- life ---- */

static void note_state(struct incident_watch *watch, const struct daemon *daemon) {
    const struct store_time never = {0};
    uint64_t sent;
    self_metrics_table_counts(daemon->self, &daemon->inputs, watch->tables);
    ledger_reported(daemon->ledger, &sent, &watch->lost);
    for (size_t i = 0; i < ledger_sender_count(daemon->ledger); i++)
        watch->sender_lost[i] = ledger_sender_at(daemon->ledger, i)->lost;
    for (size_t i = 0; i < daemon->set.family_count; i += ROWS_AT_ONCE)
        look_at_families(watch, daemon, NULL, never);
    look_at_services(watch, daemon, NULL, never);
    watch->family = 0;
}

bool incident_watch_init(struct incident_watch *watch, const struct daemon *daemon) {
    *watch = (struct incident_watch){
        .sender_lost = calloc(SENDERS_MAX, sizeof *watch->sender_lost),
        .family_rejected = calloc(daemon->set.family_count + 1, sizeof *watch->family_rejected),
        .service_rejected = calloc(daemon->set.count + 1, sizeof *watch->service_rejected)};
    if (watch->sender_lost == NULL || watch->family_rejected == NULL ||
        watch->service_rejected == NULL)
        return false;
    note_state(watch, daemon);
    return true;
}

void incident_watch_done(struct incident_watch *watch) {
    free(watch->sender_lost);
    free(watch->family_rejected);
    free(watch->service_rejected);
    *watch = (struct incident_watch){0};
}

void incident_watch_look(struct incident_watch *watch, const struct daemon *daemon,
                         struct teller *teller, struct store_time now) {
    look_at_tables(watch, daemon, teller, now);
    look_at_reload(watch, daemon, teller, now);
    look_at_senders(watch, daemon, teller, now);
    look_at_families(watch, daemon, teller, now);
    look_at_services(watch, daemon, teller, now);
}
