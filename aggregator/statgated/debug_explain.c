/* Says what would become of a line, from the live tables, without changing them. */
#include <string.h>

#include "explain/explain.h"
#include "statgated/debug.h"

typedef void explain_writer(struct strbuf *out, const struct explain_result *result);

static void explain(const struct daemon *daemon, struct sg_span line, gate_scope scope,
                    explain_writer *write, struct strbuf *out) {
    struct gate_trace trace;
    const struct hints_world world = {.set = &daemon->set,
                                      .breakers_jobs = daemon->breakers_jobs,
                                      .endpoints = &daemon->plan.endpoints,
                                      .include = daemon->settings->include,
                                      .exclude = daemon->settings->exclude};
    gate_try(daemon->gate, line, scope, NULL, &trace);
    write(out, &(struct explain_result){.trace = &trace, .world = &world});
}

const char *debug_explain_write(const struct daemon *daemon, const char *line, const char *service,
                                struct strbuf *out) {
    gate_scope scope = 0;
    if (strchr(line, '\n') != NULL)
        return "one line at a time";
    if (service != NULL) {
        const struct catalog *catalog = catalog_set_find(&daemon->set, service, strlen(service));
        if (catalog == NULL)
            return "there is no such service; /debug/catalog lists them";
        scope = gate_scope_of(catalog);
    }
    explain(daemon, (struct sg_span){line, strlen(line)}, scope, explain_write_json, out);
    return NULL;
}

void debug_explain_write_text(const struct daemon *daemon, const char *line, size_t len,
                              struct strbuf *out) {
    const char *end = memchr(line, '\n', len);
    const size_t first = end != NULL ? (size_t)(end - line) : len;
    explain(daemon, (struct sg_span){line, first}, 0, explain_write_text, out);
}
