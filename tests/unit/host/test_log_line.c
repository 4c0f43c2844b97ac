/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/utf8.h"
#include "host/log.h"
#include "sanitized.h"

static char out[LOG_LINE_MAX + 1];

/* A line of this message, terminated, in `out`. */
static const char *format_line(const char *message, size_t len, enum log_format format,
                               uint64_t more) {
    const struct log_line line = {.level = LOG_LEVEL_LOG,
                                  .pid = 36,
                                  .real_ms = 1766533331507,
                                  .context = "ingress",
                                  .message = message,
                                  .message_len = len,
                                  .more = more};
    memset(out, '#', sizeof out);
    const size_t written = log_line_format(out, &line, format, LOG_READER_PLAIN);
    cr_assert(le(sz, written, LOG_LINE_MAX));
    cr_assert(eq(chr, out[LOG_LINE_MAX], '#'));
    cr_assert(eq(chr, out[written - 1], '\n'));
    cr_assert(eq(ptr, memchr(out, '\n', written), out + written - 1));
    out[written] = '\0';
    for (size_t at = 0; at < written;) {
        const size_t taken = utf8_len(out + at, written - at);
        cr_assert(ne(sz, taken, 0), "no UTF-8 at byte %zu", at);
        at += taken;
    }
    return out;
}

static const char *console(const char *message) {
    return format_line(message, strlen(message), LOG_FORMAT_CONSOLE, 0);
}

static const char *json(const char *message) {
    return format_line(message, strlen(message), LOG_FORMAT_JSON, 0);
}

#define CONSOLE(text) ((char *)("2025-12-23T23:42:11.507Z LOG   [ingress] " text "\n"))
#define JSON(text)                                                                                 \
    ((char *)("{\"level\":\"log\",\"pid\":36,\"timestamp\":1766533331507,\"message\":\"" text      \
              "\",\"context\":\"ingress\"}\n"))

Test(host_log_line, control_characters_are_escaped) {
    cr_expect(eq(str, (char *)console("a\nb\rc\td\033[31me\x7f"),
                 CONSOLE("a\\nb\\rc\\td\\x1b[31me\\x7f")));
    cr_expect(
        eq(str, (char *)json("a\nb\rc\td\033[31me\x7f"), JSON("a\\nb\\rc\\td\\u001b[31me\\u007f")));
    cr_expect(eq(str, (char *)console("\xc2\x9b"), CONSOLE("\\x9b")));
    cr_expect(eq(str, (char *)json("\xc2\x9b"), JSON("\\u009b")));
    cr_expect(eq(str, (char *)format_line("a\0b", 3, LOG_FORMAT_JSON, 0), JSON("a\\u0000b")));
}

Test(host_log_line, quotes_and_backslashes_are_escaped_in_json_only) {
    cr_expect(eq(str, (char *)json("say \"hi\" \\o/"), JSON("say \\\"hi\\\" \\\\o/")));
    cr_expect(eq(str, (char *)console("say \"hi\" \\o/"), CONSOLE("say \"hi\" \\o/")));
}

Test(host_log_line, invalid_bytes_are_replaced) {
    cr_expect(
        eq(str, (char *)console("a\xff\xc3z"), CONSOLE("a" UTF8_REPLACEMENT UTF8_REPLACEMENT "z")));
    cr_expect(eq(str, (char *)json("caf\xc3\xa9 \xed\xa0\x80"),
                 JSON("caf\xc3\xa9 " UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT)));
}

Test(host_log_line, what_was_withheld_is_reported) {
    cr_expect(eq(str, (char *)format_line("flood", 5, LOG_FORMAT_CONSOLE, 17),
                 CONSOLE("flood (and 17 more)")));
    cr_expect(
        eq(str, (char *)format_line("flood", 5, LOG_FORMAT_JSON, 17), JSON("flood (and 17 more)")));
}

Test(host_log_line, the_level_is_coloured_on_request) {
    const struct log_line line = {.level = LOG_LEVEL_ERROR, .context = "c", .message = ""};
    out[log_line_format(out, &line, LOG_FORMAT_CONSOLE, LOG_READER_COLOUR)] = '\0';
    cr_expect(eq(str, out, "1970-01-01T00:00:00.000Z \033[31mERROR\033[0m [c] \n"));
}

Test(host_log_line, the_journal_gets_a_priority_and_has_a_time_of_its_own) {
    static const struct {
        enum log_level level;
        const char *expected;
    } cases[] = {{LOG_LEVEL_DEBUG, "<7>[c] m\n"},
                 {LOG_LEVEL_LOG, "<6>[c] m\n"},
                 {LOG_LEVEL_WARN, "<4>[c] m\n"},
                 {LOG_LEVEL_ERROR, "<3>[c] m\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct log_line line = {
            .level = cases[i].level, .context = "c", .message = "m", .message_len = 1};
        out[log_line_format(out, &line, LOG_FORMAT_CONSOLE, LOG_READER_JOURNAL)] = '\0';
        cr_expect(eq(str, out, (char *)cases[i].expected));
        out[log_line_format(out, &line, LOG_FORMAT_JSON, LOG_READER_JOURNAL)] = '\0';
        cr_expect(eq(int, strncmp(out, cases[i].expected, 3), 0), "JSON has one, too");
        cr_expect(eq(int, strncmp(out + 3, "{\"level\"", 8), 0));
    }
}

/* Every length around the cut, of characters that take 1 to 6 bytes. */
Test(host_log_line, a_long_message_is_cut_between_characters) {
    static const char *const units[] = {"x", "\xc3\xa9", "\xf0\x9f\x98\x80", "\n", "\x01", "\""};
    static char message[2 * LOG_LINE_MAX];
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        const size_t unit = strlen(units[u]);
        for (size_t count = LOG_LINE_MAX / 6 - 40; count * unit < sizeof message - 8;
             count += SANITIZED ? 31 : 7) {
            for (size_t i = 0; i < count; i++)
                memcpy(message + i * unit, units[u], unit);
            format_line(message, count * unit, LOG_FORMAT_CONSOLE, UINT64_MAX);
            format_line(message, count * unit, LOG_FORMAT_JSON, UINT64_MAX);
            json_t *parsed = json_loads(out, 0, NULL);
            cr_assert(ne(ptr, parsed, NULL));
            cr_assert(
                eq(str, (char *)json_string_value(json_object_get(parsed, "context")), "ingress"));
            json_decref(parsed);
        }
    }
}

Test(host_log_line, the_cut_is_marked_and_uses_the_room) {
    static char message[LOG_LINE_MAX];
    memset(message, 'x', sizeof message);
    const char *line = format_line(message, sizeof message, LOG_FORMAT_CONSOLE, 0);
    cr_expect(eq(sz, strlen(line), LOG_LINE_MAX));
    cr_expect(eq(str, (char *)line + LOG_LINE_MAX - 5, "x...\n"));
    const size_t room = LOG_LINE_MAX - strlen(CONSOLE(""));
    line = format_line(message, room, LOG_FORMAT_CONSOLE, 0);
    cr_expect(eq(str, (char *)line + LOG_LINE_MAX - 5, "xxxx\n"), "what fits is not cut");
}

Test(host_log_line, a_long_context_is_cut) {
    static char context[1000];
    memset(context, '"', sizeof context - 1);
    const struct log_line line = {.context = context, .message = "m", .message_len = 1};
    const size_t len = log_line_format(out, &line, LOG_FORMAT_JSON, LOG_READER_PLAIN);
    json_t *parsed = json_loadb(out, len, 0, NULL);
    cr_assert(ne(ptr, parsed, NULL));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(parsed, "message")), "m"));
    const char *cut = json_string_value(json_object_get(parsed, "context"));
    cr_expect(eq(sz, strlen(cut), 33), "30 quotes of two bytes and the mark fill 63 of 64");
    json_decref(parsed);
}
