/* SPDX-License-Identifier: MIT */
/* Expected values are what `histogram_quantile` answered for the same buckets (promtool 2.42). */
#include <math.h>

#include "assertions.h"
#include "view/view.h"

enum { BOUNDS_MAX = 6 };

static const struct {
    double bounds[BOUNDS_MAX];
    size_t count;
    uint64_t counts[BOUNDS_MAX + 1]; /* not cumulative */
    double want[3];                  /* 0.5, 0.9, 0.99 */
} cases[] = {
    {{0.1, 0.5, 1}, 3, {10, 20, 10, 0}, {0.3, 0.8, 0.98}},
    {{0.1, 0.5, 1}, 3, {0, 0, 0, 4}, {1, 1, 1}},
    {{1}, 1, {8, 0}, {0.5, 0.9, 0.99}},
    {{0, 1}, 2, {5, 1, 0}, {0, 0.4, 0.94}},
    {{-1, -0.5, 0.5}, 3, {2, 6, 2, 0}, {-0.75, 0, 0.45}},
    {{0.005, 0.01, 0.1, 1, 10}, 5, {1, 1, 0, 1, 1, 1}, {0.55, 10, 10}},
    {{1, 2, 4, 8}, 4, {0, 3, 0, 1, 0}, {1.6666666666666665, 6.4, 7.84}},
};

Test(quantile, is_what_prometheus_estimates) {
    static const double shown[3] = {0.5, 0.9, 0.99};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < 3; j++) {
            const double got =
                view_quantile_estimate(cases[i].bounds, cases[i].counts, cases[i].count, shown[j]);
            cr_expect(epsilon_eq(dbl, got, cases[i].want[j], 1e-12), "case %zu, quantile %g", i,
                      shown[j]);
        }
    }
}

Test(quantile, is_unknown_without_observations_or_bounds) {
    const double bound = 1;
    const uint64_t none[2] = {0, 0};
    const uint64_t some[1] = {3};
    cr_expect(isnan(view_quantile_estimate(&bound, none, 1, 0.5)));
    cr_expect(isnan(view_quantile_estimate(NULL, some, 0, 0.5)));
}
