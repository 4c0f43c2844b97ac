# SPDX-License-Identifier: MIT
statgate_fuzzer(gate SOURCES fuzz_gate.c DEPS sg_store sg_gate sg_loader sg_view
                CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_gate)
