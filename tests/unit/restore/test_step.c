/* SPDX-License-Identifier: MIT */
/*
 * A process is stepped, instruction by instruction, through every kind of change. After each
 * instruction, its object is what the next process would find if this one were killed there. It
 * must be as before a sample or as after it; and with the rest of the batch, as if no process had
 * been killed.
 *
 * The short form checks only some of the instructions.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "object/object.h"
#include "stepper.h"
#include "story.h"

enum { STATES_MAX = 256 };

static const struct store_time beginning = {.mono_ms = 1000, .real_ms = 1700000000000};

/* The states that may be visible during a part of a step, in order, and the one at its end. */
struct expected {
    char *states[STATES_MAX];
    size_t count;
    size_t at; /* the last one that was seen */
    char *end; /* with senders' rows and reports */
};

/* The parent's side. */
static struct {
    struct fixture from;
    struct life slow;  /* each value a datagram of its own, with a look after each */
    struct life plain; /* batches as they come */
    struct store_time now;
    struct stepper stepper;
    unsigned char *known; /* the image that was looked at last, without what was under way */
    struct undo_position known_position;
    uint64_t looks;
    uint64_t restores;
    uint64_t stride;
    size_t step; /* of the story */
    bool passing;
} stage;

/* ---- what is expected ---- */

static void add_state(void *arg) {
    struct expected *expected = arg;
    char *text = life_text(&stage.slow);
    if (expected->count > 0 && strcmp(expected->states[expected->count - 1], text) == 0) {
        free(text);
        return;
    }
    cr_assert(lt(sz, expected->count, STATES_MAX));
    expected->states[expected->count++] = text;
}

static void forget(struct expected *expected) {
    for (size_t i = 0; i < expected->count; i++)
        free(expected->states[i]);
    free(expected->end);
    *expected = (struct expected){0};
}

static void receive_slowly(const struct step *step, const char *line, struct expected *expected) {
    const struct step alone = {.pid = step->pid, .datagrams = {line}};
    life_begin_batch(&stage.slow);
    life_receive(&stage.slow, &alone);
    add_state(expected);
}

/* A line's values one by one. */
static void split_values(const struct step *step, const char *line, size_t len,
                         struct expected *expected) {
    char text[512];
    const char *colon = memchr(line, ':', len);
    const char *bar = memchr(line, '|', len);
    const int name = colon != NULL ? (int)(colon - line) : 0;
    if (colon == NULL || bar == NULL) {
        (void)snprintf(text, sizeof text, "%.*s", (int)len, line);
        receive_slowly(step, text, expected);
        return;
    }
    for (const char *value = colon + 1; value < bar;) {
        const size_t size = strcspn(value, ":|");
        (void)snprintf(text, sizeof text, "%.*s:%.*s%.*s", name, line, (int)size, value,
                       (int)(line + len - bar), bar);
        receive_slowly(step, text, expected);
        value += size + 1;
    }
}

static void split_lines(const struct step *step, struct expected *expected) {
    for (size_t i = 0; i < 4 && step->datagrams[i] != NULL; i++)
        for (const char *line = step->datagrams[i]; *line != '\0';) {
            const size_t len = strcspn(line, "\n");
            split_values(step, line, len, expected);
            line += len + (line[len] == '\n');
        }
}

static void expect(const struct step *step, bool passing, struct expected *ret_expected) {
    *ret_expected = (struct expected){0};
    stage.slow.fx.now = stage.plain.fx.now = stage.now;
    add_state(ret_expected);
    if (passing) {
        life_pass(&stage.slow, step, 1, add_state, ret_expected);
        life_pass(&stage.plain, step, SIZE_MAX, NULL, NULL);
    } else {
        split_lines(step, ret_expected);
        life_begin_batch(&stage.plain);
        life_receive(&stage.plain, step);
    }
    add_state(ret_expected);
    ret_expected->end = life_full_text(&stage.plain);
}

/* ---- the process that is stepped ---- */

static void live(void) {
    struct life life;
    life_open(&life, &stage.from, &stage.stepper.place, beginning);
    for (size_t i = 0; i < story_step_count; i++) {
        const struct step *step = &story_steps[i];
        life.fx.now.mono_ms += step->after_ms;
        life.fx.now.real_ms += step->after_ms;
        raise(SIGSTOP);
        life_pass(&life, step, SIZE_MAX, NULL, NULL);
        raise(SIGSTOP);
        life_begin_batch(&life);
        raise(SIGSTOP);
        life_receive(&life, step);
        raise(SIGSTOP);
    }
}

/* ---- what the next process would find ---- */

/* Whether the tables are as they were. */
static bool is_known(const struct image *image) {
    if (memcmp(&image->position, &stage.known_position, sizeof image->position) != 0)
        return false;
    for (size_t i = 0; i < stage.stepper.range_count; i++) {
        const struct stepper_range *range = &stage.stepper.ranges[i];
        const uint64_t from = range->from > image->families ? range->from : image->families;
        if (from < range->to &&
            memcmp(stage.stepper.image + from, stage.known + from, range->to - from) != 0)
            return false;
    }
    return true;
}

/* The first line in which two texts differ. */
static void show_difference(const char *title, const char *expected, const char *text) {
    while (*expected != '\0' && *text != '\0') {
        const size_t a = strcspn(expected, "\n");
        const size_t b = strcspn(text, "\n");
        if (a != b || memcmp(expected, text, a) != 0)
            break;
        expected += a + (expected[a] != '\0');
        text += b + (text[b] != '\0');
    }
    (void)fprintf(stderr, "%s:\n  expected %.*s\n  found    %.*s\n", title,
                  (int)strcspn(expected, "\n"), expected, (int)strcspn(text, "\n"), text);
}

static void fail_here(const char *what) {
    cr_assert(false, "step %zu, %s, at %#lx, instruction %llu: %s", stage.step,
              stage.passing ? "passing" : "receiving", stepper_where(&stage.stepper),
              (unsigned long long)stage.stepper.instructions, what);
}

/* Checks that the state is as before, or as after one of the next samples. */
static void check_state(struct life *next, struct expected *expected) {
    char *text = life_text(next);
    size_t at = expected->at;
    while (at < expected->count && strcmp(expected->states[at], text) != 0)
        at++;
    if (at == expected->count) {
        show_difference("before", expected->states[expected->at], text);
        if (expected->at + 1 < expected->count)
            show_difference("after", expected->states[expected->at + 1], text);
        fail_here("neither as before nor as after");
    }
    expected->at = at;
    free(text);
}

/* With the rest of the step. */
static void check_end(struct life *next, const struct step *step, bool passing,
                      const struct expected *expected) {
    if (passing)
        life_pass(next, step, SIZE_MAX, NULL, NULL);
    else
        life_receive(next, step);
    char *text = life_full_text(next);
    if (strcmp(text, expected->end) != 0) {
        show_difference("end", expected->end, text);
        fail_here("does not come to the same end");
    }
    free(text);
}

static void look(const struct step *step, bool passing, struct expected *expected) {
    struct image image;
    struct error error;
    stage.looks++;
    stepper_look(&stage.stepper);
    cr_assert(image_open(&image, stage.stepper.image, stage.stepper.file.size, region_boot, &error),
              "%s", error.text);
    if (is_known(&image))
        return;
    stage.known_position = image.position;
    stepper_copy(&stage.stepper, stage.known, stage.stepper.image);
    stage.restores++;
    struct life next;
    life_take_over(&next, &stage.from, &image, stage.now);
    check_state(&next, expected);
    check_end(&next, step, passing, expected);
    life_close(&next);
}

/* From one stop to the next. */
static void follow(const struct step *step, bool passing) {
    struct expected expected;
    const uint64_t stride =
        step->restarts && passing ? 1 : stage.stride; /* it is over in a moment */
    stage.passing = passing;
    expect(step, passing, &expected);
    look(step, passing, &expected);
    do {
        if (stage.stepper.instructions % stride == 0)
            look(step, passing, &expected);
    } while (stepper_step(&stage.stepper));
    stage.known_position.datagram = UINT16_MAX; /* look in any case */
    look(step, passing, &expected);
    cr_assert(eq(sz, expected.at + 1, expected.count), "the last state was not reached");
    forget(&expected);
}

static void init(void) {
    fixture_init(&stage.from, story_catalogs);
    fixture_close(&stage.from);
    stage.now = beginning;
    life_open(&stage.slow, &stage.from, NULL, beginning);
    life_open(&stage.plain, &stage.from, NULL, beginning);
    stepper_open(&stage.stepper, life_bytes(&stage.from.set));
    stage.known = stepper_map(&stage.stepper);
    stage.stride = getenv("STATGATE_TEST_LONG") != NULL ? 1 : 97;
}

static void done(void) {
    stepper_drop(&stage.stepper, stage.known);
    stepper_close(&stage.stepper);
    life_close(&stage.slow);
    life_close(&stage.plain);
    fixture_done(&stage.from);
}

Test(step, an_object_is_whole_after_every_instruction, .init = init, .fini = done,
     .timeout = 3600) {
    stepper_start(&stage.stepper, live);
    for (size_t i = 0; i < story_step_count; i++) {
        const struct step *step = &story_steps[i];
        stage.step = i;
        stage.now.mono_ms += step->after_ms;
        stage.now.real_ms += step->after_ms;
        follow(step, true);
        stepper_go_on(&stage.stepper);
        follow(step, false);
        if (i + 1 < story_step_count)
            stepper_go_on(&stage.stepper);
    }
    (void)fprintf(stderr, "%llu instructions, %llu looks, %llu restores\n",
                  (unsigned long long)stage.stepper.instructions, (unsigned long long)stage.looks,
                  (unsigned long long)stage.restores);
}
