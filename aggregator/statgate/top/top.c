#include "statgate/top/top.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "host/clock.h"
#include "statgate/top/collect.h"
#include "statgate/top/frame.h"
#include "statgate/top/screen.h"

enum { INTERVAL_MS = 2000, INTERVAL_MIN_MS = 200, INTERVAL_MAX_MS = 3600000, CLOCK_MS = 1000 };

struct top {
    struct cli *cli;
    struct screen screen;
    struct top_collect collect;
    struct grid shown;
    bool colours;
    bool paused;
    bool quit;
    int signal; /* signal that ends the program; 0: none */
};

/* ---- drawing ---- */

static void write_all(int fd, const struct strbuf *text) {
    for (size_t done = 0; done < text->len;) {
        const ssize_t count = write(fd, text->data + done, text->len - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return;
        done += (size_t)count;
    }
}

static void draw(struct top *top) {
    size_t columns;
    size_t rows;
    struct grid grid = {0};
    struct strbuf out = {0};
    screen_size(&top->screen, &columns, &rows);
    if (!grid_init(&grid, columns, rows))
        return;
    collect_refresh(&top->collect, clock_mono_ns());
    frame_draw(&top->collect.data, &grid);
    if (top->paused && rows > 1)
        (void)grid_puts(&grid, rows - 1, 1, GRID_BAR, "PAUSED: p resumes, q quits");
    grid_write(&grid, top->shown.cells != NULL ? &top->shown : NULL, top->colours, &out);
    write_all(top->cli->output_fd, &out);
    strbuf_done(&out);
    grid_done(&top->shown);
    top->shown = grid;
}

static void draw_anew(struct top *top) {
    grid_done(&top->shown);
    draw(top);
}

/* ---- what comes ---- */

static void take_key(struct top *top, char key) {
    enum { CTRL_L = 12, CTRL_D = 4 };
    if (key == 'q' || key == 'Q' || key == CTRL_D) {
        top->quit = true;
    } else if (key == 'p' || key == ' ') {
        top->paused = !top->paused;
        draw_anew(top);
    } else if (key == CTRL_L) {
        draw_anew(top);
    }
}

static void take_keys(struct top *top) {
    char keys[64];
    const ssize_t count = read(top->cli->input_fd, keys, sizeof keys);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        top->quit = true; /* the terminal is gone */
    if (count > 1 && keys[0] == '\033')
        return; /* an escape sequence: an arrow key, the mouse */
    for (ssize_t i = 0; i < count; i++)
        take_key(top, keys[i]);
}

static void take_signal(struct top *top) {
    const enum screen_event event = screen_signal(&top->screen, &top->signal);
    if (event == SCREEN_REDRAW)
        draw_anew(top);
    top->quit |= event == SCREEN_QUIT;
}

static int timeout_ms(const struct top *top) {
    const int64_t left_ms = (collect_until_ns(&top->collect) - clock_mono_ns() + 999999) / 1000000;
    if (top->paused || left_ms > CLOCK_MS)
        return CLOCK_MS;
    return left_ms > 0 ? (int)left_ms : 0;
}

static void turn(struct top *top) {
    struct pollfd wanted[] = {
        {.fd = top->cli->input_fd, .events = POLLIN},
        {.fd = top->screen.signals, .events = POLLIN},
        {.fd = top->paused ? -1 : collect_fd(&top->collect),
         .events = collect_events(&top->collect)},
    };
    const int ready = poll(wanted, sizeof wanted / sizeof *wanted, timeout_ms(top));
    if (wanted[1].revents != 0)
        take_signal(top);
    if (wanted[0].revents != 0 && !top->quit)
        take_keys(top);
    if (top->paused || top->quit)
        return;
    const enum collect_event event = collect_step(&top->collect, clock_mono_ns());
    if (event != COLLECT_NOTHING || ready == 0)
        draw(top);
}

/* ---- the beginning ---- */

static bool speaks_unicode(const struct cli *cli) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *locale = cli_variable(cli, names[i]);
        if (locale != NULL)
            return strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL;
    }
    return false;
}

static bool read_interval(const char *text, int64_t *ret_ns) {
    char *end = NULL;
    *ret_ns = (int64_t)INTERVAL_MS * 1000000;
    if (text == NULL)
        return true;
    const bool digits = *text != '\0' && text[strspn(text, "0123456789.")] == '\0';
    const double ms = digits ? strtod(text, &end) * 1000 : -1;
    if (end == NULL || *end != '\0' || ms < INTERVAL_MIN_MS || ms > INTERVAL_MAX_MS)
        return false;
    *ret_ns = (int64_t)(ms * 1e6);
    return true;
}

static int run_on(struct top *top, const struct where *where, int64_t interval_ns) {
    const char *why = screen_open(&top->screen, top->cli->input_fd, top->cli->output_fd,
                                  cli_variable(top->cli, "TERM"));
    if (why != NULL)
        return command_fail(top->cli, &top_command, CLI_FAILURE, "%s", why);
    top->colours = cli_variable(top->cli, "NO_COLOR") == NULL;
    collect_init(&top->collect, where, interval_ns, clock_mono_ns());
    top->collect.data.unicode = speaks_unicode(top->cli);
    draw(top);
    while (!top->quit)
        turn(top);
    screen_close(&top->screen);
    collect_done(&top->collect);
    grid_done(&top->shown);
    return CLI_OK;
}

static int run(struct cli *cli, const struct settings *settings) {
    int64_t interval_ns;
    struct where where;
    if (!read_interval(where_flag(&top_command, settings, "interval"), &interval_ns))
        return command_fail(cli, &top_command, CLI_USAGE,
                            "--interval: a number of seconds from 0.2 to 3600");
    struct top *top = calloc(1, sizeof *top);
    if (top == NULL)
        return command_fail(cli, &top_command, CLI_FAILURE, "out of memory");
    top->cli = cli;
    int code = where_find(&where, cli, &top_command, settings);
    if (code == CLI_OK)
        code = run_on(top, &where, interval_ns);
    where_done(&where);
    const int number = top->signal;
    free(top);
    if (number != 0)
        screen_die(number);
    return code;
}

static const struct settings_own_flag own_flags[] = {
    WHERE_FLAGS, {"interval", "SECONDS", "How often to ask. 2 by default."}, {NULL, NULL, NULL}};

const struct command top_command = {
    .word = "top",
    .summary = "Watch rates, refusals, senders and breakers live.",
    .program =
        {.name = "statgate top",
         .usage = "[FLAG...]",
         .about =
             "Shows on the whole terminal problems, rates, what is refused, breakers and who "
             "sends, again and again. Keys: q quits, p pauses, Ctrl-L redraws. When the daemon "
             "is away, is replaced or starts again, it says so and continues. It needs 80 columns "
             "and 24 rows to show all; in fewer it shows less. Exit codes: 0 after q, 1 no "
             "terminal, 2 wrong arguments.",
         .own = own_flags,
         .examples = "  statgate top\n"
                     "  statgate top --daemon unix:/run/statgate/http.sock\n"},
    .run = run,
};
