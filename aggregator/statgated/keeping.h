/*
 * keeping.h - whether values outlive this process, as far as that can be seen: the manager that is asked to
 * keep descriptors (handover.h) does not answer.
 */
#ifndef STATGATE_STATGATED_KEEPING_H
#define STATGATE_STATGATED_KEEPING_H

#include <stdbool.h>

#include "host/inherited.h"

struct keeping {
    bool
        left; /**< nothing was kept, and a daemon before this one ended without taking its socket away */
    bool only_sockets; /**< sockets of a daemon before were kept, but no object */
};

/** Before anything is taken out of `inherited`, and before `path`, where the daemon receives, is bound. */
struct keeping keeping_look(const struct inherited *inherited, const char *path);
/** Say once what is wrong, if something is. `object`: there is one to be kept. `state_file`: a stop leaves values in one. */
void keeping_tell(const struct keeping *keeping, bool object, bool state_file);

#endif
