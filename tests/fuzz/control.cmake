# SPDX-License-Identifier: MIT
# Any text as the labels of a command, written again.
statgate_fuzzer(control SOURCES fuzz_control.c DEPS sg_base sg_control
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_control
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/control.dict)
