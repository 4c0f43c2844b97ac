/* The arithmetic of the patience. */
#include "keeper/patience.h"

void patience_look(struct patience *patience, bool away, int64_t now_ms, uint32_t most_ms) {
    if (!away) {
        *patience = (struct patience){0};
        return;
    }
    if (patience->since_ms == 0)
        patience->since_ms = now_ms;
    patience->over = now_ms - patience->since_ms >= (int64_t)most_ms;
}

int64_t patience_due_ms(const struct patience *patience, uint32_t most_ms) {
    return patience->since_ms != 0 && !patience->over ? patience->since_ms + most_ms : 0;
}
