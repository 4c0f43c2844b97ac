/* SPDX-License-Identifier: MIT */
/*
 * daemon.h - everything the daemon has open, for the files that each open, read and close a part of
 * it. The section `statgated` below lists the modules.
 */
#ifndef STATGATE_STATGATED_DAEMON_H
#define STATGATE_STATGATED_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "active_config/active_config.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "base/strbuf.h"
#include "breaker_page/breaker_page.h"
#include "catalog/catalog.h"
#include "diagnostics/diagnostics.h"
#include "endpoint/endpoint.h"
#include "events/events.h"
#include "history/history.h"
#include "host/files.h"
#include "host/log.h"
#include "host/service_manager.h"
#include "host/unix_socket.h"
#include "http/http.h"
#include "ingress/ingress.h"
#include "object/object.h"
#include "postgres/postgres.h"
#include "self_metrics/self_metrics.h"
#include "settings/settings.h"
#include "state_file/state_file.h"
#include "status/status.h"
#include "store/store.h"
#include "supervisor/supervisor.h"
#include "view/view.h"

/* ---- away ----
 * what happened while no daemon was ready, from the supervisor (supervisor/supervisor.h).
 */

struct stats;

struct outage {
    int fd;             /**< for a new process, too; -1: no supervisor gave any */
    struct stats *page; /**< NULL: this process is not ready yet, or there is none */
    uint64_t unread;    /**< datagrams that the supervisor read and threw away, as taken so far */
};

/** Take the descriptor out of the table. */
void outage_open(struct outage *outage, struct inherited *inherited);
/** This process is ready: from now on it takes what is there. */
void outage_begin(struct outage *outage);
/** Count the datagrams that the supervisor has read since the last call. */
void outage_poll(struct outage *outage);
/** Safe twice. */
void outage_close(struct outage *outage);

/* ---- files watch ----
 * looks once a minute whether the files of catalogs, and their files of values,
 * still have the texts that run, one small step at a time, so that an edit that no one loads is
 * noticed.
 */

enum { FILES_WATCH_MS = 60000, FILES_WATCH_STEP_MS = 10 };

struct catalog_set;

/** Zeroed: not open. */
struct files_watch {
    struct contents *files;
    size_t count;
    size_t at; /**< the one that is looked at */
    uv_timer_t timer;
};

/** Begin to look at the files of this set. */
void files_watch_start(struct files_watch *watch, uv_loop_t *loop, const struct catalog_set *set);
void files_watch_stop(struct files_watch *watch);
/** The number of files that have differed for a minute or more. *ret_first is one that has for the
 * longest time, or NULL. */
size_t files_watch_changed(const struct files_watch *watch, int64_t real_ms,
                           const struct contents **ret_first);

/* ---- stale paths ----
 * paths at which this daemon no longer receives: the old process had a socket there,
 * with a lock and perhaps a breaker page. Their files are removed when this daemon counts.
 */

struct stale_path {
    char *path;
    struct unix_socket_file file; /* of its socket; zeroed: none of ours */
    int lock;                     /* -1: released */
};

/** Zeroed: none. */
struct stale_paths {
    struct stale_path *items;
    size_t count;
};
/** Free the list and release the locks. Safe twice. */
void stale_paths_done(struct stale_paths *stale_paths);

/* ---- handover ----
 * descriptors that the service manager keeps for the next daemon (host/unix_socket.h).
 * Their names have numbers that rise from daemon to daemon: "statgate-object-7", "statgate-http-8".
 * So no two share a name, and of two objects it is clear which is newer.
 *
 * New descriptors are kept before this daemon reports that it is ready, and unused ones are given
 * up after that: whenever it dies, the next daemon finds what it needs.
 */

struct fdstore_item {
    char name[INHERITED_NAME_MAX];
    int fd;    /**< ours, borrowed; -1: no one uses it */
    bool kept; /**< the manager has it */
    bool gone; /**< a new process does not use it */
};

/** Zeroed: nothing is handed over. */
struct fdstore {
    struct fdstore_item *items;
    size_t count;
    uint64_t last; /**< the highest number so far */
    bool open;     /**< changes reach the manager at once */
};

/** The number in a name that starts with `beginning`; 0: none. */
uint64_t fdstore_number(const char *name, const char *beginning);
/** Note that the manager has this descriptor and that we use it as `fd`, or (-1) do not use it. */
void fdstore_found(struct fdstore *fdstore, const char *name, const char *beginning, int fd);
/** Have the descriptor kept from fdstore_store on, unless it already is. `detail` is the end of
 * its name: "" or "-...". */
void fdstore_add(struct fdstore *fdstore, const char *beginning, const char *detail, int fd);

/** As fdstore_add, under a complete name that already has its number. */
void fdstore_add_named(struct fdstore *fdstore, const char *name, int fd);

/** Note that a new process does not use the descriptor of this name. */
void fdstore_note_gone(struct fdstore *fdstore, const char *name);
void fdstore_note_none_gone(struct fdstore *fdstore);
bool fdstore_is_gone(const struct fdstore *fdstore, int fd);

/** Give new descriptors to the manager; from now on, further ones at once. */
void fdstore_store(struct fdstore *fdstore);
/** Give up descriptors that no one uses. */
void fdstore_tidy(struct fdstore *fdstore);
/** Give up one descriptor that is about to be closed. */
void fdstore_drop(struct fdstore *fdstore, int fd);
/** Give up everything: the daemon ends in order. Safe twice. */
void fdstore_end(struct fdstore *fdstore);
/** As fdstore_end, for all descriptors but this one. */
void fdstore_end_but(struct fdstore *fdstore, int fd);
/** Free the list; the manager keeps what it has. */
void fdstore_done(struct fdstore *fdstore);

/* ---- keeping ----
 * whether values outlive this process, as far as can be seen: the manager does not
 * answer when it is asked to keep descriptors.
 */

struct fdstore_check {
    bool left;         /**< nothing was kept, but an old process left its socket behind */
    bool only_sockets; /**< an old process's sockets were kept, but no object */
};

/** Examine what was kept. Call it before anything is taken out of `inherited`, and before
 * `path`, the daemon's socket, is bound. */
struct fdstore_check fdstore_check_poll(const struct inherited *inherited, const char *path);
/** Warn once if something is wrong. `object`: there is an object to be kept. `state_file`: a
 * stop leaves values in a file. `handed`: by a daemon that reloaded. */
void fdstore_check_report(const struct fdstore_check *fdstore_check, bool object, bool state_file,
                          bool handed);

/** Whether a manager keeps what it is given, as far as can be seen now. */
bool fdstore_check_is_likely(void);

/* ---- reload report ----
 * the outcome of the last reload, for /debug/catalog and for the daemon's own
 * metrics.
 *
 * Every daemon has read its configuration once, so a new daemon starts with a success. The new
 * daemon reports what changed; the one that stayed reports why nothing changed.
 */

enum { RELOAD_REPORT_MAX = 65536 /* bytes of lines; later ones are left out */ };

struct reload_report {
    struct view_reload shown;
    struct error error;           /* why the last reload was refused */
    struct strbuf refused;        /* lines on the files that are refused, each terminated */
    struct strbuf changed;        /* lines of the last success, each terminated */
    int64_t taken_ms;             /* time of the last success; Unix time */
    struct error partly;          /* why not all files are in force; "": they are */
    char ready[ERROR_BYTES + 16]; /* for /readyz: "ready, ..."; "": nothing to add */
    size_t files_refused;
};

/** Configuration and catalogs have just been read. */
void reload_report_init(struct reload_report *report, int64_t real_ms);
void reload_report_done(struct reload_report *report);
/** Note that a reload was refused, and that this daemon stays as it is. */
void reload_report_refused(struct reload_report *report, int64_t real_ms, const char *why);
/** Fill in the figures that self publishes. */
void reload_report_read(const struct reload_report *report, struct self_metrics_inputs *inputs);

/* ---- start error: why the daemon cannot start. ---- */

/** A sentence for the log, and the exit code. Zeroed: nothing is wrong. */
struct start_error {
    int exit_code;
    struct error error;
    struct messages more; /* further lines: every mistake in catalogs */
};

/** Write the message. Returns false, for `return`. */
bool start_error_fail(struct start_error *ret_error, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void start_error_done(struct start_error *error);

/* ---- supervisor watch ----
 * whether the supervisor that started this daemon is still there.
 *
 * The supervisor holds the other end of a pipe. When that end is closed, no one will start the
 * daemon again, and no one holds its descriptors: the daemon continues, logs this, and notifies
 * no one any more. Our end passes to new processes all the same, so that they know it, too.
 */

struct supervisor_watch {
    uv_poll_t poll;
    int fd;
    bool open; /**< there is a supervisor, or there was one */
    bool lost; /**< it is gone */
};

/** Watch `fd`, our end of the pipe, which is taken over; -1: there is no supervisor, and nothing is
 * watched. */
void supervisor_watch_open(struct supervisor_watch *watch, uv_loop_t *loop, int fd);
/** Whether it is gone, also if the loop has not noticed yet. */
bool supervisor_watch_is_lost(const struct supervisor_watch *watch);
/** Close it; the loop has to run once more afterwards. A second call does nothing. */
void supervisor_watch_close(struct supervisor_watch *watch);

/* ---- restore ----
 * brings the values of a daemon that has died into this daemon's tables, from the
 * object that it left with the service manager (object/object.h).
 *
 *   restore_find    the objects among the inherited descriptors
 *   restore_open    the newest readable object; its marks count the attempts
 *   restore_ahead, restore_settle   if the daemon still lives: before it stops, and after
 *   restore_model   series, books, machines; the daemon's own counters
 *   restore_inbox   datagrams that were received and not applied
 *   restore_ready   the new object is kept: give up the former one
 *
 * An object is ignored if its process was a new process that ended before it began to work
 * (marks.waiting): the object of the daemon it was to follow counts. A new process takes over from
 * a daemon that lives (`handed`, daemon.h). It need not count attempts, since that daemon continues
 * if the new process fails; and if the object cannot be used, the new process does not start.
 *
 * The object is untrusted input. If it cannot be used, the daemon starts with empty tables, says
 * why. If a daemon dies before it is ready, the next one tries the same object once more, but no
 * third one does: the object's marks say how many began. An object that was taken over is marked as
 * spent in case the manager keeps it all the same: counters restored from it would be lower than
 * they were.
 */

enum {
    RESTORE_OBJECTS_MAX = 4,
    RESTORE_BEGUN_MAX = 2,    /* daemons that may die while taking over one object */
    RESTORE_SPENT = INT32_MAX /* in place of that number: the object was taken over */
};

struct restore_object {
    int fd; /**< -1: closed */
    uint64_t number;
    char name[INHERITED_NAME_MAX];
};

struct restore {
    bool handed; /* a live daemon hands over; set before restore_open */
    enum self_metrics_cause cause;
    struct restore_object objects[RESTORE_OBJECTS_MAX]; /* the newest first */
    size_t count;
    struct object_file file;
    struct image image;
    struct store_restoring *restoring; /* if `handed`; NULL: nothing is copied yet */
    struct match *match;               /* NULL: nothing to take over, or no longer */
    uint64_t begun_at;                 /* position in the file */
    bool spent; /* the object tried last was spent: its numbers are outdated */
    /* shown to people */
    bool done;
    struct error why; /* why it failed; "": it did not fail */
    bool pause_known; /* and the pause was published */
    int64_t real_ms;  /* time of the restore */
    int64_t alive_ms; /* when the old process was last alive (monotonic clock) */
    uint32_t begun;   /* attempts that began, this one included */
    uint64_t undone;  /* words that undo put back */
    struct store_restored series;
    uint64_t restarted[MATCH_REASON_COUNT]; /* families that start again, by reason */
    struct ingress_restored inbox;
    struct owner_watch_adopted owners; /* once their processes were checked */
};

/** Initialise it with nothing found. */
void restore_init(struct restore *restore);
/** Take the objects out of `inherited`. */
void restore_find(struct restore *restore, struct inherited *inherited, struct fdstore *fdstore);
/** Offer the object of a daemon that ended in order. Takes over the descriptor. Call it only if
 * no other object was found. */
void restore_offer(struct restore *restore, int fd);
/** Such a daemon has left nothing that can be used: let events and /debug say why. */
void restore_lost(struct restore *restore, const char *why);
/** Open the newest readable object; `match` is not NULL then. If there are objects and none is
 * readable, `why` is set, and unless `handed` the reason is logged. */
void restore_open(struct restore *restore, const struct catalog_set *set, struct store_time now);

struct restore_model {
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct events *events;
    struct self_metrics *self;
};
/** Only if `handed`, and possibly several times: copy what can be copied while the old process
 * still writes; live jobs only if `breakers_jobs` is not NULL. */
void restore_ahead(struct restore *restore, struct store *store,
                   struct breakers_jobs *breakers_jobs, struct store_time now);
/** Complete the copy once the old process has stopped, before restore_model. False: its
 * object can no longer be read. */
bool restore_settle(struct restore *restore, struct error *ret_error);
/** Fill new tables. */
void restore_model(struct restore *restore, const struct restore_model *model,
                   struct store_time now);
/** Fill a new ingress. */
void restore_inbox(struct restore *restore, struct ingress *ingress);
/** Why the values of the daemon before are lost; NULL: they are not, or there was none. */
const char *restore_loss(const struct restore *restore);

/** The daemon does not start, for a reason of its own: this does not count as an attempt, unless
 * memory was short. */
void restore_cancel(struct restore *restore);
/** The daemon is ready and its own object is kept: give up the old object. */
void restore_ready(struct restore *restore, struct fdstore *fdstore);
/** Close what is open. Safe twice. */
void restore_done(struct restore *restore);

/** How long no one read the sockets, in ms; -1: not known (yet). */
int64_t restore_pause_ms(const struct restore *restore, const struct ingress *ingress);
/** Fill in the figures that self publishes. */
void restore_read(const struct restore *restore, const struct ingress *ingress,
                  struct self_metrics_inputs *inputs);

/* ---- tokens ----
 * the bearer tokens that endpoints and /debug name, kept from the start until the
 * listeners take them. A file that several of them name is read once.
 */

struct tokens {
    const char *paths[ENDPOINTS_MAX + 1]; /**< borrowed from the settings; one is for /debug */
    char *texts[ENDPOINTS_MAX + 1];
    size_t count;
};

/** Read the files that the plan names into zeroed `tokens`; one that cannot be read as it was kept,
 * if it was (`kept` may be NULL), with a line in `refused`. False with *ret_error; call tokens_done
 * in any case. */
bool tokens_read(struct tokens *tokens, const struct endpoint_plan *plan,
                 const struct config_texts *kept, struct messages *refused,
                 struct start_error *ret_error);
/** Add each token to the texts that are accepted now. */
void tokens_note(const struct tokens *tokens, const struct config_texts *kept, int64_t now_ms,
                 struct config_texts *to);
/** Overwrite and free them. Safe twice. */
void tokens_done(struct tokens *tokens);

struct facts;
struct upkeep;
struct handover_out;
struct handover_in;

/** The state file, which a stop writes and the next start reads. */
struct daemon_state {
    struct state_file file; /* zeroed: not open */
    bool taken;             /* the values that were found come from it */
    struct error wrong;     /* why a stop could not write it; empty: it could, or none is set */
    int64_t wrong_ms;       /* Unix time of the last change of `wrong` */
    uv_timer_t timer;       /* checks it; zeroed: not started */
};

struct daemon {
    const struct settings *settings;
    struct catalog_set set;
    struct endpoint_plan plan;        /* the endpoints, the default one first */
    struct tokens tokens;             /* until the listeners take them */
    struct config_texts last_good;    /* what was accepted last, while files are read */
    struct config_texts config_texts; /* what this daemon runs on, until it is in the object */
    struct object_file file;          /* memory that outlives the process */
    struct object *object;            /* in that file; NULL: values end with the process */
    struct fdstore fdstore;
    struct fdstore_check fdstore_check;
    struct restore restore;
    struct daemon_state state;
    const char *program; /* with `arguments`: to start a new process */
    char *const *arguments;
    struct handover_out *handover_out; /* a handover under way; NULL: none */
    bool reload_owed;                  /* SIGHUP came during a reload */
    struct handover_in *handover_in;   /* our link to the old process; borrowed */
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct events *events;
    struct gate *gate;
    struct self_metrics *self;
    struct history *history; /* NULL: none is kept */
    uv_loop_t loop;
    uv_signal_t signals[3];
    struct supervisor_watch supervisor;
    struct outage outage;
    struct files_watch files;
    struct cleaner cleaner;
    struct ingress *ingress;
    struct sender_watch *watch;
    struct owner_watch *owner_watch;
    struct path_watch *path_watch;
    const char **socket_paths; /* of all sockets; borrowed */
    struct stale_paths stale_paths;
    struct http_server *http;
    struct http_server *answering;      /* the same server while it closes */
    struct http_server *control;        /* for commands; NULL: none are taken */
    struct http_server *former_control; /* the same server while it closes */
    struct forget *forget;              /* a command under way; NULL: none */
    struct tail *tail;                  /* followers that watch lines; NULL: none */
    struct postgres *postgres;          /* NULL: no catalog declares queries */
    struct reload_report reload;
    struct facts *facts;   /* for the status */
    struct upkeep *upkeep; /* what happens between datagrams; NULL: not yet, or no longer */
    int description;       /* file that describes the configuration; -1: none */
    struct self_metrics_input input_figures[INGRESS_INPUTS_MAX];
    struct self_metrics_inputs inputs; /* also sums up the figures of scrapes */
    double start_time_s;
    uint32_t beat_every_ms; /* how often the manager gets a heartbeat; 0: never, or not yet */
    bool stopping;
    bool is_retiring; /* stopping because a new process took over */
    pid_t new_pid;    /* the process that took over from this one; 0: none */
};

/** The present time of both clocks. */
struct store_time daemon_now(void);
/** daemon_now() with the signature that sources expect; the argument is ignored. */
struct store_time daemon_clock(void *arg);
/** True within a callback of the HTTP library, where nothing may be received, applied or
 * released. */
bool daemon_is_answering(const struct daemon *daemon);

/** How many connections, requests and commands were refused because memory was short. */
uint64_t daemon_no_memory(const struct daemon *daemon);

/* ---- catalogs ----
 * the catalogs that the settings name, and which endpoint shows which of them.
 */

/** The number of catalogs, without the daemon's own. */
size_t catalogs_services(const struct catalog_set *set);

/* ---- commands ----
 * the commands of root and of the daemon's own user: a reload is a handover, lines are followed and
 * series forgotten here (commands.c).
 */

/** Take commands if the settings want them, on the old process's socket if it was kept. At the
 * default path, failure is only a warning: SIGHUP has the same effect as a reload. */
bool commands_open(struct daemon *daemon, struct inherited *inherited,
                   struct start_error *ret_error);
/** End commands that are under way, but for a reload, and take no others; answers have `grace_ms`
 * to be heard. Safe twice. */
void commands_close(struct daemon *daemon, unsigned grace_ms);
/** Give them only so long from now on. Safe without any. */
void commands_hurry(struct daemon *daemon, unsigned grace_ms);

/* ---- adoption: a daemon whose supervisor was killed gets another one (adoption.c). ---- */

/** Of the connection that the descriptors pass over (proto/CONTROL.md). */
#define ADOPTION_PROTOCOL "statgate-descriptors"

/** The command `adopt`: give all descriptors to the client, and end. */
void adoption_begin(struct daemon *daemon, struct http_answer *answer);
/** Ask the daemon behind this control socket, which may have a supervisor or not exist. True: it
 * gave its descriptors and has ended. */
bool adoption_ask(const char *control, struct held_fds *kept);

/* ---- configuration ----
 * compares this daemon's configuration with the old process's
 * (settings/settings.h).
 */

enum {
    CONFIGURATION_BYTES_MAX = 64 << 20, /* of a description; a longer one is not compared */
    CONFIGURATION_WARNING_MAX = 400     /* bytes of a warning's text, so that it fits into a line */
};

/** Prefix of lines that report a problem, not a change. */
#define CONFIGURATION_WARNING "warning: "

/** Describe the configuration, once, in a file for a new process: daemon->description. If memory
 * is short, there is none. */
void configuration_describe(struct daemon *daemon);
/** Compare with the old process's description, and note what changed and which settings have
 * no effect. Returns a file of lines, owned by the caller, or -1: cannot be said. */
int configuration_compare(struct daemon *daemon, int former);

/* ---- debug ----
 * the JSON of /debug/ingress, /debug/endpoints and /debug/queries, which only the daemon can
 * write.
 */

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out);
/** The endpoints that show the selected service. */
void debug_endpoints_write(const struct daemon *daemon, const struct json_selection *selection,
                           struct strbuf *out);
/** The queries of the selected service and family; if a time is selected, those that ran then or
 * later. */
void debug_queries_write(const struct postgres *postgres, const struct json_selection *selection,
                         struct strbuf *out);

/* ---- facts ----
 * the part of the status that only the daemon knows (status/status.h): rates, the queue,
 * memory, queries, scrapers.
 */

void facts_open(struct daemon *daemon);
/** The facts that views read; facts_read updates them. */
const struct status_facts *facts_of(const struct daemon *daemon);
/** Call it several times a second: rates are computed from these calls. */
void facts_tick(struct daemon *daemon, int64_t mono_ms);
void facts_close(struct daemon *daemon);

/* ---- history feed: fills the history each second. ---- */

/** Add what happened since the last full second, without waiting for the next one: this process
 * will read no more. */
void history_feed_end(struct daemon *daemon);

/* ---- keep ----
 * this program as the parent of the daemon, which it is unless it shall not be. Derives
 * the daemon's arguments from the supervisor's flags.
 */

/** The times of supervisor_options. */
struct supervise_times {
    uint32_t stop_timeout_ms;
    uint32_t ready_timeout_ms;
};

/* ---- fdstore listeners ----
 * listening sockets that pass from process to process, under names with a common
 * beginning: one for HTTP, one for commands. The name of a Unix socket says which file it had:
 * "statgate-http-8-DEVICE-INODE".
 */

enum {
    KEPT_LISTENERS_MAX = ENDPOINTS_MAX + 1 /**< one for each endpoint, and one for /debug */
};

struct fdstore_listeners {
    const char *beginning;
    struct unix_listener sockets[KEPT_LISTENERS_MAX]; /**< whoever takes a socket writes -1 here */
    char names[KEPT_LISTENERS_MAX][INHERITED_NAME_MAX];
    int fds[KEPT_LISTENERS_MAX];
    size_t count;
};

/** Take the sockets whose names start with `beginning` (INHERITED_...) out of `inherited`. */
void fdstore_listeners_find(struct fdstore_listeners *kept, struct inherited *inherited,
                            const char *beginning);
/** Close the sockets that were not taken; the manager gives them up later. */
void fdstore_listeners_settle(const struct fdstore_listeners *kept, struct fdstore *fdstore);
/** Have this socket kept, unless it already is. */
void fdstore_listeners_keep(struct fdstore *fdstore, const char *beginning,
                            const struct unix_listener *listener);

/* ---- last good ----
 * what was accepted last (active_config/active_config.h): where the next daemon finds it, and
 * the part of it that settings are.
 */

/** Read the texts of the newest object among the inherited descriptors, which stay there. Empty:
 * there is no object, or it has none. */
void last_good_find(struct config_texts *ret_texts, const struct inherited *inherited);
/** Read the texts of one object, which may be a state file; `fd` is borrowed. */
void last_good_read(struct config_texts *ret_texts, int fd);

/** A command line, for reading the settings again. Borrowed. */
struct last_good_command {
    const struct settings_program *program;
    int argc;
    char *const *argv;
};
/** Read settings from the command line as it is, and from the file and the variables as they were
 * accepted last. False with the reason. */
bool last_good_settings(struct settings *ret_settings, const struct last_good_command *command,
                        const struct config_texts *kept, struct error *ret_error);
/** Add the file and the variables that the settings were read from; `kept`: what they were accepted
 * as before, NULL: nothing is known of that. If the settings themselves are those that were kept,
 * `from_kept`. */
void last_good_note(struct config_texts *to, const struct settings *settings,
                    const struct config_texts *kept, bool from_kept, int64_t now_ms);

/* ---- listeners ----
 * listens at the endpoints' addresses over HTTP, and reports figures of their
 * handlers.
 */

/** Listen for all endpoints, on kept sockets where there are some; uses up the tokens. */
bool listeners_open(struct daemon *daemon, const struct http_source *source,
                    struct inherited *inherited, struct start_error *ret_error);
/** Read the figures of the endpoints' handlers, for self. */
void listeners_read_handlers(struct daemon *daemon);

/* ---- model ----
 * the tables that hold all numbers, if possible in memory that outlives the process: an
 * object (object/object.h) in a file without a name (host/files.h).
 */

/** Make store, ledger, machines, gate and self for the daemon's catalogs, in an object or else
 * on the heap; in that case a warning says that values end with the process. Fills in the values
 * of the restore if there is one; if it is handed over by a live daemon, what can be copied before
 * that daemon stops. False with *ret_error; call model_close in any case. */
bool model_open(struct daemon *daemon, struct start_error *ret_error);
/** For a new process: the old process has stopped, take over its values. False with
 * *ret_error. */
bool model_take_over(struct daemon *daemon, struct start_error *ret_error);
/** Free the tables. Safe twice. The object's content stays for others that have its file. */
void model_close(struct daemon *daemon);

/* ---- process: what the operating system reports of this process: the process_* families. ---- */

enum { PROCESS_SPARE_MAX = 64 /**< the most that can be asked for */ };

/** How many more descriptors can be opened, up to `most` (PROCESS_SPARE_MAX at most). */
unsigned process_spare_descriptors(unsigned most);
/** How many processes may be watched so that HTTP connections still have descriptors; those of
 * one or two listeners are in owner_watch_budget(). */
uint32_t process_owner_budget(size_t further_listeners, bool streams);
/** Fill in CPU time, memory and descriptors. */
void process_read(struct self_metrics_inputs *inputs);
/** When this process started, Unix time in seconds; 0 when unknown. */
double process_start_time_s(void);

/* ---- queries: values from databases: the collector, its log and its figures. ---- */

/** Make the collector if catalogs declare queries. It does not connect yet. */
void queries_open(struct daemon *daemon);
/** Close the connections. Close HTTP first: no request may still be waiting. Safe twice. */
void queries_close(struct daemon *daemon);
/** See postgres_retire; does nothing without queries. */
void queries_retire(struct daemon *daemon, bool retiring);
/** See postgres_await_retired; does nothing without queries. */
void queries_await_retired(struct daemon *daemon);

/* ---- statgated ----
 * the daemon's life: open, run, drain, close. Catalogs, store, gate, sockets and HTTP
 * on one loop.
 *
 *   sockets.c            ──▶ ingress ──▶ gate ──▶ store ◀── view ◀── http
 *   configuration.c      ──▶ set       └─▶ ledger ◀──────┘
 *   sockets.c            ──▶ http, with the plan from the settings; figures of handlers for self
 *   scrape.c             ──▶ what http asks for: figures of all parts, published through self
 *   scrape.c             ──▶ postgres ──▶ gate, for scrapes that wait for values in databases
 *   upkeep.c             ──▶ what time and the end of processes change: breakers, pages, parts
 *   restore_values.c     ──▶ store, ledger, breakers_jobs: values of a daemon that has died
 *   fdstore.c            ──▶ the service manager, which keeps object and sockets
 *   commands.c           ──▶ http, for commands of root and of the daemon's own user:
 *                            reload_old_process.c (reload), store (forget), gate (tail)
 *   reload_old_process.c,
 *   reload_new_process.c ──▶ the process after or before this one, in a reload
 *   daemon.c             ──▶ the end of all of them
 */

/** What the process finds when it starts. All pointers are borrowed. */
struct statgated_start {
    const char *program;         /**< path of this program; NULL: unknown */
    char *const *arguments;      /**< the command line */
    struct inherited *inherited; /**< the daemon takes all sockets out of it */
    struct handover_in *handover_in;
    struct config_texts *kept;  /**< what was accepted last; the daemon takes it */
    const char *settings_wrong; /**< why the present settings were refused, and those are used that
                                     were accepted last; NULL: the present ones are used */
    /** The settings as they were accepted last; NULL: they cannot be used. */
    const struct settings *(*kept_settings)(void *arg);
    void *arg;
};

/** Block SIGHUP (or stop blocking it), because without a handler it would end the process. Call
 * this first of all; once the daemon is open, it handles the signal. */
void statgated_hold_reload(bool hold);
/**
 * Load, open and start everything; nothing is served before all of it succeeded. On failure,
 * returns false with *ret_error and undoes what was begun.
 */
bool statgated_open(struct daemon *daemon, const struct settings *settings,
                    const struct statgated_start *start, struct start_error *ret_error);
/** Run until SIGTERM or SIGINT, or until a new process has taken over; then drain, close and free
 * everything. */
void statgated_run(struct daemon *daemon);

/* ---- reading ----
 * what this daemon runs on: its files as they are, or, where they are refused, what was
 * accepted last (active_config/active_config.h).
 *
 * Catalogs are taken file by file; settings and endpoints are taken whole or not at all. A daemon
 * that starts after a death never fails for a file: if the present ones cannot be used, it runs on
 * what was accepted last alone. A reload is refused instead, if its settings or endpoints are wrong
 * or if a service could not stay as it was.
 */

/**
 * Read catalogs, endpoints and tokens, and note what is refused in the reload report. Sets the
 * daemon's set, plan, tokens and accepted texts, and its settings if they have to be those that
 * were accepted last. False with *ret_error; the daemon closes what was begun.
 */
bool reading_begin(struct daemon *daemon, const struct statgated_start *start,
                   struct start_error *ret_error);

/* ---- refusals ----
 * logs refused reloads, limited so that a script that asks again and again does not
 * fill the log.
 */

/** Log the sentence and the lines of `more`, or only count it in a later line of the same
 * sentence. */
void refusals_log(enum log_level level, const char *sentence, const struct messages *more);

/** The same for a reload that was taken although files are refused. */
void refusals_log_partly(enum log_level level, const char *sentence, const struct messages *more);

/* ---- room ----
 * whether the limits of this process leave the memory that `statgate check` prints.
 */

/** The tables are made and everything is open: warn if a limit leaves less than clients can need.
 * False: it leaves too little to answer health checks, or, for a first daemon whose values a
 * manager keeps, to restore them after a crash. */
bool room_check(const struct daemon *daemon, struct start_error *ret_error);

/* ---- sockets ----
 * the sockets that senders write to: the shared one, and those of services that
 * have their own.
 */

/** Watch the paths of sockets that will be opened. Returns 0 or a negative errno. */
int sockets_watch_paths(struct daemon *daemon);
/** Open the shared socket and the services' own, using inherited and kept ones first, and hand
 * them to the ingress. Kept sockets that match none of them are closed. */
bool sockets_open(struct daemon *daemon, struct inherited *inherited,
                  struct start_error *ret_error);

/** This daemon counts: set modes and groups of its sockets, and remove files of sockets that the
 * old process had elsewhere. */
void sockets_settle(struct daemon *daemon);

/** ingress_options.opened and closed; `daemon` is their arg. Sockets of our own outlive the
 * process. */
void sockets_opened(void *daemon, const struct ingress_listener *listener);
void sockets_closed(void *daemon, const struct ingress_listener *listener);

/* ---- source: the functions through which HTTP reads from the daemon. ---- */

/** The source for requests and scrapes; its functions take the daemon as argument. */
struct http_source source_of(struct daemon *daemon);

/** Publish the daemon's figures without a request, so that these values outlive the process. */
void source_publish(struct daemon *daemon);

/* ---- state ----
 * keeps values from an orderly end to the next start, by the setting state_file
 * (state_file/).
 *
 * The file is older than an object that the service manager has kept, and than a daemon that hands
 * over: it is read only if there is neither. The start then continues as after a crash.
 */

/** For a new process whose file differs from the old process's: lock it now. False, with a
 * sentence: it cannot be used. */
bool state_try(struct daemon *daemon, struct error *ret_error);

/* ---- stop ----
 * the end of the daemon: an orderly end, or that of a process that has handed over.
 */

/** Another process is the daemon: leave it the sockets that it uses, answer requests that are
 * under way, and close everything. */
void stop_leave(struct daemon *daemon);
/** End an old process that is still answering. */
void stop_answering(struct daemon *daemon);

/* ---- handover out ----
 * the daemon's side of a handover to the new process: another process of the same
 * program, or of the program that has replaced it (README.md, "Reload and upgrade"). handover_in
 * is the other side.
 *
 *   this daemon                                   the new process
 *     starts it; hello, had, keeps..., begin ───▶   reads settings and catalogs, binds what is new
 *     reads on              ◀──── report, prepared
 *     applies what it received; stopped ────────▶   takes over the values
 *     stores what is new    ◀─ unused, keeps, taken
 *     go ───────────────────────────────────────▶   counts from here on (commit point)
 *     is an old process    ◀─────────── committed  reads
 *     names it to the manager; main ────────────▶   notifies the manager that it is ready
 *     answers whoever asked
 *     ends what it answers, and exits  ◀───── main
 *
 * Between `stopped` and `committed` the daemon only waits, and the new process receives nothing
 * until it has sent `committed`. So whatever goes wrong before that, the daemon continues as if it
 * had been away for a moment.
 */

/* The words of these messages, for both sides: one that is spelled wrong does not compile. */
#define WORD_HELLO     "hello" /* the old process's program_stamp() */
#define WORD_HAD       "had"   /* the description of its configuration */
#define WORD_KEEPS     "keeps" /* descriptors, with their names */
#define WORD_BEGIN     "begin"
#define WORD_REPORT    "report"  /* how the configuration differs */
#define WORD_MORE      "more"    /* a line of a refusal */
#define WORD_REFUSED   "refused" /* CODE REASON */
#define WORD_PARTLY    "partly"  /* why some files are rejected */
#define WORD_PREPARED  "prepared"
#define WORD_STOPPED   "stopped"
#define WORD_UNUSED    "unused" /* the name of a descriptor */
#define WORD_TAKEN     "taken"
#define WORD_GO        "go"
#define WORD_COMMITTED "committed"
#define WORD_MAIN      "main"

/** Environment variable that gives a new process the number of its end of the socket pair. */
#define HANDOVER_VARIABLE "STATGATE_HANDOVER"

enum {
    HANDOVER_TIMEOUT_MS = 10000,   /**< time a new process has until it counts */
    HANDOVER_STOPPED_MS = 5000,    /**< of that time, after the daemon stopped reading */
    HANDOVER_REPORT_MAX = 1 << 20, /**< bytes of a new process's report */
    HANDOVER_MORE_MAX = 20         /**< lines of reasons for a refusal, after the first */
};

/** How a handover ended; these are the exit codes of `statgate reload`. */
enum handover_out_code {
    HANDOVER_TAKEN = 0,
    HANDOVER_TIMEOUT = 1,
    HANDOVER_REFUSED = 2, /**< this daemon continues */
    HANDOVER_UNDER_WAY = 3,
    HANDOVER_PARTLY = 4 /* taken, but not all files are in force */
};

/** Who asked for the handover; copied. Each function may be NULL. */
struct handover_asker {
    /** Takes a line on what changed, or on what else is wrong. */
    void (*line)(void *arg, const char *text);
    /** Takes the verdict, once, possibly from within handover_out_begin; `text` is a sentence. */
    void (*end)(void *arg, int code, const char *text);
    void *arg;
};

/** Start a new process. `asker` may be NULL; the verdict is logged in any case. False: the verdict
 * was already given. */
bool handover_out_begin(struct daemon *daemon, const struct handover_asker *asker);
/** SIGHUP: start a new process; if a reload is under way, owe one more, however many signals come.
 */
void handover_out_ask(struct daemon *daemon);
/** A reload is over: if one more is owed, pass SIGHUP on to the process that is the daemon now. */
void handover_out_end_owed(struct daemon *daemon, pid_t now);
/** The daemon ends for another reason: end a new process that does not count yet, too. */
void handover_out_cancel(struct daemon *daemon, const char *why);
/** Pass a signal on to the new process if that is the daemon now. Returns true if it was passed
 * on. */
bool handover_out_signal(struct daemon *daemon, int number);
/** Close what is open, before the loop ends. */
void handover_out_close(struct daemon *daemon);

/* ---- new process ----
 * the side of a daemon that another daemon has started as the new process. daemon.h
 * is the other side, and shows the order of steps.
 *
 * Its event loop does not run before it has committed: until then it receives and accepts nothing,
 * and none of its values expire. It ends with the old process as long as the service manager
 * takes that one for the daemon.
 */

struct object;
struct view_reload;

struct handover_in {
    int sock; /**< to the old process; -1: there is none, or it is no longer of use */
    pid_t old_pid;
    int had;       /**< file that describes the former configuration; -1: none */
    bool upgraded; /**< the old process runs another program */
    /* used after the commit */
    uv_poll_t poll;
    uv_timer_t timer;
    uint64_t end_ms; /**< loop time by which the old process must have ended */
    bool main;       /**< the manager knows this process, or was notified */
    bool alone;      /**< this process no longer ends with the old process */
    void (*on_main)(void *arg);
    void *arg;
};

/** Whether this process was started as a new process. True only once: the variable is removed from
 * the environment. */
bool handover_in_is_asked(struct handover_in *handover_in);
/** Put the descriptors that the old process passes into the table, in place of those that the
 * manager passes. */
bool handover_in_inherit(struct handover_in *handover_in, struct inherited *inherited,
                         struct error *ret_error);
/** This process cannot start: tell the old process why, and let it continue. Does nothing on a
 * second call or without an old process. */
void handover_in_refuse(struct handover_in *handover_in, const struct start_error *why);

/** Pass on a file of lines on what changed; closes `fd`. -1: none. */
void handover_in_report(const struct handover_in *handover_in, int fd);
/** Pass on that not all files are in force, with a sentence and lines on what is refused. */
void handover_in_partly(const struct handover_in *handover_in, const char *why,
                        const struct view_reload *lines);
/** All is prepared: have the old process stop. False: it is gone, or takes too long. */
bool handover_in_stop_old(const struct handover_in *handover_in, struct start_error *ret_error);
/** The former values are taken over. Have the old process keep the new descriptors of the
 * list. When this returns true, this process is the daemon: it is the commit point. */
bool handover_in_commit(const struct handover_in *handover_in, struct fdstore *fdstore,
                        struct object *object, struct start_error *ret_error);
/** Tell the old process of the commit, before anything is received. The loop calls `on_main`
 * once the manager knows that this process is the daemon; from then on the manager hears us. */
void handover_in_go_on(struct handover_in *handover_in, uv_loop_t *loop, void (*on_main)(void *arg),
                       void *arg);
/** Whether this process has committed and the manager may not know it yet, for at most
 * HANDOVER_TIMEOUT_MS. First reads whether the old process has confirmed it. */
bool handover_in_waits(struct handover_in *handover_in);
/** Make the old process end, whatever it is answering; kill it if it does not. Safe twice. */
void handover_in_end_old(struct handover_in *handover_in);
/** Close what is open, before the loop ends. The old process ends then, too. */
void handover_in_close(struct handover_in *handover_in);

/* ---- upkeep ----
 * work that needs no datagram: breakers whose cool-down is over, the pages that clients read, the
 * cleaner, history, and incidents. An incident is reported as an event that views and followers
 * read, and as a line in the log, at most one a minute for each kind and name.
 */

/** Start from the tables' present state, so that earlier incidents are not reported. */
void upkeep_open(struct daemon *daemon);
/** Tell that a person has decided the state of breakers of this family. */
void upkeep_forced(struct daemon *daemon, const struct catalog_family *family, uint32_t uid,
                   const char *text);
/** Call it when the sockets are open (breaker pages are files beside them) and the loop is about to
 * run. */
void upkeep_start(struct daemon *daemon);
void upkeep_stop(struct daemon *daemon);
/** Free it when the loop has ended. NULL is fine. */
void upkeep_close(struct daemon *daemon);
/** This process is the daemon from now on: report where its values come from. */
void upkeep_began(struct daemon *daemon);
/** Report that a query or the connection to a database starts to fail, or works again; `daemon` is
 * the arg of postgres_options. */
void upkeep_query(void *daemon, const struct postgres_news *news);
/** Why a query fails, in the server's own words if it gave some: "sql 42P01: relation ..." Written
 * to `out`, whose text is returned. */
const char *query_why(struct error *out, enum postgres_error error, const char *sqlstate,
                      const char *message);
/** Give a heartbeat to clients that read breakers and, once a second, to the manager. Due every
 * BREAKER_PAGE_BEAT_MS. */
void upkeep_beat(struct daemon *daemon);
/** Hook of owner_watch (`daemon` is its arg): processes ended, begin to release what they owned. */
void upkeep_release(void *daemon);
/** Hook of owner_watch: reports what became of the processes whose values were taken over. */
void upkeep_adopted(void *daemon, const struct owner_watch_adopted *adopted);

#endif
