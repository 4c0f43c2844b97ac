#include "statgate/explain/words.h"

#include <string.h>

#include "base/nearest.h"
#include "base/terminal.h"

struct explain_word explain_word_of(struct sg_span span) {
    struct explain_word word = {{0}};
    const size_t len = span.len < sizeof word.text - 1 ? span.len : sizeof word.text - 1;
    if (len > 0)
        memcpy(word.text, span.at, len);
    return word;
}

bool explain_says(const struct gate_trace *trace, const char *word) {
    struct sg_values values;
    struct sg_span value;
    sg_values_init(&values, &trace->line);
    while (sg_words_next(&values, &value))
        if (sg_span_is(value, word))
            return true;
    return false;
}

void explain_put_quoted(struct strbuf *out, const char *text) {
    strbuf_putc(out, '"');
    terminal_put_visible(out, text, strlen(text));
    strbuf_putc(out, '"');
}

void explain_put_near(struct strbuf *out, struct sg_span sent, const char *const *words) {
    const struct explain_word word = explain_word_of(sent);
    const char *near = word.text[0] ? nearest_word(word.text, words) : NULL;
    if (near == NULL)
        return;
    strbuf_puts(out, "did you mean ");
    explain_put_quoted(out, near);
    strbuf_puts(out, "?\n");
}
