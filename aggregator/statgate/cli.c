#include "statgate/cli.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "postgres/postgres.h"

static size_t width_of(int fd) {
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void cli_init(struct cli *cli) {
    *cli = (struct cli){.host = settings_host_here(),
                        .gid = getegid(),
                        .pid = getpid(),
                        .input_fd = STDIN_FILENO,
                        .output_fd = STDOUT_FILENO,
                        .error_fd = STDERR_FILENO,
                        .width = width_of(STDOUT_FILENO),
                        .system_socket = "/run/statgate/statgate.sock",
                        .tmp_folder = "/tmp",
                        .retry_ms = 1000,
                        .check_database = postgres_check_database};
    strbuf_init(&cli->out);
    strbuf_init(&cli->err);
}

void cli_done(struct cli *cli) {
    strbuf_done(&cli->out);
    strbuf_done(&cli->err);
}

const char *cli_variable(const struct cli *cli, const char *name) {
    const size_t len = strlen(name);
    for (char *const *entry = cli->host.environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return (*entry)[len + 1] ? *entry + len + 1 : NULL;
    return NULL;
}

static bool write_all(int fd, const struct strbuf *text) {
    for (size_t done = 0; done < text->len;) {
        const ssize_t wrote = write(fd, text->data + done, text->len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += (size_t)wrote;
    }
    return !text->failed;
}

void cli_flush(struct cli *cli) {
    if (cli->output_fd >= 0) {
        cli->broken |= !write_all(cli->output_fd, &cli->out);
        strbuf_clear(&cli->out);
    }
    if (cli->error_fd >= 0) {
        cli->broken |= !write_all(cli->error_fd, &cli->err);
        strbuf_clear(&cli->err);
    }
}
