# SPDX-License-Identifier: MIT
statgate_fuzzer(http SOURCES fuzz_http.c DEPS sg_http CORPUS ${PROJECT_SOURCE_DIR}/tests/cases/http)
