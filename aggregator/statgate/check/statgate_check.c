/* SPDX-License-Identifier: MIT */
/* statgate_check.c - statgate-check: the command with `check`. statgate starts it. */
#include "postgres/postgres.h"
#include "statgate/command.h"

int main(int argc, char **argv) {
    return statgate_main(argc, argv, &check_command, postgres_check_database);
}
