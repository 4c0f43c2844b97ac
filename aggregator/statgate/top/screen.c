#include "statgate/top/screen.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The alternate screen (DECSET 1049), no cursor (25), no wrapping after the last column (7). */
static const char begin[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char end[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

static void say(const struct screen *screen, const char *text) {
    (void)!write(screen->output, text, strlen(text));
}

static bool take(struct screen *screen) {
    struct termios raw = screen->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(screen->input, TCSAFLUSH, &raw) != 0)
        return false;
    say(screen, begin);
    screen->taken = true;
    return true;
}

static void give_back(struct screen *screen) {
    if (!screen->taken)
        return;
    say(screen, end);
    (void)tcsetattr(screen->input, TCSAFLUSH, &screen->before);
    screen->taken = false;
}

static void list_signals(sigset_t *set) {
    static const int numbers[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaddset(set, numbers[i]);
}

const char *screen_open(struct screen *screen, int input, int output, const char *term) {
    sigset_t set;
    *screen = (struct screen){.input = input, .output = output, .signals = -1};
    if (!isatty(input) || !isatty(output))
        return "it needs a terminal; statgate senders, rejections and breakers print the same once";
    if (term == NULL || strcmp(term, "dumb") == 0)
        return "it needs a terminal that can move its cursor (TERM)";
    list_signals(&set);
    if (tcgetattr(input, &screen->before) != 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return "the terminal cannot be set up";
    screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (screen->signals >= 0 && take(screen))
        return NULL;
    screen_close(screen);
    return "the terminal cannot be set up";
}

void screen_close(struct screen *screen) {
    sigset_t set;
    give_back(screen);
    if (screen->signals < 0)
        return;
    (void)close(screen->signals);
    screen->signals = -1;
    list_signals(&set);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Stop the process by SIGSTOP, since SIGTSTP is blocked and has been read. */
static void stop(struct screen *screen) {
    give_back(screen);
    (void)raise(SIGSTOP);
    (void)take(screen);
}

enum screen_event screen_signal(struct screen *screen, int *ret_number) {
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

void screen_die(int number) {
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

void screen_size(const struct screen *screen, size_t *ret_columns, size_t *ret_rows) {
    struct winsize size = {0};
    const bool known = ioctl(screen->output, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    *ret_columns = known ? size.ws_col : 80;
    *ret_rows = known && size.ws_row > 0 ? size.ws_row : 24;
}
