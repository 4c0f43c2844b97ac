/*
 * json_settings.h - the declarations of a catalog file in JSON, with the keys of the file.
 */
#ifndef STATGATE_VIEW_JSON_SETTINGS_H
#define STATGATE_VIEW_JSON_SETTINGS_H

#include "base/json_writer.h"
#include "catalog/catalog.h"

/** Write what the file declares about a family, except name and labels. Returns work units. */
size_t json_settings_put(struct json_writer *json, const struct catalog_family *family);

/** `"key":["text",..]` */
void json_settings_put_texts(struct json_writer *json, const char *key, const char *const *texts,
                             size_t count);

/** Databases and queries of a catalog, without conninfo (it may hold secrets) and without SQL. */
void json_settings_put_sources(struct json_writer *json, const struct catalog *catalog);

#endif
