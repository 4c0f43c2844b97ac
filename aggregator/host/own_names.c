#include "host/own_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 253, TABLE_LINES_MAX = 4096 };

static void put_name(struct strbuf *out, const char *name, size_t len) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (len == 0 || len > NAME_MAX_LEN || name[0] == '.' || strspn(name, allowed) < len)
        return;
    if (out->len > 0)
        strbuf_putc(out, ',');
    strbuf_put(out, name, len);
}

/* Read a line of the table: an address, then names. */
static void put_line(struct strbuf *out, const char *host, char *line) {
    static const char blanks[] = " \t\r\n";
    const size_t len = strlen(host);
    char *rest = NULL;
    line[strcspn(line, "#")] = '\0';
    (void)strtok_r(line, blanks, &rest);
    for (char *name; (name = strtok_r(NULL, blanks, &rest)) != NULL;)
        if (strncasecmp(name, host, len) == 0 && name[len] == '.')
            put_name(out, name, strlen(name));
}

static void put_table(struct strbuf *out, const char *host, FILE *table) {
    char *line = NULL;
    size_t size = 0;
    for (size_t i = 0; i < TABLE_LINES_MAX && getline(&line, &size, table) >= 0; i++)
        put_line(out, host, line);
    free(line);
}

void own_names_put(struct strbuf *out, const char *host, const char *table) {
    const size_t first = strcspn(host, ".");
    put_name(out, host, strlen(host));
    if (host[first] != '\0')
        put_name(out, host, first);
    FILE *file = fopen(table, "re");
    if (file == NULL)
        return;
    if (*host != '\0')
        put_table(out, host, file);
    (void)fclose(file);
}

void own_names_read(struct strbuf *out) {
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) == 0)
        own_names_put(out, host, "/etc/hosts");
}
