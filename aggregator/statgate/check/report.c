#include "statgate/check/report.h"

static void each_part(const struct catalog_family *const *parts, int count, check_family_fn *fn,
                      void *arg) {
    for (int i = 0; i < count; i++)
        if (parts[i] != NULL)
            fn(arg, parts[i]);
}

void check_each_family(const struct catalog *catalog, check_family_fn *fn, void *arg) {
    for (size_t i = 0; i < catalog->family_count; i++) {
        const struct catalog_family *family = &catalog->families[i];
        if (family->source == SOURCE_DERIVED)
            continue;
        fn(arg, family);
        if (family->attempts != NULL)
            each_part(family->attempts->parts, ATTEMPTS_PART_COUNT, fn, arg);
        if (family->jobs != NULL)
            each_part(family->jobs->parts, JOBS_PART_COUNT, fn, arg);
    }
}

size_t check_family_count(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += family_has_lines(&catalog->families[i]);
    return count;
}

uint64_t check_family_bytes(const struct check_report *report,
                            const struct catalog_family *family) {
    return report->memory->families[family->index];
}

uint64_t check_catalog_bytes(const struct check_report *report, const struct catalog *catalog) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        bytes += check_family_bytes(report, &catalog->families[i]);
    return bytes;
}
