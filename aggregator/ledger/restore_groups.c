/* Restores groups of rejections of another process's books: for people, so implausible values are
 * left out. */
#include "ledger/restore.h"

/* The image's table, and where it has each field. */
struct former_groups {
    struct image_table table;
    struct image_field service;
    struct image_field family;
    struct image_field label;
    struct image_field reason;
    struct image_field folded;
    struct image_field first_ms;
    struct image_field last_ms;
    struct image_field sent;
    struct image_field pid;
    struct image_field uid;
    struct image_field comm;
    struct image_field unit;
};

static void find_fields(struct former_groups *groups) {
    const struct image_table *table = &groups->table;
    groups->service = image_field(table, "service", OBJECT_U32);
    groups->family = image_field(table, "family", OBJECT_U32);
    groups->label = image_field(table, "label", OBJECT_U32);
    groups->reason = image_field(table, "reason", OBJECT_U16);
    groups->folded = image_field(table, "folded", OBJECT_U16);
    groups->first_ms = image_field(table, "first_ms", OBJECT_I64);
    groups->last_ms = image_field(table, "last_ms", OBJECT_I64);
    groups->sent = image_field(table, "sent", OBJECT_U8);
    groups->pid = image_field(table, "pid", OBJECT_I32);
    groups->uid = image_field(table, "uid", OBJECT_U32);
    groups->comm = image_field(table, "comm", OBJECT_TEXT);
    groups->unit = image_field(table, "unit", OBJECT_TEXT);
}

bool restore_groups_label(const struct restore *restore, const struct catalog_family *family,
                          uint32_t former, uint32_t *ret_label) {
    if (former == match_label_count(restore->match, family)) {
        *ret_label = family->label_count;
        return true;
    }
    for (uint32_t i = 0; i < family->label_count; i++)
        if (match_label(restore->match, family, i) == former) {
            *ret_label = i;
            return true;
        }
    return false;
}

/* The present key of a former group. False: there is none. */
static bool read_key(const struct restore *restore, const struct former_groups *from,
                     uint64_t record, struct group_key *ret_key) {
    const struct image_table *table = &from->table;
    const uint32_t former = (uint32_t)image_integer(table, record, from->family, 0);
    const uint32_t label = (uint32_t)image_integer(table, record, from->label, 0);
    const uint64_t reason = image_integer(table, record, from->reason, 0);
    const uint64_t service = image_integer(table, record, from->service, 0);
    *ret_key = (struct group_key){.service = SERVICE_NONE,
                                  .family = OBJECT_NONE,
                                  .folded = image_integer(table, record, from->folded, 0) == 1,
                                  .reason = reason < restore->reason_count
                                                ? (uint16_t)restore->reasons[reason]
                                                : SG_REJECT_NONE};
    if (ret_key->reason == SG_REJECT_NONE)
        return false;
    if (former == OBJECT_NONE) {
        if (service >= SERVICE_FIRST)
            ret_key->service =
                (uint32_t)restore_read_service(restore, (uint32_t)(service - SERVICE_FIRST));
        return ret_key->service != SERVICE_FORMER;
    }
    const struct catalog_family *family = match_family(restore->match, former);
    if (family == NULL || !restore_groups_label(restore, family, label, &ret_key->label))
        return false;
    ret_key->family = family->index;
    ret_key->service = SERVICE_FIRST + family->catalog->index;
    return true;
}

static void take_group(const struct restore *restore, const struct former_groups *from,
                       uint64_t record) {
    const struct image_table *table = &from->table;
    struct group_key key;
    bool made;
    const int64_t last_ms = restore_read_time(table, record, from->last_ms);
    if (last_ms == 0 || !read_key(restore, from, record, &key))
        return;
    struct reject_group *group = reject_groups_take(restore->ledger, &key, &made);
    if (group == NULL || !made)
        return;
    group->first_ms = restore_read_time(table, record, from->first_ms);
    group->last_ms = last_ms;
    group->sent = image_integer(table, record, from->sent, 0) == 1;
    group->who.pid = (int32_t)image_integer(table, record, from->pid, 0);
    group->who.uid = (uint32_t)image_integer(table, record, from->uid, 0);
    (void)image_text(table, record, from->comm, group->who.comm, WHO_COMM_MAX - 1);
    (void)image_text(table, record, from->unit, group->who.unit, WHO_UNIT_MAX - 1);
}

void restore_groups(struct restore *restore) {
    struct group_table *groups = &restore->ledger->groups;
    struct former_groups from = {0};
    const bool found =
        image_find(restore->image, "reject_group", OBJECT_NONE, OBJECT_NONE, &from.table);
    if (found)
        find_fields(&from);
    for (uint64_t i = 0; found && i < from.table.items && i < LEDGER_GROUPS_MAX; i++)
        take_group(restore, &from, i);
    groups->forgot = !found || groups->used == LEDGER_GROUPS_MAX;
}
