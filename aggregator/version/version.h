/* SPDX-License-Identifier: MIT */
/*
 * version.h - what this build was made of. A small file that the build writes holds the commit, so
 * that another commit compiles nothing else again.
 */
#ifndef STATGATE_VERSION_VERSION_H
#define STATGATE_VERSION_VERSION_H

/** The commit's first 12 digits, with "-dirty" if files differed from it; "unknown" where there was
 * no git to ask, as in an unpacked archive. */
extern const char version_commit[];
/** What was chosen at the build, with + between: the library that compresses ("isal", "zlib"),
 * then sanitizers. */
extern const char version_features[];

#endif
