#include "statgated/keeping.h"

#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "host/log.h"
#include "host/notify.h"

static bool is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

struct keeping keeping_look(const struct inherited *inherited, const char *path) {
    size_t objects = 0;
    size_t sockets = 0;
    size_t given = 0; /* from a socket unit, which binds the path itself */
    for (size_t i = 0; i < inherited->count; i++) {
        const char *name = inherited->sockets[i].name;
        if (text_begins(name, INHERITED_OBJECT))
            objects++;
        else if (text_begins(name, INHERITED_SOCKET) || text_begins(name, INHERITED_HTTP))
            sockets++;
        else if (strcmp(name, INHERITED_SUPERVISOR) != 0 && !text_begins(name, INHERITED_LOCK))
            given++;
    }
    return (struct keeping){.left = objects + sockets + given == 0 && is_socket(path),
                            .only_sockets = objects == 0 && sockets > 0};
}

static void tell_past(const struct keeping *keeping) {
    if (keeping->left)
        log_write(LOG_LEVEL_WARN, "keep",
                  "the previous process was killed, and the service manager kept nothing of it: "
                  "unless the manager itself was started again, set FileDescriptorStoreMax=512, or "
                  "leave out --no-supervisor");
    else if (keeping->only_sockets)
        log_write(
            LOG_LEVEL_WARN, "keep",
            "the service manager kept sockets of the previous process, but not its values: set "
            "FileDescriptorStoreMax=512");
}

/* What values survive if no manager keeps them. */
static const char *reach(bool state_file) {
    return state_file ? "values survive a stop, in the state file, but no crash"
                      : "values end with this process";
}

void keeping_tell(const struct keeping *keeping, bool object, bool state_file, bool handed) {
    switch (notify_can_keep()) {
    case NOTIFY_NOBODY:
        /* A process that has neither supervisor nor manager hands over only if its supervisor was
         * killed.
         */
        if (handed)
            log_write(
                LOG_LEVEL_WARN, "keep",
                "%s, as its supervisor was killed: stop it and start statgated to have one, with "
                "--state-file if the values have to go on",
                reach(state_file));
        else
            log_write(
                LOG_LEVEL_LOG, "keep",
                "%s, as no service manager keeps them: leave out --no-supervisor, or run under "
                "systemd with FileDescriptorStoreMax=",
                reach(state_file));
        break;
    case NOTIFY_NONE:
        log_write(LOG_LEVEL_WARN, "keep",
                  "%s, as the service manager keeps no descriptors: set FileDescriptorStoreMax=512",
                  reach(state_file));
        break;
    case NOTIFY_UNKNOWN:
    case NOTIFY_KEEPS:
        if (object)
            tell_past(keeping);
        break;
    }
}

bool keeping_is_likely(void) {
    const enum notify_store store = notify_can_keep();
    return store == NOTIFY_KEEPS || store == NOTIFY_UNKNOWN;
}
