# find_package(veleta) brings the headers as the target veleta::sdk, veleta_add_plugin, and VELETA_PROGRAM: the host, if
# it is installed under the same prefix, or found under CMAKE_PREFIX_PATH or on the PATH.
include(${CMAKE_CURRENT_LIST_DIR}/veletaTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/plugin_library.cmake)

# A project may have one language alone.
if(CMAKE_CXX_COMPILER_LOADED)
  target_compile_features(veleta::sdk INTERFACE cxx_std_20)
endif()
if(CMAKE_C_COMPILER_LOADED)
  target_compile_features(veleta::sdk INTERFACE c_std_11)
endif()

get_filename_component(veleta_prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
find_program(VELETA_PROGRAM veleta HINTS ${veleta_prefix}/bin DOC "The host, which runs the plugins' contract tests")
unset(veleta_prefix)

# veleta_add_plugin(NAME SOURCES … [LIBRARIES …] [SETTINGS name=value …])
# The plugin library NAME.so with its manifest NAME.toml beside it, in the current build folder. With enable_testing()
# before it, CTest gets the test NAME.contract: `veleta plugins check` on the library. SETTINGS are the values that the
# check gives to parameters, those without a default above all.
function(veleta_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 plugin "" "" "SOURCES;LIBRARIES;SETTINGS")
  if(NOT plugin_SOURCES OR plugin_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "expected veleta_add_plugin(${name} SOURCES … [LIBRARIES …] [SETTINGS name=value …]), "
                        "found veleta_add_plugin(${ARGV})")
  endif()
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.toml)
    message(FATAL_ERROR "the plugin ${name} needs a manifest: ${CMAKE_CURRENT_SOURCE_DIR}/${name}.toml is missing")
  endif()
  add_library(${name} MODULE ${plugin_SOURCES})
  target_link_libraries(${name} PRIVATE veleta::sdk ${plugin_LIBRARIES})
  veleta_make_plugin(${name} ${name})
  # The empty expression keeps generators with many configurations from adding a folder of their own.
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/$<0:>)
  configure_file(${name}.toml ${CMAKE_CURRENT_BINARY_DIR}/${name}.toml COPYONLY)
  if(VELETA_PROGRAM)
    list(TRANSFORM plugin_SETTINGS PREPEND --set=)
    add_test(NAME ${name}.contract COMMAND ${VELETA_PROGRAM} plugins check $<TARGET_FILE:${name}> ${plugin_SETTINGS})
  else()
    message(WARNING "no veleta program was found: ${name} has no contract test.\n"
                    "Put the program's folder on the PATH, or its prefix into CMAKE_PREFIX_PATH.")
  endif()
endfunction()
