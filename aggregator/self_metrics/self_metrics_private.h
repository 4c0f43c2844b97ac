/* SPDX-License-Identifier: MIT */
/* self_metrics_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_SELF_METRICS_SELF_METRICS_PRIVATE_H
#define STATGATE_SELF_METRICS_SELF_METRICS_PRIVATE_H

#include "self_metrics/self_metrics.h"

/* ---- file label: a file's path as the value of a label. ---- */

/** Write the path: bytes that no label value takes become question marks, and of a path that is too
 * long the end remains. */
void self_metrics_file_label(const char *path, char ret_text[CATALOG_VALUE_MAX + 1]);

#endif
