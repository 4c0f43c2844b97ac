/* SPDX-License-Identifier: MIT */
/*
 * Sends what imgforge would: request workers look into the cache, fetch sources, transform and
 * encode. With --trouble sources fail, the cache is cold, transforming is slow, and clients get
 * 5xx.
 */
#include "imgforge_metrics.h"

#include <emitter.h>

#define REQUESTS 20 /* of a worker in a round */

/* Shorter names for constants that the header from the catalog has. */
#define METHOD(name) IMGFORGE_HTTP_REQUESTS_DURATION_SECONDS_METHOD_##name
#define PATH(name)   IMGFORGE_HTTP_REQUESTS_DURATION_SECONDS_PATH_##name
#define FORMAT(name)                                                                               \
    IMGFORGE_IMAGE_PROCESSING_DURATION_SECONDS_FORMAT_##name,                                      \
        IMGFORGE_PROCESSED_IMAGES_TOTAL_FORMAT_##name
#define CACHE(name)                                                                                \
    { IMGFORGE_CACHE_HITS_TOTAL_CACHE_TYPE_##name, IMGFORGE_CACHE_MISSES_TOTAL_CACHE_TYPE_##name }

/* A format, and how often it is chosen. */
struct format {
    enum imgforge_image_processing_duration_seconds_format processing;
    enum imgforge_processed_images_total_format processed;
    unsigned weight;
};

static const struct format formats[] = {{FORMAT(WEBP), 9}, {FORMAT(JPEG), 6}, {FORMAT(AVIF), 4},
                                        {FORMAT(PNG), 3},  {FORMAT(GIF), 1},  {FORMAT(TIFF), 1},
                                        {FORMAT(HEIC), 1}};
#define FORMAT_WEIGHTS 25

struct cache {
    enum imgforge_cache_hits_total_cache_type hits;
    enum imgforge_cache_misses_total_cache_type misses;
};

static const struct cache memory = CACHE(MEMORY);
static const struct cache disk = CACHE(DISK);
static const struct cache hybrid = CACHE(HYBRID);

static struct imgforge_metrics metrics; /* of the process */

static bool begin(struct emitter_process *process) {
    imgforge_metrics_open(&metrics, &process->sg);
    return true;
}

static const struct format *draw_format(struct emitter_process *process) {
    const struct format *format = formats;
    unsigned at = emitter_pick(process, FORMAT_WEIGHTS);
    while (at >= format->weight) {
        at -= format->weight;
        format++;
    }
    return format;
}

static void finish(enum imgforge_http_requests_duration_seconds_path path,
                   enum imgforge_http_requests_duration_seconds_method method, unsigned status,
                   double duration_s) {
    char text[16];
    snprintf(text, sizeof text, "%u", status);
    imgforge_http_requests_duration_seconds_observe(&metrics, duration_s, method, path);
    imgforge_status_codes_total_add(&metrics, 1, text);
}

/* Looks into a cache once. Returns whether it had the image. */
static bool look_up(struct emitter_process *process, const struct cache *cache, double hit_ratio) {
    bool hit = emitter_chance(process) < hit_ratio;
    if (hit) {
        imgforge_cache_hits_total_add(&metrics, 1, cache->hits);
    } else {
        imgforge_cache_misses_total_add(&metrics, 1, cache->misses);
    }
    return hit;
}

/* Makes an image that is not cached. Returns the status. */
static unsigned make_image(struct emitter_process *process, double *duration_s) {
    bool trouble = process->options->trouble;
    double fetch_s = emitter_duration_s(process, trouble ? 1.5 : 0.06);
    bool failed = emitter_chance(process) < (trouble ? 0.4 : 0.01);
    *duration_s += fetch_s;
    imgforge_source_image_fetch_duration_seconds_observe(&metrics, fetch_s);
    imgforge_source_images_fetched_total_add(
        &metrics, 1,
        failed ? IMGFORGE_SOURCE_IMAGES_FETCHED_TOTAL_STATUS_ERROR
               : IMGFORGE_SOURCE_IMAGES_FETCHED_TOTAL_STATUS_SUCCESS);
    if (failed) {
        return emitter_chance(process) < 0.5 ? 502 : 504;
    }
    const struct format *format = draw_format(process);
    double processing_s = emitter_duration_s(process, trouble ? 2.4 : 0.09);
    *duration_s += processing_s;
    imgforge_image_processing_duration_seconds_observe(&metrics, processing_s, format->processing);
    if (trouble && emitter_chance(process) < 0.1) {
        return 500;
    }
    imgforge_processed_images_total_add(&metrics, 1, format->processed);
    return 200;
}

static void serve_image(struct emitter_process *process) {
    bool trouble = process->options->trouble;
    double duration_s = emitter_duration_s(process, 0.003);
    unsigned status = 200;
    if (emitter_chance(process) < 0.02) {
        status = emitter_chance(process) < 0.5 ? 403 : 404; /* signature, source */
    } else {
        /* Workers with an even number look into memory before disk, the others into a cache of
         * both. */
        bool both = process->index % 2 == 1;
        bool hit = both ? look_up(process, &hybrid, trouble ? 0.1 : 0.85)
                        : look_up(process, &memory, trouble ? 0.05 : 0.6) ||
                              look_up(process, &disk, trouble ? 0.1 : 0.7);
        if (!hit) {
            status = make_image(process, &duration_s);
        }
    }
    finish(PATH(___PATH_), emitter_pick(process, 20) < 18 ? METHOD(GET) : METHOD(HEAD), status,
           duration_s);
}

static bool serve(struct emitter_process *process) {
    for (unsigned i = 0; i < REQUESTS; i++) {
        serve_image(process);
    }
    /* A load balancer, a client that asks about an image, and a client that guesses paths. */
    finish(PATH(_STATUS), METHOD(GET), 200, emitter_duration_s(process, 0.0005));
    finish(PATH(_INFO___PATH_), METHOD(GET), 200, emitter_duration_s(process, 0.02));
    if (process->round % 4 == 0) {
        finish(PATH(_), METHOD(GET), 200, emitter_duration_s(process, 0.0005));
        finish(PATH(___PATH_), METHOD(POST), 405, emitter_duration_s(process, 0.0005));
    }
    return true;
}

int main(int argc, char **argv) {
    static const struct emitter_role roles[] = {
        {.name = "worker", .processes = 4, .period_ms = 250, .begin = begin, .round = serve},
    };
    return emitter_main(argc, argv, roles, sizeof roles / sizeof *roles);
}
