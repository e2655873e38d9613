// POST imports.
#include <algorithm>
#include <utility>

#include "daemon/api/entry_answer.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/upload.hpp"
#include "daemon/json/complaints.hpp"
#include "daemon/json/entries.hpp"
#include "daemon/json/json.hpp"
#include "importer/digest.hpp"
#include "importer/entry.hpp"
#include "importer/store/entries.hpp"
#include "importer/store/request_keys.hpp"

namespace clientsync {
namespace {

constexpr std::size_t longest_key = 200;

/// The request's Idempotency-Key, and what is asked for with it; nullopt: it has none.
std::optional<RequestKey> key_of(const ApiCall& call, const InboxConfig& inbox, const Upload& upload) {
  const std::string key(header_of(call.request.headers, "idempotency-key"));
  if (key.empty()) return std::nullopt;
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (key.size() > longest_key || !std::ranges::all_of(key, is_visible))
    throw ApiError{400, "key_invalid", "An Idempotency-Key is 1 to 200 visible ASCII characters."};
  const Caller& caller = call.caller;
  const std::string who =
      caller.token != 0 ? "token " + std::to_string(caller.token) : "user " + std::to_string(caller.user);
  return RequestKey{.scope = who + " " + sha256(inbox.rules.firm),
                    .key = key,
                    .digest = sha256(sha256(upload.bytes) + upload.name + "\n" + inbox.name)};
}

/// Of a recorded import: the same whenever it is asked for.
HttpResponse answer_entry(const ApiCall& call, ImportId id) {
  return call.context.connections.use([&](Connection& connection) {
    const std::optional<RecordedEntry> entry = read_entry(connection, id);
    if (!entry) throw ApiError{404, "entry_unknown", "There is no such entry."};
    boost::json::object object{
        {"entry", id}, {"plan", nullptr}, {"stale", false}, {"outcome", entry->rejected ? "rejected" : "imported"}};
    add_counts(object, entry->counts);
    object["row_count"] = entry->counts.rows;
    object["restored"] = entry->counts.restored;
    object["language"] = text_or_null(entry->language);
    object["errors"] = json_of(read_complaints(connection, id));
    if (!entry->rejected) return json_response(object, 200);
    return problem_response({422, "file_rejected", "The file was rejected; nothing was applied.", std::move(object)});
  });
}

/// The answer that the key had before.
HttpResponse answer_again(const ApiCall& call, const RequestKey& key, const KnownRequest& known) {
  if (known.digest != key.digest)
    throw ApiError{422, "key_reused", "The Idempotency-Key was used for another file, name or inbox."};
  HttpResponse response = answer_entry(call, known.import);
  response.headers.push_back({"idempotent-replay", "true"});
  return response;
}

LedgerEntry entry_of(const ApiCall& call, const Upload& upload, std::optional<RequestKey> key) {
  const Author author = author_of(call);
  LedgerEntry entry;
  entry.kind = EntryKind::import;
  entry.source = author.source;
  entry.name = upload.name;
  entry.file = {.sha256 = sha256(upload.bytes), .size = upload.bytes.size(), .mtime = 0};
  entry.input = upload.bytes;
  entry.who = author.who;
  entry.started_at = author.now;
  entry.request = std::move(key);
  return entry;
}

HttpResponse enter(const ApiCall& call, const InboxConfig& inbox, const Upload& upload,
                   const std::optional<RequestKey>& key) {
  // What a script sends leaves an entry even if it is rejected; people see at once that it is.
  const Decision decision{.apply = !upload.dry_run, .plan = upload.plan, .record_rejected = call.caller.token != 0};
  const SheetVerdict made =
      enter_sheet(call.context.connections, inbox.rules, entry_of(call, upload, key), upload.sheet, decision);
  if (made.known) return answer_again(call, *key, *made.known);
  if (made.verdict.entry) return answer_entry(call, *made.verdict.entry);
  boost::json::object preview =
      preview_of(upload, made, language_for(call.caller, call.request).value_or(upload.sheet.language));
  if (upload.dry_run || made.verdict.stale) return json_response(preview);
  throw ApiError{422, "file_rejected", "The file is rejected; nothing was applied.", std::move(preview)};
}

}  // namespace

HttpResponse import_upload(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  const Upload upload = read_upload(call, inbox.rules);
  const std::optional<RequestKey> key = key_of(call, inbox, upload);
  if (!key || upload.dry_run) return enter(call, inbox, upload, std::nullopt);
  const KeysInProgress::Hold hold(*call.context.keys, key->scope + " " + key->key);
  if (!hold.held())
    throw ApiError{409, "key_in_progress", "A request with this Idempotency-Key is being answered; repeat it later."};
  return enter(call, inbox, upload, key);
}

}  // namespace clientsync
