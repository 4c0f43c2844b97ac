# SPDX-License-Identifier: MIT
# Queries and texts from outside: the views stay JSON, and the expositions end well.
statgate_fuzzer(view SOURCES fuzz_view.c DEPS sg_base sg_view sg_gate sg_loader PkgConfig::JANSSON
                CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_view)
