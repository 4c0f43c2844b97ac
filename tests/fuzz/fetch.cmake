# SPDX-License-Identifier: MIT
# Any bytes as a response to the command's client, in one piece and in many.
statgate_fuzzer(fetch SOURCES fuzz_fetch.c DEPS sg_base sg_fetch
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_fetch
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/fetch.dict)
