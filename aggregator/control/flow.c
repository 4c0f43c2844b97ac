#include "control/flow.h"

#include "control/answer_private.h"

static void wake(struct control_answer *answer) {
    if (answer->flows != NULL)
        answer->flows(answer->arg);
}

void flow_begin(struct control_answer *answer, void (*left)(void *arg), void *arg) {
    answer->left = left;
    answer->left_arg = arg;
    answer->flowing = true;
    wake(answer);
}

bool flow_line(struct control_answer *answer, const char *text, size_t len) {
    struct strbuf *out = &answer->text;
    if (out->len + len + 1 > FLOW_MAX || !strbuf_reserve(out, len + 1)) {
        out->failed = false; /* this line is lost, but the next one may fit */
        return false;
    }
    const bool first = out->len == 0;
    strbuf_put(out, text, len);
    strbuf_putc(out, '\n');
    if (first)
        wake(answer);
    return true;
}
