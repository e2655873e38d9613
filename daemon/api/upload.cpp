#include "daemon/api/upload.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "daemon/api/body.hpp"
#include "daemon/files/read_file.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/json/complaints.hpp"
#include "daemon/json/entries.hpp"
#include "daemon/json/json.hpp"
#include "importer/client_list.hpp"
#include "importer/digest.hpp"
#include "importer/plan/field_changes.hpp"
#include "importer/plan/fix.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::string_view default_name = "clients.csv";
constexpr std::size_t longest_name = 255;  // what file systems take
constexpr std::size_t most_corrections = 10'000;

std::string checked_name(std::string name) {
  if (name.empty()) return std::string(default_name);
  if (name.size() > longest_name || name.find('/') != std::string::npos || find_control(name) || name == "." ||
      name == "..")
    throw ApiError{400, "name_invalid", "The name of the file is too long, has a / or a control character."};
  return name;
}

Column column_named(const std::string& name) {
  constexpr std::array<std::string_view, 3> names{"company_id", "display_name", "client_number"};
  const auto* const found = std::ranges::find(names, std::string_view(name));
  if (found == names.end())
    throw ApiError{400, "body_invalid", "The column of a correction is company_id, display_name or client_number."};
  return all_columns.at(static_cast<std::size_t>(found - names.begin()));
}

std::vector<CellCorrection> read_corrections(const boost::json::object& body) {
  const boost::json::array* given = array_in(body, "corrections");
  if (given == nullptr) return {};
  if (given->size() > most_corrections) throw ApiError{400, "body_invalid", "There are too many corrections."};
  std::vector<CellCorrection> corrections;
  corrections.reserve(given->size());
  for (const boost::json::value& each : *given) {
    const boost::json::object& object = object_in(each, "A correction", {"row", "column", "text"});
    const std::int64_t row = number_in(object, "row").value_or(0);
    if (row <= 0) throw ApiError{400, "body_invalid", "The row of a correction is a number from 1."};
    corrections.push_back({static_cast<std::size_t>(row), column_named(required_text_in(object, "column")),
                           required_text_in(object, "text")});
  }
  return corrections;
}

Upload read_json(const ApiCall& call) {
  const boost::json::object body = read_body(call.request, {"name", "file", "corrections", "plan", "dry_run"});
  Upload upload{.name = text_in(body, "name").value_or(std::string(parameter(call, "name").value_or(""))),
                .bytes = {},
                .corrections = read_corrections(body),
                .plan = text_in(body, "plan").value_or(""),
                .dry_run = flag_in(body, "dry_run") || flag_parameter(call, "dry_run")};
  try {
    upload.bytes = unbase64(required_text_in(body, "file"));
  } catch (const std::invalid_argument&) {
    throw ApiError{400, "body_invalid", "file has to be the file's bytes in Base64."};
  }
  return upload;
}

Upload read_bytes(const ApiCall& call, std::string_view type) {
  constexpr std::array<std::string_view, 3> taken{"text/csv", "application/octet-stream", "text/plain"};
  if (std::ranges::find(taken, type) == taken.end())
    throw ApiError{415, "media_type_unsupported",
                   "The body has to be the file's bytes as text/csv or application/octet-stream, or application/json."};
  return {.name = std::string(parameter(call, "name").value_or("")),
          .bytes = call.request.body,
          .dry_run = flag_parameter(call, "dry_run")};
}

/// False if the corrections make the file larger than the limit. That it becomes UTF-8 may make it larger.
bool correct(Upload& upload, const SheetRules& rules) {
  if (upload.corrections.empty()) return true;
  for (const CellCorrection& correction : upload.corrections) {
    if (!std::ranges::binary_search(upload.records, correction.record))
      throw ApiError{422, "correction_unknown", "The file has no row " + std::to_string(correction.record) + "."};
  }
  std::string corrected = correct_cells(upload.bytes, upload.corrections, rules);
  const bool fits =
      corrected.size() <= rules.max_bytes || corrected.size() <= correct_cells(upload.bytes, {}, rules).size();
  upload.bytes = std::move(corrected);
  upload.records = data_records(upload.bytes, rules);
  return fits;
}

boost::json::object json_of(const Fix& fix) {
  return {{"column", token(all_client_columns.at(index_of(fix.column)))}, {"text", fix.text}};
}

std::string_view word_of(RowOutcome outcome) {
  constexpr std::array<std::string_view, 4> words{"updated", "unchanged", "created", "failed"};
  return words.at(index_of(outcome));
}

boost::json::array changes_in(const ClientWrite& write) {
  boost::json::array changes;
  for_each_change(write, [&](const FieldChange& change) {
    changes.push_back({{"field", clientsync::word_of(change.field)},
                       {"before", value_or_null(change.before)},
                       {"after", value_or_null(change.after)}});
  });
  return changes;
}

boost::json::array cells_of(const Row& row) {
  boost::json::array cells;
  for (const std::string_view cell : row.decoded()) cells.emplace_back(cell);
  return cells;
}

using Writes = std::unordered_map<std::string_view, const ClientWrite*>;

/// `record`: where it stands in the file.
boost::json::object row_of(const PlannedRow& planned, const Row& row, std::size_t record, const Writes& writes,
                           Language language) {
  const bool failed = planned.outcome == RowOutcome::failed;
  const bool writes_client = planned.outcome == RowOutcome::updated || planned.outcome == RowOutcome::created;
  const auto write = writes.find(planned.company_id);
  const std::optional<Fix> fix = fix_of(planned);
  return {{"row", record},
          {"outcome", word_of(planned.outcome)},
          {"restored", planned.restored},
          {"company_id", text_or_null(planned.company_id)},
          {"cells", cells_of(row)},
          {"codes", failed ? json_of_codes(error_codes(planned)) : boost::json::array()},
          {"message", failed ? sentences(planned, language) : std::string()},
          {"fix", fix ? boost::json::value(json_of(*fix)) : boost::json::value(nullptr)},
          {"changes", writes_client && write != writes.end() ? changes_in(*write->second) : boost::json::array()},
          {"corrected", boost::json::array()}};
}

boost::json::array problems_of(const Plan& plan, Language language) {
  boost::json::array problems;
  for (const Problem& problem : plan.problems) {
    problems.push_back({{"codes", boost::json::array{token(code_of(problem.message))}},
                        {"message", sentence(problem, language)},
                        {"row", problem.row == 0 ? boost::json::value(nullptr) : boost::json::value(problem.row)}});
  }
  return problems;
}

boost::json::array rows_of(const Upload& upload, const Plan& plan, Language language) {
  Writes writes;
  for (const ClientWrite& write : plan.writes) writes.emplace(write.company_id, &write);
  boost::json::array rows;
  rows.reserve(plan.rows.size());
  for (std::size_t i = 0; i < plan.rows.size(); ++i)
    rows.push_back(row_of(plan.rows[i], upload.sheet.rows.at(i), upload.records.at(i), writes, language));
  for (const CellCorrection& correction : upload.corrections) {
    const auto at = std::ranges::lower_bound(upload.records, correction.record) - upload.records.begin();
    const auto position = static_cast<std::size_t>(at);
    if (position >= rows.size() || upload.records[position] != correction.record) continue;
    boost::json::array& corrected = rows[position].as_object()["corrected"].as_array();
    const boost::json::value column(token(all_client_columns.at(index_of(correction.column))));
    if (std::ranges::find(corrected, column) == corrected.end()) corrected.push_back(column);
  }
  return rows;
}

}  // namespace

Upload read_upload(const ApiCall& call, const ImportRules& rules) {
  const std::string_view header = header_of(call.request.headers, "content-type");
  const std::string_view type = trim(header.substr(0, header.find(';')));
  Upload upload = type == "application/json" ? read_json(call) : read_bytes(call, type);
  upload.name = checked_name(std::move(upload.name));
  bool fits = upload.bytes.size() <= rules.sheet.max_bytes;
  if (fits) {
    upload.records = data_records(upload.bytes, rules.sheet);
    fits = correct(upload, rules.sheet);
  }
  FileBytes file;
  file.stamp.size = upload.bytes.size();
  file.bytes = upload.bytes;
  if (!fits) {
    // Such a file is answered by its size alone, whatever was corrected in it.
    upload.corrections.clear();
    file.cut_to_head();
  }
  upload.sheet = sheet_of(upload.name, file, rules.sheet);
  return upload;
}

boost::json::object preview_of(const Upload& upload, const SheetVerdict& made, Language language) {
  const Plan& plan = made.judged.plan;
  boost::json::object object = json_of(made.verdict);
  object["outcome"] = plan.rejected ? "rejected" : "checked";
  boost::json::array headings;
  for (const std::string& heading : upload.sheet.headings) headings.emplace_back(heading);
  add_counts(object, plan.counts);
  object["row_count"] = plan.counts.rows;
  object["restored"] = plan.counts.restored;
  object["language"] = tag(upload.sheet.language);
  object["headings"] = std::move(headings);
  object["problems"] = problems_of(plan, language);
  object["rows"] = rows_of(upload, plan, language);
  object["errors"] = json_of(complaints_of(plan, language));
  return object;
}

}  // namespace clientsync
