/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "base/strbuf.h"

enum { LONGEST_RUN_MS = 10000, THREADS_MS = 20000 };

static struct store_time clock_of(void *arg) {
    struct rig *rig = arg;
    const int64_t mono_ms = (int64_t)(uv_hrtime() / 1000000) + rig->ahead_ms;
    return rig->fx.now =
               (struct store_time){.mono_ms = mono_ms, .real_ms = mono_ms + 1700000000000};
}

static void on_news(void *arg, const struct postgres_news *news) {
    struct rig *rig = arg;
    const size_t len = strlen(rig->reported);
    (void)snprintf(rig->reported + len, sizeof rig->reported - len, "%s: %s %s: %s\n",
                   news->query ? news->query->name : news->database->name,
                   news->good ? "good" : postgres_error_text(news->error), news->sqlstate,
                   news->message);
}

/* Threads of this process. */
static size_t threads(void) {
    size_t count = 0;
    DIR *tasks = opendir("/proc/self/task");
    cr_assert(tasks != NULL);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(tasks);
    return count;
}

/* ---- the database ---- */

int rig_server(const char *action, const char *folder, const char *more) {
    static const char script[] = "support/postgres.sh";
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        (void)execl(script, script, action, folder, more, (char *)NULL);
        _exit(126);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return 125;
    return WEXITSTATUS(status);
}

void rig_database(struct rig *rig, const char *server) {
    static int made;
    char text[256];
    memset(rig, 0, sizeof *rig);
    rig->threads = threads();
    const char *folder = server ? server : getenv(RIG_SERVER);
    if (!folder)
        cr_skip("there is no PostgreSQL server here (Debian: postgresql)");
    (void)snprintf(text, sizeof text, "host=%s dbname=postgres user=statgate", folder);
    PGconn *pg = PQconnectdb(text);
    cr_assert(eq(int, (int)PQstatus(pg), (int)CONNECTION_OK), "%s", PQerrorMessage(pg));
    (void)snprintf(text, sizeof text, "CREATE DATABASE t%ld_%d TEMPLATE template0", (long)getpid(),
                   ++made);
    PGresult *result = PQexec(pg, text);
    cr_assert(eq(int, (int)PQresultStatus(result), (int)PGRES_COMMAND_OK), "%s",
              PQerrorMessage(pg));
    PQclear(result);
    PQfinish(pg);
    (void)snprintf(rig->conninfo, sizeof rig->conninfo, "host=%s dbname=t%ld_%d user=statgate",
                   folder, (long)getpid(), made);
    rig->admin = PQconnectdb(rig->conninfo);
    cr_assert(eq(int, (int)PQstatus(rig->admin), (int)CONNECTION_OK), "%s",
              PQerrorMessage(rig->admin));
    rig_sql(rig, "SET client_min_messages = error");
}

void rig_act(const char *folder, const char *action, const char *more) {
    cr_assert(eq(int, rig_server(action, folder, more), 0), "%s", action);
}

void rig_own_server(struct rig *rig, char ret_folder[RIG_FOLDER_MAX]) {
    char pid[16];
    rig_stop(rig);
    (void)snprintf(ret_folder, RIG_FOLDER_MAX, "/tmp/statgate-own-%ld", (long)getpid());
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    rig_act(ret_folder, "start", pid);
    rig_database(rig, ret_folder);
}

static void read_line(const char *path, char *ret_line, size_t size) {
    FILE *file = fopen(path, "r");
    ret_line[0] = '\0';
    cr_assert(file != NULL, "%s", path);
    (void)fgets(ret_line, (int)size, file);
    (void)fclose(file);
}

pid_t rig_postmaster(const char *folder) {
    char path[128];
    char line[32];
    (void)snprintf(path, sizeof path, "%s/data/postmaster.pid", folder);
    read_line(path, line, sizeof line);
    return (pid_t)strtol(line, NULL, 10);
}

void rig_signal_server(const char *folder, int signal) {
    const pid_t parent = rig_postmaster(folder);
    char path[64];
    char line[512];
    cr_assert(eq(int, kill(parent, signal), 0));
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    read_line(path, line, sizeof line);
    char *end = line;
    for (long child; (child = strtol(end, &end, 10)) > 0;)
        (void)kill((pid_t)child, signal);
}

void rig_sql(struct rig *rig, const char *sql) {
    PGresult *result = PQexec(rig->admin, sql);
    const ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQerrorMessage(rig->admin));
    PQclear(result);
}

long rig_ask(struct rig *rig, const char *sql) {
    PGresult *result = PQexec(rig->admin, sql);
    cr_assert(eq(int, (int)PQresultStatus(result), (int)PGRES_TUPLES_OK), "%s: %s", sql,
              PQerrorMessage(rig->admin));
    const long number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

/* ---- the loop ---- */

static uint64_t processor_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void on_tick(uv_timer_t *timer) {
    struct rig *rig = timer->data;
    const uint64_t now_ns = uv_hrtime();
    if (rig->last_tick_ns != 0 && now_ns - rig->last_tick_ns > rig->longest_gap_ns)
        rig->longest_gap_ns = now_ns - rig->last_tick_ns;
    rig->last_tick_ns = now_ns;
    rig->ticks++;
}

static void on_before(uv_prepare_t *prepare) {
    struct rig *rig = prepare->data;
    if (rig->busy_from_ns == 0)
        return;
    const uint64_t busy_ns = processor_ns() - rig->busy_from_ns;
    rig->busy_ns += busy_ns;
    if (busy_ns > rig->longest_busy_ns)
        rig->longest_busy_ns = busy_ns;
}

static void on_after(uv_check_t *check) {
    struct rig *rig = check->data;
    rig->busy_from_ns = processor_ns();
}

void rig_start_catalogs(struct rig *rig, const char *conninfo, const char *const *catalogs,
                        size_t count) {
    char *texts[4] = {NULL};
    cr_assert(count < 4);
    for (size_t i = 0; i < count; i++) {
        struct strbuf text;
        const char *hole = strstr(catalogs[i], "%s");
        strbuf_init(&text);
        strbuf_put(&text, catalogs[i], (size_t)(hole - catalogs[i]));
        strbuf_puts(&text, conninfo ? conninfo : rig->conninfo);
        strbuf_puts(&text, hole + 2);
        texts[i] = strdup(strbuf_cstr(&text));
        strbuf_done(&text);
    }
    fixture_init(&rig->fx, (const char *const *)texts);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    cr_assert(eq(int, uv_loop_init(&rig->loop), 0));
    const struct postgres_options options = {.loop = &rig->loop,
                                             .set = &rig->fx.set,
                                             .store = rig->fx.store,
                                             .gate = rig->fx.gate,
                                             .clock = clock_of,
                                             .report = on_news,
                                             .arg = rig};
    rig->postgres = postgres_new(&options);
    cr_assert(rig->postgres != NULL);
    uv_timer_init(&rig->loop, &rig->tick);
    uv_prepare_init(&rig->loop, &rig->before);
    uv_check_init(&rig->loop, &rig->after);
    rig->tick.data = rig->before.data = rig->after.data = rig;
    uv_timer_start(&rig->tick, on_tick, 1, 1);
    uv_prepare_start(&rig->before, on_before);
    uv_check_start(&rig->after, on_after);
}

void rig_start(struct rig *rig, const char *conninfo, const char *families, const char *queries) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text,
                  "{\"statgate\":1,\"service\":\"test\",\"databases\":{\"main\":{\"conninfo\":"
                  "\"%%s\",\"connections\":1}},\"families\":{%s},\"queries\":[%s]}",
                  families, queries);
    const char *catalogs[] = {strbuf_cstr(&text)};
    rig_start_catalogs(rig, conninfo, catalogs, 1);
    strbuf_done(&text);
}

static void on_closed(void *arg) {
    *(bool *)arg = true;
}

/* Threads that nobody waits for close their connections on their own. */
static void join_abandoned(const struct rig *rig) {
    const uint64_t begin_ns = uv_hrtime();
    while (threads() > rig->threads && uv_hrtime() - begin_ns < THREADS_MS * 1000000ULL)
        (void)usleep(1000);
    cr_expect(le(sz, threads(), rig->threads), "a thread goes on");
}

void rig_stop(struct rig *rig) {
    if (rig->postgres) {
        bool closed = false;
        const uint64_t begin_ns = uv_hrtime();
        postgres_close(rig->postgres, on_closed, &closed);
        uv_close((uv_handle_t *)&rig->tick, NULL);
        uv_close((uv_handle_t *)&rig->before, NULL);
        uv_close((uv_handle_t *)&rig->after, NULL);
        cr_assert(eq(int, uv_run(&rig->loop, UV_RUN_DEFAULT), 0));
        cr_assert(closed);
        cr_expect(lt(u64, uv_hrtime() - begin_ns, 2000000000));
        cr_assert(eq(int, uv_loop_close(&rig->loop), 0));
        fixture_done(&rig->fx);
    }
    PQfinish(rig->admin);
    join_abandoned(rig);
}

static void on_done(void *arg) {
    *(bool *)arg = true;
}

bool rig_fresh(struct rig *rig, const char *service, uint64_t within_ms,
               struct postgres_wait *wait) {
    const struct endpoint *endpoint = &rig->fx.endpoints.items[0];
    const struct endpoint_page *page =
        service ? endpoint_page_of(endpoint, service) : &endpoint->all;
    cr_assert(page != NULL);
    return postgres_fresh(rig->postgres, page->queries, page->query_count, within_ms, wait);
}

int64_t rig_scrape(struct rig *rig, uint64_t within_ms) {
    bool done = false;
    struct postgres_wait wait = {.done = on_done, .arg = &done};
    const uint64_t begin_ns = uv_hrtime();
    if (!rig_fresh(rig, NULL, within_ms, &wait))
        return -1;
    cr_expect(not(done));
    while (!done && uv_hrtime() - begin_ns < LONGEST_RUN_MS * 1000000ULL)
        uv_run(&rig->loop, UV_RUN_ONCE);
    cr_assert(done, "the waiter was never called");
    return (int64_t)((uv_hrtime() - begin_ns) / 1000000);
}

void rig_run_for(struct rig *rig, uint64_t ms) {
    const uint64_t begin_ns = uv_hrtime();
    while (uv_hrtime() - begin_ns < ms * 1000000)
        uv_run(&rig->loop, UV_RUN_ONCE);
}

void rig_settle(struct rig *rig, size_t query) {
    const uint64_t begin_ns = uv_hrtime();
    while (rig_view(rig, query).running && uv_hrtime() - begin_ns < LONGEST_RUN_MS * 1000000ULL)
        uv_run(&rig->loop, UV_RUN_ONCE);
    cr_assert(not(rig_view(rig, query).running));
}

struct postgres_view rig_view(const struct rig *rig, size_t query) {
    struct postgres_view view;
    postgres_at(rig->postgres, query, &view);
    return view;
}

struct postgres_database_view rig_database_view(const struct rig *rig) {
    struct postgres_database_view view;
    postgres_database_at(rig->postgres, 0, &view);
    return view;
}
