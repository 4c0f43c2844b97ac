/* SPDX-License-Identifier: MIT */
#include "emitter.h"

#include "options.h"
#include "parent.h"

int emitter_main(int argc, char **argv, const struct emitter_role *roles, size_t roles_count) {
    struct parent parent = {0};
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        options_print_usage(stdout, argv[0], roles, roles_count);
        return 0;
    }
    if (!options_parse(argc, argv, &parent.options)) {
        options_print_usage(stderr, argv[0], roles, roles_count);
        return 2;
    }
    if (!parent_open(&parent)) {
        perror(argv[0]);
        return 1;
    }
    parent_start(&parent, roles, roles_count);
    if (!parent.failed) {
        parent_watch(&parent);
    }
    parent_end(&parent);
    return parent.failed ? 1 : 0;
}
