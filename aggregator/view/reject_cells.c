#include "view/reject_cells.h"

#include "base/text.h"
#include "sg_proto.h"

static const struct ledger *ledger_of(const struct reject_cells *cells) {
    return cells->list->source.ledger;
}

static const struct catalog *service_at(const struct reject_cells *cells, size_t service) {
    return service == 0 ? NULL : cells->list->source.set->catalogs[service - 1];
}

static const struct catalog_family *family_at(const struct reject_cells *cells,
                                              const struct reject_cell *cell) {
    const struct catalog *service = service_at(cells, cell->service);
    return service != NULL && cell->family > 0 ? &service->families[cell->family - 1] : NULL;
}

/* The counts of a family by label and reason; NULL: nothing was ever counted. */
static const uint64_t *counts_of(const struct reject_cells *cells,
                                 const struct catalog_family *family) {
    return cells->folded ? ledger_family_folded(ledger_of(cells), family)
                         : ledger_family_rejected(ledger_of(cells), family);
}

static uint64_t family_count(const struct reject_cells *cells, const struct catalog_family *family,
                             int reason) {
    const uint64_t *counts = counts_of(cells, family);
    uint64_t sum = 0;
    for (uint32_t label = 0; counts != NULL && label <= family->label_count; label++)
        sum += counts[(size_t)label * SG_REJECT_COUNT + (size_t)reason];
    return sum;
}

/* Rejections of a service without a known family. Folded samples always have a family. */
static uint64_t count_without_family(const struct reject_cells *cells, size_t service, int reason) {
    if (cells->folded)
        return 0;
    uint64_t rest = ledger_reasons(ledger_of(cells), (int)service - 1)[reason] +
                    ledger_row_reasons(ledger_of(cells), (int)service - 1)[reason];
    const struct catalog *catalog = service_at(cells, service);
    for (size_t i = 0; catalog != NULL && i < catalog->family_count; i++) {
        const uint64_t known = family_count(cells, &catalog->families[i], reason);
        rest -= known < rest ? known : rest;
    }
    return rest;
}

static uint32_t label_count(const struct reject_cells *cells) {
    const struct catalog_family *family = family_at(cells, &cells->at);
    return family != NULL ? family->label_count : 0;
}

/* The label at this place, which the cell's family does not declare. False: the place does not
 * belong to this family. */
static bool unknown_at(const struct reject_cells *cells, uint32_t label,
                       struct unknown_label *ret_label) {
    const struct catalog_family *family = family_at(cells, &cells->at);
    const uint32_t labels = label_count(cells);
    return family != NULL && !cells->folded && label > labels &&
           ledger_unknown_label(ledger_of(cells), label - labels - 1, ret_label) &&
           ret_label->family == family;
}

/* The count of the row without a label: excludes samples in rows of labels that the family does not
 * declare. */
static uint64_t count_without_label(const struct reject_cells *cells, uint64_t count) {
    if (count == 0 || cells->folded || cells->at.reason != SG_REJECT_UNKNOWN_LABEL)
        return count;
    const uint64_t named = ledger_unknown_sum(ledger_of(cells), family_at(cells, &cells->at));
    return count - (named < count ? named : count);
}

uint64_t reject_cells_count(const struct reject_cells *cells) {
    const struct reject_cell *cell = &cells->at;
    const struct catalog_family *family = family_at(cells, cell);
    struct unknown_label unknown;
    if (family == NULL)
        return count_without_family(cells, cell->service, cell->reason);
    if (cell->label > family->label_count)
        return unknown_at(cells, cell->label, &unknown) ? unknown.count : 0;
    const uint64_t *counts = counts_of(cells, family);
    const uint64_t count =
        counts != NULL ? counts[(size_t)cell->label * SG_REJECT_COUNT + (size_t)cell->reason] : 0;
    return cell->label == family->label_count ? count_without_label(cells, count) : count;
}

/* ---- the order of cells ---- */

static void first_reason(struct reject_cell *cell) {
    cell->reason = SG_REJECT_NONE + 1;
}

void reject_cells_init(struct reject_cells *cells, const struct json_list *list, bool folded) {
    *cells = (struct reject_cells){.list = list, .folded = folded};
    first_reason(&cells->at);
}

static bool shows_family(const struct reject_cells *cells) {
    const struct catalog *service = service_at(cells, cells->at.service);
    const struct catalog_family *family = family_at(cells, &cells->at);
    if (family != NULL)
        return json_list_shows(cells->list, family) && counts_of(cells, family) != NULL;
    return cells->list->selection.family == NULL &&
           (cells->list->selection.service == NULL || cells->list->selection.service == service);
}

bool reject_cells_find(struct reject_cells *cells) {
    struct reject_cell *cell = &cells->at;
    for (; cell->service <= cells->list->source.set->count; cell->service++, cell->family = 0) {
        const struct catalog *service = service_at(cells, cell->service);
        const size_t families = service != NULL ? service->family_count : 0;
        for (; cell->family <= families; cell->family++)
            if (shows_family(cells))
                return true;
    }
    return false;
}

/* Go to the next label that the family does not declare. False: there is none. */
static bool step_unknown(struct reject_cells *cells) {
    struct reject_cell *cell = &cells->at;
    struct unknown_label unknown;
    const uint32_t end = label_count(cells) + 1 + UNKNOWN_LABELS_MAX;
    while (++cell->label < end)
        if (unknown_at(cells, cell->label, &unknown))
            break;
    cell->reason = SG_REJECT_UNKNOWN_LABEL;
    return cell->label < end;
}

void reject_cells_step(struct reject_cells *cells) {
    struct reject_cell *cell = &cells->at;
    const uint32_t labels = label_count(cells);
    if (cell->label <= labels && ++cell->reason < SG_REJECT_COUNT)
        return;
    if (cell->label >= labels && step_unknown(cells))
        return;
    first_reason(cell);
    if (cell->label < labels) {
        cell->label++;
        return;
    }
    cell->label = 0;
    cell->family++;
}

/* ---- what a cell comes to ---- */

static const char *label_text(const struct catalog_family *family, uint32_t label) {
    return family != NULL && label < family->label_count ? family->labels[label].name : NULL;
}

struct reject_row reject_cells_row(const struct reject_cells *cells) {
    const struct reject_cell *cell = &cells->at;
    const uint32_t labels = label_count(cells);
    struct reject_row row = {.service = service_at(cells, cell->service),
                             .family = family_at(cells, cell),
                             .label = cell->label < labels ? (int)cell->label : -1,
                             .unknown = -1,
                             .reason = (enum sg_reject)cell->reason,
                             .folded = cells->folded};
    struct unknown_label unknown;
    const char *name = label_text(row.family, cell->label);
    if (name != NULL)
        row.key = (struct sg_span){name, strlen(name)};
    if (unknown_at(cells, cell->label, &unknown)) {
        row.unknown = (int)(cell->label - labels - 1);
        if (!cells->list->source.hides_texts)
            row.key = (struct sg_span){unknown.key, unknown.len};
    }
    return row;
}

/* The count of a cell without a family is computed from all families of the service, and after a
 * family's last cell the undeclared labels are searched. */
size_t reject_cells_units(const struct reject_cells *cells) {
    const struct reject_cell *cell = &cells->at;
    const struct catalog *service = service_at(cells, cell->service);
    if (service != NULL && cell->family == 0)
        return 1 + service->family_count / 4;
    return cell->label >= label_count(cells) && cell->reason + 1 == SG_REJECT_COUNT
               ? UNKNOWN_LABELS_MAX / 8
               : 1;
}

/* ---- tokens: part, service, family, label, reason of the last row, empty where there is none; and
 * the place of a label that the family does not declare, from 1 ---- */

static void token_add_text(struct page_token_writer *token, const char *text) {
    page_token_add(token, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

void reject_cells_put(const struct reject_cells *cells, struct page_token_writer *token) {
    const struct reject_cell *cell = &cells->at;
    const struct catalog *service = service_at(cells, cell->service);
    const struct catalog_family *family = family_at(cells, cell);
    token_add_text(token, cells->folded ? "folded" : "rejected");
    token_add_text(token, service != NULL ? service->service : NULL);
    token_add_text(token, family != NULL ? family->name : NULL);
    token_add_text(token, label_text(family, cell->label));
    token_add_text(token, sg_reject_label((enum sg_reject)cell->reason));
    const uint32_t labels = label_count(cells);
    page_token_add_number(token, cell->label > labels ? cell->label - labels : 0);
}

static bool read_part(struct reject_cells *cells, const char *text, size_t len) {
    cells->folded = text_is(text, len, "folded");
    return cells->folded || text_is(text, len, "rejected");
}

static bool read_service(struct reject_cells *cells, const char *text, size_t len) {
    if (len == 0)
        return true;
    const struct catalog *service = catalog_set_find(cells->list->source.set, text, len);
    if (service != NULL)
        cells->at.service = (size_t)service->index + 1;
    return service != NULL;
}

static bool read_family(struct reject_cells *cells, const char *text, size_t len) {
    if (len == 0)
        return true;
    const struct catalog *service = service_at(cells, cells->at.service);
    const struct catalog_family *family =
        service != NULL ? catalog_family_find(service, text, len) : NULL;
    if (family != NULL)
        cells->at.family = (size_t)(family - service->families) + 1;
    return family != NULL;
}

static bool read_label(struct reject_cells *cells, const char *text, size_t len) {
    const struct catalog_family *family = family_at(cells, &cells->at);
    const uint32_t labels = label_count(cells);
    cells->at.label = labels;
    if (len == 0)
        return true;
    for (uint32_t i = 0; i < labels; i++)
        if (text_is(text, len, family->labels[i].name))
            cells->at.label = i;
    return cells->at.label < labels;
}

static bool read_reason(struct reject_cells *cells, const char *text, size_t len) {
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++) {
        if (text_is(text, len, sg_reject_label((enum sg_reject)i))) {
            cells->at.reason = i;
            return true;
        }
    }
    return false;
}

bool reject_cells_read(struct reject_cells *cells, struct page_token_reader *token) {
    static bool (*const readers[])(struct reject_cells *, const char *, size_t) = {
        read_part, read_service, read_family, read_label, read_reason};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const char *text;
        size_t len;
        if (!page_token_next(token, &text, &len) || !readers[i](cells, text, len))
            return false;
    }
    uint64_t unknown;
    if (!page_token_next_number(token, UNKNOWN_LABELS_MAX, &unknown))
        return false;
    cells->at.label += (uint32_t)unknown;
    return unknown == 0 || cells->at.label == label_count(cells) + unknown;
}
