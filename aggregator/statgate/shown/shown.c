#include "statgate/shown/shown.h"

#include <stdio.h>
#include <string.h>

#include "statgate/shown/asking.h"
#include "statgate/shown/follow.h"
#include "statgate/shown/page.h"

/* Whether a flag is passed on to the daemon unchanged, under its name; the daemon checks it. */
static bool is_filter(const char *name) {
    static const char *const filters[] = {"service", "family", "reason", "pid",
                                          "since",   "limit",  "after"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (strcmp(name, filters[i]) == 0)
            return true;
    return false;
}

static bool make_target(const struct command *command, const struct settings *settings,
                        char target[ASKING_TARGET_MAX]) {
    const struct settings_own_flag *own = command->program.own;
    (void)snprintf(target, ASKING_TARGET_MAX, "/debug/%s", command->word);
    for (size_t i = 0; own[i].name != NULL; i++)
        if (settings->own[i] != NULL && is_filter(own[i].name) &&
            !asking_add(target, own[i].name, settings->own[i]))
            return false;
    return true;
}

static void put_more(struct cli *cli, const json_t *root) {
    if (json_is_string(json_object_get(root, "next")))
        strbuf_puts(&cli->out,
                    "\nThere is more: --limit N shows more of it, --service and --family less "
                    "of the rest.\n");
}

static int print_table(struct cli *cli, const struct where *where, const char *target,
                       shown_fn *write, struct error *ret_error) {
    struct shown_page page = {.out = &cli->out, .width = cli->width};
    json_t *root;
    struct trouble_words trouble;
    const int code = asking_json(where, target, &root, &page.now_ms, &trouble);
    if (code != CLI_OK) {
        trouble_join(&trouble, ret_error);
        return code;
    }
    page.root = root;
    write(&page);
    put_more(cli, root);
    json_decref(root);
    return CLI_OK;
}

/* Whether the answer is JSON. If it is too long to be parsed, only its first byte is checked. */
static bool is_json(const struct strbuf *answer) {
    struct error wrong;
    if (answer->len > ASKING_JSON_MAX)
        return answer->data[0] == '{';
    json_t *root = jsonread_parse(answer->data, answer->len, &wrong);
    json_decref(root);
    return root != NULL;
}

static int print_json(struct cli *cli, const struct where *where, const char *target,
                      struct error *ret_error) {
    int64_t now_ms;
    struct trouble_words trouble;
    int code = asking_text(where, target, ASKING_TEXT_MAX, &cli->out, &now_ms, &trouble);
    if (code != CLI_OK)
        trouble_join(&trouble, ret_error);
    if (code == CLI_OK && !is_json(&cli->out)) {
        (void)error_set(ret_error, "%s%s: the answer is no JSON", where->text, target);
        strbuf_clear(&cli->out);
        code = CLI_FAILURE;
    }
    return code;
}

static int show(struct cli *cli, const struct settings *settings, const struct command *command,
                shown_fn *write) {
    char target[ASKING_TARGET_MAX];
    struct error wrong;
    struct where where;
    const bool json = where_flag(command, settings, "json") != NULL;
    if (!make_target(command, settings, target))
        return command_fail(cli, command, CLI_USAGE, "these filters are too long");
    int code = where_find(&where, cli, command, settings);
    if (code == CLI_OK && where_flag(command, settings, "follow") != NULL) {
        code = follow_events(cli, command, &where, target, json);
    } else if (code == CLI_OK) {
        code = json ? print_json(cli, &where, target, &wrong)
                    : print_table(cli, &where, target, write, &wrong);
        if (code != CLI_OK)
            (void)command_fail(cli, command, code, "%s", wrong.text);
    }
    where_done(&where);
    return code;
}

/* ---- the commands ---- */

#define JSON_FLAG                                                                                  \
    { "json", NULL, "Print the daemon's JSON as it is." }
#define LIMIT_FLAG                                                                                 \
    { "limit", "N", "Show at most so many rows, 1,000 by default." }
#define AFTER_FLAG                                                                                 \
    { "after", "TOKEN", "Go on behind this place: what \"next\" of the JSON holds." }
#define SERVICE_FLAG                                                                               \
    { "service", "NAME", "Only this service." }
#define FAMILY_FLAG                                                                                \
    { "family", "NAME", "Only this family." }
#define REASON_FLAG                                                                                \
    { "reason", "WORD", "Only this reason, such as label_value." }
#define PID_FLAG                                                                                   \
    { "pid", "PID", "Only what this process sent, or has." }
#define SINCE_FLAG                                                                                 \
    {                                                                                              \
        "since", "TIME",                                                                           \
            "Only what was seen since then: 90s, 5m or 2h before now, an RFC 3339 time, or Unix "  \
            "time in milliseconds."                                                                \
    }

#define EXIT_CODES                                                                                 \
    " Exit codes: 0 shown, 1 no daemon or no answer, 2 wrong arguments, or a filter that the "     \
    "daemon refuses."

/* DEFINE(series, "Show ...", "what it shows", flags...) */
#define DEFINE(word_, summary_, about_, examples_, ...)                                            \
    static const struct settings_own_flag word_##_flags[] = {                                      \
        WHERE_FLAGS, JSON_FLAG, __VA_ARGS__, {NULL, NULL, NULL}};                                  \
    static int run_##word_(struct cli *cli, const struct settings *settings) {                     \
        return show(cli, settings, &shown_##word_##_command, shown_##word_);                       \
    }                                                                                              \
    const struct command shown_##word_##_command = {.word = #word_,                                \
                                                    .summary = summary_,                           \
                                                    .program = {.name = "statgate " #word_,        \
                                                                .usage = "[FLAG...]",              \
                                                                .about = about_ EXIT_CODES,        \
                                                                .own = word_##_flags,              \
                                                                .examples = examples_},            \
                                                    .run = run_##word_}

DEFINE(series, "Show the series that statgated has, with values.",
       "Shows each series with its value, how fast it is written, and when that was last.",
       "  statgate series --service shop\n"
       "  statgate series --family shop_orders_total --json | jq .\n",
       SERVICE_FLAG, FAMILY_FLAG, SINCE_FLAG, LIMIT_FLAG, AFTER_FLAG);

DEFINE(
    rejections, "Show what was refused or folded, and what to do.",
    "Shows what was refused or folded: how often, for which reason, who sent it last, what to do "
    "about it, and the latest lines with the place at fault.",
    "  statgate rejections\n"
    "  statgate rejections --service shop --since 5m\n",
    SERVICE_FLAG, FAMILY_FLAG, REASON_FLAG, PID_FLAG, SINCE_FLAG, LIMIT_FLAG, AFTER_FLAG);

DEFINE(senders, "Show which processes send, and what became of it.",
       "Shows the processes that send: what became of their samples, what they lost, and what ends "
       "with them; and those that have ended.",
       "  statgate senders\n"
       "  statgate senders --pid 4711\n",
       SERVICE_FLAG, PID_FLAG, SINCE_FLAG, LIMIT_FLAG, AFTER_FLAG);

DEFINE(
    breakers, "Show circuit breakers, those that are open first.",
    "Shows attempts and circuit breakers, those that are open first: since when, why, who opened "
    "them, and how long they cool down.",
    "  statgate breakers\n"
    "  statgate breakers --service shop\n",
    SERVICE_FLAG, FAMILY_FLAG, PID_FLAG, SINCE_FLAG, LIMIT_FLAG, AFTER_FLAG);

DEFINE(jobs, "Show live jobs, oldest first, and those that ended.",
       "Shows the jobs that wait or run, the oldest first, with the process that has them, and "
       "those that ended.",
       "  statgate jobs\n"
       "  statgate jobs --family thumbnails\n",
       SERVICE_FLAG, FAMILY_FLAG, PID_FLAG, SINCE_FLAG, LIMIT_FLAG, AFTER_FLAG);

DEFINE(queries, "Show queries of databases, with their last run.",
       "Shows databases with their connections, and queries with their last run, its rows and its "
       "error.",
       "  statgate queries\n", SERVICE_FLAG);

DEFINE(
    events, "Show what happened: breakers, lost jobs, reloads.",
    "Shows what happened lately, oldest first: breakers that opened and closed, lost jobs, full "
    "tables, losses of senders, families rejected for the first time, queries that are down, "
    "reloads. Times are UTC. With --follow it prints events as they come, one JSON object a line "
    "with --json, also when the daemon is replaced or starts again.",
    "  statgate events --since 1h\n"
    "  statgate events --follow\n",
    {"follow", NULL, "Go on as events come."}, SERVICE_FLAG, FAMILY_FLAG, PID_FLAG, SINCE_FLAG,
    LIMIT_FLAG, AFTER_FLAG);
