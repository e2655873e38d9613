#include "importer/store/batch.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <charconv>

#include "importer/store/backend.hpp"
#include "importer/store/prepared.hpp"

namespace clientsync {
namespace {

/// SQLite makes a number of a text if it meets a number. A text that the value owns is moved.
soci::indicator set_text(std::string& text, Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) text = std::to_string(*number);
  if (const auto* view = std::get_if<std::string_view>(&value)) text = *view;
  if (auto* owned = std::get_if<std::string>(&value)) text = std::move(*owned);
  return std::holds_alternative<std::nullptr_t>(value) ? soci::i_null : soci::i_ok;
}

/// The values of a statement's parameters on SQLite, for one run or for several at once.
class Bound {
 public:
  explicit Bound(Statement& run) : run_(run) {
    for (const Parameter& parameter : run.parameters) names_.emplace_back(parameter.name);
    if (run.rows) names_.insert(names_.end(), run.rows->fields.begin(), run.rows->fields.end());
    texts_.resize(names_.size());
    has_.resize(names_.size());
    values_.resize(run.rows ? run.rows->fields.size() : 0);
  }

  /// Reads rows `begin` to `end`.
  void read(std::size_t begin, std::size_t end) {
    for (std::size_t at = 0; at < names_.size(); ++at) {
      texts_[at].resize(end - begin);
      has_[at].resize(end - begin);
    }
    const std::size_t fixed = run_.parameters.size();
    for (std::size_t row = begin; row < end; ++row) {
      for (std::size_t at = 0; at < fixed; ++at) {
        Value& given = run_.parameters[at].value;
        Value value = run_.rows ? given : std::move(given);  // which may be as long as a file
        has_[at][row - begin] = set_text(texts_[at][row - begin], value);
      }
      if (!run_.rows) continue;
      run_.rows->read(row, values_);
      for (std::size_t i = 0; i < values_.size(); ++i)
        has_[fixed + i][row - begin] = set_text(texts_[fixed + i][row - begin], values_[i]);
    }
  }

  /// One value each.
  void bind_one(soci::statement& statement) {
    for (std::size_t at = 0; at < names_.size(); ++at)
      statement.exchange(soci::use(texts_[at][0], has_[at][0], names_[at]));
  }
  /// All values that were read; SOCI runs the statement for each.
  void bind_all(soci::statement& statement) {
    for (std::size_t at = 0; at < names_.size(); ++at) statement.exchange(soci::use(texts_[at], has_[at], names_[at]));
  }

 private:
  Statement& run_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> texts_;
  std::vector<std::vector<soci::indicator>> has_;
  std::vector<Value> values_;
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

/// Runs a statement that has an answer once for each of its rows.
void query_sqlite(soci::statement& statement, Statement& run) {
  Bound bound(run);
  Columns columns(run.columns);
  bound.read(0, 1);
  bound.bind_one(statement);
  columns.bind(statement);
  statement.define_and_bind();
  for (std::size_t row = 0; row < (run.rows ? run.rows->count : 1); ++row) {
    if (row > 0) bound.read(row, row + 1);
    // To its end, so that the statement holds no lock afterwards.
    for (bool got = statement.execute(true); got; got = statement.fetch()) run.each(columns.cells());
  }
}

/// Runs a statement without an answer for all of its rows, and returns how many it hit.
long long change_sqlite(soci::statement& statement, Statement& run) {
  constexpr std::size_t rows_at_once = 1000;
  const std::size_t count = run.rows ? run.rows->count : 1;
  Bound bound(run);
  long long hits = 0;
  for (std::size_t begin = 0; begin < count; begin += rows_at_once) {
    bound.read(begin, std::min(count, begin + rows_at_once));
    if (begin == 0) {
      bound.bind_all(statement);
      statement.define_and_bind();
    }
    statement.execute(true);
    hits += statement.get_affected_rows();
  }
  return hits;
}

/// Returns how many rows the statement hit.
long long run_on_sqlite(soci::statement& statement, Statement& run) {
  if (run.rows && run.rows->count == 0) return 0;
  long long hits = 0;
  if (run.columns > 0) {
    query_sqlite(statement, run);
  } else {
    hits = change_sqlite(statement, run);
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

Rows distinct_rows(std::string_view field, std::vector<std::string_view> texts) {
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  const std::size_t count = texts.size();
  return {.fields = {field},
          .count = count,
          .read = [texts = std::move(texts)](std::size_t row, std::span<Value> values) { values[0] = texts[row]; }};
}

void Batch::run(std::string_view doing) {
  std::vector<Statement> statements = std::move(statements_);
  statements_.clear();
  attempt(connection_, doing, [&] {
    if (const auto send = connection_.backend_.send) {
      const std::vector<long long> hits = send(*connection_.prepared_, statements);
      for (std::size_t i = 0; i < statements.size(); ++i) check_hits(statements[i], hits[i]);
      return;
    }
    for (Statement& statement : statements)
      check_hits(statement, run_on_sqlite(connection_.prepared_->of(statement.sql), statement));
  });
}

}  // namespace clientsync
