/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "expect.h"
#include "http/http_private.h"

/* ---- addresses ---- */

static void expect_refused(const char *text, const char *why) {
    struct listen_address address = {.kind = LISTEN_UNIX};
    const char *reason = "";
    cr_expect(not(listen_address_parse(text, &address, &reason)), "%s", text);
    cr_expect(eq(int, (int)address.kind, (int)LISTEN_UNIX));
    EXPECT_HAS(reason, why);
}

Test(http_listen, what_is_no_address_is_refused_with_a_reason) {
    char path[200] = "unix:/";
    expect_refused("127.0.0.1", "port");
    expect_refused("127.0.0.1:", "port");
    expect_refused("127.0.0.1:65536", "port");
    expect_refused("127.0.0.1:00000080", "port");
    expect_refused("127.0.0.1:80a", "port");
    expect_refused("127.0.0.1:-1", "port");
    expect_refused("9464", "port");
    expect_refused(":9464", "0.0.0.0:PORT");
    expect_refused("localhost:9464", "names are not looked up");
    expect_refused("127.1:9464", "not an address");
    expect_refused("127.0.0.1.1.1.1.1.1.1.1.1.1:80", "not an address");
    expect_refused(" 127.0.0.1:80", "not an address");
    expect_refused("::1:9464", "brackets");
    expect_refused("[::1]", "port");
    expect_refused("[::1]9464", "port");
    expect_refused("[::1:9464", "]");
    expect_refused("[::g]:1", "not an IPv6 address");
    expect_refused("[127.0.0.1]:1", "not an IPv6 address");
    expect_refused("[]:1", "not an IPv6 address");
    expect_refused("[fe80::1%no-such-if]:1", "interface");
    expect_refused("[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee]:1",
                   "not an IPv6 address");
    expect_refused("/run/http.sock", "unix:PATH");
    expect_refused("unix:", "path");
    expect_refused("unix:http.sock", "absolute");
    expect_refused("unix:@abstract", "abstract");
    expect_refused("unix:/run/", "folder");
    memset(path + 6, 'x', LISTEN_PATH_MAX);
    expect_refused(path, "90 bytes");
}

Test(http_listen, equal_addresses_are_known_as_such) {
    struct listen_address a;
    struct listen_address b;
    const char *reason;
    cr_assert(listen_address_parse("[::1]:9464", &a, &reason));
    cr_assert(listen_address_parse("[0:0::1]:9464", &b, &reason));
    cr_expect(listen_address_same(&a, &b));
    cr_assert(listen_address_parse("[::1]:9465", &b, &reason));
    cr_expect(not(listen_address_same(&a, &b)));
    cr_assert(listen_address_parse("", &a, &reason));
    cr_expect(not(listen_address_same(&a, &a)));
}

/* ---- sockets ---- */

static char folder[] = "/tmp/statgate-listen-XXXXXX";
static char path[128];

static void make_folder(void) {
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/s", folder);
}

static void remove_folder(void) {
    cr_expect(eq(int, rmdir(folder), 0), "something was left in the folder");
}

/* remove_folder() ends each test: criterion does not count what fails in .fini. */
TestSuite(http_listen_socket, .init = make_folder);

static struct listen_address address_of(const char *text) {
    struct listen_address address;
    const char *reason = "";
    cr_assert(listen_address_parse(text, &address, &reason), "%s", reason);
    return address;
}

static struct listen_address unix_address(void) {
    char text[160];
    snprintf(text, sizeof text, "unix:%s", path);
    return address_of(text);
}

static int connect_to(const struct listen_address *address) {
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0);
    const int error = connect(fd, &address->any, address->len) == 0 ? 0 : errno;
    close(fd);
    return error;
}

Test(http_listen_socket, an_address_of_another_host_is_refused) {
    struct listen_socket listener;
    const char *reason = "";
    const struct listen_address wanted = address_of("192.0.2.1:0");
    cr_expect(not(http_listen_socket_open(&wanted, 0, &listener, &reason)));
    EXPECT_TEXT(reason, "this host has no such address");
    remove_folder();
}

static int first_free_port(void) {
    char text[16] = "";
    FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
    cr_assert(file != NULL);
    cr_assert(fgets(text, sizeof text, file) != NULL);
    fclose(file);
    return (int)strtol(text, NULL, 10);
}

Test(http_listen_socket, a_port_for_root_is_reported) {
    struct listen_socket listener;
    const char *reason = "";
    const struct listen_address wanted[] = {address_of("127.0.0.1:83"), address_of("[::1]:83")};
    if (first_free_port() <= 83)
        cr_skip("this host keeps no port for root");
    if (geteuid() == 0)
        cr_assert(eq(int, seteuid(65534), 0));
    for (size_t i = 0; i < 2; i++) {
        cr_expect(not(http_listen_socket_open(&wanted[i], 0, &listener, &reason)));
        if (i == 1 && strncmp(reason, "permission", 10) != 0)
            break; /* no IPv6 here */
        EXPECT_TEXT(reason, "permission denied: a port below 1024 needs root or "
                            "CAP_NET_BIND_SERVICE");
    }
    if (getuid() == 0)
        cr_assert(eq(int, seteuid(0), 0));
    remove_folder();
}

Test(http_listen_socket, unix_sockets_get_their_mode_whatever_the_umask) {
    struct listen_socket listener;
    const char *reason = "";
    struct stat st;
    const struct listen_address wanted = unix_address();
    umask(0077);
    cr_assert(http_listen_socket_open(&wanted, 0660, &listener, &reason), "%s", reason);
    cr_assert(eq(int, lstat(path, &st), 0));
    cr_expect(eq(uint, st.st_mode & 07777, 0660));
    cr_expect(eq(int, connect_to(&wanted), 0));
    http_listen_socket_close(&listener);
    cr_expect(ne(int, access(path, F_OK), 0), "the file was left");
    remove_folder();
}

Test(http_listen_socket, a_live_socket_is_refused_and_left_alone) {
    struct listen_socket first;
    struct listen_socket second;
    const char *reason = "";
    const struct listen_address wanted = unix_address();
    cr_assert(http_listen_socket_open(&wanted, 0660, &first, &reason));
    cr_expect(not(http_listen_socket_open(&wanted, 0660, &second, &reason)));
    EXPECT_TEXT(reason, "another process listens on this socket");
    cr_expect(eq(int, connect_to(&wanted), 0));
    http_listen_socket_close(&first);
    remove_folder();
}

Test(http_listen_socket, a_live_socket_with_a_full_backlog_is_refused) {
    struct listen_socket listener;
    const char *reason = "";
    int clients[8];
    const struct listen_address wanted = unix_address();
    const int busy = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, bind(busy, &wanted.any, wanted.len), 0));
    cr_assert(eq(int, listen(busy, 0), 0));
    int error = 0;
    for (size_t i = 0; i < 8; i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(clients[i], &wanted.any, wanted.len) != 0)
            error = errno;
    }
    cr_assert(eq(int, error, EAGAIN));
    cr_expect(not(http_listen_socket_open(&wanted, 0660, &listener, &reason)));
    EXPECT_TEXT(reason, "another process listens on this socket");
    for (size_t i = 0; i < 8; i++)
        close(clients[i]);
    close(busy);
    unlink(path);
    remove_folder();
}

Test(http_listen_socket, a_stale_socket_is_replaced) {
    struct listen_socket first;
    struct listen_socket second;
    const char *reason = "";
    const struct listen_address wanted = unix_address();
    cr_assert(http_listen_socket_open(&wanted, 0660, &first, &reason));
    close(first.fd); /* as if its process had been killed */
    cr_assert(eq(int, connect_to(&wanted), ECONNREFUSED));
    cr_assert(http_listen_socket_open(&wanted, 0660, &second, &reason), "%s", reason);
    cr_expect(eq(int, connect_to(&wanted), 0));
    /* The first one's end must not remove the second one's file. */
    first.fd = dup(second.fd);
    http_listen_socket_close(&first);
    cr_expect(eq(int, connect_to(&wanted), 0));
    http_listen_socket_close(&second);
    remove_folder();
}

Test(http_listen_socket, other_files_at_the_path_are_refused) {
    struct listen_socket listener;
    const char *reason = "";
    const struct listen_address wanted = unix_address();
    const int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert(file >= 0);
    close(file);
    cr_expect(not(http_listen_socket_open(&wanted, 0660, &listener, &reason)));
    EXPECT_HAS(reason, "other than a socket");
    unlink(path);

    cr_assert(eq(int, symlink("/tmp", path), 0));
    cr_expect(not(http_listen_socket_open(&wanted, 0660, &listener, &reason)));
    EXPECT_HAS(reason, "other than a socket");
    unlink(path);

    const int datagram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, bind(datagram, &wanted.any, wanted.len), 0));
    cr_expect(not(http_listen_socket_open(&wanted, 0660, &listener, &reason)));
    EXPECT_HAS(reason, "another type");
    close(datagram);
    unlink(path);
    remove_folder();
}

/* ---- sockets of a process before us ---- */

/* Connected before the next process listens, and answered by it. */
static void expect_adopted(const struct listen_address *wanted, int fd,
                           const struct unix_socket_file *file,
                           const struct listen_address *bound) {
    struct listen_socket listener;
    const int client = socket(bound->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, connect(client, &bound->any, bound->len), 0));
    cr_assert(http_listen_socket_adopt(fd, file, wanted, &listener));
    cr_expect(eq(int, listener.fd, fd));
    cr_expect(listen_address_same(&listener.address, bound));
    const int connection = accept(listener.fd, NULL, NULL);
    cr_expect(ge(int, connection, 0));
    close(connection);
    close(client);
    http_listen_socket_close(&listener);
}

static const struct unix_socket_file no_file;

Test(http_listen_socket, one_that_was_kept_goes_on_with_who_waits) {
    struct listen_socket listener;
    const char *reason = "";
    const struct listen_address any_port = address_of("127.0.0.1:0");
    cr_assert(http_listen_socket_open(&any_port, 0, &listener, &reason), "%s", reason);
    expect_adopted(&any_port, listener.fd, &no_file, &listener.address);
    cr_assert(http_listen_socket_open(&any_port, 0, &listener, &reason), "%s", reason);
    expect_adopted(&listener.address, listener.fd, &no_file, &listener.address);
    const struct listen_address local = unix_address();
    cr_assert(http_listen_socket_open(&local, 0600, &listener, &reason), "%s", reason);
    expect_adopted(&local, listener.fd, &listener.file, &listener.address);
    remove_folder();
}

static void expect_not_adopted(const char *text, int fd) {
    struct listen_socket listener;
    const struct listen_address wanted = address_of(text);
    cr_expect(not(http_listen_socket_adopt(fd, &no_file, &wanted, &listener)), "%s", text);
}

Test(http_listen_socket, one_at_another_address_is_not_taken) {
    struct listen_socket listener;
    const char *reason = "";
    const struct listen_address any_port = address_of("127.0.0.1:0");
    cr_assert(http_listen_socket_open(&any_port, 0, &listener, &reason), "%s", reason);
    expect_not_adopted("127.0.0.1:1", listener.fd);
    expect_not_adopted("127.0.0.2:0", listener.fd);
    expect_not_adopted("[::1]:0", listener.fd);
    expect_not_adopted("unix:/nowhere", listener.fd);
    expect_not_adopted("", listener.fd);
    http_listen_socket_close(&listener);
    const int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect_not_adopted("0.0.0.0:0", deaf);
    close(deaf);
    const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    expect_not_adopted("127.0.0.1:0", file);
    close(file);
    /* Its file was replaced. */
    const struct listen_address local = unix_address();
    cr_assert(http_listen_socket_open(&local, 0600, &listener, &reason), "%s", reason);
    struct unix_socket_file other = listener.file;
    other.inode++;
    struct listen_socket adopted;
    cr_expect(not(http_listen_socket_adopt(listener.fd, &other, &local, &adopted)));
    http_listen_socket_close(&listener);
    remove_folder();
}
