/*
 * file_label.h - a file's path as the value of a label. Private to self/.
 */
#ifndef STATGATE_SELF_FILE_LABEL_H
#define STATGATE_SELF_FILE_LABEL_H

#include "catalog/catalog.h"

/** Write the path: bytes that no label value takes become question marks, and of a path that is too
 * long the end remains. */
void file_label(const char *path, char ret_text[CATALOG_VALUE_MAX + 1]);

#endif
