/* SPDX-License-Identifier: MIT */
/*
 * Sends what the inference service would: API processes take requests and create jobs, workers take
 * the jobs, and executors compute; one executor is killed now and then while it computes. The queue
 * of jobs between API and workers is a pipe, so that +1 and -1 come from different processes. With
 * --trouble models time out and are slow, and the workers do not keep up.
 */
#include "inference_metrics.h"

#include <emitter.h>
#include <poll.h>

#define REQUESTS 12 /* of an API process in a round */
#define JOBS     6  /* created by an API process in a round; in the first, PENDING more */
#define PENDING  4
#define RUSH     40 /* more in each round with --trouble: one tenant's batch, all of one model */
/*
 * How many jobs the queue has room for, a byte each; others are refused. That is sixteen pages of a
 * pipe. The kernel frees a page only when all of it was read, so a queue of one page would be full,
 * then empty, then full again, and its depth would not stay high.
 */
#define QUEUED    65536
#define APIS      2u
#define WORKERS   2u
#define EXECUTORS 2u

struct model {
    const char *name;
    const char *version;
    double median_s; /* of its latency */
};

static const struct model models[] = {{"my_model", "v1", 0.02},
                                      {"my_model", "v2", 0.03},
                                      {"resnet", "2024-06", 0.05},
                                      {"whisper", "large-v3", 0.2}};
#define MODELS ((unsigned)(sizeof models / sizeof *models))
static const char *const tenants[] = {"acme", "globex", "initech"};
static const enum inference_executor_inflight_device devices[] = {
    INFERENCE_EXECUTOR_INFLIGHT_DEVICE_CPU, INFERENCE_EXECUTOR_INFLIGHT_DEVICE_CUDA_0};
static const enum inference_executor_timeouts_total_device timed_out[] = {
    INFERENCE_EXECUTOR_TIMEOUTS_TOTAL_DEVICE_CPU, INFERENCE_EXECUTOR_TIMEOUTS_TOTAL_DEVICE_CUDA_0};

static struct inference_metrics metrics; /* of the process */

static bool begin(struct emitter_process *process) {
    inference_metrics_open(&metrics, &process->sg);
    return true;
}

static int queue[2]; /* a byte for each job: its model */

/* ---- API ---- */

static void fail(const struct model *model, const char *tenant,
                 enum inference_errors_total_error_type error) {
    inference_errors_total_add(&metrics, 1, error, model->name, tenant, model->version);
}

static void request(struct emitter_process *process) {
    bool trouble = process->options->trouble;
    const struct model *model = &models[emitter_pick(process, MODELS)];
    double kind = emitter_chance(process);
    double latency_s = emitter_duration_s(process, model->median_s * (trouble ? 25 : 1));
    const char *tenant = tenants[emitter_pick(process, 3)];

    inference_requests_total_add(&metrics, 1, model->name, tenant, model->version);
    if (trouble && kind < 0.12) {
        fail(model, tenant, INFERENCE_ERRORS_TOTAL_ERROR_TYPE_TIMEOUT);
        latency_s = 5;
    } else if (kind < (trouble ? 0.2 : 0.002)) {
        fail(model, tenant, INFERENCE_ERRORS_TOTAL_ERROR_TYPE_INFERENCE_ERROR);
    }
    inference_latency_seconds_observe(&metrics, latency_s, model->name, tenant, model->version);
}

/* A request for a model that nobody registered: it is counted as others are, but not timed. */
static void request_unknown(void) {
    static const struct model nobodys = {"my_modle", "v1", 0};
    inference_requests_total_add(&metrics, 1, nobodys.name, "acme", nobodys.version);
    fail(&nobodys, "acme", INFERENCE_ERRORS_TOTAL_ERROR_TYPE_MODEL_NOT_FOUND);
}

static void queue_job(unsigned model, double delta) {
    inference_job_queue_depth_add(&metrics, delta, models[model].name, models[model].version);
}

static void create_jobs(struct emitter_process *process) {
    unsigned char jobs[JOBS + PENDING + RUSH];
    unsigned count = JOBS + (process->round == 0 ? PENDING : 0);
    unsigned rush = process->options->trouble ? RUSH : 0;
    for (unsigned i = 0; i < count + rush; i++) {
        jobs[i] = (unsigned char)(i < count ? emitter_pick(process, MODELS) : 0);
        queue_job(jobs[i], 1);
    }
    /* The jobs must be counted before a worker can take them. */
    emitter_deliver(process);
    ssize_t put = write(queue[1], jobs, count + rush);
    for (size_t i = put < 0 ? 0 : (size_t)put; i < count + rush; i++) {
        queue_job(jobs[i], -1);
    }
}

static bool serve(struct emitter_process *process) {
    for (unsigned i = 0; i < REQUESTS; i++) {
        request(process);
    }
    /* A client's typing error: one, or again and again with --trouble. */
    if (process->index == 0 && process->round % 4 == 0 &&
        (process->round == 0 || process->options->trouble)) {
        request_unknown();
    }
    create_jobs(process);
    return true;
}

/* ---- workers ---- */

/* Takes the next job. With --rounds, waits for it for at most half a second. */
static bool take_job(const struct emitter_process *process, unsigned *ret_model) {
    struct pollfd fd = {.fd = queue[0], .events = POLLIN};
    unsigned char job;
    for (int i = 0; i < 50; i++) {
        if (read(queue[0], &job, 1) == 1) {
            *ret_model = job;
            return true;
        }
        if (process->options->rounds == 0) {
            break;
        }
        poll(&fd, 1, 10);
    }
    return false;
}

static bool work(struct emitter_process *process) {
    /* Workers take as many jobs as are created, except those that are pending from the first
     * round. */
    unsigned count = JOBS * APIS / WORKERS;
    unsigned model;
    for (unsigned i = 0; i < count && take_job(process, &model); i++) {
        queue_job(model, -1);
    }
    return true;
}

/* ---- executors ---- */

/* Ends the calls of the round before and begins others, so that some are always active. */
static bool execute(struct emitter_process *process) {
    for (unsigned i = 0; i < 2; i++) {
        double calls = i + 1;
        if (process->round > 0) {
            inference_executor_inflight_add(&metrics, -calls, devices[i]);
        }
        inference_executor_inflight_add(&metrics, calls, devices[i]);
        if (process->options->trouble && process->round > 0 && emitter_chance(process) < 0.5) {
            inference_executor_timeouts_total_add(&metrics, 1, timed_out[i]);
        }
    }
    return true;
}

static void stop_executing(struct emitter_process *process) {
    if (process->round > 0) {
        inference_executor_inflight_add(&metrics, -1, devices[0]);
        inference_executor_inflight_add(&metrics, -2, devices[1]);
    }
}

int main(int argc, char **argv) {
    static const struct emitter_role roles[] = {
        {.name = "api", .processes = APIS, .period_ms = 250, .begin = begin, .round = serve},
        {.name = "worker", .processes = WORKERS, .period_ms = 250, .begin = begin, .round = work},
        {.name = "executor",
         .processes = EXECUTORS,
         .period_ms = 250,
         .kill_ms = 10000,
         .begin = begin,
         .round = execute,
         .end = stop_executing},
    };
    if (pipe2(queue, O_CLOEXEC | O_NONBLOCK) != 0 || fcntl(queue[1], F_SETPIPE_SZ, QUEUED) < 0) {
        perror(argv[0]);
        return 1;
    }
    return emitter_main(argc, argv, roles, sizeof roles / sizeof *roles);
}
