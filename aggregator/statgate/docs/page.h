/*
 * page.h - the whole page: services, their descriptions, and their sections. Private to statgate/.
 *
 * It depends only on the catalogs and on the endpoints of a configuration file: not on the time,
 * the paths of these files or this host. So an earlier page can be compared with the present
 * output.
 */
#ifndef STATGATE_STATGATE_DOCS_PAGE_H
#define STATGATE_STATGATE_DOCS_PAGE_H

#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "settings/settings.h"

struct docs_page {
    const struct catalog *const *catalogs; /**< sorted by service, each finished in a set */
    size_t count;
    const char *title; /**< plain text; NULL: "Metrics of" and the services */
    const struct settings_endpoint *endpoints; /**< the endpoints that show the services */
    size_t endpoint_count;
    const struct settings_endpoint *rest; /**< shows all other services; NULL: unknown */
};

void docs_write(struct strbuf *out, const struct docs_page *page);

#endif
