#include "importer/store/request_keys.hpp"

namespace clientsync {

std::optional<KnownRequest> find_request(Connection& connection, std::string_view scope, std::string_view key) {
  std::optional<KnownRequest> known;
  Batch batch(connection);
  batch.add({.sql = "select digest, import_id from request_keys where scope = :scope and request_key = :request_key",
             .parameters = {{"scope", scope}, {"request_key", key}},
             .columns = 2,
             .each = [&](std::span<const Cell> cells) {
               known = {.digest = std::string(*cells[0]), .import = number_in(cells[1])};
             }});
  batch.run("looking up the key of a request");
  return known;
}

void insert_request_key(Batch& batch, const RequestKey& request, ImportId import, std::int64_t at) {
  batch.add({.sql = R"(
  insert into request_keys (scope, request_key, digest, import_id, created_at)
  select :scope, :request_key, :digest, :import, :at
  from (select 1 as one) o
  where not exists (select 1 from request_keys where scope = :scope and request_key = :request_key))",
             .parameters = {{"scope", std::string_view(request.scope)},
                            {"request_key", std::string_view(request.key)},
                            {"digest", std::string_view(request.digest)},
                            {"import", import},
                            {"at", at}},
             .hits = 1,
             .otherwise = DatabaseError::Kind::conflict});
}

}  // namespace clientsync
