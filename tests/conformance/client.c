/* SPDX-License-Identifier: MIT */
/* statgate.h for the conformance kit: see README.md. */
#include <jansson.h>
#include <statgate.h>
#include <stdio.h>
#include <sys/wait.h>

enum { THINGS_MAX = 400, LABELS_MAX = 32 };

/* Something that was prepared or begun, by its id. */
struct thing {
    char id[16];
    const char *kind;
    union {
        struct statgate_counter counter;
        struct statgate_updown updown;
        struct statgate_gauge gauge;
        struct statgate_histogram histogram;
        struct statgate_attempts attempts;
        struct statgate_jobs jobs;
        struct statgate_breaker breaker;
    } is;
};

static struct statgate sg;
static struct thing things[THINGS_MAX];
static size_t thing_count;

static struct thing *thing_of(const char *id) {
    for (size_t i = 0; i < thing_count; i++)
        if (strcmp(things[i].id, id) == 0)
            return &things[i];
    struct thing *thing = &things[thing_count++];
    (void)snprintf(thing->id, sizeof thing->id, "%s", id);
    return thing;
}

static const char *text(json_t *operation, const char *key) {
    return json_string_value(json_object_get(operation, key));
}

static double value_of(json_t *operation) {
    const char *word = text(operation, "value");
    return word != NULL ? strtod(word, NULL)
                        : json_number_value(json_object_get(operation, "value"));
}

static size_t labels_of(json_t *operation, struct statgate_label *ret_labels) {
    json_t *labels = json_object_get(operation, "labels");
    const size_t count = json_array_size(labels);
    for (size_t i = 0; i < count && i < LABELS_MAX; i++) {
        json_t *pair = json_array_get(labels, i);
        ret_labels[i].key = json_string_value(json_array_get(pair, 0));
        ret_labels[i].value = json_string_value(json_array_get(pair, 1));
    }
    return count;
}

/* For calls that take labels as a text alone. */
static const char *joined(const struct statgate_label *labels, size_t count) {
    static char at[1024];
    size_t len = 0;
    at[0] = '\0';
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(at + len, sizeof at - len, "%s%s:%s", i == 0 ? "" : ",",
                                labels[i].key, labels[i].value);
    return count == 0 ? NULL : at;
}

static bool prepare(json_t *o, const char *name, const struct statgate_label *labels,
                    size_t count) {
    struct thing *thing = thing_of(text(o, "id"));
    thing->kind = text(o, "kind");
    switch (thing->kind[0]) {
    case 'c':
        return statgate_counter_open_with(&thing->is.counter, &sg, name, labels, count);
    case 'u':
        return statgate_updown_open_with(&thing->is.updown, &sg, name, labels, count);
    case 'g':
        return statgate_gauge_open_with(&thing->is.gauge, &sg, name, labels, count);
    case 'h':
        return statgate_histogram_open_with(&thing->is.histogram, &sg, name, labels, count);
    case 'a':
        return statgate_attempts_open_with(&thing->is.attempts, &sg, name, labels, count);
    default:
        return statgate_jobs_open_with(&thing->is.jobs, &sg, name, labels, count);
    }
}

static bool use(struct thing *thing, double value) {
    switch (thing->id[0]) {
    case 'c':
        return statgate_counter_add(&thing->is.counter, value);
    case 'u':
        return statgate_updown_add(&thing->is.updown, value);
    case 'g':
        return statgate_gauge_set(&thing->is.gauge, value);
    default:
        return statgate_histogram_observe(&thing->is.histogram, value);
    }
}

static bool report(json_t *o) {
    struct thing *thing = thing_of(text(o, "id"));
    json_t *seconds = json_object_get(o, "seconds");
    if (thing->kind == NULL)
        return statgate_breaker_report(&thing->is.breaker, text(o, "word"),
                                       seconds == NULL ? -1 : json_number_value(seconds));
    if (thing->kind[0] == 'a')
        return statgate_attempts_report(&thing->is.attempts, text(o, "word"));
    return statgate_jobs_report(&thing->is.jobs, text(o, "word"), text(o, "instance"));
}

static bool begin(json_t *o, const char *name, const char *labels) {
    struct thing *thing = thing_of(text(o, "id"));
    if (thing->is.breaker.sg == NULL)
        (void)statgate_breaker_open(&thing->is.breaker, &sg, name, labels);
    return statgate_breaker_allow(&thing->is.breaker);
}

static json_t *perform(json_t *o);

static bool fork_and(json_t *operations) {
    const pid_t child = fork();
    if (child == 0) {
        bool good = true;
        for (size_t i = 0; i < json_array_size(operations); i++) {
            json_t *answer = perform(json_array_get(operations, i));
            good = json_is_true(json_object_get(answer, "ok")) && good;
        }
        _exit(good ? 0 : 1);
    }
    int status = 1;
    return waitpid(child, &status, 0) == child && status == 0;
}

static bool is(json_t *o, const char *op) {
    return strcmp(text(o, "op"), op) == 0;
}

static json_t *perform(json_t *o) {
    struct statgate_label labels[LABELS_MAX];
    const size_t count = labels_of(o, labels);
    const char *name = text(o, "name");
    bool good = true;
    if (is(o, "count"))
        good = statgate_count_with(&sg, name, value_of(o), labels, count);
    else if (is(o, "set"))
        good = statgate_set_with(&sg, name, value_of(o), labels, count);
    else if (is(o, "add"))
        good = statgate_add_with(&sg, name, value_of(o), labels, count);
    else if (is(o, "observe"))
        good = statgate_observe_with(&sg, name, value_of(o), labels, count);
    else if (is(o, "info"))
        good = statgate_info(&sg, name, joined(labels, count));
    else if (is(o, "state"))
        good = statgate_state(&sg, name, text(o, "state"), joined(labels, count));
    else if (is(o, "attempt"))
        good = statgate_attempt_with(&sg, name, text(o, "word"), labels, count);
    else if (is(o, "circuit"))
        good = statgate_circuit(&sg, name, text(o, "word"), joined(labels, count));
    else if (is(o, "job"))
        good = statgate_job_with(&sg, name, text(o, "word"), text(o, "instance"), labels, count);
    else if (is(o, "prepare"))
        good = prepare(o, name, labels, count);
    else if (is(o, "use"))
        good = use(thing_of(text(o, "id")), value_of(o));
    else if (is(o, "report"))
        good = report(o);
    else if (is(o, "begin"))
        good = begin(o, name, joined(labels, count));
    else if (is(o, "drop"))
        statgate_breaker_drop(&thing_of(text(o, "id"))->is.breaker);
    else if (is(o, "flush"))
        good = statgate_flush_wait(
            &sg, (unsigned)(1000 * json_number_value(json_object_get(o, "timeout"))));
    else if (is(o, "fork"))
        good = fork_and(json_object_get(o, "ops"));
    else if (is(o, "can"))
        good = strstr("fork, tickets, lack a value", text(o, "what")) != NULL;
    else if (is(o, "lost"))
        return json_pack("{sI}", "value", (json_int_t)statgate_lost(&sg));
    else if (is(o, "merged"))
        return json_pack("{sI}", "value", (json_int_t)statgate_merged(&sg));
    else
        return json_pack("{ss}", "value", "the header says what it refuses, not why");
    return json_pack("{sb}", "ok", good);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    json_t *operations = json_array(); /* kept to the end: things point into them */
    (void)statgate_open(&sg, NULL);
    while (getline(&line, &size, stdin) > 0) {
        json_t *operation = json_loads(line, 0, NULL);
        (void)json_array_append_new(operations, operation);
        json_t *answer = perform(operation);
        (void)json_dumpf(answer, stdout, 0);
        (void)puts("");
        (void)fflush(stdout);
        json_decref(answer);
    }
    statgate_close(&sg);
    json_decref(operations);
    free(line);
}
