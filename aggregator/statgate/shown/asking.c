#include "statgate/shown/asking.h"

#include <string.h>
#include <time.h>

#include "host/clock.h"

/* ---- the target ---- */

static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~:", c) != NULL);
}

bool asking_add(char target[ASKING_TARGET_MAX], const char *name, const char *value) {
    static const char digits[] = "0123456789ABCDEF";
    struct strbuf text = {0};
    strbuf_printf(&text, "%c%s=", strchr(target, '?') != NULL ? '&' : '?', name);
    for (; *value != '\0'; value++) {
        const unsigned char byte = (unsigned char)*value;
        if (is_plain(*value)) {
            strbuf_putc(&text, *value);
            continue;
        }
        strbuf_putc(&text, '%');
        strbuf_putc(&text, digits[byte >> 4]);
        strbuf_putc(&text, digits[byte & 15]);
    }
    const size_t len = strlen(target);
    const bool fits = !text.failed && len + text.len < ASKING_TARGET_MAX;
    if (fits)
        memcpy(target + len, strbuf_cstr(&text), text.len + 1);
    strbuf_done(&text);
    return fits;
}

/* ---- the answer ---- */

/* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110, 5.6.7): no locale was set, so strptime takes English
 * names. */
int64_t asking_date(const char *date, int64_t otherwise) {
    struct tm tm = {0};
    const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) * 1000 : otherwise;
}

static void no_memory(struct trouble_words *ret_wrong) {
    error_clear(&ret_wrong->todo);
    (void)error_no_memory(&ret_wrong->what);
}

int asking_text(const struct where *where, const char *target, size_t max, struct strbuf *ret_body,
                int64_t *ret_now_ms, struct trouble_words *ret_wrong) {
    const struct fetch_request request = {
        .address = &where->address, .target = target, .token = where->token, .body_max = max};
    struct fetch *fetch = fetch_start(&request);
    int code = CLI_OK;
    if (fetch == NULL) {
        no_memory(ret_wrong);
        return CLI_FAILURE;
    }
    const enum fetch_state state =
        fetch_wait(fetch, clock_mono_ns() + (int64_t)ASKING_TIMEOUT_MS * 1000000);
    struct strbuf *body = fetch_body(fetch);
    const struct trouble trouble = {.state = state,
                                    .error = fetch_error(fetch),
                                    .status = fetch_head(fetch)->status,
                                    .target = target,
                                    .body = strbuf_cstr(body),
                                    .body_len = body->len};
    if (trouble_is_none(&trouble)) {
        *ret_now_ms = asking_date(fetch_head(fetch)->date, clock_real_ms());
        strbuf_put(ret_body, body->data, body->len);
    } else {
        code = trouble_describe(&trouble, where, ret_wrong);
    }
    fetch_free(fetch);
    return code;
}

int asking_json(const struct where *where, const char *target, json_t **ret_root,
                int64_t *ret_now_ms, struct trouble_words *ret_wrong) {
    struct strbuf body = {0};
    struct error wrong;
    int code = asking_text(where, target, ASKING_JSON_MAX, &body, ret_now_ms, ret_wrong);
    json_t *root = code == CLI_OK ? jsonread_parse(body.data, body.len, &wrong) : NULL;
    if (code == CLI_OK && root == NULL) {
        error_clear(&ret_wrong->todo);
        (void)error_set(&ret_wrong->what, "%s%s: %s", where->text, target, wrong.text);
        code = CLI_FAILURE;
    }
    if (root != NULL)
        *ret_root = root;
    strbuf_done(&body);
    return code;
}
