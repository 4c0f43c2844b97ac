# SPDX-License-Identifier: MIT
statgate_fuzzer(parse SOURCES fuzz_parse.c DEPS sg_proto number_oracle CORPUS ${PROJECT_SOURCE_DIR}/tests/cases/proto)
