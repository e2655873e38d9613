#include "importer/store/backend.hpp"

#include <dlfcn.h>

namespace clientsync {
namespace {

/// The loader looks for the module in the directory that the program itself names, as importer/CMakeLists.txt sets it.
/// The module is never closed. After an error, the next call tries again.
const Backend& load_backend(const char* module_name, const std::string& server) {
  void* const module = ::dlopen(module_name, RTLD_NOW | RTLD_LOCAL);
  const void* const backend = module == nullptr ? nullptr : ::dlsym(module, "clientsync_backend");
  if (backend != nullptr) return *static_cast<const Backend*>(backend);
  throw DatabaseError(DatabaseError::Kind::refused,
                      "cannot load the module for " + server + ": " + ::dlerror() +
                          R"(; docs/operations.md, "Install", says where it belongs and which packages it needs)");
}

}  // namespace

const Backend& backend_of(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::sqlite:
      return sqlite_backend;
    case DatabaseKind::postgresql: {
      static const Backend& backend = load_backend("clientsync-postgresql.so", "PostgreSQL");
      return backend;
    }
    case DatabaseKind::mysql: {
      static const Backend& backend = load_backend("clientsync-mysql.so", "MariaDB");
      return backend;
    }
  }
  throw DatabaseError(DatabaseError::Kind::bug, "an unknown kind of database");
}

}  // namespace clientsync
