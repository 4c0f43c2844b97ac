#include "statgate/check/connect.h"

#include <stdlib.h>

const struct catalog_query *check_connect_query(const struct catalog_set *set,
                                                const struct check_database *database,
                                                size_t index) {
    for (size_t i = 0; i < set->query_count; i++)
        if (set->queries[i]->database == database->database && index-- == 0)
            return set->queries[i];
    return NULL;
}

const char *check_connect_use(const struct catalog_query *query, const char *column,
                              bool *ret_is_label) {
    for (size_t i = 0; i < query->label_count; i++) {
        if (strcmp(query->labels[i].column, column) == 0) {
            *ret_is_label = true;
            return query->labels[i].label;
        }
    }
    for (size_t i = 0; i < query->value_count; i++) {
        if (strcmp(query->values[i].column, column) == 0) {
            *ret_is_label = false;
            return query->values[i].family->name;
        }
    }
    return NULL;
}

static size_t queries_of(const struct catalog_set *set, const struct catalog_database *database) {
    size_t count = 0;
    for (size_t i = 0; i < set->query_count; i++)
        count += set->queries[i]->database == database;
    return count;
}

/* Add an error for each query that does not fit. True if all of them fit. */
static bool tell_misfits(const struct catalog_set *set, const struct check_database *database,
                         struct messages *errors) {
    bool good = true;
    for (size_t i = 0; i < database->count; i++) {
        const struct catalog_query *query = check_connect_query(set, database, i);
        if (database->checks[i].good)
            continue;
        mistakes_messages_add(errors, "%s: /queries/%zu (%s): %s", query->catalog->file,
                              (size_t)(query - query->catalog->queries), query->name,
                              database->checks[i].error.text);
        good = false;
    }
    return good;
}

/* Warn of a powerful role: a query may call any function that its role may call, and a read-only
 * transaction does not keep these functions from files and programs. */
static void warn_of_role(const struct check_database *database, struct messages *warnings) {
    static const char *const may[] = {[POSTGRES_ROLE_SERVER] =
                                          "may run programs on the server or write its files",
                                      [POSTGRES_ROLE_SUPERUSER] = "is a superuser"};
    if (database->answer.role != POSTGRES_ROLE_PLAIN)
        mistakes_messages_add(warnings,
                              "%s: /databases/%s: the role %s; a query needs one that reads tables",
                              database->database->catalog->file, database->database->name,
                              may[database->answer.role]);
}

static int ask(const struct cli *cli, const struct catalog_set *set, struct check_database *ask_of,
               struct postgres_check *checks, struct messages *errors, struct messages *warnings) {
    const struct catalog_database *database = ask_of->database;
    ask_of->checks = checks;
    cli->check_database(set, database, CHECK_CONNECT_S, checks, queries_of(set, database),
                        &ask_of->answer);
    if (!ask_of->answer.connected) {
        mistakes_messages_add(errors, "%s: /databases/%s: no connection: %s",
                              database->catalog->file, database->name, ask_of->answer.error.text);
        return CLI_FAILURE;
    }
    warn_of_role(ask_of, warnings);
    ask_of->count = queries_of(set, database);
    return tell_misfits(set, ask_of, errors) ? CLI_OK : CLI_USAGE;
}

int check_connect(const struct cli *cli, const struct catalog_set *set, struct messages *errors,
                  struct messages *warnings, struct check_connect *ret_connect) {
    *ret_connect = (struct check_connect){.database_count = 0};
    ret_connect->databases = calloc(set->database_count + 1, sizeof *ret_connect->databases);
    ret_connect->checks = calloc(set->query_count + 1, sizeof *ret_connect->checks);
    if (ret_connect->databases == NULL || ret_connect->checks == NULL) {
        mistakes_messages_add(errors, "out of memory");
        return CLI_FAILURE;
    }
    int code = CLI_OK;
    struct postgres_check *checks = ret_connect->checks;
    for (size_t i = 0; i < set->database_count; i++) {
        struct check_database *database = &ret_connect->databases[ret_connect->database_count++];
        database->database = set->databases[i];
        const int result = ask(cli, set, database, checks, errors, warnings);
        checks += queries_of(set, set->databases[i]);
        code = result > code ? result : code; /* a query that does not fit has the higher code */
    }
    return code;
}

void check_connect_done(struct check_connect *connect) {
    free(connect->databases);
    free(connect->checks);
    *connect = (struct check_connect){.database_count = 0};
}
