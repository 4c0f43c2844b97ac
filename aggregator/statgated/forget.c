#include "statgated/forget.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "host/log.h"
#include "ledger/ledger.h"
#include "store/store.h"

enum {
    TURN_NS = 250000, /* a turn starts no step after this */
    STEP_UNITS = 200  /* units between two looks at the clock, about 100 ns each */
};

struct forget {
    struct daemon *daemon;
    struct control_answer *answer;
    struct ingress_wait wait;
    bool waiting;
    uv_idle_t idle;
    struct store_forgetting walk;
    struct store_key keys[CONTROL_LABELS_MAX]; /* texts from strdup */
};

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle) {
    struct forget *forget = handle->data;
    for (size_t i = 0; i < CONTROL_LABELS_MAX; i++)
        free((char *)(uintptr_t)forget->keys[i].text);
    free(forget);
}

/* Stop the command. The caller has to complete the returned answer. */
static struct control_answer *finish(struct forget *forget) {
    struct daemon *daemon = forget->daemon;
    daemon->forget = NULL;
    if (forget->waiting && daemon->ingress != NULL)
        ingress_forget(daemon->ingress, &forget->wait);
    uv_close((uv_handle_t *)&forget->idle, on_closed);
    return forget->answer;
}

void forget_stop(struct daemon *daemon, enum control_code code, const char *why) {
    struct forget *forget = daemon->forget;
    if (forget == NULL)
        return;
    const uint64_t ended = forget->walk.ended;
    control_answer_error(finish(forget), code, "%s; %" PRIu64 " series had ended", why, ended);
}

/* ---- the way ---- */

static void tell(struct forget *forget) {
    const struct store_forgetting walk = forget->walk;
    const char *family = walk.family->name;
    struct control_answer *answer = finish(forget);
    if (walk.ended == 0) {
        control_answer_ok(answer, "no series of %s has these labels", family);
        return;
    }
    log_write(LOG_LEVEL_LOG, "control", "%" PRIu64 " series of %s were forgotten", walk.ended,
              family);
    if (walk.again > 0)
        control_answer_ok(answer,
                          "%" PRIu64 " series of %s ended; %" PRIu64
                          " of them, which exist from the start, began again at 0",
                          walk.ended, family, walk.again);
    else
        control_answer_ok(answer, "%" PRIu64 " series of %s ended", walk.ended, family);
}

static void on_idle(uv_idle_t *idle) {
    struct forget *forget = idle->data;
    const uint64_t end_ns = uv_hrtime() + TURN_NS;
    do {
        size_t budget = STEP_UNITS;
        if (!store_forget(forget->daemon->store, &forget->walk, daemon_now(), &budget))
            continue;
        tell(forget);
        return;
    } while (uv_hrtime() < end_ns);
}

static void on_applied(void *arg) {
    struct forget *forget = arg;
    forget->waiting = false;
    (void)uv_idle_start(&forget->idle, on_idle);
}

/* ---- what is asked ---- */

static void fail_unknown(struct control_answer *answer, const char *what, const char *word,
                         const char *const *words) {
    const char *near = nearest_word(word, words);
    if (near != NULL)
        control_answer_error(answer, CONTROL_UNKNOWN, "%s \"%.100s\"; did you mean %s?", what, word,
                             near);
    else
        control_answer_error(answer, CONTROL_UNKNOWN, "%s \"%.100s\"", what, word);
}

static const struct catalog *find_service(const struct daemon *daemon, const char *name,
                                          struct control_answer *answer) {
    const struct catalog_set *set = &daemon->set;
    const struct catalog *catalog = catalog_set_find(set, name, strlen(name));
    const char **words = catalog == NULL ? calloc(set->count + 1, sizeof *words) : NULL;
    if (catalog != NULL)
        return catalog;
    for (size_t i = 0; words != NULL && i < set->count; i++)
        words[i] = set->catalogs[i]->service;
    static const char *const none[] = {NULL};
    fail_unknown(answer, "there is no service", name, words != NULL ? words : none);
    free((void *)words);
    return NULL;
}

static const struct catalog_family *find_family(const struct catalog *catalog, const char *name,
                                                struct control_answer *answer) {
    const struct catalog_family *family = catalog_family_find(catalog, name, strlen(name));
    const char **words = family == NULL ? calloc(catalog->family_count + 1, sizeof *words) : NULL;
    if (family != NULL)
        return family;
    for (size_t i = 0; words != NULL && i < catalog->family_count; i++)
        words[i] = catalog->families[i].name;
    static const char *const none[] = {NULL};
    fail_unknown(answer, "the service has no family", name, words != NULL ? words : none);
    free((void *)words);
    return NULL;
}

/* Why series of the family cannot be forgotten; NULL: they can. */
static const char *why_not(const struct catalog_family *family) {
    if (family->catalog->internal)
        return "the daemon itself writes this family: its series would be back at once";
    if (family->source == SOURCE_QUERY)
        return "its series are the rows of a query: what the query returns no more is absent";
    if (family->source == SOURCE_DERIVED || family->attempts != NULL || family->jobs != NULL)
        return "all combinations of attempts and jobs exist from the start, as their catalog "
               "lists them: take the value out of the catalog, and reload";
    return NULL;
}

static const struct catalog_label *find_label(const struct catalog_family *family,
                                              const char *key) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, key) == 0)
            return &family->labels[i];
    return NULL;
}

static void fail_label(const struct catalog_family *family, const char *key,
                       struct control_answer *answer) {
    const char *words[CONTROL_LABELS_MAX + 1] = {NULL};
    for (uint32_t i = 0; i < family->label_count && i < CONTROL_LABELS_MAX; i++)
        words[i] = family->labels[i].name;
    if (family->state_label != NULL && strcmp(family->state_label->name, key) == 0)
        control_answer_error(answer, CONTROL_UNKNOWN,
                             "%s is the state of a series and chooses none: leave it out", key);
    else
        fail_unknown(answer, "the family has no label", key, words);
}

/* Whether the label may have this value. Any text may be a value of a pattern. */
static bool may_have(const struct catalog_label *label, const char *value) {
    return label->kind == LABEL_PATTERN ||
           catalog_label_find_text(label, value, strlen(value)) >= 0;
}

static bool check_labels(const struct catalog_family *family, const struct control_request *request,
                         struct control_answer *answer) {
    for (size_t i = 0; i < request->label_count; i++) {
        const struct control_label *wanted = &request->labels[i];
        const struct catalog_label *label = find_label(family, wanted->key);
        if (label == NULL) {
            fail_label(family, wanted->key, answer);
            return false;
        }
        if (!may_have(label, wanted->value)) {
            control_answer_error(answer, CONTROL_UNKNOWN, "label %s has no value \"%.200s\"",
                                 wanted->key, wanted->value);
            return false;
        }
    }
    return true;
}

static const struct catalog_family *find(const struct daemon *daemon,
                                         const struct control_request *request,
                                         struct control_answer *answer) {
    const struct catalog *catalog = find_service(daemon, request->service, answer);
    const struct catalog_family *family =
        catalog != NULL ? find_family(catalog, request->family, answer) : NULL;
    const char *why = family != NULL ? why_not(family) : NULL;
    if (why != NULL)
        control_answer_error(answer, CONTROL_NOT_POSSIBLE, "%s: %s", family->name, why);
    return family != NULL && why == NULL && check_labels(family, request, answer) ? family : NULL;
}

/* ---- the beginning ---- */

/* Copy the labels of the request. False: out of memory. */
static bool copy_labels(struct forget *forget, const struct control_request *request) {
    bool good = true;
    for (size_t i = 0; i < request->label_count; i++) {
        const struct control_label *wanted = &request->labels[i];
        const struct catalog_label *label = find_label(forget->walk.family, wanted->key);
        const char *text = strdup(wanted->value);
        good = good && text != NULL;
        forget->keys[label - forget->walk.family->labels] =
            (struct store_key){.text = text, .len = strlen(wanted->value)};
    }
    return good;
}

void forget_begin(struct daemon *daemon, const struct control_request *request,
                  struct control_answer *answer) {
    if (daemon->forget != NULL) {
        control_answer_error(answer, CONTROL_UNDER_WAY, "series are being forgotten: try again");
        return;
    }
    const struct catalog_family *family = find(daemon, request, answer);
    if (family == NULL)
        return;
    struct forget *forget = calloc(1, sizeof *forget);
    if (forget == NULL) {
        control_answer_error(answer, CONTROL_FAILED, "out of memory");
        return;
    }
    *forget = (struct forget){.daemon = daemon, .answer = answer};
    forget->walk = (struct store_forgetting){.family = family, .labels = forget->keys};
    forget->wait = (struct ingress_wait){.done = on_applied, .arg = forget};
    (void)uv_idle_init(&daemon->loop, &forget->idle);
    forget->idle.data = forget;
    daemon->forget = forget;
    if (!copy_labels(forget, request)) {
        control_answer_error(finish(forget), CONTROL_FAILED, "out of memory");
        return;
    }
    forget->waiting = true;
    ingress_await(daemon->ingress, &forget->wait);
}
