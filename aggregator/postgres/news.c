#include "postgres/news.h"

#include <stddef.h>
#include <string.h>

bool news_take(struct news *news, bool good, int64_t mono_ms) {
    if (good) {
        const bool reported = news->failing;
        news->failing = false;
        return reported;
    }
    if (news->failing || (news->before && mono_ms - news->failed_ms < NEWS_PAUSE_MS))
        return false;
    *news = (struct news){.failing = true, .before = true, .failed_ms = mono_ms};
    return true;
}

/* The classes of PostgreSQL's appendix A, without those about data (22, 23, 44), without P0 (a
 * function's own text), and without unknown ones. */
bool news_may_cite(const char *sqlstate) {
    static const char *const classes[] = {
        "08", /* connection exception */
        "25", /* invalid transaction state: a query that writes */
        "28", /* invalid authorization */
        "3D", /* invalid catalog name: no such database */
        "40", /* transaction rollback */
        "42", /* syntax error or access rule violation */
        "53", /* insufficient resources */
        "55", /* object not in prerequisite state: locks */
        "57", /* operator intervention: cancelled, shut down */
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}
