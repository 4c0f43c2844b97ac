#include <stdlib.h>
#include <string.h>

#include "rules.h"

/* The units on the way from the first one, and those from which all ways are known to end. */
struct walk {
    struct report *report;
    const struct facts *facts;
    struct words way;
    struct words done;
};

static void report_circle(const struct walk *walk, const char *name) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool within = false;
    for (size_t i = 0; i < walk->way.count; i++) {
        within = within || strcmp(walk->way.items[i], name) == 0;
        if (within)
            fprintf(out, "%s -> ", walk->way.items[i]);
    }
    fclose(out);
    report_wrong(walk->report, "the DEPS form a circle: %s%s", text, name);
    free(text);
}

static void go(struct walk *walk, const struct unit *unit) {
    if (unit == NULL || words_has(&walk->done, unit->name))
        return;
    if (words_has(&walk->way, unit->name)) {
        report_circle(walk, unit->name);
        return;
    }
    words_add(&walk->way, unit->name);
    for (size_t i = 0; i < unit->deps.count; i++)
        go(walk, facts_unit(walk->facts, unit->deps.items[i]));
    walk->way.count--;
    words_add(&walk->done, unit->name);
}

void rules_circles(struct report *report, const struct tree *tree) {
    struct walk walk = {.report = report, .facts = &tree->facts};
    for (size_t i = 0; i < tree->facts.unit_count; i++)
        go(&walk, &tree->facts.units[i]);
    words_free(&walk.way);
    words_free(&walk.done);
}
