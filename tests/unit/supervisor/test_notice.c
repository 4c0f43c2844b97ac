/* SPDX-License-Identifier: MIT */
/* What a message of sd_notify(3) says to a supervisor. */
#include "supervisor/supervisor.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"

TestSuite(notice, .timeout = 300);

static struct notice read_text(const char *text) {
    struct notice notice;
    cr_assert(notify_server_notice_read(text, strlen(text), &notice), "%s", text);
    return notice;
}

Test(notice, says_nothing_by_itself) {
    const struct notice notice = read_text("");
    cr_expect(not(notice.ready));
    cr_expect(not(notice.stopping));
    cr_expect(not(notice.store));
    cr_expect(not(notice.remove));
    cr_expect(notice.watched);
    cr_expect(not(notice.named));
    cr_expect(eq(str, (char *)notice.name, "stored"));
    cr_expect(eq(int, notice.main_pid, 0));
    cr_expect(eq(ptr, (void *)notice.status, NULL));
}

Test(notice, has_lines_in_any_order_with_or_without_a_last_newline) {
    const char *texts[] = {
        "READY=1\nSTATUS=Receiving\nFDSTORE=1\nFDNAME=statgate-object\nMAINPID=77",
        "MAINPID=77\nFDNAME=statgate-object\nFDSTORE=1\nSTATUS=Receiving\nREADY=1\n",
        "\nX=1\nREADY=1\nMAINPID=77\n\nFDSTORE=1\nFDNAME=statgate-object\nSTATUS=Receiving\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct notice notice = read_text(texts[i]);
        cr_expect(notice.ready);
        cr_expect(notice.store);
        cr_expect(not(notice.remove));
        cr_expect(not(notice.stopping));
        cr_expect(notice.named);
        cr_expect(eq(str, (char *)notice.name, "statgate-object"));
        cr_expect(eq(int, notice.main_pid, 77));
        cr_assert(eq(sz, notice.status_len, strlen("Receiving")));
        cr_expect(memcmp(notice.status, "Receiving", notice.status_len) == 0);
    }
}

Test(notice, knows_the_other_words) {
    cr_expect(read_text("STOPPING=1").stopping);
    cr_expect(read_text("WATCHDOG=1").beat);
    cr_expect(not(read_text("WATCHDOG=trigger\nWATCHDOG_USEC=1").beat));
    cr_expect(read_text("FDSTOREREMOVE=1\nFDNAME=a").remove);
    cr_expect(not(read_text("FDSTOREREMOVE=1\nFDNAME=a").store));
    cr_expect(not(read_text("FDSTORE=1\nFDPOLL=0").watched));
}

Test(notice, takes_no_other_value_for_yes) {
    const char *texts[] = {"READY=0",  "READY=",      "READY",       "READY=11", "READY=1 ",
                           " READY=1", "FDSTORE=yes", "STOPPING=01", "ready=1",  "FDSTOREREMOVE=2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct notice notice = read_text(texts[i]);
        cr_expect(not(notice.ready || notice.store || notice.stopping || notice.remove), "%s",
                  texts[i]);
    }
}

Test(notice, takes_the_first_of_two_values) {
    const struct notice notice =
        read_text("FDNAME=a\nFDNAME=b\nSTATUS=x\nSTATUS=y\nMAINPID=8\nMAINPID=9");
    cr_expect(eq(str, (char *)notice.name, "a"));
    cr_expect(eq(chr, *notice.status, 'x'));
    cr_expect(eq(int, notice.main_pid, 8));
}

Test(notice, has_no_name_that_systemd_would_refuse) {
    char text[400] = "FDNAME=";
    const char *refused[] = {"FDNAME=a:b", "FDNAME=\x01", "FDNAME=\x7f", "FDNAME=\xc3\xa9"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct notice notice = read_text(refused[i]);
        cr_expect(not(notice.named));
        cr_expect(eq(str, (char *)notice.name, "stored"));
    }
    memset(text + 7, 'n', 255);
    cr_expect(eq(sz, strlen(read_text(text).name), 255));
    text[7 + 255] = 'n';
    cr_expect(eq(str, (char *)read_text(text).name, "stored"));
    cr_expect(read_text("FDNAME=").named);
}

Test(notice, has_no_main_process_that_could_be_none) {
    const char *texts[] = {
        "MAINPID=0",          "MAINPID=1",  "MAINPID=-7", "MAINPID=",
        "MAINPID=2147483648", "MAINPID=7x", "MAINPID= 7", "MAINPID=99999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect(eq(int, read_text(texts[i]).main_pid, 0), "%s", texts[i]);
    cr_expect(eq(int, read_text("MAINPID=2147483647").main_pid, 2147483647));
}

Test(notice, is_none_with_a_zero_byte_or_too_long) {
    static char text[NOTICE_BYTES_MAX + 1];
    struct notice notice = {.main_pid = 5};
    cr_expect(not(notify_server_notice_read("READY=1\0x", 9, &notice)));
    memset(text, 'a', sizeof text);
    cr_expect(not(notify_server_notice_read(text, sizeof text, &notice)));
    cr_expect(eq(int, notice.main_pid, 5));
    cr_expect(notify_server_notice_read(text, sizeof text - 1, &notice));
    cr_expect(notify_server_notice_read("READY=1", 8, &notice), "its end counted");
    cr_expect(notice.ready);
}
