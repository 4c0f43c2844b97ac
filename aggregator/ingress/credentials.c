#include "ingress/credentials.h"

#include <sys/socket.h>

/* Linux 6.16. On these two architectures the number differs, and the option is not used. */
#if !defined(SO_PASSRIGHTS) && !defined(__sparc__) && !defined(__hppa__)
#define SO_PASSRIGHTS 83
#endif

bool credentials_ask(int sock) {
    const int on = 1;
    if (setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
        return false;
#ifdef SO_PASSRIGHTS
    const int off = 0;
    (void)setsockopt(sock, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
#endif
    return true;
}
