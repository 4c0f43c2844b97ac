# SPDX-License-Identifier: MIT
# Any bytes as the cgroup file of a process.
statgate_fuzzer(cgroup SOURCES fuzz_cgroup.c DEPS sg_host
  CORPUS ${CMAKE_SOURCE_DIR}/tests/cases/cgroup
  DICT ${CMAKE_CURRENT_SOURCE_DIR}/cgroup.dict)
