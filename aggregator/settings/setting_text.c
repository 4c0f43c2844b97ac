#include "settings/setting_text.h"

#include <inttypes.h>

static void put_bytes(struct strbuf *out, const char *text) {
    for (; *text != '\0'; text++)
        strbuf_putc(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void put_list(struct strbuf *out, const struct settings_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_putc(out, ':');
        put_bytes(out, list->items[i]);
    }
}

static void put_text(struct strbuf *out, const struct setting *setting, const char *text) {
    if (text == NULL)
        text = setting->shown;
    if (text != NULL)
        put_bytes(out, text);
}

void setting_put_text(struct strbuf *out, const struct settings *settings,
                      const struct setting *setting) {
    const void *field = (const char *)settings + setting->offset;
    switch (setting->kind) {
    case KIND_TEXT:
    case KIND_WORDS:
    case KIND_CHOICE:
    case KIND_FILE:
        put_text(out, setting, *(const char *const *)field);
        break;
    case KIND_PATHS:
        put_list(out, field);
        break;
    case KIND_SWITCH:
        strbuf_puts(out, *(const bool *)field ? "on" : "off");
        break;
    case KIND_MODE:
        strbuf_printf(out, "%04o", (unsigned)*(const uint32_t *)field);
        break;
    case KIND_NUMBER:
        strbuf_printf(out, "%" PRId64, *(const int64_t *)field);
        break;
    }
}
