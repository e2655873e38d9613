// Reading what is larger than memory should hold, from one moment of the database. For this room alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "importer/store/batch.hpp"

namespace clientsync {

/// A transaction that only reads. All that is read in it is from the moment of its first statement, and nobody waits
/// for it. Whoever reads may be slow, such as a person with a pager: the server waits for up to an hour.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& connection_;
};

/// The statement that adds to `page` the first `size` rows after `last`, in their order; nullptr: from the start.
template <class Row>
using PageStatement = std::function<Statement(const Row* last, std::size_t size, std::vector<Row>& page)>;

/// Calls `each` with up to `most` rows, which are read in pages from one Snapshot. What `each` throws passes through
/// unchanged. `doing`: see Connection::error.
template <class Row>
void read_in_pages(Connection& connection, std::string_view doing, std::size_t most, const PageStatement<Row>& next,
                   const std::function<void(const Row&)>& each) {
  constexpr std::size_t rows_of_page = 5000;
  const Snapshot snapshot(connection);
  std::optional<Row> last;
  while (most > 0) {
    const std::size_t size = std::min(most, rows_of_page);
    std::vector<Row> page;
    page.reserve(size);
    Batch batch(connection);
    batch.add(next(last ? &*last : nullptr, size, page));
    batch.run(doing);
    for (const Row& row : page) each(row);
    if (page.size() < size) return;
    most -= size;
    last = std::move(page.back());
  }
}

}  // namespace clientsync
