/* SPDX-License-Identifier: MIT */
/* Typed fields, and defaults that depend on the user. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(settings_values, .init = setup, .fini = teardown);

Test(settings_values, defaults_are_those_of_the_documentation) {
    run_ok(&run);
    const struct settings *s = &run.settings;
    cr_expect(eq(str, (char *)s->config, ""));
    cr_assert(eq(sz, s->catalog.count, 1));
    cr_expect(eq(str, (char *)s->catalog.items[0], "/etc/statgate/catalog.d"));
    cr_expect(eq(u32, s->socket_mode, 0660));
    cr_expect(eq(str, (char *)s->socket_group, ""));
    cr_expect(s->deep_queue);
    cr_expect(eq(i64, s->queue_depth, 2048));
    cr_expect(eq(str, (char *)s->metrics_listen, "127.0.0.1:9464"));
    cr_expect(eq(str, (char *)s->metrics_path, "/metrics"));
    cr_expect(eq(ptr, (void *)s->debug_listen, NULL));
    cr_expect(eq(str, (char *)s->bearer_token_file, ""));
    cr_expect(eq(str, (char *)s->include, "all"));
    cr_expect(eq(str, (char *)s->exclude, "none"));
    cr_expect(not(s->created));
    cr_expect(eq(str, (char *)s->state_file, ""));
    cr_expect(eq(str, (char *)s->log_format, "console"));
    cr_expect(eq(str, (char *)s->log_level, "info"));
    cr_expect(not(s->strict));
    cr_expect(s->rejected_text);
    cr_expect(s->history);
}

Test(settings_values, roots_socket_is_in_run) {
    run.host.uid = 0;
    run_variable(&run, "XDG_RUNTIME_DIR=/run/user/0");
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.socket, "/run/statgate/statgate.sock"));
    cr_expect(not(run.settings.socket_in_tmp));
}

Test(settings_values, a_users_socket_is_in_the_runtime_folder) {
    run_variable(&run, "XDG_RUNTIME_DIR=/run/user/1000");
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.socket, "/run/user/1000/statgate.sock"));
    cr_expect(not(run.settings.socket_in_tmp));
}

Test(settings_values, without_a_runtime_folder_it_is_in_tmp) {
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.socket, "/tmp/statgate-1000/statgate.sock"));
    cr_expect(run.settings.socket_in_tmp);
    run_variable(&run, "XDG_RUNTIME_DIR=");
    run_ok(&run);
    cr_expect(run.settings.socket_in_tmp, "an empty folder is none");
    run_arg(&run, "--socket=/x");
    run_ok(&run);
    cr_expect(not(run.settings.socket_in_tmp));
}

static void expect_control(const char *socket, const char *control) {
    char flag[300];
    (void)snprintf(flag, sizeof flag, "--socket=%s", socket);
    run_arg(&run, flag);
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.control, (char *)control));
}

Test(settings_values, the_control_socket_is_beside_the_other) {
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.control, "/tmp/statgate-1000/statgate.control"));
    expect_control("/x/a.sock", "/x/a.control");
    expect_control("/x/a.socket", "/x/a.socket.control");
    expect_control("/x/.sock", "/x/.control");
    expect_control(".sock", ".sock.control");
    run_arg(&run, "--control=/y");
    expect_control("/x/a.sock", "/y");
    run_arg(&run, "--control=");
    expect_control("/x/a.sock", "");
}

Test(settings_values, where_its_path_would_be_too_long_there_is_no_control_socket) {
    char longest[108] = "/";
    memset(longest + 1, 'x', sizeof longest - 2);
    memcpy(longest + sizeof longest - sizeof ".sock", ".sock", sizeof ".sock");
    expect_control(longest, "");
}

Test(settings_values, a_debug_address_equal_to_the_other_is_the_same_listener) {
    run_arg(&run, "--debug-listen=127.0.0.1:9464");
    run_ok(&run);
    cr_expect(eq(ptr, (void *)run.settings.debug_listen, NULL));
    run_arg(&run, "--debug-listen=");
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.debug_listen, ""));
    run_arg(&run, "--metrics-listen=");
    run_ok(&run);
    cr_expect(eq(str, (char *)run.settings.debug_listen, ""), "off stays off");
}
