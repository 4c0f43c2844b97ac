/* Takes what a supervisor noted while no daemon read. */
#include "statgated/away.h"

#include <unistd.h>

#include "supervisor/supervisor.h"

void away_open(struct away *away, struct inherited *inherited) {
    *away = (struct away){.fd = inherited_take_lock(inherited, MEANWHILE_LOCK)};
}

void away_begin(struct away *away) {
    if (away->fd >= 0)
        away->page = supervisor_outage_map(away->fd);
}

void away_look(struct away *away) {
    away->unread += supervisor_outage_take_unread(away->page);
}

void away_close(struct away *away) {
    supervisor_outage_unmap(away->page);
    if (away->fd >= 0)
        (void)close(away->fd);
    *away = (struct away){.fd = -1};
}
