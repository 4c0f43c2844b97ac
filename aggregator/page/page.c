/*
 * page.c - see page.h: reads the query, chooses the sections, and writes them in slices.
 */
#include "page/page_private.h"

/* ---- what is asked for ---- */

static bool is_asked(const char *text) {
    return text != NULL && *text != '\0';
}

/* Resolve the names in the query. Returns false if there is no such service, family or section. */
static bool resolve(const struct page_source *source, const struct page_query *query,
                    const struct catalog **ret_service, const struct catalog_family **ret_family) {
    const struct catalog *service = NULL;
    const struct catalog_family *family = NULL;
    if (is_asked(query->service)) {
        service = catalog_set_find(source->views.set, query->service, strlen(query->service));
        if (service == NULL)
            return false;
    }
    if (is_asked(query->family)) {
        family = service != NULL
                     ? catalog_family_find(service, query->family, strlen(query->family))
                     : NULL;
        if (family == NULL)
            return false;
    }
    *ret_service = service;
    *ret_family = family;
    return true;
}

/* ---- pages ---- */

static page_section_fn *const everything[] = {page_write_gather,
                                              page_write_top,
                                              page_write_problems,
                                              page_write_services,
                                              page_write_breakers,
                                              page_write_jobs,
                                              page_write_queries,
                                              page_write_senders,
                                              page_write_events,
                                              page_write_folded,
                                              page_write_try,
                                              page_write_bottom,
                                              NULL};
static page_section_fn *const one_service[] = {page_write_gather,   page_write_top,
                                               page_write_problems, page_write_service,
                                               page_write_families, page_write_breakers,
                                               page_write_jobs,     page_write_queries,
                                               page_write_senders,  page_write_events,
                                               page_write_folded,   page_write_try,
                                               page_write_bottom,   NULL};
static page_section_fn *const one_family[] = {
    page_write_gather,    page_write_top,    page_write_problems, page_write_family,
    page_write_histogram, page_write_series, page_write_breakers, page_write_jobs,
    page_write_events,    page_write_folded, page_write_bottom,   NULL};
static page_section_fn *const one_sender[] = {page_write_gather, page_write_top, page_write_senders,
                                              page_write_bottom, NULL};
static page_section_fn *const found[] = {page_write_gather, page_write_top, page_write_found,
                                         page_write_bottom, NULL};
static page_section_fn *const missing[] = {page_write_gather, page_write_top, page_write_missing,
                                           page_write_bottom, NULL};

/* Pages of one section. */
static const struct {
    const char *name;
    page_section_fn *sections[5];
} singles[] = {
    {"problems", {page_write_gather, page_write_top, page_write_problems, page_write_bottom, NULL}},
    {"services", {page_write_gather, page_write_top, page_write_services, page_write_bottom, NULL}},
    {"breakers", {page_write_gather, page_write_top, page_write_breakers, page_write_bottom, NULL}},
    {"jobs", {page_write_gather, page_write_top, page_write_jobs, page_write_bottom, NULL}},
    {"queries", {page_write_gather, page_write_top, page_write_queries, page_write_bottom, NULL}},
    {"events", {page_write_gather, page_write_top, page_write_events, page_write_bottom, NULL}},
    {"folded", {page_write_gather, page_write_top, page_write_folded, page_write_bottom, NULL}},
    {"senders", {page_write_gather, page_write_top, page_write_senders, page_write_bottom, NULL}},
};

static page_section_fn *const *find_single(const char *name) {
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
        if (strcmp(singles[i].name, name) == 0)
            return singles[i].sections;
    return NULL;
}

/* Choose the sections. Returns NULL if what the query names does not exist. */
static page_section_fn *const *choose(const struct page_source *source,
                                      const struct page_query *query,
                                      const struct catalog **ret_service,
                                      const struct catalog_family **ret_family) {
    if (!resolve(source, query, ret_service, ret_family))
        return NULL;
    if (is_asked(query->show))
        return find_single(query->show);
    if (is_asked(query->search))
        return found;
    if (is_asked(query->pid))
        return one_sender;
    if (*ret_family != NULL)
        return one_family;
    return *ret_service != NULL ? one_service : everything;
}

bool page_exists(const struct page_source *source, const struct page_query *query) {
    const struct catalog *service = NULL;
    const struct catalog_family *family = NULL;
    return choose(source, query, &service, &family) != NULL;
}

/* ---- the view ---- */

static enum view_state step(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now) {
    struct page *page = (struct page *)view;
    struct slice slice = slice_begin(view, out, budget);
    while (*page->sections != NULL) {
        if (!(*page->sections)(page, &slice, now))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        page->walk = (struct page_walk){0};
        page->sections++;
    }
    return VIEW_DONE;
}

static void release(struct view *view) {
    struct page *page = (struct page *)view;
    const struct memory *memory = page->source.views.memory;
    store_cursor_close(page->source.views.store, &page->walk.cursor);
    for (size_t i = 0; i < sizeof page->texts / sizeof page->texts[0]; i++)
        memory_release(memory, page->texts[i]);
    gathering_done(&page->gathering);
    memory_release(memory, page->status);
    memory_release(memory, page);
}

/* Copy the query's texts. Returns false when out of memory. */
static bool keep_texts(struct page *page, const struct page_query *query) {
    const char *const texts[] = {query->service, query->family, query->search, query->show,
                                 query->after,   query->line,   query->pid};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!is_asked(texts[i]))
            continue;
        page->texts[i] = memory_strndup(page->source.views.memory, texts[i], strlen(texts[i]));
        if (page->texts[i] == NULL)
            return false;
    }
    return true;
}

struct view *page_view(const struct page_source *source, const struct page_query *query) {
    enum { SENDERS_FEW = 8 };
    struct page *page = memory_alloc(source->views.memory, sizeof *page);
    if (page == NULL)
        return NULL;
    page->view = (struct view){.step = step, .free = release};
    page->source = *source;
    page->sections = choose(source, query, &page->service, &page->family);
    page->is_missing = page->sections == NULL;
    if (page->is_missing)
        page->sections = missing;
    page->status = memory_alloc(source->views.memory, sizeof *page->status);
    if (page->status != NULL && keep_texts(page, query) &&
        gathering_init(&page->gathering, &source->views, page->service, page->texts[PAGE_PID],
                       page_rows(page, "senders", SENDERS_FEW, GATHERED_SENDERS_MAX)))
        return &page->view;
    view_free(&page->view);
    return NULL;
}

static bool collect(struct page *page, struct slice *slice, struct store_time now) {
    const struct status_source source = view_status_source(&page->source.views);
    return status_collect(page->status, &source, now, &slice->budget);
}

bool page_write_gather(struct page *page, struct slice *slice, struct store_time now) {
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0 && !gathering_step(&page->gathering, &page->source.views, slice))
        return false;
    walk->stage = 1;
    return !slice_is_spent(slice) && collect(page, slice, now);
}
