# SPDX-License-Identifier: MIT
# cmake -D OUT=file.c -D NAME=array -D "FILES=a.css;b.js" -P EmbedAssets.cmake: writes the table of page/page.h.
# Content-Types go by the end of a name.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(arrays "")
set(rows "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  get_filename_component(end ${file} LAST_EXT)
  string(SUBSTRING ${end} 1 -1 end)
  if(NOT DEFINED type_${end})
    message(FATAL_ERROR "${file}: no Content-Type is known for .${end}")
  endif()
  string(MAKE_C_IDENTIFIER ${name} symbol)
  file(READ ${file} bytes HEX)
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " bytes "${bytes}")
  string(APPEND arrays "static const unsigned char ${symbol}[] = {\n${bytes}};\n\n")
  string(APPEND rows "    {\"/-/${name}\", \"${type_${end}}\", \"\\\"${hash}\\\"\", ${symbol}, sizeof ${symbol}},\n")
endforeach()
file(WRITE ${OUT} "/* Made by EmbedAssets.cmake from page/assets; do not edit. */
#include \"page/page.h\"

${arrays}const struct page_asset ${NAME}[] = {
${rows}};
const size_t page_asset_count = sizeof ${NAME} / sizeof ${NAME}[0];
")
