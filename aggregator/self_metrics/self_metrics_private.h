/* SPDX-License-Identifier: MIT */
/* self_metrics_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_SELF_METRICS_SELF_METRICS_PRIVATE_H
#define STATGATE_SELF_METRICS_SELF_METRICS_PRIVATE_H

#include "self_metrics/self_metrics.h"

/* ---- file label: a file's path as the value of a label. ---- */

/** Write the path: bytes that no label value takes become question marks, and of a path that is too
 * long the end remains. */
void self_metrics_file_label(const char *path, char ret_text[CATALOG_VALUE_MAX + 1]);

/* ---- job labels: the labels of a watched job as the value of a label. ---- */

/** Write "host=a;task=backup", or SELF_NO_SERVICE if there are none: what does not fit, and what no
 * label value takes, as in self_metrics_file_label. `ids` are those of the label values. */
void self_metrics_job_labels(const struct catalog_family *family, const uint32_t *ids,
                             char ret_text[CATALOG_VALUE_MAX + 1]);

#endif
