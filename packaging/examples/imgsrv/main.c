/*
 * What imgsrv would send: API workers with requests, a pgx pool each, and an object store; a
 * process for background jobs that asks the circuit breaker; and, with --database, what both do to
 * the tables that its durable gauges are read from. Under trouble the pool is full, the object
 * store fails, jobs fail until their breaker opens, and the queues in the database do not move.
 */
#include <emitter.h>

#include "durable.h"

#define REQUESTS 24 /* of an API worker in a round */
#define WHERE    "url_scheme:https,server_address:img.example.org,server_port:443"

/* ---- object store ---- */

/* What goes wrong with a store under trouble, in turn. */
static const char *const failures[] = {"error",          "canceled", "not_found",
                                       "already_exists", "conflict", "invalid"};

/* One operation; `bytes` are read (direction "read"), written, or not known (NULL). */
static bool operate(struct emitter_process *process, const char *operation, const char *direction) {
    static unsigned failed;
    struct statgate *sg = &process->sg;
    const char *outcome = "success";
    double duration_s = emitter_duration_s(process, direction == NULL ? 0.012 : 0.15);
    char labels[96];
    if (process->options->trouble && emitter_chance(process) < 0.3) {
        outcome = failures[failed++ % 6];
        duration_s *= 20;
    }
    snprintf(labels, sizeof labels, "operation:%s,outcome:%s", operation, outcome);
    statgate_count(sg, "imgsrv_objectstore_operations_total", 1, labels);
    statgate_observe(sg, "imgsrv_objectstore_operation_duration_seconds", duration_s, labels);
    bool good = strcmp(outcome, "success") == 0;
    if (good && direction != NULL) {
        snprintf(labels, sizeof labels, "operation:%s,direction:%s", operation, direction);
        statgate_count(sg, "imgsrv_objectstore_bytes_total",
                       4096.0 * (1 + emitter_pick(process, 4096)), labels);
    }
    return good;
}

/* ---- a pgx pool, as its Stat() reports it ---- */

struct pool {
    double acquired, idle, constructing, max;
    double acquires, empty_acquires, canceled_acquires, acquire_duration_s; /* since its start */
};

static void use_pool(struct emitter_process *process, struct pool *pool, unsigned acquires) {
    bool trouble = process->options->trouble;
    pool->max = 10;
    pool->acquired = trouble ? 10 : 1 + emitter_pick(process, 4);
    pool->constructing = !trouble && process->round % 8 == 0 ? 1 : 0;
    pool->idle = trouble ? 0 : 6 - pool->acquired;
    for (unsigned i = 0; i < acquires; i++) {
        bool empty = emitter_chance(process) < (trouble ? 0.9 : 0.02);
        bool canceled = empty && emitter_chance(process) < 0.1;
        pool->acquire_duration_s += emitter_duration_s(process, empty ? 0.2 : 0.00002);
        pool->acquires += !canceled;
        pool->empty_acquires += empty && !canceled;
        pool->canceled_acquires += canceled;
    }
}

/* Each process reports its own; what its counters say are totals since its start, not what was added.
 */
static void tell_pool(struct emitter_process *process, const struct pool *pool) {
    struct statgate *sg = &process->sg;
    const char *connections = "imgsrv_postgres_pool_connections";
    statgate_set(sg, connections, pool->acquired, "state:acquired");
    statgate_set(sg, connections, pool->idle, "state:idle");
    statgate_set(sg, connections, pool->constructing, "state:constructing");
    statgate_set(sg, connections, pool->acquired + pool->idle + pool->constructing, "state:total");
    statgate_set(sg, connections, pool->max, "state:max");
    statgate_set(sg, "imgsrv_postgres_pool_acquires_total", pool->acquires, NULL);
    statgate_set(sg, "imgsrv_postgres_pool_empty_acquires_total", pool->empty_acquires, NULL);
    statgate_set(sg, "imgsrv_postgres_pool_canceled_acquires_total", pool->canceled_acquires, NULL);
    statgate_set(sg, "imgsrv_postgres_pool_acquire_duration_seconds_total",
                 pool->acquire_duration_s, NULL);
}

/* ---- API ---- */

struct route {
    const char *method;
    const char *pattern; /* of ServeMux; one for GET takes HEAD, too */
    unsigned status;     /* when all goes well */
    double median_s;
    const char *operation; /* on the object store, or NULL */
    const char *direction;
};

static const struct route routes[] = {
    {"GET", "GET /v1/images", 200, 0.008, NULL, NULL},
    {"GET", "GET /v1/images/{name}", 200, 0.005, NULL, NULL},
    {"GET", "GET /v1/images/{name}/versions/{version}/artifacts/{artifact_id}/download", 200, 0.3,
     "open_object", "read"},
    {"HEAD", "GET /v1/blobs/{digest}", 200, 0.02, "stat_object", NULL},
    {"POST", "POST /v1/uploads", 201, 0.01, "create_multipart_upload", NULL},
    {"POST", "POST /v1/uploads/{upload_id}/complete", 200, 0.03, "complete_multipart_upload", NULL},
    {"PUT", "PUT /v1/uploads/{upload_id}/parts/{part_number}", 200, 0.4, "put_part", "write"},
    {"POST", "POST /v1/uploads/{upload_id}/abort", 200, 0.02, "abort_multipart_upload", NULL},
    {"GET", "GET /streams/v1/images.json", 200, 0.003, NULL, NULL},
};
#define ROUTES ((unsigned)(sizeof routes / sizeof *routes))

static void serve_request(struct emitter_process *process) {
    const struct route *route = &routes[emitter_pick(process, ROUTES)];
    bool good = route->operation == NULL || operate(process, route->operation, route->direction);
    unsigned status = !good ? 502 : emitter_chance(process) < 0.02 ? 404 : route->status;
    char labels[320];
    snprintf(labels, sizeof labels,
             "http_request_method:%s,http_response_status_code:%u,http_route:%s,"
             "network_protocol_name:http," WHERE,
             route->method, status, route->pattern);
    statgate_observe(&process->sg, "http_server_request_duration_seconds",
                     emitter_duration_s(process, route->median_s * (good ? 1 : 20)), labels);
}

/* Requests that take longer than a round: some always run. */
static void hold_requests(struct emitter_process *process, double delta) {
    const char *active = "http_server_active_requests";
    statgate_add(&process->sg, active, 2 * delta, "http_request_method:GET," WHERE);
    statgate_add(&process->sg, active, delta, "http_request_method:PUT," WHERE);
}

static bool serve(struct emitter_process *process) {
    static struct pool pool;
    if (process->round > 0) {
        hold_requests(process, -1);
    }
    hold_requests(process, 1);
    for (unsigned i = 0; i < REQUESTS; i++) {
        serve_request(process);
    }
    use_pool(process, &pool, REQUESTS);
    tell_pool(process, &pool);
    return true;
}

static void stop_serving(struct emitter_process *process) {
    if (process->round > 0) {
        hold_requests(process, -1);
    }
}

/* ---- background jobs ---- */

static const char *const jobs[] = {"job:cas-promotion", "job:publish"};
static struct statgate_breaker breakers[2];

static bool open_breakers(struct emitter_process *process) {
    for (unsigned i = 0; i < 2; i++) {
        statgate_breaker_open(&breakers[i], &process->sg, "imgsrv_background_job", jobs[i]);
    }
    return true;
}

/* One turn of both jobs. An open breaker, whoever's errors opened it, makes them pause. */
static bool work(struct emitter_process *process) {
    static struct pool pool;
    for (unsigned long i = 0; i < 2; i++) {
        if (!statgate_breaker_allow(&breakers[i])) {
            continue;
        }
        bool idle = (process->round + i) % 3 == 0;
        bool failed = process->options->trouble || (process->round + 3 * i) % 8 == 5;
        if (!idle) {
            operate(process, i == 0 ? "copy_object" : "open_object", i == 0 ? NULL : "read");
            operate(process, i == 0 ? "delete_object" : "stat_object", NULL);
        }
        statgate_attempt(&process->sg, "imgsrv_background_job",
                         failed ? "error"
                         : idle ? "idle"
                                : "worked",
                         jobs[i]);
    }
    use_pool(process, &pool, 4);
    tell_pool(process, &pool);
    return true;
}

int main(int argc, char **argv) {
    static const struct emitter_role roles[] = {
        {.name = "api", .processes = 3, .period_ms = 250, .round = serve, .end = stop_serving},
        {.name = "background",
         .note = "Background jobs ask their circuit breaker before each turn. With --rounds no "
                 "turn waits, so with\n"
                 "--trouble more errors are sent than open it (5) before the daemon's word that it "
                 "is open comes\n"
                 "back: it opens once, and for the rest of the rounds the job pauses. How many "
                 "attempts there are\n"
                 "then depends on the machine. Without --rounds the fifth error opens it, and the "
                 "next attempt is\n"
                 "the probe 30 s later.\n",
         .processes = 1,
         .period_ms = 500,
         .begin = open_breakers,
         .round = work},
        {.name = "durable",
         .processes = 1,
         .period_ms = 1000,
         .needs_database = true,
         .begin = durable_begin,
         .round = durable_round,
         .end = durable_end},
    };
    return emitter_main(argc, argv, roles, sizeof roles / sizeof *roles);
}
