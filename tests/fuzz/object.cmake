# SPDX-License-Identifier: MIT
# The object of a process that ended, with any damage: what of it is taken over is what a family can have.
statgate_fuzzer(object SOURCES fuzz_object.c fuzz_object_base.c fuzz_object_check.c DEPS sg_base sg_object sg_catalog sg_store sg_gate sg_loader sg_view
  CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus_object)
