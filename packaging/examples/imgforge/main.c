/*
 * What imgforge would send: request workers that look into the cache, fetch sources, transform and
 * encode. Under trouble sources fail, the cache is cold, transforming is slow, and clients see 5xx.
 */
#include <emitter.h>

#define REQUESTS 20 /* of a worker in a round */

/* A word and how often it is drawn, of the sum of its list. */
struct share {
    const char *word;
    unsigned weight;
};

static const struct share formats[] = {{"webp", 9}, {"jpeg", 6}, {"avif", 4}, {"png", 3},
                                       {"gif", 1},  {"tiff", 1}, {"heic", 1}};
static const struct share methods[] = {{"GET", 18}, {"HEAD", 2}};

#define DRAW(process, shares) draw(process, shares, sizeof(shares) / sizeof *(shares))
static const char *draw(struct emitter_process *process, const struct share *shares, size_t count) {
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += shares[i].weight;
    }
    unsigned at = emitter_pick(process, sum);
    while (at >= shares->weight) {
        at -= shares->weight;
        shares++;
    }
    return shares->word;
}

static void finish(struct emitter_process *process, const char *path, const char *method,
                   unsigned status, double duration_s) {
    char labels[96];
    snprintf(labels, sizeof labels, "method:%s,path:%s", method, path);
    statgate_observe(&process->sg, "http_requests_duration_seconds", duration_s, labels);
    snprintf(labels, sizeof labels, "status:%u", status);
    statgate_count(&process->sg, "status_codes_total", 1, labels);
}

/* One look into a cache; true when it was there. */
static bool look_up(struct emitter_process *process, const char *type, double hit_ratio) {
    bool hit = emitter_chance(process) < hit_ratio;
    char labels[32];
    snprintf(labels, sizeof labels, "cache_type:%s", type);
    statgate_count(&process->sg, hit ? "cache_hits_total" : "cache_misses_total", 1, labels);
    return hit;
}

/* The path of an image that is not cached. Returns the status. */
static unsigned make_image(struct emitter_process *process, double *duration_s) {
    struct statgate *sg = &process->sg;
    bool trouble = process->options->trouble;
    double fetch_s = emitter_duration_s(process, trouble ? 1.5 : 0.06);
    bool failed = emitter_chance(process) < (trouble ? 0.4 : 0.01);
    *duration_s += fetch_s;
    statgate_observe(sg, "source_image_fetch_duration_seconds", fetch_s, NULL);
    statgate_count(sg, "source_images_fetched_total", 1,
                   failed ? "status:error" : "status:success");
    if (failed) {
        return emitter_chance(process) < 0.5 ? 502 : 504;
    }
    char labels[32];
    snprintf(labels, sizeof labels, "format:%s", DRAW(process, formats));
    double processing_s = emitter_duration_s(process, trouble ? 2.4 : 0.09);
    *duration_s += processing_s;
    statgate_observe(sg, "image_processing_duration_seconds", processing_s, labels);
    if (trouble && emitter_chance(process) < 0.1) {
        return 500;
    }
    statgate_count(sg, "processed_images_total", 1, labels);
    return 200;
}

static void serve_image(struct emitter_process *process) {
    bool trouble = process->options->trouble;
    double duration_s = emitter_duration_s(process, 0.003);
    unsigned status = 200;
    if (emitter_chance(process) < 0.02) {
        status = emitter_chance(process) < 0.5 ? 403 : 404; /* signature, source */
    } else {
        /* Workers with an even number have memory before disk, the others both in one. */
        bool hybrid = process->index % 2 == 1;
        bool hit = hybrid ? look_up(process, "hybrid", trouble ? 0.1 : 0.85)
                          : look_up(process, "memory", trouble ? 0.05 : 0.6) ||
                                look_up(process, "disk", trouble ? 0.1 : 0.7);
        if (!hit) {
            status = make_image(process, &duration_s);
        }
    }
    finish(process, "/{*path}", DRAW(process, methods), status, duration_s);
}

static bool serve(struct emitter_process *process) {
    for (unsigned i = 0; i < REQUESTS; i++) {
        serve_image(process);
    }
    /* A load balancer, somebody who asks about an image, and somebody who guesses. */
    finish(process, "/status", "GET", 200, emitter_duration_s(process, 0.0005));
    finish(process, "/info/{*path}", "GET", 200, emitter_duration_s(process, 0.02));
    if (process->round % 4 == 0) {
        finish(process, "/", "GET", 200, emitter_duration_s(process, 0.0005));
        finish(process, "/{*path}", "POST", 405, emitter_duration_s(process, 0.0005));
    }
    return true;
}

int main(int argc, char **argv) {
    static const struct emitter_role roles[] = {
        {.name = "worker", .processes = 4, .period_ms = 250, .round = serve},
    };
    return emitter_main(argc, argv, roles, sizeof roles / sizeof *roles);
}
