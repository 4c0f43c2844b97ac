/*
 * keeping.h - whether values outlive this process, as far as can be seen: the manager does not
 * answer when it is asked to keep descriptors (handover.h).
 */
#ifndef STATGATE_STATGATED_KEEPING_H
#define STATGATE_STATGATED_KEEPING_H

#include <stdbool.h>

#include "host/inherited.h"

struct keeping {
    bool left;         /**< nothing was kept, but a former daemon left its socket behind */
    bool only_sockets; /**< a former daemon's sockets were kept, but no object */
};

/** Examine what was kept. Call it before anything is taken out of `inherited`, and before
 * `path`, the daemon's socket, is bound. */
struct keeping keeping_look(const struct inherited *inherited, const char *path);
/** Warn once if something is wrong. `object`: there is an object to be kept. `state_file`: a
 * stop leaves values in a file. `handed`: by a daemon that reloaded. */
void keeping_tell(const struct keeping *keeping, bool object, bool state_file, bool handed);

/** Whether a manager keeps what it is given, as far as can be seen now. */
bool keeping_is_likely(void);

#endif
