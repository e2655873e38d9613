// What every import has to do at least, without a library in between: the floor below the times of clientsync. One
// commit of the same rows in the same tables, with the same durability.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clientsync::bench {

/// A row of a list without quotes, as views into its text.
struct FloorRow {
  std::string_view company_id, display_name, number;
};

/// A list and its report, ready to be written.
struct FloorImport {
  std::string firm;  ///< its number, as `find_firm` gives it
  std::string inbox, name, report_name;
  std::string sha256, report_sha256;
  std::int64_t size = 0, mtime = 0;
  std::string bytes, report;
  std::vector<FloorRow> rows;
};

/// A database into which imports are written as fast as its own client library can.
class FloorStore {
 public:
  FloorStore() = default;
  FloorStore(const FloorStore&) = delete;
  FloorStore& operator=(const FloorStore&) = delete;
  virtual ~FloorStore() = default;

  virtual std::string find_firm(const std::string& name) = 0;

  /// Writes the numbers of the clients that the rows name, the history with the numbers before, the ledger and the
  /// bytes, and commits. `lean`: without releasing numbers first, which is right if no row takes a number that another
  /// client has.
  virtual void write(const FloorImport& import, bool lean) = 0;
};

std::unique_ptr<FloorStore> open_sqlite(const std::string& path);
/// `place`: the text of a libpq connection.
std::unique_ptr<FloorStore> open_postgresql(const std::string& place);
/// `place`: SOCKET DATABASE USER PASSWORD, separated by spaces.
std::unique_ptr<FloorStore> open_mysql(const std::string& place);

}  // namespace clientsync::bench
