/* The time in which nobody reads: from the last datagram that this daemon applied until its
 * successor counts or has failed. */
#include "statgated/succession_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/notify.h"
#include "statgated/history_feed.h"
#include "statgated/queries.h"
#include "statgated/source.h"
#include "statgated/upkeep.h"
#include "store/store.h"

/* Wait for a message with this word until the timeout ends, while breaker pages keep their
 * beat. False: another message came (it is in *message), the successor has ended, or time is up
 * (text "" for both). */
static bool await(struct succession *succession, const char *word, struct wire_message *message) {
    const uint64_t timeout_ns =
        succession->begun_ns + (uint64_t)SUCCESSION_TIMEOUT_MS * SUCCESSION_MS_NS;
    const uint64_t stopped_ns =
        succession->stopped_ns + (uint64_t)SUCCESSION_STOPPED_MS * SUCCESSION_MS_NS;
    const uint64_t end_ns = timeout_ns < stopped_ns ? timeout_ns : stopped_ns;
    for (;;) {
        const uint64_t beat_ns =
            succession_now_ns() + (uint64_t)BREAKER_PAGE_BEAT_MS * SUCCESSION_MS_NS;
        const enum wire_result result =
            wire_await(succession->sock, beat_ns < end_ns ? beat_ns : end_ns, message);
        if (result == WIRE_GOT)
            return wire_is(message, word, NULL);
        message->text[0] = '\0';
        succession->ended = result == WIRE_END;
        if (succession->ended || succession_now_ns() >= end_ns)
            return false;
        upkeep_beat(succession->daemon);
    }
}

static bool say(struct succession *succession, const char *word) {
    succession->ended = !wire_send(succession->sock, "%s", word);
    return !succession->ended;
}

/* Have the manager keep the descriptor, even if this process ends. */
static bool store_one(struct succession *succession, const char *name, int fd) {
    char(*stored)[INHERITED_NAME_MAX] =
        realloc(succession->stored, (succession->stored_count + 1) * sizeof *stored);
    if (stored == NULL)
        return false;
    succession->stored = stored;
    (void)snprintf(stored[succession->stored_count++], sizeof *stored, "%s", name);
    (void)notify_keep(name, fd);
    return true;
}

static bool store_all(struct succession *succession, struct wire_message *message) {
    char name[INHERITED_NAME_MAX];
    for (size_t i = 0; i < message->fd_count; i++) {
        if (!wire_name(message, i, name) || !store_one(succession, name, message->fds[i]))
            return false;
        if (text_begins(name, INHERITED_OBJECT)) {
            succession_close_fd(&succession->object);
            succession->object = wire_take(message, i);
        }
    }
    return true;
}

/* Act on a message "keeps" or "unused". False: it is another message, or acting failed. */
static bool take_list(struct succession *succession, struct wire_message *message) {
    const char *name;
    if (wire_is(message, "keeps", NULL))
        return store_all(succession, message);
    if (!wire_is(message, "unused", &name))
        return false;
    handover_note_gone(&succession->daemon->handover, name);
    return true;
}

/* Store what is to be kept for the successor, until it reports that it has taken over. */
static bool await_taken(struct succession *succession, struct wire_message *message) {
    while (!await(succession, "taken", message)) {
        const bool good = take_list(succession, message);
        wire_drop(message);
        if (!good)
            return false;
    }
    return true;
}

static void fail_stopped(struct succession *succession, const struct wire_message *message) {
    const char *text = "";
    struct error why;
    queries_retire(succession->daemon, false);
    handover_note_none_gone(&succession->daemon->handover);
    if (wire_is(message, "refused", &text)) {
        succession_end_refused(succession, text);
        return;
    }
    succession_end_describe(succession_end_bury(succession), &why);
    if (succession->ended)
        succession_end_fail(succession, SUCCESSION_REFUSED, why.text);
    else
        succession_end_fail(succession, SUCCESSION_TIMEOUT,
                            "the new process took too long to take over, and was killed");
}

void succession_pause_hand_over(struct succession *succession) {
    struct daemon *daemon = succession->daemon;
    struct wire_message message = {.text = ""};
    (void)uv_timer_stop(&succession->timer);
    queries_retire(daemon, true);
    ingress_settle(daemon->ingress);
    ingress_alive(daemon->ingress);
    source_publish(daemon);
    history_feed_end(daemon);
    succession->stopped_ns = succession_now_ns();
    bool good = say(succession, "stopped") && await_taken(succession, &message);
    if (good)
        queries_await_retired(daemon); /* a role may allow few, and the successor connects soon */
    good = good && say(succession, "go") && await(succession, "committed", &message);
    if (good)
        succession_former_begin(succession);
    else
        fail_stopped(succession, &message);
    wire_drop(&message);
}
