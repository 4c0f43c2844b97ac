#include "statgate/doctor/findings.h"

#include "base/json_writer.h"
#include "base/terminal.h"

static const char *const words[] = {"fine", "note", "WRONG"};
static const char *const json_words[] = {"fine", "note", "wrong"};

void findings_add(struct findings *findings, enum finding_state state, const char *check,
                  const char *todo, const char *format, ...) {
    findings->wrong += state == FINDING_WRONG;
    if (findings->count == FINDINGS_MAX) {
        findings->left_out++;
        return;
    }
    struct finding *finding = &findings->items[findings->count++];
    *finding = (struct finding){.state = state, .check = check};
    if (todo != NULL)
        (void)error_set(&finding->todo, "%s", todo);
    va_list args;
    va_start(args, format);
    (void)error_vadd(&finding->text, format, args);
    va_end(args);
}

/* Whether to show the advice: if consecutive findings have the same advice, it follows the last
 * one. */
static bool shows_todo(const struct findings *findings, size_t index) {
    const char *todo = findings->items[index].todo.text;
    return *todo != '\0' && (index + 1 == findings->count ||
                             strcmp(findings->items[index + 1].todo.text, todo) != 0);
}

void findings_write(const struct findings *findings, struct strbuf *out) {
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        strbuf_printf(out, "%-5s  %-9s  ", words[finding->state], finding->check);
        terminal_put_visible(out, finding->text.text, strlen(finding->text.text));
        strbuf_putc(out, '\n');
        if (shows_todo(findings, i))
            strbuf_printf(out, "%18sto do: %s\n", "", finding->todo.text);
    }
    if (findings->left_out > 0)
        strbuf_printf(out, "and %zu more\n", findings->left_out);
    if (findings->wrong == 0)
        strbuf_puts(out, "\nNothing is wrong.\n");
    else
        strbuf_printf(out, "\n%zu thing%s wrong.\n", findings->wrong,
                      findings->wrong == 1 ? " is" : "s are");
}

void findings_write_json(const struct findings *findings, struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_member_bool(&w, "ok", findings->wrong == 0);
    json_open_member(&w, "findings", '[');
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_line(&w);
        json_open(&w, '{');
        json_member_text(&w, "check", finding->check);
        json_member_text(&w, "state", json_words[finding->state]);
        json_member_text(&w, "text", finding->text.text);
        json_member_text(&w, "todo", *finding->todo.text != '\0' ? finding->todo.text : NULL);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_member_u64(&w, "left_out", findings->left_out);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
