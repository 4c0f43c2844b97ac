#include "explain/series.h"

#include "base/terminal.h"

/* Whether a label belongs to the series itself, and does not only lead to it or name an item. */
static bool is_of_series(const struct trace_label *label) {
    return label->becomes.at != NULL && !label->is_item && label->fate != FATE_ROUTED &&
           label->fate != FATE_STRIPPED;
}

void series_put_name(struct strbuf *out, const struct gate_trace *trace) {
    const char *before = "{";
    strbuf_puts(out, trace->family->name);
    for (size_t i = 0; i < trace->label_count; i++) {
        const struct trace_label *label = &trace->labels[i];
        if (!is_of_series(label))
            continue;
        strbuf_printf(out, "%s%.*s=\"", before, (int)label->name.len, label->name.at);
        terminal_put_visible(out, label->becomes.at, label->becomes.len);
        strbuf_putc(out, '"');
        before = ",";
    }
    if (*before == ',')
        strbuf_putc(out, '}');
}

void series_write_json(struct json_writer *w, const struct gate_trace *trace) {
    json_open(w, '{');
    json_member_text(w, "name", trace->family->name);
    json_open_member(w, "labels", '{');
    for (size_t i = 0; i < trace->label_count; i++) {
        const struct trace_label *label = &trace->labels[i];
        if (!is_of_series(label))
            continue;
        json_key(w, label->declared->name);
        json_bytes(w, label->becomes.at, label->becomes.len);
    }
    json_close(w, '}');
    json_member_bool(w, "new", trace->made);
    json_close(w, '}');
}
