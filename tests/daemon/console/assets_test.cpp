#include "daemon/console/assets.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "daemon/console/words.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t size_of_all(std::string_view ending) {
  std::size_t size = 0;
  for (const Asset& asset : all_assets) size += asset.name.ends_with(ending) ? asset.plain.size() : 0;
  return size;
}

}  // namespace

TEST_CASE("the program has every asset") {
  const std::filesystem::path folder = std::filesystem::path(CLIENTSYNC_SOURCE_DIR) / "daemon/console/assets";
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const Asset* const asset = find_asset("/prefix/" + asset_link(name).substr(2));
    INFO(name);
    REQUIRE(asset != nullptr);
    CHECK(asset->plain == bytes_of(entry.path()));
    CHECK(asset->gzip.size() > 18);
    CHECK(type_of(*asset) != "application/octet-stream");
    ++count;
  }
  CHECK(all_assets.size() == count);
}

TEST_CASE("a page finds its scripts and styles") {
  for (const char* const name : {"app.js", "style.css", "icon.svg"})
    CHECK(find_asset("/" + asset_link(name).substr(2)));
}

TEST_CASE("an asset has no other path") {
  CHECK(find_asset("/assets-0000000000000000/app.js") == nullptr);
  CHECK(find_asset("/app.js") == nullptr);
  CHECK(find_asset("/" + asset_link("nothing.js").substr(2)) == nullptr);
}

TEST_CASE("the assets stay small") {
  CHECK(size_of_all(".js") <= 40 * 1024);
  CHECK(size_of_all(".css") <= 20 * 1024);
  CHECK(size_of_all("") <= 100 * 1024);
}

TEST_CASE("the values of a word are filled in") {
  CHECK(filled_in("{a} and {b}, {a}", {{"a", "1"}, {"b", "{a}"}}) == "1 and {a}, 1");
  CHECK(filled_in("nothing", {}) == "nothing");
}

TEST_CASE("every word that a script asks for is there") {
  const std::regex call(R"(\b(?:word|counted)\('(\w+)')");
  for (const Asset& asset : all_assets) {
    if (!asset.name.ends_with(".js")) continue;
    const std::string script(asset.plain);
    for (std::sregex_iterator match(script.begin(), script.end(), call), end; match != end; ++match) {
      INFO(asset.name << ": " << (*match)[1]);
      CHECK(std::ranges::count(script_words, (*match)[1].str(), &ConsoleWord::name) == 1);
    }
  }
}
