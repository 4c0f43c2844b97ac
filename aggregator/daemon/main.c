/* statgated: from settings to a running daemon, and exit codes. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "sys/log.h"

static const struct settings_program program = {
    .name = "statgated",
    .usage = "[flags]",
    .about = "Takes metrics from the processes of this host as datagrams on a Unix socket, lets "
             "through what catalogs declare, keeps the numbers, and serves them to Prometheus and "
             "to people. See statgated(8); statgate-catalog(5) describes catalogs.",
    .allowed = SETTINGS_ALL,
    .takes_words = false};

static int print(void (*write)(struct strbuf *, const struct settings_program *)) {
    struct strbuf text;
    strbuf_init(&text);
    write(&text, &program);
    const bool good = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    strbuf_done(&text);
    return good ? 0 : SETTINGS_EXIT_FAILURE;
}

static void setup_log(const struct settings *settings) {
    struct log_options options = {.fd = STDERR_FILENO, .colour = log_wants_colour(STDERR_FILENO)};
    (void)log_format_parse(settings->log_format, &options.format);
    (void)log_level_parse(settings->log_level, &options.level);
    log_setup(&options);
}

int main(int argc, char **argv) {
    struct settings settings = {0};
    struct settings_error wrong;
    const struct settings_host host = settings_host_here();
    switch (settings_parse(&settings, &program, argc, argv, &host, &wrong)) {
    case SETTINGS_OK:
        break;
    case SETTINGS_HELP:
        return print(settings_write_help);
    case SETTINGS_VERSION:
        return print(settings_write_version);
    case SETTINGS_ERROR:
        (void)fprintf(stderr, "statgated: %s\n", wrong.text);
        return SETTINGS_EXIT_USAGE;
    }
    setup_log(&settings);
    (void)signal(SIGPIPE,
                 SIG_IGN); /* a scraper or a log reader that goes away is no reason to end */

    struct daemon daemon;
    struct daemon_error error = {0};
    if (!daemon_open(&daemon, &settings, &error)) {
        log_write(LOG_LEVEL_ERROR, "start", "%s", error.text);
        settings_done(&settings);
        return error.exit_code;
    }
    daemon_run(&daemon);
    settings_done(&settings);
    return 0;
}
