#include "postgres/conninfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgres/message.h"

enum { EXTRA_OPTIONS = 4 };

static const char *declared(const PQconninfoOption *options, const char *keyword) {
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val;
    return NULL;
}

/* Limit a timeout. To libpq, 0 and negative numbers mean forever, and 1 means 2. */
static unsigned bounded_timeout_s(const char *text, unsigned most_s) {
    const long asked = text != NULL ? strtol(text, NULL, 10) : CONNINFO_TIMEOUT_S;
    return asked <= 0 || asked > (long)most_s ? most_s : (unsigned)asked;
}

static void ignore_notice(void *arg, const PGresult *result) {
    (void)arg;
    (void)result;
}

static PGconn *connect_with(const struct memory *memory, const PQconninfoOption *options,
                            unsigned most_s) {
    size_t count = 0;
    while (options[count].keyword != NULL)
        count++;
    const char **keywords = memory_array(memory, 2 * (count + EXTRA_OPTIONS), sizeof *keywords);
    if (keywords == NULL)
        return NULL;
    const char **values = keywords + count + EXTRA_OPTIONS;
    const char *asked = declared(options, "connect_timeout");
    char timeout[16];
    (void)snprintf(timeout, sizeof timeout, "%u",
                   bounded_timeout_s(asked != NULL ? asked : getenv("PGCONNECT_TIMEOUT"), most_s));
    size_t used = 0;
    keywords[used] = "fallback_application_name"; /* a later value overrides this one */
    values[used++] = "statgate";
    for (size_t i = 0; i < count; i++) {
        if (options[i].val == NULL)
            continue;
        keywords[used] = options[i].keyword;
        values[used++] = options[i].val;
    }
    keywords[used] = "client_encoding";
    values[used++] = "UTF8";
    keywords[used] = "connect_timeout";
    values[used++] = timeout;
    PGconn *pg = PQconnectdbParams(keywords, values, 0);
    memory_release(memory, keywords);
    return pg;
}

/* libpq's message names host, user and database, which helps; none of them contains the
 * password. */
static void tell_failure(const PGconn *pg, struct error *ret_error) {
    const char *text = PQerrorMessage(pg);
    const char *password = PQpass(pg);
    if (password != NULL && *password && strstr(text, password) != NULL)
        text = "the connection failed; libpq's message is withheld, for it holds the password";
    error_clear(ret_error);
    message_add(ret_error, text);
}

PGconn *conninfo_connect(const struct memory *memory, const char *conninfo, unsigned timeout_s,
                         struct error *ret_error) {
    const unsigned most_s =
        timeout_s > 0 && timeout_s < CONNINFO_TIMEOUT_MAX_S ? timeout_s : CONNINFO_TIMEOUT_MAX_S;
    /* libpq's message about a text that it cannot parse quotes the text, so it is not passed on. */
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    if (options == NULL) {
        error_set(ret_error, "conninfo is neither a connection URI nor a list of key=value");
        return NULL;
    }
    PGconn *pg = connect_with(memory, options, most_s);
    PQconninfoFree(options);
    if (pg == NULL) {
        error_no_memory(ret_error);
        return NULL;
    }
    (void)PQsetNoticeReceiver(pg, ignore_notice, NULL); /* libpq would write to standard error */
    if (PQstatus(pg) != CONNECTION_OK) {
        tell_failure(pg, ret_error);
        PQfinish(pg);
        return NULL;
    }
    return pg;
}
