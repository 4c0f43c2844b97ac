/* SPDX-License-Identifier: MIT */
/*
 * A small inference service that only reports: an example of a program that uses statgate.h.
 *
 *     statgate-example [--events N] [--rate PER_SECOND] [--seed N] [--socket PATH]
 *
 * It plays N requests: a job is queued, an executor takes it, it succeeds or fails, and its latency
 * is observed. At the end it prints how many samples it gave, how many of them were lost, and how
 * many were merged into another sample's number while the daemon was busy. It works just as well
 * without a daemon: then the samples count as lost. The names are those of the bundled catalog of
 * the inference service.
 */
#include <math.h>
#include <statgate.h>

struct options {
    unsigned long events;
    unsigned long rate; /* requests per second; 0 = as fast as possible */
    unsigned long seed;
    const char *socket; /* NULL: the default places */
};

/* A request, with the labels that all its families share, which are made once. */
struct request {
    char who[96];   /* model, version, tenant */
    char model[64]; /* model, version */
    const char *device;
    double latency_s;
    const char *error; /* NULL if it succeeded */
};

/* The service: its handle, its random numbers, and how many samples it gave. */
struct service {
    struct statgate sg;
    uint64_t random;
    uint64_t samples;
};

static double chance(struct service *service) {
    service->random ^= service->random << 13;
    service->random ^= service->random >> 7;
    service->random ^= service->random << 17;
    return (double)(service->random >> 11) / 9007199254740992.0;
}

static struct request new_request(struct service *service) {
    static const char *const models[] = {"resnet", "bert", "whisper"};
    static const char *const tenants[] = {"a", "b", "c", "d"};
    static const char *const errors[] = {"timeout", "model_not_found", "inference_error"};
    struct request request;
    const char *model = models[(size_t)(chance(service) * 3)];
    const char *tenant = tenants[(size_t)(chance(service) * 4)];
    unsigned version = chance(service) < 0.9 ? 1 : 2;

    snprintf(request.who, sizeof request.who, "model:%s,version:v%u,tenant:%s", model, version,
             tenant);
    snprintf(request.model, sizeof request.model, "model:%s,version:v%u", model, version);
    request.device = chance(service) < 0.5 ? "device:cpu" : "device:cuda:0";
    request.latency_s = 0.02 * exp(4 * chance(service) - 1); /* 7 ms to 400 ms */
    request.error = chance(service) < 0.03 ? errors[(size_t)(chance(service) * 3)] : NULL;
    return request;
}

static void serve(struct service *service) {
    struct statgate *sg = &service->sg;
    struct request request = new_request(service);

    statgate_count(sg, "inference_requests_total", 1, request.who);
    statgate_add(sg, "job_queue_depth", 1, request.model);
    statgate_add(sg, "job_queue_depth", -1, request.model);
    statgate_add(sg, "executor_inflight", 1, request.device);
    /* A real service works here. */
    statgate_add(sg, "executor_inflight", -1, request.device);
    statgate_observe(sg, "inference_latency_seconds", request.latency_s, request.who);
    service->samples += 6;
    if (request.error != NULL) {
        char labels[sizeof request.who + 40];
        snprintf(labels, sizeof labels, "%s,error_type:%s", request.who, request.error);
        statgate_count(sg, "inference_errors_total", 1, labels);
        service->samples++;
    }
}

static void sleep_ns(long ns) {
    struct timespec pause = {ns / 1000000000L, ns % 1000000000L};
    nanosleep(&pause, NULL);
}

static int parse_number(const char *text, unsigned long *ret_number) {
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0) {
        return -1;
    }
    *ret_number = number;
    return 0;
}

static int parse_options(int argc, char **argv, struct options *options) {
    for (int i = 1; i < argc; i += 2) {
        unsigned long *number = strcmp(argv[i], "--events") == 0 ? &options->events
                                : strcmp(argv[i], "--rate") == 0 ? &options->rate
                                : strcmp(argv[i], "--seed") == 0 ? &options->seed
                                                                 : NULL;
        if (i + 1 == argc) {
            return -1;
        }
        if (number != NULL && parse_number(argv[i + 1], number) == 0) {
            continue;
        }
        if (strcmp(argv[i], "--socket") != 0) {
            return -1;
        }
        options->socket = argv[i + 1];
    }
    return 0;
}

int main(int argc, char **argv) {
    struct options options = {1000, 0, 1, NULL};
    if (parse_options(argc, argv, &options) != 0) {
        fprintf(stderr,
                "usage: %s [--events N] [--rate PER_SECOND] [--seed N] [--socket PATH]\n"
                "N: 1000 requests; no rate: as fast as they come; PATH: $STATGATE_SOCKET, else the "
                "default places\n",
                argv[0]);
        return 2;
    }

    struct service service = {.random = options.seed * 2654435761u + 88172645463325252u};
    statgate_open(&service.sg, options.socket); /* false is no error: it connects later */
    for (unsigned long i = 0; i < options.events; i++) {
        serve(&service);
        if (options.rate != 0) {
            statgate_flush(&service.sg); /* so that no sample waits while the program sleeps */
            sleep_ns(1000000000L / (long)options.rate);
        }
    }

    /* Before the end, try for up to half a second to deliver waiting samples. */
    for (int i = 0; i < 500 && !statgate_flush(&service.sg); i++) {
        sleep_ns(1000000L);
    }
    statgate_close(&service.sg);
    printf("%llu samples, %llu of them lost, %llu merged\n", (unsigned long long)service.samples,
           (unsigned long long)statgate_lost(&service.sg),
           (unsigned long long)statgate_merged(&service.sg));
    return 0;
}
