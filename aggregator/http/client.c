#include "http/client.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

static void put_user(int fd, char out[CLIENT_TEXT_MAX]) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
        (void)snprintf(out, CLIENT_TEXT_MAX, "uid %u", (unsigned)peer.uid);
}

void client_text(int fd, char out[CLIENT_TEXT_MAX]) {
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof address;
    out[0] = '\0';
    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0)
        return;
    if (address.ss_family == AF_UNIX)
        put_user(fd, out);
    else if (getnameinfo((struct sockaddr *)&address, len, out, CLIENT_TEXT_MAX, NULL, 0,
                         NI_NUMERICHOST) != 0)
        out[0] = '\0';
}
