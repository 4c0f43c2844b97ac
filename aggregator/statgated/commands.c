#include "statgated/commands.h"

#include "base/listen_address.h"
#include "statgated/forget.h"
#include "statgated/succession.h"
#include "statgated/tail.h"

static void on_line(void *arg, const char *text) {
    control_answer_line(arg, "%s", text);
}

static void on_verdict(void *arg, int code, const char *text) {
    static const enum control_code codes[] = {[SUCCESSION_TIMEOUT] = CONTROL_FAILED,
                                              [SUCCESSION_REFUSED] = CONTROL_REFUSED,
                                              [SUCCESSION_UNDER_WAY] = CONTROL_UNDER_WAY,
                                              [SUCCESSION_PARTLY] = CONTROL_PARTLY};
    if (code == SUCCESSION_TAKEN)
        control_answer_ok(arg, "%s", text);
    else
        control_answer_error(arg, codes[code], "%s", text);
}

/* The address of /debug, which the command asks when nobody named one. */
static void tell_address(const struct daemon *daemon, struct control_answer *answer) {
    const size_t listener = http_server_listener_of(daemon->http, daemon->plan.count);
    char address[LISTEN_TEXT_MAX];
    if (listener == SIZE_MAX) {
        control_answer_error(answer, CONTROL_NOT_POSSIBLE, "this daemon does not serve /debug");
        return;
    }
    http_server_address(daemon->http, listener, address, sizeof address);
    control_answer_ok(answer, "%s", address);
}

void commands_take(void *arg, const struct control_request *request,
                   struct control_answer *answer) {
    struct daemon *daemon = arg;
    const struct succession_asker asker = {.line = on_line, .end = on_verdict, .arg = answer};
    switch (request->command) {
    case CONTROL_RELOAD:
        (void)succession_begin(daemon, &asker);
        break;
    case CONTROL_FORGET:
        forget_begin(daemon, request, answer);
        break;
    case CONTROL_TAIL:
        tail_begin(daemon, request, answer);
        break;
    case CONTROL_ADDRESS:
        tell_address(daemon, answer);
        break;
    }
}
