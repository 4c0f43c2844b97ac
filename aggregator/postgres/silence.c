/* Decides that a database does not answer, and that it does again. */
#include "postgres/silence.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "postgres/connection.h"
#include "postgres/ready.h"

static const uint64_t silent_ns = (uint64_t)POSTGRES_SILENT_MS * NS_PER_MS;

static void report(struct database *database, bool good) {
    const struct postgres_news news = {.database = database->catalog,
                                       .silence = true,
                                       .good = good,
                                       .error = good ? POSTGRES_OK : POSTGRES_TIMEOUT,
                                       .sqlstate = "",
                                       .message = database->message.text};
    collector_report(database->postgres, &database->news, &news);
}

void silence_back_off(struct database *database) {
    const uint64_t most_ms = database->silent ? POSTGRES_PROBE_MAX_MS : POSTGRES_RETRY_MAX_MS;
    if (database->backoff_ms > most_ms)
        database->backoff_ms = most_ms;
    database->retry_ns = collector_now_ns() + database->backoff_ms * NS_PER_MS;
    database->backoff_ms *= 2;
}

/* ---- it begins ---- */

/* Whether the server answers the present request without the work of a query. */
static bool is_plain(const struct connection *connection) {
    return connection->state == CONNECTION_BUSY &&
           (connection->phase == PHASE_BEGIN || connection->phase == PHASE_END ||
            connection->phase == PHASE_DISCARD);
}

/* Whether a request of that time should have been answered, and nothing came since. */
static bool is_overdue(const struct database *database, uint64_t asked_ns, uint64_t now_ns) {
    return now_ns - asked_ns >= silent_ns && database->heard_ns <= asked_ns;
}

/* While other connections are open, only the attempt of a probe says something: the server may
 * allow no more. */
static bool is_connecting_in_vain(const struct database *database, uint64_t now_ns) {
    return database->connecting != NULL &&
           (database->probe != NULL || connection_count(database) == 0) &&
           is_overdue(database, database->connect_ns, now_ns);
}

/* When the request was made that should have been answered; 0: there is none. */
static uint64_t unanswered_ns(const struct database *database, uint64_t now_ns) {
    for (size_t i = 0; i < database->count; i++) {
        const struct connection *connection = &database->connections[i];
        if (is_plain(connection) && is_overdue(database, connection->asked_ns, now_ns))
            return connection->asked_ns;
    }
    return is_connecting_in_vain(database, now_ns) ? database->connect_ns : 0;
}

/* Connections that nobody uses may be as dead as the others; an attempt under way becomes the
 * probe. */
static void sort_out(struct database *database) {
    for (size_t i = 0; i < database->count; i++) {
        struct connection *connection = &database->connections[i];
        if (connection->state == CONNECTION_IDLE)
            connection_close(connection, NULL);
        else if (connection->state == CONNECTION_CONNECTING)
            database->probe = connection;
    }
}

static void set_silent(struct database *database, bool silent) {
    database->silent = silent;
    database->handed->silent = silent;
}

static void begin(struct database *database) {
    set_silent(database, true);
    database->doubtful = false;
    database->backoff_ms = POSTGRES_RETRY_MIN_MS;
    silence_back_off(database);
    sort_out(database);
    report(database, false);
    ready_kick(database->postgres);
}

void silence_time_out(struct database *database, uint64_t now_ns) {
    const uint64_t asked_ns = unanswered_ns(database, now_ns);
    if (database->silent || asked_ns == 0)
        return;
    error_set(&database->message, "no answer for %" PRIu64 " ms", (now_ns - asked_ns) / NS_PER_MS);
    begin(database);
}

void silence_give_up(struct connection *connection, uint64_t now_ns) {
    struct database *database = connection->database;
    const uint64_t gave_up_ns = connection->give_up_ns - (uint64_t)GIVE_UP_MS * NS_PER_MS;
    const uint64_t since_ns = connection->asked_ns > gave_up_ns ? connection->asked_ns : gave_up_ns;
    silence_time_out(database, now_ns);
    if (database->probe == connection)
        silence_back_off(database);
    else
        database->doubtful |= database->heard_ns <= since_ns;
}

/* It refuses us: that is an answer, and was reported as a failure before, or will be. */
static void refused(struct database *database) {
    if (connection_count(database) > 0) {
        silence_heard(database);
        return;
    }
    set_silent(database, false);
    database->doubtful = false;
    database->heard_ns = collector_now_ns();
}

bool silence_connect_failed(struct connection *connection) {
    struct database *database = connection->database;
    const bool answered = !is_overdue(database, database->connect_ns, collector_now_ns());
    const bool alone = database->probe == connection || connection_count(database) == 0;
    if (database->probe == connection)
        database->probe = NULL;
    if (answered)
        refused(database);
    else if (alone && database->silent)
        silence_back_off(database);
    else if (alone)
        begin(database);
    return !answered && alone;
}

uint64_t silence_look_ns(const struct database *database) {
    const bool looks = database->probe != NULL && database->connecting != NULL && !database->silent;
    return looks ? database->connect_ns + silent_ns : 0;
}

/* ---- it ends ---- */

void silence_heard(struct database *database) {
    database->heard_ns = collector_now_ns();
    database->doubtful = false;
    database->probe = NULL;
    if (!database->silent)
        return;
    set_silent(database, false);
    database->backoff_ms = POSTGRES_RETRY_MIN_MS;
    database->retry_ns = 0;
    error_clear(&database->message);
    report(database, true);
    ready_kick(database->postgres);
}

/* ---- it is handed on ---- */

#define FIELD(member, name, type)                                                                  \
    { (name), (type), offsetof(struct handed_database, member), 1 }

#define TABLE "database"

static const struct object_field fields[] = {
    FIELD(service, "service", OBJECT_U32),
    FIELD(silent, "silent", OBJECT_U32),
    FIELD(conninfo, "conninfo", OBJECT_U64),
    FIELD(name, "name", OBJECT_U64),
};

static uint64_t hash_text(const char *text) {
    return hash_bytes(text, strlen(text), 0);
}

bool silence_open(struct postgres *postgres) {
    const struct object_spec spec = {.name = TABLE,
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct handed_database),
                                     .max_items = postgres->options.set->database_count,
                                     .fields = fields,
                                     .field_count = sizeof fields / sizeof *fields};
    return object_table(postgres->options.object, postgres->memory, &spec, &postgres->handed) &&
           object_reach(&postgres->handed, spec.max_items);
}

struct handed_database *silence_handed(const struct database *database) {
    const struct catalog_database *catalog = database->catalog;
    struct handed_database *handed = object_at(&database->postgres->handed, catalog->index);
    *handed = (struct handed_database){.service = catalog->catalog->index,
                                       .conninfo = hash_text(catalog->conninfo),
                                       .name = hash_text(catalog->name)};
    return handed;
}

uint64_t postgres_object_bytes(const struct catalog_set *set) {
    return object_table_bytes(set->database_count, sizeof(struct handed_database));
}

static void resume(struct database *database) {
    error_set(&database->message, "no answer before this process took over");
    database->wanted_ms = collector_mono_ms(database->postgres);
    begin(database);
    database->retry_ns = 0;
}

void postgres_restore(struct postgres *postgres, const struct image *image,
                      const struct match *match) {
    struct image_table table;
    if (postgres == NULL || !image_find(image, TABLE, OBJECT_NONE, OBJECT_NONE, &table))
        return;
    const struct image_field service = image_field(&table, "service", OBJECT_U32);
    const struct image_field silent = image_field(&table, "silent", OBJECT_U32);
    const struct image_field conninfo = image_field(&table, "conninfo", OBJECT_U64);
    const struct image_field name = image_field(&table, "name", OBJECT_U64);
    for (uint64_t i = 0; i < table.items && i < CATALOG_DATABASES_MAX; i++) {
        const struct catalog *catalog =
            match_catalog(match, (uint32_t)image_integer(&table, i, service, 0));
        for (size_t j = 0; j < postgres->database_count; j++) {
            struct database *database = &postgres->databases[j];
            if (database->catalog->catalog == catalog && !database->silent &&
                image_integer(&table, i, silent, 0) == 1 &&
                image_integer(&table, i, conninfo, 0) == database->handed->conninfo &&
                image_integer(&table, i, name, 0) == database->handed->name)
                resume(database);
        }
    }
}
