#include "hints/words.h"

#include <string.h>

#include "base/nearest.h"
#include "base/terminal.h"

struct words_copy words_copy_of(struct sg_span span) {
    struct words_copy word = {{0}};
    const size_t len = span.len < sizeof word.text - 1 ? span.len : sizeof word.text - 1;
    if (len > 0)
        memcpy(word.text, span.at, len);
    return word;
}

bool hints_says(const struct gate_trace *trace, const char *word) {
    struct sg_values values;
    struct sg_span value;
    sg_values_init(&values, &trace->line);
    while (sg_words_next(&values, &value))
        if (sg_span_is(value, word))
            return true;
    return false;
}

void words_put_quoted(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    terminal_put_visible(out, text, strlen(text));
    strbuf_putc(out, '"');
}

void words_put_near(struct strbuf *out, struct sg_span sent, const char *const *words) {
    const struct words_copy word = words_copy_of(sent);
    const char *near = word.text[0] ? nearest_word(word.text, words) : NULL;
    if (near == NULL)
        return;
    strbuf_puts(out, "did you mean ");
    words_put_quoted(out, near);
    strbuf_puts(out, "?\n");
}
