// A database of its own for a test, of the kind that the variable CLIENTSYNC_TEST_DATABASE names, or sqlite. The
// servers are those in the directory CLIENTSYNC_TEST_SERVERS (tests/support/servers.py).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// An empty database, which is dropped at the end even if somebody is still connected. SQLite: one file, one user.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] static DatabaseKind kind();
  [[nodiscard]] DatabaseOptions owner() const;    ///< may create tables
  [[nodiscard]] DatabaseOptions runtime() const;  ///< may use those that the owner created

  /// Creates clientsync's tables, as their owner.
  void make_tables() const;
  /// A superuser, on a connection of which clientsync knows nothing.
  [[nodiscard]] std::unique_ptr<soci::session> outsider() const;
  /// Cuts off all other connections to this database, as a server's administrator can.
  void cut_off() const;

 private:
  [[nodiscard]] DatabaseOptions options(const std::string& role) const;
  TemporaryDirectory directory_;
  std::string name_;
};

/// For a database or a role.
[[nodiscard]] std::string random_name();

/// The result of a query: a line for each row, with a space between columns, and "-" for NULL.
[[nodiscard]] std::string text_of(soci::session& session, const std::string& sql);
[[nodiscard]] std::string text_of(Connection& connection, const std::string& sql);

/// The statements that `work` runs on the connection, which is one to SQLite, each once.
[[nodiscard]] std::vector<std::string> statements_of(Connection& connection, const std::function<void()>& work);

}  // namespace clientsync::testing
