/* The last takeover, in /debug/ingress: its result, and how long each step took. */
#include "base/json_writer.h"
#include "statgated/debug.h"

static void write_steps(struct json_writer *w, const struct takeover *takeover) {
    json_open_member(w, "steps", '[');
    for (size_t i = 0; i < takeover->step_count; i++) {
        json_open(w, '{');
        json_member_text(w, "step", takeover->steps[i].name);
        json_member_u64(w, "us", takeover->steps[i].us);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_done(struct json_writer *w, const struct daemon *daemon) {
    const struct takeover *takeover = &daemon->takeover;
    const int64_t pause_ms = takeover_pause_ms(takeover, daemon->ingress);
    struct ingress_figures figures;
    struct owner_watch_figures watch;
    ingress_figures(daemon->ingress, &figures);
    owner_watch_figures(daemon->owner_watch, &watch);
    json_member_u64(w, "series_kept", takeover->series.kept);
    json_member_u64(w, "series_ended", takeover->series.ended);
    json_member_u64(w, "words_put_back", takeover->undone);
    json_member_u64(w, "inbox_received", takeover->inbox.received);
    json_member_u64(w, "inbox_left", takeover->inbox.left);
    json_member_u64(w, "inbox_skipped", figures.skipped);
    json_member_u64(w, "owners_kept", takeover->owners.kept);
    json_member_u64(w, "owners_ended", takeover->owners.ended);
    json_member_u64(w, "owners_unproven", takeover->owners.unproven);
    json_member_u64(w, "owners_to_look_at", watch.unseen);
    if (pause_ms >= 0)
        json_member_u64(w, "pause_ms", (uint64_t)pause_ms);
}

void debug_takeover_write(struct json_writer *w, const struct daemon *daemon) {
    static const char *const causes[SELF_CAUSE_COUNT] = {SELF_CAUSES};
    const struct takeover *takeover = &daemon->takeover;
    json_member_bool(w, "outlives", daemon->object != NULL);
    if (!takeover->done && takeover->why.text[0] == '\0')
        return;
    json_open_member(w, "takeover", '{');
    json_member_text(w, "cause", causes[takeover->cause]);
    json_member_bool(w, "done", takeover->done);
    json_member_time(w, "at_ms", takeover->real_ms);
    json_member_u64(w, "attempts", takeover->begun);
    if (takeover->done)
        write_done(w, daemon);
    else
        json_member_text(w, "why", takeover->why.text);
    if (takeover->inspect.fd >= 0)
        json_member_text(w, "kept_for_inspection", takeover->inspect.name);
    write_steps(w, takeover);
    json_close(w, '}');
}
