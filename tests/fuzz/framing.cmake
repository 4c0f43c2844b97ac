# SPDX-License-Identifier: MIT
# Any bytes as a connection's stream, cut into reads anywhere.
statgate_fuzzer(framing SOURCES fuzz_framing.c DEPS sg_ingress
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_framing)
