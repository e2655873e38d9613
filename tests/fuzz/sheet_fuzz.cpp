// Any file: read, judged against a small register, reported. The first two bytes choose the settings.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/firm.hpp"
#include "tests/support/invariants.hpp"

using namespace clientsync;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const SheetRules rules = testing::rules_of(data[0]);
  const Policy policy = testing::policy_of(data[1], data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  static_cast<void>(testing::judge(read_sheet(bytes, rules), rules, testing::small_firm(), policy));
  return 0;
}
