// Statements that are sent together (docs/decisions/0009-batches.md). A server gets them in one round trip; SQLite, in
// our own process, runs each in its turn, prepared once for each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

/// NULL, a number or a text.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, std::string>;

[[nodiscard]] inline Value value_of(const std::optional<std::string_view>& text) {
  return text ? Value(*text) : Value(nullptr);
}

struct Parameter {
  std::string_view name;  ///< `:name` in the statement
  Value value;
};

/// What a statement does to many rows. SQLite runs it once for each row, with the row's fields as parameters. The
/// servers take some thousands of rows at once: PostgreSQL each field as an array, MariaDB all rows as a list of values
/// in the place of `:rows`.
struct Rows {
  std::vector<std::string_view> fields;
  std::size_t count = 0;
  /// Fills in the values of one row. They must stay until the next call.
  std::function<void(std::size_t row, std::span<Value> values)> read;
};

/// Rows of one field: these texts in the order of their bytes, each once.
[[nodiscard]] Rows distinct_rows(std::string_view field, std::vector<std::string_view> texts);

/// A column of an answer; nullopt: NULL.
using Cell = std::optional<std::string_view>;

[[nodiscard]] std::int64_t number_in(const Cell& cell);  ///< NULL is 0
[[nodiscard]] std::optional<std::string> text_in(const Cell& cell);

/// One statement in the words of the connection's database. What it refers to must stay until the batch has run.
struct Statement {
  std::string sql;
  std::vector<Parameter> parameters{};
  std::optional<Rows> rows{};

  /// How many columns its answer has; 0: it answers with the number of rows that it hit.
  std::size_t columns = 0;
  /// Called for each row of the answer; its cells go when it returns.
  std::function<void(std::span<const Cell>)> each{};

  /// How many rows it must hit in all; nullopt: any number. Otherwise the batch throws this error.
  std::optional<std::size_t> hits{};
  DatabaseError::Kind otherwise = DatabaseError::Kind::bug;
};

class Batch {
 public:
  explicit Batch(Connection& connection) : connection_(connection) {}

  [[nodiscard]] Connection& connection() const { return connection_; }
  void add(Statement statement) { statements_.push_back(std::move(statement)); }
  void put_first(Statement statement) { statements_.insert(statements_.begin(), std::move(statement)); }

  /// Runs the statements in their order, and forgets them. After an error the later ones have not been run.
  /// `doing`: see Connection::error.
  void run(std::string_view doing);

 private:
  Connection& connection_;
  std::vector<Statement> statements_;
};

}  // namespace clientsync
