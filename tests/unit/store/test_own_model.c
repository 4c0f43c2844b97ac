/* SPDX-License-Identifier: MIT */
/* Parts, compared with a plain table: random samples, removals and ends of processes. */
#include "assertions.h"
#include <math.h>
#include <stdlib.h>

#include "built.h"
#include "store/store.h"

enum { USERS = 6, PROCESSES = 12, KINDS = 6, STEPS = 300000 };

static const double floor_at = -5;
static const double absent = 13;

static const struct built_family families[KINDS] = {
    {.name = "a_drop_total", .kind = KIND_READING, .merge = MERGE_READING_DROP, .users = USERS},
    {.name = "b_flight",
     .kind = KIND_UPDOWNCOUNTER,
     .merge = MERGE_SUM,
     .users = USERS,
     .floor = &floor_at},
    {.name = "c_max", .kind = KIND_GAUGE, .merge = MERGE_MAX, .users = USERS, .absent = &absent},
    {.name = "d_min", .kind = KIND_GAUGE, .merge = MERGE_MIN, .users = USERS, .absent = &absent},
    {.name = "e_read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = USERS},
    {.name = "f_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = USERS, .absent = &absent}};

struct model_part {
    bool there;
    double value;
    double base;
};

struct model {
    struct model_part parts[KINDS][USERS][PROCESSES];
    bool stays[KINDS][USERS];
    double base[KINDS][USERS];
};

static bool is_gauge(int kind) {
    return families[kind].kind == KIND_GAUGE;
}

static void model_sample(struct model *m, int kind, int u, int process, double value) {
    struct model_part *part = &m->parts[kind][u][process];
    if (is_gauge(kind) && value == absent) {
        *part = (struct model_part){0};
        return;
    }
    switch (families[kind].merge) {
    case MERGE_READING:
    case MERGE_READING_DROP:
        if (part->there && value < part->value)
            part->base += part->value;
        part->value = value;
        break;
    default:
        part->value =
            families[kind].kind == KIND_UPDOWNCOUNTER ? fmax(part->value + value, floor_at) : value;
        break;
    }
    part->there = true;
    if (families[kind].kind == KIND_UPDOWNCOUNTER || families[kind].merge == MERGE_READING)
        m->stays[kind][u] = true;
}

/* False: absent. */
static bool model_value(const struct model *m, int kind, int u, double *ret_value) {
    bool any = m->stays[kind][u];
    double sum = m->base[kind][u];
    double least = INFINITY;
    double greatest = -INFINITY;
    for (int p = 0; p < PROCESSES; p++) {
        const struct model_part *part = &m->parts[kind][u][p];
        if (!part->there)
            continue;
        any = true;
        sum += part->base + part->value;
        least = fmin(least, part->value);
        greatest = fmax(greatest, part->value);
    }
    *ret_value = families[kind].merge == MERGE_MIN   ? least
                 : families[kind].merge == MERGE_MAX ? greatest
                                                     : sum;
    return any;
}

static void model_end(struct model *m, int process) {
    for (int kind = 0; kind < KINDS; kind++)
        for (int u = 0; u < USERS; u++) {
            struct model_part *part = &m->parts[kind][u][process];
            if (part->there && families[kind].merge == MERGE_READING)
                m->base[kind][u] += part->base + part->value;
            *part = (struct model_part){0};
        }
}

static void model_remove(struct model *m, int kind, int u) {
    for (int p = 0; p < PROCESSES; p++)
        m->parts[kind][u][p] = (struct model_part){0};
    m->stays[kind][u] = false;
    m->base[kind][u] = 0;
}

static void compare(struct built *b, const struct model *m) {
    uint64_t parts = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        size_t present = 0;
        for (int u = 0; u < USERS; u++) {
            for (int p = 0; p < PROCESSES; p++)
                parts += m->parts[kind][u][p].there;
            double expected;
            if (!model_value(m, kind, u, &expected))
                continue;
            present++;
            cr_assert(epsilon_eq(dbl, built_value(b, families[kind].name, u), expected, 0), "%s %d",
                      families[kind].name, u);
        }
        cr_assert(built_shown(b, families[kind].name) == present, "%s", families[kind].name);
    }
    cr_assert(built_figures(b).parts == parts);
}

Test(own_model, random_samples_and_ends_agree_with_a_plain_table, .timeout = 300) {
    struct built b;
    built_init(&b, families, KINDS);
    struct model *m = calloc(1, sizeof *m);
    owner_id owners[PROCESSES];
    int32_t pid = 1;
    for (int p = 0; p < PROCESSES; p++)
        owners[p] = owners_begin(b.owners, pid++);
    uint64_t state = 88172645463325252ull;
    for (int step = 0; step < STEPS; step++) {
        const uint64_t random = built_random(&state);
        const int kind = (int)(random % KINDS);
        const int u = (int)(random / 8 % USERS);
        const int p = (int)(random / 64 % PROCESSES);
        const unsigned what = (unsigned)(random >> 32) % 100;
        /* Sums of small whole numbers are exact in any order. */
        const double value = (double)(random >> 40 & 31) - (kind == 1 ? 16 : 0);
        if (what < 96) {
            built_own(&b, families[kind].name, u, owners[p], value);
            model_sample(m, kind, u, p, value);
        } else if (what < 98) {
            built_end(&b, owners[p]);
            model_end(m, p);
            owners[p] = owners_begin(b.owners, pid++);
        } else if (what == 98) {
            store_remove(b.store, built_series(&b, families[kind].name, u));
            model_remove(m, kind, u);
        }
        if (step % 50 == 0)
            compare(&b, m);
    }
    for (int p = 0; p < PROCESSES; p++) {
        built_end(&b, owners[p]);
        model_end(m, p);
    }
    compare(&b, m);
    cr_expect(built_figures(&b).parts == 0);
    free(m);
    built_done(&b);
}
