#include "host/thread.h"

#include <signal.h>

static int start(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *),
                 void *arg) {
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&thread, attributes, run, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        *ret_thread = thread;
    return -error;
}

int thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg) {
    return start(ret_thread, NULL, run, arg);
}

int thread_start_detached(size_t stack_bytes, void *(*run)(void *), void *arg) {
    pthread_attr_t attributes;
    pthread_t thread;
    int result = -pthread_attr_init(&attributes);
    if (result != 0)
        return result;
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_bytes != 0)
        result = -pthread_attr_setstacksize(&attributes, stack_bytes);
    if (result == 0)
        result = start(&thread, &attributes, run, arg);
    (void)pthread_attr_destroy(&attributes);
    return result;
}
