#include "ingress/ingress.h"

static size_t apply(void *arg, const struct gate_datagram *datagrams, size_t count, size_t budget,
                    struct store_time now) {
    return gate_batch(arg, datagrams, count, budget, now);
}

static bool is_midway(void *arg) {
    return gate_is_midway(arg);
}

struct ingress_sink ingress_gate_sink(struct gate *gate) {
    return (struct ingress_sink){.apply = apply, .is_midway = is_midway, .arg = gate};
}
