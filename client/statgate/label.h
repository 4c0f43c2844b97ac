/* SPDX-License-Identifier: MIT */
/*
 * label.h - a label as a pair, for statgate.h and for statgate_abi.h.
 */
#ifndef STATGATE_CLIENT_LABEL_H
#define STATGATE_CLIENT_LABEL_H

/** A label. Both texts are borrowed for the call. */
struct statgate_label {
    const char *key;
    const char *value;
};

#endif
