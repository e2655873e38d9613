#include "importer/store/batch.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>

#include "importer/store/backend.hpp"
#include "importer/store/batch_text.hpp"
#include "importer/store/prepared.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;

json::value json_value(const Value& value, const json::storage_ptr& storage) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return json::value(*number, storage);
  if (const auto* view = std::get_if<std::string_view>(&value)) return json::value(*view, storage);
  if (const auto* text = std::get_if<std::string>(&value)) return json::value(*text, storage);
  return json::value(nullptr, storage);
}

/// The parameters of a prepared statement on SQLite, to which SOCI is bound for as long as they live.
class Bound {
 public:
  explicit Bound(std::size_t size) : texts_(size), has_(size, soci::i_null) {}

  void bind(soci::statement& statement, std::size_t at, std::string_view name) {
    statement.exchange(soci::use(texts_[at], has_[at], std::string(name)));
  }

  /// SQLite makes a number of a text if it meets a number.
  void set(std::size_t at, const Value& value) {
    has_[at] = std::holds_alternative<std::nullptr_t>(value) ? soci::i_null : soci::i_ok;
    if (const auto* number = std::get_if<std::int64_t>(&value)) texts_[at] = std::to_string(*number);
    if (const auto* view = std::get_if<std::string_view>(&value)) texts_[at] = *view;
    if (const auto* text = std::get_if<std::string>(&value)) texts_[at] = *text;
  }

 private:
  std::vector<std::string> texts_;
  std::vector<soci::indicator> has_;
};

/// The columns of an answer, to which SOCI is bound for as long as they live.
class Columns {
 public:
  explicit Columns(std::size_t size) : texts_(size), has_(size, soci::i_null), cells_(size) {}

  void bind(soci::statement& statement) {
    for (std::size_t at = 0; at < texts_.size(); ++at) statement.exchange(soci::into(texts_[at], has_[at]));
  }

  [[nodiscard]] std::span<const Cell> cells() {
    for (std::size_t at = 0; at < texts_.size(); ++at)
      cells_[at] = has_[at] == soci::i_ok ? Cell(texts_[at]) : std::nullopt;
    return cells_;
  }

 private:
  std::vector<std::string> texts_;
  std::vector<soci::indicator> has_;
  std::vector<Cell> cells_;
};

/// Runs the statement once for each of its rows, and returns how many rows it hit.
long long run_on_sqlite(soci::statement& statement, const Statement& run) {
  const std::size_t fixed = run.parameters.size();
  Bound bound(fixed + (run.rows ? run.rows->fields.size() : 0));
  Columns columns(run.columns);
  for (std::size_t i = 0; i < fixed; ++i) {
    bound.bind(statement, i, run.parameters[i].name);
    bound.set(i, run.parameters[i].value);
  }
  std::vector<Value> values(run.rows ? run.rows->fields.size() : 0);
  for (std::size_t i = 0; i < values.size(); ++i) bound.bind(statement, fixed + i, run.rows->fields[i]);
  columns.bind(statement);
  statement.define_and_bind();
  long long hits = 0;
  for (std::size_t row = 0; row < (run.rows ? run.rows->count : 1); ++row) {
    if (run.rows) run.rows->read(row, values);
    for (std::size_t i = 0; i < values.size(); ++i) bound.set(fixed + i, values[i]);
    bool got = statement.execute(true);
    if (run.columns == 0) hits += statement.get_affected_rows();
    // To its end, so that the statement holds no lock afterwards.
    for (; got; got = statement.fetch()) {
      if (run.columns > 0) run.each(columns.cells());
    }
  }
  statement.bind_clean_up();
  return hits;
}

void check_hits(const Statement& statement, long long hits) {
  if (!statement.hits || hits == static_cast<long long>(*statement.hits)) return;
  throw DatabaseError(statement.otherwise,
                      "a statement hit " + std::to_string(hits) + " rows and not " + std::to_string(*statement.hits));
}

}  // namespace

std::int64_t number_in(const Cell& cell) {
  std::int64_t number = 0;
  if (!cell) return number;
  const auto [end, error] = std::from_chars(cell->data(), cell->data() + cell->size(), number);
  if (error != std::errc() || end != cell->data() + cell->size())
    throw DatabaseError(DatabaseError::Kind::bug, "the database answered with a text in the place of a number");
  return number;
}

std::optional<std::string> text_in(const Cell& cell) {
  return cell ? std::optional<std::string>(*cell) : std::nullopt;
}

std::string json_of(const Rows& rows, std::size_t begin, std::size_t end) {
  json::monotonic_resource memory;
  const json::storage_ptr storage(&memory);
  json::array array(storage);
  array.reserve(end - begin);
  std::vector<Value> values(rows.fields.size());
  for (std::size_t row = begin; row < end; ++row) {
    rows.read(row, values);
    json::object& object = array.emplace_back(json::object_kind).as_object();
    object.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) object.emplace(rows.fields[i], json_value(values[i], storage));
  }
  return json::serialize(array);
}

const Value& value_of(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  if (found == parameters.end()) throw std::logic_error("a statement lacks its parameter " + std::string(name));
  return found->value;
}

void Batch::run(std::string_view doing) {
  const std::vector<Statement> statements = std::move(statements_);
  statements_.clear();
  attempt(connection_, doing, [&] {
    if (const auto send = connection_.backend_.send) {
      const std::vector<long long> hits = send(connection_.session(), statements);
      for (std::size_t i = 0; i < statements.size(); ++i) check_hits(statements[i], hits[i]);
      return;
    }
    for (const Statement& statement : statements)
      check_hits(statement, run_on_sqlite(connection_.prepared_->of(statement.sql), statement));
  });
}

}  // namespace clientsync
