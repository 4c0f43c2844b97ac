/* statgate events: what happened, oldest first. */
#include "statgate/shown/event_line.h"
#include "statgate/shown/page.h"

void shown_events(const struct shown_page *page) {
    const json_t *events = jsonread_list(page->root, "events");
    const size_t count = json_array_size(events);
    /* The answer may begin with the latest event. */
    const bool falls = count > 1 && jsonread_i64(json_array_get(events, 0), "id", 0) >
                                        jsonread_i64(json_array_get(events, count - 1), "id", 0);
    for (size_t i = 0; i < count; i++)
        event_line_put(page->out, json_array_get(events, falls ? count - 1 - i : i));
    if (count == 0)
        strbuf_puts(page->out, "nothing has happened\n");
}
