/* SPDX-License-Identifier: MIT */
#include "options.h"

static bool parse_number(const char *text, unsigned long *ret_number) {
    char *end;
    errno = 0;
    *ret_number = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *ret_number <= 1000000000;
}

bool options_parse(int argc, char **argv, struct emitter_options *options) {
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--trouble") == 0) {
            options->trouble = true;
            continue;
        }
        if (++i == argc) {
            return false;
        }
        if (strcmp(option, "--socket") == 0) {
            options->socket = argv[i];
        } else if (strcmp(option, "--database") == 0) {
            options->database = argv[i];
        } else if (!(strcmp(option, "--seconds") == 0 &&
                     parse_number(argv[i], &options->seconds)) &&
                   !(strcmp(option, "--rounds") == 0 && parse_number(argv[i], &options->rounds))) {
            return false;
        }
    }
    return true;
}

void options_print_usage(FILE *out, const char *program, const struct emitter_role *roles,
                         size_t roles_count) {
    bool database = false;
    for (size_t i = 0; i < roles_count; i++) {
        database = database || roles[i].needs_database;
    }
    fprintf(out,
            "usage: %s [--socket PATH] [--seconds N | --rounds N] [--trouble]%s\n"
            "  --socket PATH        the daemon's socket; else $STATGATE_SOCKET, else the default "
            "places\n"
            "  --seconds N          end after N seconds; else by Ctrl-C\n"
            "  --rounds N           N rounds of each process without pauses; then all stay until "
            "standard\n"
            "                       input is closed\n"
            "  --trouble            a load that the alerts are for\n%s",
            program, database ? " [--database CONNINFO]" : "",
            database ? "  --database CONNINFO  move rows there, too, through psql\n" : "");
    for (size_t i = 0; i < roles_count; i++) {
        if (roles[i].note != NULL) {
            fprintf(out, "\n%s", roles[i].note);
        }
    }
}
