# SPDX-License-Identifier: MIT
# Any bytes as a request of the control socket, read again by a regular expression.
statgate_fuzzer(control SOURCES fuzz_control.c DEPS sg_base sg_control
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_control
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/control.dict)
