/* Reads numbers of another process's books. */
#include "ledger/restore.h"

uint64_t restore_read_integer(const struct image_table *table, uint64_t record, const char *name,
                              enum object_type type) {
    return image_integer(table, record, image_field(table, name, type), 0);
}

uint64_t restore_read_count(const struct image_table *table, uint64_t record, const char *name) {
    const uint64_t count = restore_read_integer(table, record, name, OBJECT_U64);
    return count <= COUNT_MAX ? count : 0;
}

/* Later times are invalid: the limit is more than a hundred thousand years away. */
#define TIME_MAX_MS (INT64_C(1) << 52)

int64_t restore_read_time(const struct image_table *table, uint64_t record,
                          struct image_field field) {
    const int64_t time_ms = (int64_t)image_integer(table, record, field, 0);
    return time_ms >= 0 && time_ms <= TIME_MAX_MS ? time_ms : 0;
}

void restore_read_tally(const struct image_table *table, uint64_t record, struct tally *ret_tally) {
    for (int i = 0; i < VERDICT_COUNT; i++)
        ret_tally->by_verdict[i] = restore_read_count(table, record, verdict_text((enum verdict)i));
}

size_t restore_read_service(const struct restore *restore, uint32_t service) {
    const struct catalog *catalog = match_catalog(restore->match, service);
    return catalog != NULL ? SERVICE_FIRST + (size_t)catalog->index : SERVICE_FORMER;
}
