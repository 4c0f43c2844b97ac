/*
 * json_settings.h - what a catalog file declares, in JSON, by the file's own keys.
 */
#ifndef STATGATE_VIEW_JSON_SETTINGS_H
#define STATGATE_VIEW_JSON_SETTINGS_H

#include "base/json_writer.h"
#include "catalog/catalog.h"

/** What the file says of a family beyond its name and labels. Returns work units. */
size_t json_settings_put(struct json_writer *json, const struct catalog_family *family);

/** `"key":["text",..]` */
void json_settings_put_texts(struct json_writer *json, const char *key, const char *const *texts,
                             size_t count);

/** Databases and queries of a catalog, without conninfo (it may hold secrets) and without SQL. */
void json_settings_put_sources(struct json_writer *json, const struct catalog *catalog);

#endif
