#include "importer/digest.hpp"

#include <stdexcept>
#include <string>

#include "tests/support/catch.hpp"

using namespace clientsync;

TEST_CASE("SHA-256 and Base64 give what the standards give", "[digest]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK_PROPERTY("unbase64 reads what base64 wrote",
                 [](const std::string& bytes) { RC_ASSERT(unbase64(base64(bytes)) == bytes); });
}

TEST_CASE("what is not Base64 is refused", "[digest]") {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zm9v\n", " Zm9", "Zm=v", "Zm9v====", "Zm9\xC3"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(unbase64(text), std::invalid_argument);
  }
}
