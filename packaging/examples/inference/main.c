/*
 * What the inference service would send: API processes that take requests and create jobs, workers
 * that take the jobs, and executors, of which one is killed now and then while it computes. The
 * queue of jobs between API and workers is a pipe, so that +1 and -1 come from different processes.
 * Under trouble models time out and are slow, and the workers don't keep up.
 */
#include <emitter.h>
#include <poll.h>

#define REQUESTS 12 /* of an API process in a round */
#define JOBS     6  /* that an API process creates in a round; its first has PENDING more */
#define PENDING  4
#define RUSH     40 /* more in each round, under trouble: one tenant's batch, all of one model */
/*
 * Jobs that fit into the queue, a byte each; others are refused. Sixteen pages of a pipe: the
 * kernel gives back a page when all of it was read, so of a single one the queue would be full,
 * then empty, then full again, and its depth no trouble that stays.
 */
#define QUEUED    65536
#define APIS      2u
#define WORKERS   2u
#define EXECUTORS 2u

struct model {
    const char *name; /* as a label text */
    double median_s;  /* of its latency */
};

static const struct model models[] = {{"model:my_model,version:v1", 0.02},
                                      {"model:my_model,version:v2", 0.03},
                                      {"model:resnet,version:2024-06", 0.05},
                                      {"model:whisper,version:large-v3", 0.2}};
#define MODELS ((unsigned)(sizeof models / sizeof *models))
static const char *const tenants[] = {"acme", "globex", "initech"};
static const char *const devices[] = {"device:cpu", "device:cuda:0"};

static int queue[2]; /* a byte for each job: its model */

/* ---- API ---- */

static void request(struct emitter_process *process) {
    struct statgate *sg = &process->sg;
    bool trouble = process->options->trouble;
    const struct model *model = &models[emitter_pick(process, MODELS)];
    const char *error = NULL;
    double kind = emitter_chance(process);
    double latency_s = emitter_duration_s(process, model->median_s * (trouble ? 25 : 1));
    char who[128];
    char labels[160];

    snprintf(who, sizeof who, "%s,tenant:%s", model->name, tenants[emitter_pick(process, 3)]);
    statgate_count(sg, "inference_requests_total", 1, who);
    if (trouble && kind < 0.12) {
        error = "timeout";
        latency_s = 5;
    } else if (kind < (trouble ? 0.2 : 0.002)) {
        error = "inference_error";
    }
    statgate_observe(sg, "inference_latency_seconds", latency_s, who);
    if (error != NULL) {
        snprintf(labels, sizeof labels, "%s,error_type:%s", who, error);
        statgate_count(sg, "inference_errors_total", 1, labels);
    }
}

/* A model that nobody registered: counted as any other, but there is nothing to time. */
static void request_unknown(struct emitter_process *process) {
    statgate_count(&process->sg, "inference_requests_total", 1,
                   "model:my_modle,version:v1,tenant:acme");
    statgate_count(&process->sg, "inference_errors_total", 1,
                   "model:my_modle,version:v1,tenant:acme,error_type:model_not_found");
}

static void create_jobs(struct emitter_process *process) {
    unsigned char jobs[JOBS + PENDING + RUSH];
    unsigned count = JOBS + (process->round == 0 ? PENDING : 0);
    unsigned rush = process->options->trouble ? RUSH : 0;
    for (unsigned i = 0; i < count + rush; i++) {
        jobs[i] = (unsigned char)(i < count ? emitter_pick(process, MODELS) : 0);
        statgate_add(&process->sg, "job_queue_depth", 1, models[jobs[i]].name);
    }
    /* Counted before a worker can take them. */
    emitter_deliver(process);
    ssize_t put = write(queue[1], jobs, count + rush);
    for (size_t i = put < 0 ? 0 : (size_t)put; i < count + rush; i++) {
        statgate_add(&process->sg, "job_queue_depth", -1, models[jobs[i]].name);
    }
}

static bool serve(struct emitter_process *process) {
    for (unsigned i = 0; i < REQUESTS; i++) {
        request(process);
    }
    /* Somebody's typing error, which under trouble is in his program. */
    if (process->index == 0 && process->round % 4 == 0 &&
        (process->round == 0 || process->options->trouble)) {
        request_unknown(process);
    }
    create_jobs(process);
    return true;
}

/* ---- workers ---- */

/* The next job; waits for half a second at most where as many rounds as fast as possible are asked
 * for. */
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
    /* All that is created is taken, but for what waits from the first round on. */
    unsigned count = JOBS * APIS / WORKERS;
    unsigned model;
    for (unsigned i = 0; i < count && take_job(process, &model); i++) {
        statgate_add(&process->sg, "job_queue_depth", -1, models[model].name);
    }
    return true;
}

/* ---- executors ---- */

/* Calls of the round before end, others begin; so some always compute. */
static bool execute(struct emitter_process *process) {
    struct statgate *sg = &process->sg;
    for (unsigned i = 0; i < 2; i++) {
        double calls = i + 1;
        if (process->round > 0) {
            statgate_add(sg, "executor_inflight", -calls, devices[i]);
        }
        statgate_add(sg, "executor_inflight", calls, devices[i]);
        if (process->options->trouble && process->round > 0 && emitter_chance(process) < 0.5) {
            statgate_count(sg, "executor_timeouts_total", 1, devices[i]);
        }
    }
    return true;
}

static void stop_executing(struct emitter_process *process) {
    if (process->round > 0) {
        statgate_add(&process->sg, "executor_inflight", -1, devices[0]);
        statgate_add(&process->sg, "executor_inflight", -2, devices[1]);
    }
}

int main(int argc, char **argv) {
    static const struct emitter_role roles[] = {
        {.name = "api", .processes = APIS, .period_ms = 250, .round = serve},
        {.name = "worker", .processes = WORKERS, .period_ms = 250, .round = work},
        {.name = "executor",
         .processes = EXECUTORS,
         .period_ms = 250,
         .kill_ms = 10000,
         .round = execute,
         .end = stop_executing},
    };
    if (pipe2(queue, O_CLOEXEC | O_NONBLOCK) != 0 || fcntl(queue[1], F_SETPIPE_SZ, QUEUED) < 0) {
        perror(argv[0]);
        return 1;
    }
    return emitter_main(argc, argv, roles, sizeof roles / sizeof *roles);
}
