/* SPDX-License-Identifier: MIT */
/*
 * Sends what imgsrv would: API workers with requests, a pgx pool each, and an object store; a
 * process for background jobs that asks the circuit breaker; and, with --database, changes to the
 * tables from which its durable gauges are read. With --trouble the pool is full, the object store
 * fails, jobs fail until their breaker opens, and the queues in the database do not move.
 */
#include "imgsrv_metrics.h"

#include <emitter.h>

#include "durable.h"

#define REQUESTS 24 /* of an API worker in a round */
#define ADDRESS  "img.example.org"
#define PORT     "443"

static struct imgsrv_metrics metrics; /* of the process */

static bool begin(struct emitter_process *process) {
    imgsrv_metrics_open(&metrics, &process->sg);
    return true;
}

/* ---- object store ---- */

/* An operation on the object store, as three families name it; two of these also name its
 * outcome. */
struct operation {
    enum imgsrv_objectstore_operations_total_operation counted;
    enum imgsrv_objectstore_operation_duration_seconds_operation timed;
    enum imgsrv_objectstore_bytes_total_operation moved;
};
#define OPERATION(name)                                                                            \
    {                                                                                              \
        IMGSRV_OBJECTSTORE_OPERATIONS_TOTAL_OPERATION_##name,                                      \
            IMGSRV_OBJECTSTORE_OPERATION_DURATION_SECONDS_OPERATION_##name,                        \
            IMGSRV_OBJECTSTORE_BYTES_TOTAL_OPERATION_##name                                        \
    }
struct outcome {
    enum imgsrv_objectstore_operations_total_outcome counted;
    enum imgsrv_objectstore_operation_duration_seconds_outcome timed;
};
#define OUTCOME(name)                                                                              \
    {                                                                                              \
        IMGSRV_OBJECTSTORE_OPERATIONS_TOTAL_OUTCOME_##name,                                        \
            IMGSRV_OBJECTSTORE_OPERATION_DURATION_SECONDS_OUTCOME_##name                           \
    }

static const struct outcome success = OUTCOME(SUCCESS);
/* The outcomes of an object store with --trouble, in turn. */
static const struct outcome failures[] = {OUTCOME(ERROR),     OUTCOME(CANCELED),
                                          OUTCOME(NOT_FOUND), OUTCOME(ALREADY_EXISTS),
                                          OUTCOME(CONFLICT),  OUTCOME(INVALID)};

/* In which direction an operation moves bytes. */
enum moves { MOVES_NOTHING, MOVES_IN, MOVES_OUT };

static void move_bytes(struct emitter_process *process, const struct operation *operation,
                       enum moves moves) {
    imgsrv_objectstore_bytes_total_add(&metrics, 4096.0 * (1 + emitter_pick(process, 4096)),
                                       moves == MOVES_IN
                                           ? IMGSRV_OBJECTSTORE_BYTES_TOTAL_DIRECTION_READ
                                           : IMGSRV_OBJECTSTORE_BYTES_TOTAL_DIRECTION_WRITE,
                                       operation->moved);
}

/* Makes one operation. Returns whether it succeeded. */
static bool operate(struct emitter_process *process, const struct operation *operation,
                    enum moves moves) {
    static unsigned failed;
    const struct outcome *outcome = &success;
    double duration_s = emitter_duration_s(process, moves == MOVES_NOTHING ? 0.012 : 0.15);
    if (process->options->trouble && emitter_chance(process) < 0.3) {
        outcome = &failures[failed++ % 6];
        duration_s *= 20;
    }
    imgsrv_objectstore_operations_total_add(&metrics, 1, operation->counted, outcome->counted);
    imgsrv_objectstore_operation_duration_seconds_observe(&metrics, duration_s, operation->timed,
                                                          outcome->timed);
    bool good = outcome == &success;
    if (good && moves != MOVES_NOTHING) {
        move_bytes(process, operation, moves);
    }
    return good;
}

/* ---- a pgx pool, as its Stat() reports it ---- */

#define STATE(name) IMGSRV_POSTGRES_POOL_CONNECTIONS_STATE_##name

struct pool {
    double acquired, idle, constructing, max;
    double acquires, empty_acquires, canceled_acquires, acquire_duration_s; /* totals since start */
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

/* Reports the pool of this process. Its counters are readings: totals since its start, not
 * increments.
 */
static void tell_pool(const struct pool *pool) {
    const double total = pool->acquired + pool->idle + pool->constructing;
    imgsrv_postgres_pool_connections_set(&metrics, pool->acquired, STATE(ACQUIRED));
    imgsrv_postgres_pool_connections_set(&metrics, pool->idle, STATE(IDLE));
    imgsrv_postgres_pool_connections_set(&metrics, pool->constructing, STATE(CONSTRUCTING));
    imgsrv_postgres_pool_connections_set(&metrics, total, STATE(TOTAL));
    imgsrv_postgres_pool_connections_set(&metrics, pool->max, STATE(MAX));
    imgsrv_postgres_pool_acquires_total_set(&metrics, pool->acquires);
    imgsrv_postgres_pool_empty_acquires_total_set(&metrics, pool->empty_acquires);
    imgsrv_postgres_pool_canceled_acquires_total_set(&metrics, pool->canceled_acquires);
    imgsrv_postgres_pool_acquire_duration_seconds_total_set(&metrics, pool->acquire_duration_s);
}

/* ---- API ---- */

static const struct operation open_object = OPERATION(OPEN_OBJECT);
static const struct operation stat_object = OPERATION(STAT_OBJECT);
static const struct operation copy_object = OPERATION(COPY_OBJECT);
static const struct operation delete_object = OPERATION(DELETE_OBJECT);
static const struct operation put_part = OPERATION(PUT_PART);
static const struct operation create_upload = OPERATION(CREATE_MULTIPART_UPLOAD);
static const struct operation complete_upload = OPERATION(COMPLETE_MULTIPART_UPLOAD);
static const struct operation abort_upload = OPERATION(ABORT_MULTIPART_UPLOAD);

#define METHOD(name) IMGSRV_HTTP_SERVER_REQUEST_DURATION_SECONDS_HTTP_REQUEST_METHOD_##name
#define ROUTE(name)  IMGSRV_HTTP_SERVER_REQUEST_DURATION_SECONDS_HTTP_ROUTE_##name

struct route {
    enum imgsrv_http_server_request_duration_seconds_http_request_method method;
    enum imgsrv_http_server_request_duration_seconds_http_route
        pattern;     /* a pattern for GET also takes HEAD */
    unsigned status; /* if the operation succeeds */
    double median_s;
    const struct operation *operation; /* on the object store, or NULL */
    enum moves moves;
};

static const struct route routes[] = {
    {METHOD(GET), ROUTE(GET__V1_IMAGES), 200, 0.008, NULL, MOVES_NOTHING},
    {METHOD(GET), ROUTE(GET__V1_IMAGES__NAME_), 200, 0.005, NULL, MOVES_NOTHING},
    {METHOD(GET), ROUTE(GET__V1_IMAGES__NAME__VERSIONS__VERSION__ARTIFACTS__ARTIFACT_ID__DOWNLOAD),
     200, 0.3, &open_object, MOVES_IN},
    {METHOD(HEAD), ROUTE(GET__V1_BLOBS__DIGEST_), 200, 0.02, &stat_object, MOVES_NOTHING},
    {METHOD(POST), ROUTE(POST__V1_UPLOADS), 201, 0.01, &create_upload, MOVES_NOTHING},
    {METHOD(POST), ROUTE(POST__V1_UPLOADS__UPLOAD_ID__COMPLETE), 200, 0.03, &complete_upload,
     MOVES_NOTHING},
    {METHOD(PUT), ROUTE(PUT__V1_UPLOADS__UPLOAD_ID__PARTS__PART_NUMBER_), 200, 0.4, &put_part,
     MOVES_OUT},
    {METHOD(POST), ROUTE(POST__V1_UPLOADS__UPLOAD_ID__ABORT), 200, 0.02, &abort_upload,
     MOVES_NOTHING},
    {METHOD(GET), ROUTE(GET__STREAMS_V1_IMAGES_JSON), 200, 0.003, NULL, MOVES_NOTHING},
};
#define ROUTES ((unsigned)(sizeof routes / sizeof *routes))

static void serve_request(struct emitter_process *process) {
    const struct route *route = &routes[emitter_pick(process, ROUTES)];
    bool good = route->operation == NULL || operate(process, route->operation, route->moves);
    char status[16];
    snprintf(status, sizeof status, "%u",
             !good                            ? 502
             : emitter_chance(process) < 0.02 ? 404
                                              : route->status);
    imgsrv_http_server_request_duration_seconds_observe(
        &metrics, emitter_duration_s(process, route->median_s * (good ? 1 : 20)), route->method,
        status, route->pattern,
        IMGSRV_HTTP_SERVER_REQUEST_DURATION_SECONDS_NETWORK_PROTOCOL_NAME_HTTP, ADDRESS, PORT,
        IMGSRV_HTTP_SERVER_REQUEST_DURATION_SECONDS_URL_SCHEME_HTTPS);
}

/* Counts requests that take longer than a round, so that some are always active. */
static void hold(enum imgsrv_http_server_active_requests_http_request_method method, double delta) {
    imgsrv_http_server_active_requests_add(&metrics, delta, method, ADDRESS, PORT,
                                           IMGSRV_HTTP_SERVER_ACTIVE_REQUESTS_URL_SCHEME_HTTPS);
}

static void hold_requests(double delta) {
    hold(IMGSRV_HTTP_SERVER_ACTIVE_REQUESTS_HTTP_REQUEST_METHOD_GET, 2 * delta);
    hold(IMGSRV_HTTP_SERVER_ACTIVE_REQUESTS_HTTP_REQUEST_METHOD_PUT, delta);
}

static bool serve(struct emitter_process *process) {
    static struct pool pool;
    if (process->round > 0) {
        hold_requests(-1);
    }
    hold_requests(1);
    for (unsigned i = 0; i < REQUESTS; i++) {
        serve_request(process);
    }
    use_pool(process, &pool, REQUESTS);
    tell_pool(&pool);
    return true;
}

static void stop_serving(struct emitter_process *process) {
    if (process->round > 0) {
        hold_requests(-1);
    }
}

/* ---- background jobs ---- */

static const enum imgsrv_background_job_job jobs[] = {IMGSRV_BACKGROUND_JOB_JOB_CAS_PROMOTION,
                                                      IMGSRV_BACKGROUND_JOB_JOB_PUBLISH};

/* Makes one turn of both jobs. A job pauses while its breaker is open, whichever process's errors
 * opened it. */
static bool work(struct emitter_process *process) {
    static struct pool pool;
    for (unsigned long i = 0; i < 2; i++) {
        if (!imgsrv_background_job_allow(&metrics, jobs[i])) {
            continue;
        }
        const uint64_t start = statgate_timer_start();
        bool idle = (process->round + i) % 3 == 0;
        bool failed = process->options->trouble || (process->round + 3 * i) % 8 == 5;
        if (!idle) {
            operate(process, i == 0 ? &copy_object : &open_object,
                    i == 0 ? MOVES_NOTHING : MOVES_IN);
            operate(process, i == 0 ? &delete_object : &stat_object, MOVES_NOTHING);
        }
        imgsrv_background_job_report(&metrics,
                                     failed ? IMGSRV_BACKGROUND_JOB_OUTCOME_ERROR
                                     : idle ? IMGSRV_BACKGROUND_JOB_OUTCOME_IDLE
                                            : IMGSRV_BACKGROUND_JOB_OUTCOME_WORKED,
                                     statgate_timer_seconds(start), jobs[i]);
    }
    use_pool(process, &pool, 4);
    tell_pool(&pool);
    return true;
}

int main(int argc, char **argv) {
    static const struct emitter_role roles[] = {
        {.name = "api",
         .processes = 3,
         .period_ms = 250,
         .begin = begin,
         .round = serve,
         .end = stop_serving},
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
         .begin = begin,
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
