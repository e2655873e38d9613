// What a dry run shows of random files is what applying them writes.
#include <soci/soci.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "importer/digest.hpp"
#include "tests/support/api.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_entries.hpp"
#include "tests/support/thousands.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

using Json = boost::json::object;

/// One change of one field, as text.
std::string line_of(const boost::json::value& company_id, const boost::json::value& change) {
  return serialize(company_id) + " " + serialize(change.at("field")) + " " + serialize(change.at("before")) + " -> " +
         serialize(change.at("after"));
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  return lines;
}

std::vector<std::string> shown_changes(const ApiAnswer& preview) {
  std::vector<std::string> lines;
  for (const auto& row : preview.array("rows")) {
    for (const auto& change : row.at("changes").as_array()) lines.push_back(line_of(row.at("company_id"), change));
  }
  return sorted(std::move(lines));
}

std::vector<std::string> recorded_changes(const ApiAnswer& rows) {
  std::vector<std::string> lines;
  for (const auto& change : rows.array("changes")) lines.push_back(line_of(change.at("company_id"), change));
  return sorted(std::move(lines));
}

/// How many rows of the preview have the outcome.
std::int64_t count_of(const ApiAnswer& preview, std::string_view outcome) {
  return std::ranges::count_if(preview.array("rows"),
                               [&](const auto& row) { return row.at("outcome").as_string() == outcome; });
}

boost::json::array random_corrections(std::int64_t rows) {
  boost::json::array corrections;
  if (rows == 0 || *rc::gen::inRange(0, 2) == 0) return corrections;
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) {
    const auto column = *rc::gen::element<std::string>("company_id", "display_name", "client_number");
    const std::string text = column == "company_id"     ? random_id()
                             : column == "display_name" ? *rc::gen::element<std::string>("Ana", "Bia", "")
                                                        : random_number();
    corrections.push_back(
        Json{{"row", *rc::gen::inRange<std::int64_t>(2, rows + 2)}, {"column", column}, {"text", text}});
  }
  return corrections;
}

class Uploader {
 public:
  explicit Uploader(ApiOffice& office) : office_(office) {
    Policy& policy = office_.config.inboxes[0].rules.policy;
    policy = random_entries_policy(*rc::gen::inRange<std::size_t>(3, 9));
    policy.display_name = *rc::gen::element(Policy::DisplayName::check, Policy::DisplayName::update);
    policy.blank_number =
        *rc::gen::element(Policy::BlankNumber::reject, Policy::BlankNumber::keep, Policy::BlankNumber::clear);
    policy.apply = *rc::gen::element(Policy::Apply::good_rows, Policy::Apply::all_or_nothing);
  }

  void upload() {
    const std::string csv = random_csv(false);
    const auto rows = std::ranges::count(csv, '\n') - 1;
    Json body{{"file", base64(csv)}, {"corrections", random_corrections(rows)}};
    const ApiAnswer preview = show(body);
    const bool meanwhile = *rc::gen::inRange(0, 4) == 0 && edit();
    body["plan"] = preview.text("plan");
    body["dry_run"] = false;
    const ApiAnswer done = office_.post("imports", body);
    if (!meanwhile) RC_ASSERT(done.text("stale") == "false");
    if (done.text("stale") == "true") {
      RC_ASSERT(done.text("entry") == "null");
      RC_ASSERT(done.array("rows") == show(body).array("rows"));
      return;
    }
    require_same(preview, done);
  }

 private:
  ApiAnswer show(Json body) {
    body["dry_run"] = true;
    body.erase("plan");
    const std::string entries = office_.entries();
    ApiAnswer preview = office_.post("imports", body);
    RC_ASSERT(preview.status() == 200U);
    RC_ASSERT(office_.entries() == entries);
    return preview;
  }

  /// Somebody else changes a client. True if that wrote something.
  bool edit() {
    return office_.patch("clients/" + random_id(), Json{{"client_number", random_number()}}).text("entry") != "null";
  }

  void require_same(const ApiAnswer& preview, const ApiAnswer& done) {
    const bool rejected = preview.text("outcome") == "rejected";
    RC_ASSERT(done.status() == (rejected ? 422U : 200U));
    for (const char* count : {"updated", "unchanged", "created", "failed"}) {
      RC_ASSERT(done.number(count) == preview.number(count));
      RC_ASSERT(count_of(preview, count) == preview.number(count));
    }
    RC_ASSERT(done.number("restored") == preview.number("restored"));
    RC_ASSERT(done.array("errors") == preview.array("errors"));
    RC_ASSERT(recorded_changes(office_.get("imports/" + done.text("entry") + "/rows")) == shown_changes(preview));
  }

  ApiOffice& office_;
};

int cases() {
  return TestDatabase::kind() == DatabaseKind::sqlite ? 3000 : 60;
}

}  // namespace

TEST_CASE("What a dry run shows is what the import then writes", "[property]") {
  ApiOffice office;
  if (TestDatabase::kind() == DatabaseKind::sqlite) {
    // Nothing here is about power cuts, and the disk would take most of the time.
    office.pool.use([](Connection& connection) { connection.session() << "pragma synchronous = off"; });
  }
  CHECK(holds_so_often(cases(), "preview and apply are one", [&] { Uploader(office).upload(); }));
}
