# SPDX-License-Identifier: MIT
# statgate_generate_header(TARGET CATALOG [HEADER NAME.h] [PREFIX NAME]): writes a function for each family of the catalog
# to a header that TARGET can include, CATALOG's name with _metrics.h unless HEADER is given; again whenever the catalog
# changes. See statgate(1), `statgate gen`.
#
# It runs the program STATGATE_PROGRAM, which has to run on the machine that builds.
function(statgate_generate_header target catalog)
  cmake_parse_arguments(ARG "" "HEADER;PREFIX" "" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "statgate_generate_header: unknown argument ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  get_filename_component(catalog ${catalog} ABSOLUTE)
  if(NOT ARG_HEADER)
    get_filename_component(name ${catalog} NAME_WE)
    set(ARG_HEADER ${name}_metrics.h)
  endif()
  set(program ${STATGATE_PROGRAM})
  if(NOT program AND TARGET statgate)
    set(program statgate) # the one that is being built
  endif()
  if(NOT program)
    message(FATAL_ERROR "statgate_generate_header: there is no statgate here; set STATGATE_PROGRAM to one")
  endif()
  set(prefix)
  if(ARG_PREFIX)
    set(prefix --prefix ${ARG_PREFIX})
  endif()
  # A header that is what it was stays as it is, so that nothing else is built again; the stamp says when it was looked at.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/statgate-${target})
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/${ARG_HEADER}.stamp BYPRODUCTS ${folder}/${ARG_HEADER}
    COMMAND ${program} gen c --output ${folder}/${ARG_HEADER} ${prefix} ${catalog}
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/${ARG_HEADER}.stamp
    DEPENDS ${catalog} ${program} COMMENT "Writing ${ARG_HEADER}" VERBATIM)
  string(MAKE_C_IDENTIFIER ${ARG_HEADER} name)
  add_custom_target(${target}-${name} DEPENDS ${folder}/${ARG_HEADER}.stamp)
  add_dependencies(${target} ${target}-${name})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
