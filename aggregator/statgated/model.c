#include "statgated/model.h"

#include "accepted/accepted.h"
#include "breakers_jobs/breakers_jobs.h"
#include "footprint/footprint.h"
#include "gate/gate.h"
#include "history/history.h"
#include "host/entropy.h"
#include "host/log.h"
#include "ledger/ledger.h"
#include "object/object.h"
#include "store/store.h"
#include "view/view.h"

/* ---- the object ---- */

static bool make_object(struct daemon *daemon, struct error *ret_error) {
    unsigned char boot[OBJECT_BOOT_BYTES];
    if (!object_file_boot(boot, ret_error) ||
        !object_file_make(footprint_object_bytes(&daemon->set, daemon->settings->history) +
                              accepted_object_bytes(&daemon->accepted),
                          &daemon->file, ret_error))
        return false;
    const struct object_place place = {.at = daemon->file.at,
                                       .size = daemon->file.size,
                                       .reach = object_file_reach,
                                       .arg = &daemon->file};
    daemon->object = object_new(memory_heap(), &place, &daemon->set, boot);
    return (daemon->object != NULL &&
            accepted_object_write(&daemon->accepted, daemon->object, memory_heap())) ||
           error_set(ret_error, "out of memory for its front");
}

static void warn(const char *why) {
    log_write(LOG_LEVEL_WARN, "keep",
              "no memory that outlives this process, so values end with it: %s", why);
}

/* ---- the tables ---- */

static void name_process(void *ledger, int32_t pid, struct who *ret_who) {
    (void)ledger_ended_find(ledger, pid, ret_who);
}

/* Make the history if the settings want one. False: out of memory. */
static bool make_history(struct daemon *daemon) {
    const struct history_source source = {.ledger = daemon->ledger,
                                          .family_samples = gate_family_samples(daemon->gate)};
    if (!daemon->settings->history)
        return true;
    daemon->history = history_new(memory_heap(), daemon->object, &daemon->set, &source);
    return daemon->history != NULL;
}

static bool make_tables(struct daemon *daemon, uint64_t seed) {
    const struct memory *heap = memory_heap();
    struct object *object = daemon->object;
    const struct catalog_set *set = &daemon->set;
    daemon->store = store_new(heap, object, set, seed, daemon_now());
    daemon->ledger = ledger_new(heap, object, set, seed);
    if (daemon->store != NULL && daemon->ledger != NULL)
        daemon->breakers_jobs =
            breakers_jobs_new(heap, object, set, daemon->store, seed, daemon_now());
    if (daemon->breakers_jobs != NULL)
        breakers_jobs_ask_who(daemon->breakers_jobs, name_process, daemon->ledger);
    if (daemon->breakers_jobs != NULL)
        daemon->events = events_new(heap, object);
    if (daemon->events != NULL)
        daemon->gate =
            gate_new(heap, object, set, daemon->store, daemon->ledger, daemon->breakers_jobs, seed);
    if (daemon->gate != NULL && make_history(daemon))
        daemon->self = self_metrics_new(set, daemon->store, daemon->ledger, daemon->breakers_jobs,
                                        daemon->gate);
    return daemon->self != NULL;
}

/* Make the render cache. If memory is short, the daemon goes on without it. */
static void make_texts(struct daemon *daemon) {
    daemon->texts = render_cache_new(memory_heap(), &daemon->set, &daemon->plan.endpoints,
                                     (uint64_t)daemon->settings->render_cache);
}

void model_close(struct daemon *daemon) {
    render_cache_free(daemon->texts);
    self_metrics_free(daemon->self);
    history_free(daemon->history);
    gate_free(daemon->gate);
    events_free(daemon->events);
    breakers_jobs_free(daemon->breakers_jobs);
    ledger_free(daemon->ledger);
    store_free(daemon->store);
    object_free(daemon->object);
    object_file_close(&daemon->file);
    daemon->texts = NULL;
    daemon->self = NULL;
    daemon->history = NULL;
    daemon->gate = NULL;
    daemon->events = NULL;
    daemon->breakers_jobs = NULL;
    daemon->ledger = NULL;
    daemon->store = NULL;
    daemon->object = NULL;
}

/* Make the tables, in an object if possible. */
static bool make(struct daemon *daemon, uint64_t seed) {
    struct error why = {.text = "out of memory for its tables; give it more memory (MemoryMax=, "
                                "ulimit -v), or smaller catalogs (statgate check)"};
    if (make_object(daemon, &why) && make_tables(daemon, seed))
        return true;
    (void)object_file_lacks(&daemon->file, &why);
    model_close(daemon);
    if (daemon->takeover.match != NULL) /* once the former object is given up, ours has room */
        return false;
    warn(why.text);
    return make_tables(daemon, seed);
}

static void mark(struct daemon *daemon) {
    if (daemon->object == NULL)
        return;
    object_marks(daemon->object)->begun = daemon->takeover.begun;
    object_marks(daemon->object)->waiting = daemon->takeover.handed;
}

static void take_history(const struct daemon *daemon) {
    const struct takeover *takeover = &daemon->takeover;
    if (daemon->history != NULL)
        history_restore(daemon->history, &takeover->image, takeover->match, daemon_now().mono_ms);
}

static bool take_values(struct daemon *daemon) {
    const struct takeover_model model = {.store = daemon->store,
                                         .ledger = daemon->ledger,
                                         .breakers_jobs = daemon->breakers_jobs,
                                         .events = daemon->events,
                                         .self = daemon->self};
    if (!takeover_model(&daemon->takeover, &model, daemon_now()))
        return false;
    take_history(daemon);
    takeover_step(&daemon->takeover, "history");
    return true;
}

/* Make the tables with the values of a daemon that has ended, if there are any. */
static bool make_any(struct daemon *daemon, uint64_t seed) {
    if (daemon->takeover.match == NULL)
        return make(daemon, seed);
    if (takeover_await_room(&daemon->takeover) && make(daemon, seed)) {
        mark(daemon);
        if (take_values(daemon))
            return true;
    }
    model_close(daemon);
    takeover_give_up(&daemon->takeover, "not enough memory for two of the object at a time");
    return make(daemon, seed);
}

/* Make the tables and copy ahead from a daemon that still lives. */
static bool make_ahead(struct daemon *daemon, uint64_t seed) {
    if (!takeover_await_room(&daemon->takeover) || !make(daemon, seed))
        return false;
    mark(daemon);
    if (!takeover_ahead(&daemon->takeover, daemon->store, NULL, daemon_now()))
        return false;
    take_history(daemon);
    return true;
}

bool model_take_over(struct daemon *daemon, struct start_error *ret_error) {
    struct error why;
    if (!takeover_settle(&daemon->takeover, &why))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", why.text);
    return take_values(daemon) || start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                                                   "out of memory while it takes the values over");
}

bool model_open(struct daemon *daemon, struct start_error *ret_error) {
    uint64_t seed;
    if (!entropy_u64(&seed))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                                "no random seed from the kernel: %m");
    if (daemon->takeover.handed && daemon->takeover.match == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "%s", daemon->takeover.why.text);
    if (!(daemon->takeover.handed ? make_ahead(daemon, seed) : make_any(daemon, seed)))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                                "out of memory for the tables of %llu series",
                                (unsigned long long)daemon->set.bound);
    if (!daemon->settings->rejected_text)
        ledger_hide_text(daemon->ledger);
    make_texts(daemon);
    return true;
}
