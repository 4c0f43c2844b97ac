/* One detached thread per job. Loop and thread each hold a reference to the job; the last one frees
 * it. */
#include "postgres/blocking.h"

#include <pthread.h>

#include "host/thread.h"

struct blocking {
    const struct memory *memory;
    uv_async_t async;
    pthread_mutex_t lock;
    bool left;   /* the loop has abandoned the job */
    bool worked; /* work has returned */
    int references;
    struct blocking_calls calls;
    void *arg;
    size_t *open_handles;
    void (*closed)(void *owner);
    void *owner;
};

static void release(struct blocking *job) {
    (void)pthread_mutex_lock(&job->lock);
    const bool last = --job->references == 0;
    (void)pthread_mutex_unlock(&job->lock);
    if (!last)
        return;
    job->calls.drop(job->arg);
    (void)pthread_mutex_destroy(&job->lock);
    memory_release(job->memory, job);
}

static void *run_thread(void *arg) {
    struct blocking *job = arg;
    job->calls.work(job->arg);
    (void)pthread_mutex_lock(&job->lock);
    job->worked = true;
    if (!job->left)
        (void)uv_async_send(&job->async);
    (void)pthread_mutex_unlock(&job->lock);
    release(job);
    return NULL;
}

static void on_async(uv_async_t *async) {
    struct blocking *job = async->data;
    job->calls.done(job->arg);
}

static void on_closed(uv_handle_t *handle) {
    struct blocking *job = handle->data;
    void (*closed)(void *owner) = job->closed;
    void *owner = job->owner;
    --*job->open_handles;
    release(job);
    closed(owner);
}

static void on_never_started(uv_handle_t *handle) {
    struct blocking *job = handle->data;
    void (*closed)(void *owner) = job->closed;
    void *owner = job->owner;
    --*job->open_handles;
    (void)pthread_mutex_destroy(&job->lock);
    memory_release(job->memory, job);
    closed(owner);
}

struct blocking *blocking_start(const struct memory *memory, uv_loop_t *loop,
                                const struct blocking_calls *calls, void *arg, size_t *open_handles,
                                void (*closed)(void *owner), void *owner) {
    struct blocking *job = memory_alloc(memory, sizeof *job);
    if (job == NULL)
        return NULL;
    job->memory = memory;
    job->references = 2;
    job->calls = *calls;
    job->arg = arg;
    job->open_handles = open_handles;
    job->closed = closed;
    job->owner = owner;
    if (pthread_mutex_init(&job->lock, NULL) != 0) {
        memory_release(job->memory, job);
        return NULL;
    }
    if (uv_async_init(loop, &job->async, on_async) != 0) {
        (void)pthread_mutex_destroy(&job->lock);
        memory_release(job->memory, job);
        return NULL;
    }
    job->async.data = job;
    ++*open_handles;
    if (thread_start_detached(0, run_thread, job) != 0) {
        uv_close((uv_handle_t *)&job->async, on_never_started);
        return NULL;
    }
    return job;
}

bool blocking_finish(struct blocking *job) {
    (void)pthread_mutex_lock(&job->lock);
    const bool worked = job->worked;
    (void)pthread_mutex_unlock(&job->lock);
    if (worked)
        job->calls.done(job->arg);
    return worked;
}

void blocking_leave(struct blocking *job) {
    (void)pthread_mutex_lock(&job->lock);
    job->left = true;
    (void)pthread_mutex_unlock(&job->lock);
    uv_close((uv_handle_t *)&job->async, on_closed);
}
