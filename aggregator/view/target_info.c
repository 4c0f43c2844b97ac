#include "view/target_info.h"

#include "view/escape.h"

void target_info_put(struct strbuf *out, const struct constant_labels *labels,
                     enum exposition_format format) {
    if (labels->count == 0)
        return;
    /* Text 0.0.4 has no type info: the sample is a gauge there. */
    strbuf_puts(out, format == EXPOSITION_OPENMETRICS
                         ? "# TYPE target info\n# HELP target Target metadata\n"
                         : "# HELP target_info Target metadata\n# TYPE target_info gauge\n");
    const char *before = "target_info{";
    for (size_t i = 0; i < labels->count; i++, before = "\",") {
        strbuf_puts(out, before);
        strbuf_puts(out, labels->items[i].name);
        strbuf_puts(out, "=\"");
        escape_label(out, labels->items[i].value, strlen(labels->items[i].value));
    }
    strbuf_puts(out, "\"} 1\n");
}
