/* Looks at one file, or a piece of it, in each step. */
#include "statgated/files_watch.h"

#include <stdlib.h>

#include "catalog/catalog.h"
#include "host/clock.h"

static void on_step(uv_timer_t *timer);

static void wait_for_next(struct files_watch *watch) {
    watch->at = 0;
    (void)uv_timer_start(&watch->timer, on_step,
                         clock_until_next(uv_now(watch->timer.loop), FILES_WATCH_MS), 0);
}

/* One file, or one piece of it, each time: however many there are, a turn has little of it. */
static void on_step(uv_timer_t *timer) {
    struct files_watch *watch = timer->data;
    if (watch->at < watch->count && contents_step(&watch->files[watch->at], clock_real_ms()))
        watch->at++;
    if (watch->at < watch->count)
        (void)uv_timer_start(timer, on_step, FILES_WATCH_STEP_MS, 0);
    else
        wait_for_next(watch);
}

static void add_catalog(struct files_watch *watch, const struct catalog *catalog) {
    contents_init(&watch->files[watch->count++], catalog->file, &catalog->text);
    for (const struct catalog_value_file *file = catalog->value_files; file != NULL;
         file = file->next)
        contents_init(&watch->files[watch->count++], file->path, &file->text);
}

static size_t count_files(const struct catalog_set *set) {
    size_t count = set->count;
    for (size_t i = 0; i < set->count; i++)
        for (const struct catalog_value_file *file = set->catalogs[i]->value_files; file != NULL;
             file = file->next)
            count++;
    return count;
}

void files_watch_start(struct files_watch *watch, uv_loop_t *loop, const struct catalog_set *set) {
    watch->files = calloc(count_files(set) + 1, sizeof *watch->files);
    for (size_t i = 0; watch->files != NULL && i < set->count; i++)
        if (!set->catalogs[i]->internal)
            add_catalog(watch, set->catalogs[i]);
    (void)uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    wait_for_next(watch);
}

void files_watch_stop(struct files_watch *watch) {
    if (watch->timer.loop != NULL && !uv_is_closing((uv_handle_t *)&watch->timer))
        uv_close((uv_handle_t *)&watch->timer, NULL);
    for (size_t i = 0; i < watch->count; i++)
        contents_done(&watch->files[i]);
    free(watch->files);
    watch->files = NULL;
    watch->count = 0;
}

size_t files_watch_changed(const struct files_watch *watch, int64_t real_ms,
                           const struct contents **ret_first) {
    size_t count = 0;
    *ret_first = NULL;
    for (size_t i = 0; i < watch->count; i++) {
        const struct contents *file = &watch->files[i];
        if (!file->differs || real_ms - file->since_ms < FILES_WATCH_MS - 1000)
            continue;
        if (*ret_first == NULL || file->since_ms < (*ret_first)->since_ms)
            *ret_first = file;
        count++;
    }
    return count;
}
