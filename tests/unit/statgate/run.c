/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "statgate/command.h"

static char system_socket[RUN_PATH_MAX];

void run_init(struct run *run) {
    memset(run, 0, sizeof *run);
    (void)snprintf(run->folder, sizeof run->folder, "/tmp/statgate-cli-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(run->folder), NULL));
    (void)snprintf(system_socket, sizeof system_socket, "%s/system.sock", run->folder);
    statgate_cli_init(&run->cli);
    run->cli.check = &check_command;
    run->cli.width = 0;
    run->cli.host = (struct settings_host){
        .uid = 1000, .environment = run->environment, .config_file = "/nonexistent/statgate.json"};
    run->cli.gid = 1000;
    run->cli.pid = 4242;
    run->cli.input_fd = -1;
    run->cli.output_fd = -1;
    run->cli.error_fd = -1;
    run->cli.system_socket = system_socket;
    run->cli.tmp_folder = run->folder;
}

void run_done(struct run *run) {
    statgate_cli_done(&run->cli);
    if (run->cli.input_fd >= 0)
        (void)close(run->cli.input_fd);
    for (size_t i = 0; i < run->variables; i++)
        free(run->environment[i]);
    files_remove_folder(run->folder);
}

void run_variable(struct run *run, const char *format, ...) {
    va_list args;
    cr_assert(lt(sz, run->variables, RUN_VARIABLES_MAX));
    va_start(args, format);
    cr_assert(ge(int, vasprintf(&run->environment[run->variables++], format, args), 0));
    va_end(args);
}

const char *run_path(struct run *run, const char *name) {
    (void)snprintf(run->path, sizeof run->path, "%s/%s", run->folder, name);
    return run->path;
}

void run_file(struct run *run, const char *name, const char *text) {
    files_write(run_path(run, name), text, strlen(text));
}

int run_listen(struct run *run, const char *name, int type) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", run_path(run, name));
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, bind(fd, (const struct sockaddr *)&at, sizeof at), 0), "%s", at.sun_path);
    return fd;
}

void run_drop_rights(struct run *run) {
    enum { NOBODY = 65534 };
    if (geteuid() == 0) {
        cr_assert(eq(int, setresgid(NOBODY, NOBODY, NOBODY), 0));
        cr_assert(eq(int, setresuid(NOBODY, NOBODY, NOBODY), 0));
    }
    run->cli.host.uid = geteuid();
}

int run_listen_denied(struct run *run, const char *name, gid_t group) {
    const int fd = run_listen(run, name, SOCK_DGRAM);
    if (geteuid() != 0)
        cr_skip_test("only root can take rights away from itself");
    cr_assert(eq(int, chmod(run->folder, 0755), 0));
    cr_assert(eq(int, chown(run_path(run, name), 0, group), 0));
    cr_assert(eq(int, chmod(run_path(run, name), 0660), 0));
    run_drop_rights(run);
    return fd;
}

void run_input(struct run *run, const char *text, size_t len) {
    const char *path = run_path(run, "input");
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(sz, (size_t)write(fd, text, len), len));
    cr_assert(eq(int, (int)lseek(fd, 0, SEEK_SET), 0));
    if (run->cli.input_fd >= 0)
        (void)close(run->cli.input_fd);
    run->cli.input_fd = fd;
}

int run_words(struct run *run, const char *const *words) {
    const char *argv[32] = {"statgate"};
    int argc = 1;
    for (; *words; words++)
        argv[argc++] = *words;
    strbuf_clear(&run->cli.out);
    strbuf_clear(&run->cli.err);
    run->code = statgate_run(&run->cli, argc, (char *const *)(uintptr_t)argv);
    return run->code;
}

const char *run_out(struct run *run) {
    return strbuf_cstr(&run->cli.out);
}

const char *run_err(struct run *run) {
    return strbuf_cstr(&run->cli.err);
}

bool has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}
