#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "control/answer_private.h"

enum { LINE_MAX_BYTES = 2048 /* a sentence of base/error.h and the text before it */ };

struct control_answer *control_answer_new(const struct memory *memory, void (*ended)(void *arg),
                                          void (*flows)(void *arg), void *arg) {
    struct control_answer *answer = memory_alloc(memory, sizeof *answer);
    if (answer == NULL)
        return NULL;
    *answer = (struct control_answer){.memory = memory, .ended = ended, .flows = flows, .arg = arg};
    strbuf_init_in(&answer->text, memory);
    return answer;
}

void control_answer_free(struct control_answer *answer) {
    if (answer == NULL)
        return;
    strbuf_done(&answer->text);
    memory_release(answer->memory, answer);
}

static void put_line(struct control_answer *answer, const char *head, const char *format,
                     va_list args) __attribute__((format(printf, 3, 0)));

static void put_line(struct control_answer *answer, const char *head, const char *format,
                     va_list args) {
    char line[LINE_MAX_BYTES];
    const int head_len = snprintf(line, sizeof line, "%s", head);
    (void)vsnprintf(line + head_len, sizeof line - (size_t)head_len, format, args);
    for (char *at = line; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    strbuf_puts(&answer->text, line);
    strbuf_putc(&answer->text, '\n');
}

void control_answer_line(struct control_answer *answer, const char *format, ...) {
    va_list args;
    if (answer->text.len + LINE_MAX_BYTES > CONTROL_ANSWER_MAX) {
        answer->left_out++;
        return;
    }
    va_start(args, format);
    put_line(answer, "", format, args);
    va_end(args);
}

static void end(struct control_answer *answer) {
    if (answer->ended != NULL)
        answer->ended(answer->arg);
    else
        control_answer_free(answer);
}

static void put_left_out(struct control_answer *answer) {
    if (answer->left_out > 0)
        strbuf_printf(&answer->text, "and %" PRIu64 " more\n", answer->left_out);
}

void control_answer_ok(struct control_answer *answer, const char *format, ...) {
    va_list args;
    put_left_out(answer);
    va_start(args, format);
    put_line(answer, "ok ", format, args);
    va_end(args);
    end(answer);
}

void control_answer_error(struct control_answer *answer, enum control_code code, const char *format,
                          ...) {
    char head[64];
    va_list args;
    put_left_out(answer);
    (void)snprintf(head, sizeof head, "error %s ", control_code_word(code));
    va_start(args, format);
    put_line(answer, head, format, args);
    va_end(args);
    end(answer);
}
