# Debian's libsoci-dev 4.0.3 contains no CMake package. The targets have the names of SOCI 4.1's own package, so that
# this file can be deleted as soon as Debian has that version.
#
#   SOCI::Core  SOCI::SQLite3  SOCI::PostgreSQL  SOCI::MySQL

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_core_LIBRARY)

if(SOCI_INCLUDE_DIR AND SOCI_core_LIBRARY AND NOT TARGET SOCI::Core)
  add_library(SOCI::Core UNKNOWN IMPORTED)
  set_target_properties(SOCI::Core PROPERTIES
    IMPORTED_LOCATION "${SOCI_core_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR}")
endif()

# A backend is its library and the headers of the database's own client, which SOCI's header for the backend includes.
function(soci_backend name library client_header client_suffix)
  find_library(SOCI_${library}_LIBRARY soci_${library})
  find_path(SOCI_${library}_CLIENT_INCLUDE_DIR ${client_header} PATH_SUFFIXES ${client_suffix})
  mark_as_advanced(SOCI_${library}_LIBRARY SOCI_${library}_CLIENT_INCLUDE_DIR)
  if(SOCI_${library}_LIBRARY AND SOCI_${library}_CLIENT_INCLUDE_DIR AND TARGET SOCI::Core)
    set(SOCI_${name}_FOUND TRUE PARENT_SCOPE)
    if(NOT TARGET SOCI::${name})
      add_library(SOCI::${name} UNKNOWN IMPORTED)
      set_target_properties(SOCI::${name} PROPERTIES
        IMPORTED_LOCATION "${SOCI_${library}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${SOCI_${library}_CLIENT_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES SOCI::Core)
    endif()
  endif()
endfunction()

soci_backend(SQLite3 sqlite3 sqlite3.h "")
soci_backend(PostgreSQL postgresql libpq-fe.h postgresql)
soci_backend(MySQL mysql mysql.h mariadb)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_core_LIBRARY SOCI_INCLUDE_DIR HANDLE_COMPONENTS)
