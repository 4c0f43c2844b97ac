/* SPDX-License-Identifier: MIT */
/* top.c - statgate top: the screen, refreshed. */
#include "statgate/top/top_private.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "fetch/fetch.h"
#include "host/clock.h"
#include "host/files.h"
#include "statgate/shown/shown.h"

/* ---- data ---- */

double top_data_rate(const struct top_data *data, const json_t *now, const json_t *before,
                     const char *key) {
    const int64_t count = json_jsonread_i64(now, key, -1);
    const int64_t former = json_jsonread_i64(before, key, -1);
    if (data->between_ms <= 0 || count < 0 || former < 0 || count < former)
        return -1;
    return (double)(count - former) * 1000 / (double)data->between_ms;
}

static bool same(const json_t *a, const json_t *b, const char *const *keys) {
    for (; *keys != NULL; keys++) {
        const json_t *x = json_jsonread_member(a, *keys);
        const json_t *y = json_jsonread_member(b, *keys);
        if (x != y && !json_equal(x, y))
            return false;
    }
    return true;
}

const json_t *top_data_match(const json_t *list, const json_t *item, const char *const *keys) {
    size_t index;
    json_t *other;
    json_array_foreach((json_t *)(uintptr_t)list, index,
                       other) if (same(item, other, keys)) return other;
    return NULL;
}

/* ---- collect ----
 * fetches the daemon's views again and again, without blocking.
 */

enum collect_event { COLLECT_NOTHING, COLLECT_NEW, COLLECT_TROUBLE };

struct top_collect {
    const struct where *where;
    int64_t interval_ns;
    struct top_data data; /**< the data so far; its texts are members of this struct */
    struct error trouble;
    int64_t trouble_ns; /* since when there is trouble; 0: none */
    struct error news;
    int64_t news_ns;
    /* the current round */
    struct fetch *fetch; /* NULL: waiting for due_ns */
    size_t view;
    int64_t due_ns;
    int64_t until_ns;
    json_t *next[TOP_VIEW_COUNT];
    int64_t next_ms;
    int64_t last_ns;    /* when the round before was complete */
    int64_t started_ms; /* start of the daemon's process */
};

enum { TIMEOUT_MS = 5000, NEWS_MS = 60000 };

static const char *const targets[TOP_VIEW_COUNT] = {[TOP_STATUS] = "/debug/status",
                                                    [TOP_SENDERS] = "/debug/senders?limit=1000",
                                                    [TOP_REJECTIONS] =
                                                        "/debug/rejections?limit=250",
                                                    [TOP_BREAKERS] = "/debug/breakers?limit=250"};

static void collect_init(struct top_collect *collect, const struct where *where,
                         int64_t interval_ns, int64_t now_ns) {
    *collect = (struct top_collect){.where = where, .interval_ns = interval_ns, .due_ns = now_ns};
    collect->data.place = where->text;
}

static void drop(const json_t **views) {
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        json_decref((json_t *)(uintptr_t)views[i]);
        views[i] = NULL;
    }
}

static void drop_next(struct top_collect *collect) {
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        json_decref(collect->next[i]);
        collect->next[i] = NULL;
    }
}

static void collect_done(struct top_collect *collect) {
    fetch_free(collect->fetch);
    drop_next(collect);
    drop(collect->data.views);
    drop(collect->data.before);
}

/* ---- a round ---- */

static void collect_start(struct top_collect *collect, size_t view, int64_t now_ns) {
    const struct fetch_request request = {.address = &collect->where->address,
                                          .target = targets[view],
                                          .token = collect->where->token,
                                          .body_max = ASKING_JSON_MAX};
    collect->view = view;
    collect->until_ns = now_ns + (int64_t)TIMEOUT_MS * 1000000;
    collect->fetch = fetch_start(&request);
}

static void wait(struct top_collect *collect, int64_t now_ns) {
    fetch_free(collect->fetch);
    collect->fetch = NULL;
    collect->due_ns += collect->interval_ns;
    if (collect->due_ns < now_ns)
        collect->due_ns = now_ns + collect->interval_ns;
}

/* Update what changes only with time. */
static void collect_refresh(struct top_collect *collect, int64_t now_ns) {
    struct top_data *data = &collect->data;
    data->trouble = collect->trouble_ns != 0 ? collect->trouble.text : NULL;
    data->trouble_ms = collect->trouble_ns != 0 ? (now_ns - collect->trouble_ns) / 1000000 : 0;
    if (collect->news_ns != 0 && now_ns - collect->news_ns > (int64_t)NEWS_MS * 1000000)
        collect->news_ns = 0;
    data->news = collect->news_ns != 0 ? collect->news.text : NULL;
}

static enum collect_event give_up(struct top_collect *collect, const struct trouble *trouble,
                                  int64_t now_ns) {
    (void)shown_trouble_explain(trouble, collect->where, &collect->trouble);
    if (collect->trouble_ns == 0)
        collect->trouble_ns = now_ns;
    drop_next(collect);
    wait(collect, now_ns);
    collect_refresh(collect, now_ns);
    return COLLECT_TROUBLE;
}

static void tell(struct top_collect *collect, const char *text, int64_t now_ns) {
    (void)error_set(&collect->news, "%s", text);
    collect->news_ns = now_ns;
}

/* Compare with the last round, to notice another or a restarted daemon. */
static void compare(struct top_collect *collect, int64_t now_ns) {
    const json_t *total = json_jsonread_member(collect->next[TOP_SENDERS], "total");
    const json_t *former = json_jsonread_member(collect->data.views[TOP_SENDERS], "total");
    const int64_t started_ms = json_jsonread_i64(collect->next[TOP_STATUS], "started", 0);
    const bool fell =
        json_jsonread_i64(total, "samples", 0) < json_jsonread_i64(former, "samples", 0);
    const bool other = collect->started_ms != 0 && started_ms != collect->started_ms;
    if (fell)
        tell(collect, "another daemon answers: counts began again", now_ns);
    else if (other)
        tell(collect, "the daemon was replaced; counts go on", now_ns);
    else if (collect->trouble_ns != 0 && collect->last_ns != 0)
        tell(collect, "the daemon is back", now_ns);
    collect->started_ms = started_ms;
}

static void add_to_curve(struct top_data *data) {
    const json_t *total = json_jsonread_member(data->views[TOP_SENDERS], "total");
    const json_t *before = json_jsonread_member(data->before[TOP_SENDERS], "total");
    const double rate = top_data_rate(data, total, before, "samples");
    if (data->curve_count == TOP_CURVE_MAX)
        memmove(data->curve, data->curve + 1, --data->curve_count * sizeof *data->curve);
    if (data->between_ms > 0)
        data->curve[data->curve_count++] = rate;
}

static enum collect_event finish(struct top_collect *collect, int64_t now_ns) {
    struct top_data *data = &collect->data;
    compare(collect, now_ns);
    drop(data->before);
    for (size_t i = 0; i < TOP_VIEW_COUNT; i++) {
        data->before[i] = data->views[i];
        data->views[i] = collect->next[i];
        collect->next[i] = NULL;
    }
    data->between_ms = collect->last_ns != 0 ? (now_ns - collect->last_ns) / 1000000 : 0;
    data->now_ms = collect->next_ms;
    collect->last_ns = now_ns;
    collect->trouble_ns = 0;
    add_to_curve(data);
    wait(collect, now_ns);
    collect_refresh(collect, now_ns);
    return COLLECT_NEW;
}

static enum collect_event collect_take(struct top_collect *collect, enum fetch_state state,
                                       int64_t now_ns) {
    struct strbuf *body = fetch_body(collect->fetch);
    struct error wrong;
    const struct trouble trouble = {.state = state,
                                    .error = fetch_error(collect->fetch),
                                    .status = fetch_head(collect->fetch)->status,
                                    .target = targets[collect->view],
                                    .body = strbuf_cstr(body),
                                    .body_len = body->len};
    if (!shown_trouble_is_none(&trouble))
        return give_up(collect, &trouble, now_ns);
    collect->next[collect->view] = json_jsonread_parse(body->data, body->len, &wrong);
    collect->next_ms = shown_asking_date(fetch_head(collect->fetch)->date, clock_real_ms());
    fetch_free(collect->fetch);
    collect->fetch = NULL;
    if (collect->view + 1 == TOP_VIEW_COUNT)
        return finish(collect, now_ns);
    collect_start(collect, collect->view + 1, now_ns);
    return COLLECT_NOTHING;
}

/* Make progress. COLLECT_NEW and COLLECT_TROUBLE: there is something new to show. */
static enum collect_event collect_step(struct top_collect *collect, int64_t now_ns) {
    if (collect->fetch == NULL) {
        if (now_ns >= collect->due_ns)
            collect_start(collect, 0, now_ns);
        return COLLECT_NOTHING;
    }
    const enum fetch_state state = fetch_step(collect->fetch);
    if (state == FETCH_UNDER_WAY && now_ns < collect->until_ns)
        return COLLECT_NOTHING;
    return collect_take(collect, state, now_ns);
}

/* The descriptor to poll (-1: none), its events, and when to call collect_step at the latest. */
static int collect_fd(const struct top_collect *collect) {
    return collect->fetch != NULL ? fetch_fd(collect->fetch) : -1;
}

static short collect_events(const struct top_collect *collect) {
    return collect->fetch != NULL ? fetch_events(collect->fetch) : 0;
}

static int64_t collect_until_ns(const struct top_collect *collect) {
    return collect->fetch != NULL ? collect->until_ns : collect->due_ns;
}

/* ---- screen ----
 * takes the terminal for `statgate top`, and restores it afterwards.
 *
 * Signals are read from a descriptor, so that the terminal is restored before any of them takes
 * effect.
 */

struct screen {
    int input;
    int output;
    int signals; /**< readable when a signal has arrived */
    bool taken;
    struct termios before;
};

/** The effect of a signal, from screen_signal. */
enum screen_event { SCREEN_NOTHING, SCREEN_REDRAW, SCREEN_QUIT };

/* The alternate screen (DECSET 1049), no cursor (25), no wrapping after the last column (7). */
static const char screen_begin[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char leave[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

static void say(const struct screen *screen, const char *text) {
    (void)!write(screen->output, text, strlen(text));
}

static bool screen_take(struct screen *screen) {
    struct termios raw = screen->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(screen->input, TCSAFLUSH, &raw) != 0)
        return false;
    say(screen, screen_begin);
    screen->taken = true;
    return true;
}

static void give_back(struct screen *screen) {
    if (!screen->taken)
        return;
    say(screen, leave);
    (void)tcsetattr(screen->input, TCSAFLUSH, &screen->before);
    screen->taken = false;
}

static void list_signals(sigset_t *set) {
    static const int numbers[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaddset(set, numbers[i]);
}

/* Restore the terminal. Safe if it is not open. */
static void screen_close(struct screen *screen) {
    sigset_t set;
    memory_on_end(NULL);
    give_back(screen);
    if (screen->signals < 0)
        return;
    (void)close(screen->signals);
    screen->signals = -1;
    list_signals(&set);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static struct screen *screen_to_leave;

/* The process ends: the sentence belongs on the terminal as it was. */
static void say_end(const char *sentence) {
    give_back(screen_to_leave);
    (void)fprintf(stderr, "statgate top: %s\n", sentence);
}

/* Take the terminal. Returns NULL, or the reason why it cannot be taken. */
static const char *screen_open(struct screen *screen, int input, int output, const char *term) {
    sigset_t set;
    *screen = (struct screen){.input = input, .output = output, .signals = -1};
    if (!isatty(input) || !isatty(output))
        return "it needs a terminal; --once prints the same as a text";
    if (term == NULL || strcmp(term, "dumb") == 0)
        return "it needs a terminal that can move its cursor (TERM)";
    list_signals(&set);
    if (tcgetattr(input, &screen->before) != 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return "the terminal cannot be set up";
    screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    screen_to_leave = screen;
    memory_on_end(say_end);
    if (screen->signals >= 0 && screen_take(screen))
        return NULL;
    screen_close(screen);
    return "the terminal cannot be set up";
}

/* Stop the process by SIGSTOP, since SIGTSTP is blocked and has been read. */
static void stop(struct screen *screen) {
    give_back(screen);
    (void)raise(SIGSTOP);
    (void)screen_take(screen);
}

/* Read one signal. A stop signal restores the terminal and takes it again when the process
 * continues. SCREEN_QUIT sets *ret_number to a signal that ends the program: call screen_close
 * and then screen_die with it. */
static enum screen_event screen_signal(struct screen *screen, int *ret_number) {
    struct signalfd_siginfo info;
    if (read(screen->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return SCREEN_NOTHING;
    switch ((int)info.ssi_signo) {
    case SIGTSTP:
        stop(screen);
        return SCREEN_REDRAW;
    case SIGCONT:
    case SIGWINCH:
        return SCREEN_REDRAW;
    default:
        *ret_number = (int)info.ssi_signo;
        return SCREEN_QUIT;
    }
}

/* End the process as this signal would. */
static void screen_die(int number) {
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* The terminal's size; 80x24 if it is unknown. */
static void screen_size(const struct screen *screen, size_t *ret_columns, size_t *ret_rows) {
    struct winsize size = {0};
    const bool known = ioctl(screen->output, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    *ret_columns = known ? size.ws_col : 80;
    *ret_rows = known && size.ws_row > 0 ? size.ws_row : 24;
}

/* ---- top ---- */

enum { INTERVAL_MS = 2000, INTERVAL_MIN_MS = 200, INTERVAL_MAX_MS = 3600000, CLOCK_MS = 1000 };

struct top {
    struct cli *cli;
    struct screen screen;
    struct top_collect collect;
    bool colours;
    bool quit;
    int signal; /* signal that ends the program; 0: none */
};

/* ---- drawing ---- */

static void draw(struct top *top) {
    struct frame frame;
    struct strbuf out = {0};
    size_t columns;
    size_t rows;
    screen_size(&top->screen, &columns, &rows);
    top_frame_init(&frame, columns, rows);
    collect_refresh(&top->collect, clock_mono_ns());
    top_frame_draw(&top->collect.data, &frame);
    top_frame_write(&frame, top->colours, &out);
    (void)host_write_all(top->cli->output_fd, out.data, out.len);
    strbuf_done(&out);
    top_frame_done(&frame);
}

/* Also where the terminal may show anything. */
static void draw_anew(struct top *top) {
    (void)!write(top->cli->output_fd, "\033[0m\033[2J", strlen("\033[0m\033[2J"));
    draw(top);
}

/* ---- what comes ---- */

static void take_key(struct top *top, char key) {
    enum { CTRL_L = 12, CTRL_D = 4 };
    if (key == 'q' || key == 'Q' || key == CTRL_D) {
        top->quit = true;
    } else if (key == 'p' || key == ' ') {
        top->collect.data.paused = !top->collect.data.paused;
        draw_anew(top);
    } else if (key == 's') {
        top->collect.data.sort = (top->collect.data.sort + 1) % TOP_SORT_COUNT;
        draw(top);
    } else if (key == '?' || key == 'h') {
        top->collect.data.help = !top->collect.data.help;
        draw(top);
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
    if (top->collect.data.paused || left_ms > CLOCK_MS)
        return CLOCK_MS;
    return left_ms > 0 ? (int)left_ms : 0;
}

static void turn(struct top *top) {
    struct pollfd wanted[] = {
        {.fd = top->cli->input_fd, .events = POLLIN},
        {.fd = top->screen.signals, .events = POLLIN},
        {.fd = top->collect.data.paused ? -1 : collect_fd(&top->collect),
         .events = collect_events(&top->collect)},
    };
    const int ready = poll(wanted, sizeof wanted / sizeof *wanted, timeout_ms(top));
    if (wanted[1].revents != 0)
        take_signal(top);
    if (wanted[0].revents != 0 && !top->quit)
        take_keys(top);
    if (top->collect.data.paused || top->quit)
        return;
    const enum collect_event event = collect_step(&top->collect, clock_mono_ns());
    if (event != COLLECT_NOTHING || ready == 0)
        draw(top);
}

/* ---- the beginning ---- */

static bool speaks_unicode(const struct cli *cli) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *locale = statgate_cli_variable(cli, names[i]);
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

/* Print one frame as a text, as soon as there is one. */
static int run_once(struct top *top, const struct where *where) {
    enum { PLAIN_COLUMNS = 500 };
    struct frame frame;
    enum collect_event event = COLLECT_NOTHING;
    collect_init(&top->collect, where, 0, clock_mono_ns());
    top->collect.data.unicode = speaks_unicode(top->cli);
    top->collect.data.once = true;
    while (event == COLLECT_NOTHING) {
        struct pollfd wanted = {.fd = collect_fd(&top->collect),
                                .events = collect_events(&top->collect)};
        (void)poll(&wanted, 1, wanted.fd >= 0 ? CLOCK_MS : 0);
        event = collect_step(&top->collect, clock_mono_ns());
    }
    const bool drawn = event == COLLECT_NEW;
    if (drawn) {
        top_frame_init(&frame, top->cli->width > 0 ? top->cli->width : PLAIN_COLUMNS,
                       FRAME_ROWS_MAX);
        top_frame_draw(&top->collect.data, &frame);
        strbuf_put(&top->cli->out, frame.text.data, frame.text.len);
        top_frame_done(&frame);
    }
    const int code =
        drawn ? CLI_OK
              : command_fail(top->cli, &top_command, CLI_FAILURE, "%s", top->collect.trouble.text);
    collect_done(&top->collect);
    return code;
}

static int run_on(struct top *top, const struct where *where, int64_t interval_ns) {
    const char *why = screen_open(&top->screen, top->cli->input_fd, top->cli->output_fd,
                                  statgate_cli_variable(top->cli, "TERM"));
    if (why != NULL)
        return command_fail(top->cli, &top_command, CLI_FAILURE, "%s", why);
    top->colours = statgate_cli_variable(top->cli, "NO_COLOR") == NULL;
    collect_init(&top->collect, where, interval_ns, clock_mono_ns());
    top->collect.data.unicode = speaks_unicode(top->cli);
    draw(top);
    while (!top->quit)
        turn(top);
    screen_close(&top->screen);
    collect_done(&top->collect);
    return CLI_OK;
}

static int run(struct cli *cli, const struct settings *settings) {
    int64_t interval_ns;
    struct where where;
    if (!read_interval(shown_where_flag(&top_command, settings, "interval"), &interval_ns))
        return command_fail(cli, &top_command, CLI_USAGE,
                            "--interval: a number of seconds from 0.2 to 3600");
    struct top *top = memory_alloc(sizeof *top);
    top->cli = cli;
    int code = shown_where_find(&where, cli, &top_command, settings);
    if (code == CLI_OK)
        code = shown_where_flag(&top_command, settings, "once") != NULL
                   ? run_once(top, &where)
                   : run_on(top, &where, interval_ns);
    shown_where_done(&where);
    const int number = top->signal;
    free(top);
    if (number != 0)
        screen_die(number);
    return code;
}

static const struct settings_own_flag own_flags[] = {
    WHERE_FLAGS,
    {"interval", "SECONDS", "How often to ask. 2 by default."},
    {"once", NULL, "Print it once, as a text."},
    {NULL, NULL, NULL}};

const struct command top_command = {
    .word = "top",
    .summary = "Watch rates, refusals, senders and breakers live.",
    .program =
        {.name = "statgate top",
         .usage = "[FLAG...]",
         .about =
             "Shows on the whole terminal problems, rates, what is refused, breakers and who "
             "sends, again and again, cut to the window. Keys: q quits, p pauses, s sorts senders "
             "by the next column, ? shows these keys. When the daemon is away, is replaced or "
             "starts again, it says so and continues. With --once it prints the whole once, and "
             "needs no terminal. Exit codes: 0 after q, 1 no "
             "terminal, 2 wrong arguments.",
         .own = own_flags,
         .examples = "  statgate top\n"
                     "  statgate top --daemon unix:/run/statgate/http.sock\n"},
    .run = run,
};
