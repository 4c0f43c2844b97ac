/* Compares the limits of memory with what the daemon needs. */
#include "statgated/room.h"

#include "footprint/footprint.h"
#include "host/log.h"
#include "host/memory_room.h"
#include "host/notify.h"
#include "http/http.h"
#include "view/view.h"

static double mib(uint64_t bytes) {
    return (double)bytes / (1 << 20);
}

/* ---- limits that kill ---- */

static void warn_of_kills(const struct footprint *footprint) {
    const uint64_t most = memory_room_limit("");
    const uint64_t all = footprint_bytes(footprint);
    const uint64_t reload = footprint_reload_bytes(footprint);
    if (most < all)
        log_write(LOG_LEVEL_WARN, "memory",
                  "up to %.1f MiB are needed (statgate check), but the control group or the host "
                  "allows %.1f: the kernel may kill this process; give it more (MemoryMax=)",
                  mib(all), mib(most));
    else if (most < reload)
        log_write(LOG_LEVEL_WARN, "memory",
                  "a reload, or a start after a crash, needs up to %.1f MiB (statgate check), but "
                  "the control group or the host allows %.1f: values may be lost then; give it "
                  "more (MemoryMax=)",
                  mib(reload), mib(most));
}

/* ---- limits that refuse ---- */

/* To answer health checks at each listener, and one scrape. */
static uint64_t least_to_serve(const struct daemon *daemon) {
    enum { ANSWER_BYTES = 2 * VIEW_SLICE_BYTES + HTTP_REQUEST_BYTES };
    return (uint64_t)(daemon->plan.count + 1) * (HTTP_SPARE_MAX + 1) * HTTP_CONNECTION_MEMORY +
           ANSWER_BYTES;
}

/* Whether a later daemon is to take values over from this one, the first. Later ones are not asked:
 * if the first could start, the next can, too. */
static bool is_first_of_several(const struct daemon *daemon) {
    const enum notify_store keeps = notify_can_keep();
    return daemon->object != NULL && !daemon->takeover.handed && daemon->takeover.count == 0 &&
           (keeps == NOTIFY_KEEPS || keeps == NOTIFY_UNKNOWN);
}

static bool refuse(const struct memory_room_space *space, uint64_t wanted, const char *why,
                   struct start_error *ret_error) {
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE,
                            "a limit of %.1f MiB leaves %.1f beside the tables, and %.1f are "
                            "needed %s: raise it (%s), or use smaller catalogs (statgate check)",
                            mib(space->most), mib(space->left), mib(wanted), why, space->setting);
}

static bool check_space(const struct daemon *daemon, const struct footprint *footprint,
                        struct start_error *ret_error) {
    const struct memory_room_space space = memory_room_space();
    const uint64_t later = footprint_later_bytes(footprint);
    const uint64_t former = daemon->file.size + footprint->restore;
    if (space.left < least_to_serve(daemon))
        return refuse(&space, least_to_serve(daemon), "to answer over HTTP", ret_error);
    if (is_first_of_several(daemon) && space.left < former)
        return refuse(&space, former, "to take the values over after a crash", ret_error);
    if (space.left < later)
        log_write(LOG_LEVEL_WARN, "memory",
                  "a limit of %.1f MiB leaves %.1f beside the tables, and clients can need %.1f: "
                  "some will be refused; raise it (%s)",
                  mib(space.most), mib(space.left), mib(later), space.setting);
    return true;
}

bool room_check(const struct daemon *daemon, struct start_error *ret_error) {
    struct footprint footprint;
    if (!footprint_measure(&footprint, &daemon->set, &daemon->plan))
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory");
    const bool good = check_space(daemon, &footprint, ret_error);
    if (good)
        warn_of_kills(&footprint);
    footprint_done(&footprint);
    return good;
}
