// Measures the pure core in memory: the CSV reader, and bytes → sheet → plan → report.
//
// usage: core_bench [--json] [ROUNDS]
//
// The rounds are interleaved and the figures are medians, so that a machine that is busy for a while slows all of them.

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "importer/digest.hpp"
#include "importer/import.hpp"
#include "importer/plan/list_key.hpp"
#include "importer/sheet/csv.hpp"

namespace {

std::size_t allocations = 0, live_bytes = 0, peak_bytes = 0;

}  // namespace

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  ++allocations;
  live_bytes += malloc_usable_size(memory);
  peak_bytes = std::max(peak_bytes, live_bytes);
  return memory;
}

void operator delete(void* memory) noexcept {
  live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace {

using namespace clientsync;

std::string company_id(std::size_t i) {
  return std::to_string(9130351530000000 + 17 * i);
}

std::string display_name(std::size_t i) {
  return (i % 10 == 0 ? "José Conceição & Irmãos " : "Northwind Trading Co. ") + std::to_string(i);
}

/// A list as firms export it, 87 bytes a row: most numbers change, every tenth stays, every twentieth row fails.
std::string list_of(std::size_t rows) {
  std::string text = "Company ID,Display name,Client number,Partner,E-mail\r\n";
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string number = (i % 10 == 1 ? "S-" : "N-") + std::to_string(i);
    text += company_id(i) + ',' + (i % 20 == 0 ? "Contoso" : display_name(i)) + ',' + number +
            ",A. Partner,accounts@client-" + std::to_string(i) + ".example\r\n";
  }
  return text;
}

Register register_of(std::size_t rows) {
  Register all;
  for (std::size_t i = 0; i < rows; ++i) all.add({company_id(i), display_name(i), "S-" + std::to_string(i)});
  all.set_counts(rows, rows);
  return all;
}

/// Keeps the compiler from leaving out what gives `value`.
void use(std::size_t value) {
  asm volatile("" : : "r"(value) : "memory");
}

void find_lines(std::string_view text) {
  std::size_t lines = 0;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++lines) {
    const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    at = found == nullptr ? end : static_cast<const char*>(found) + 1;
  }
  use(lines);
}

void read_records(std::string_view text) {
  CsvReader reader(text, ',');
  std::size_t fields = 0;
  while (const auto record = reader.next()) fields += record->fields.size();
  use(fields);
}

std::string import_in_memory(std::string_view bytes, const Background& background, const ImportRules& rules) {
  const Sheet sheet = read_sheet(bytes, rules.sheet);
  use(touched_by(sheet).company_ids.size() + missing_ranges(sheet, background.current).size());
  return judge(sheet, background, rules).report;
}

template <class Work>
double seconds_of(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Figures {
  double memchr = 0, reader = 0;  ///< GB/s
  double import = 0, digest = 0;  ///< ms for 1,000 rows
  std::size_t allocations = 0;    ///< of one import of 1,000 rows
  double peak = 0;                ///< of 200,000 rows, in sizes of the file, the file itself and the register left out
};

Figures measure(std::size_t rounds) {
  constexpr std::size_t rows = 1000, many_rows = 200'000, repeats = 20;
  ImportRules rules;
  rules.sheet.max_rows = many_rows;
  rules.policy.max_clients = many_rows;
  const std::string bytes = list_of(rows);
  const Background background{.current = register_of(2 * rows), .history = {}};
  const Sheet sheet = read_sheet(bytes, rules.sheet);
  std::vector<double> memchr, reader, import, digest;
  for (std::size_t round = 0; round < rounds; ++round) {
    memchr.push_back(seconds_of([&] {
      for (std::size_t i = 0; i < repeats; ++i) find_lines(bytes);
    }));
    reader.push_back(seconds_of([&] {
      for (std::size_t i = 0; i < repeats; ++i) read_records(bytes);
    }));
    import.push_back(seconds_of([&] { use(import_in_memory(bytes, background, rules).size());
  }));
  digest.push_back(seconds_of([&] { use(sha256(list_key(sheet)).size()); }));
}
Figures figures;
const double gigabytes = static_cast<double>(repeats * bytes.size()) / 1e9;
figures.memchr = gigabytes / median(memchr);
figures.reader = gigabytes / median(reader);
figures.import = 1000 * median(import);
figures.digest = 1000 * median(digest);
const std::size_t before = allocations;
use(import_in_memory(bytes, background, rules).size());
figures.allocations = allocations - before;

const std::string many_bytes = list_of(many_rows);
const Background many{.current = register_of(many_rows), .history = {}};
peak_bytes = live_bytes;
const std::size_t at_rest = live_bytes;
use(import_in_memory(many_bytes, many, rules).size());
figures.peak = static_cast<double>(peak_bytes - at_rest) / static_cast<double>(many_bytes.size());
return figures;
}  // namespace

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t rounds = 300;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") {
      json = true;
    } else {
      rounds = std::strtoul(argv[i], nullptr, 10);
    }
  }
  if (rounds == 0) {
    std::fputs("usage: core_bench [--json] [ROUNDS]\n", stderr);
    return 2;
  }
  const Figures figures = measure(rounds);
  std::printf(json ? "{\"memchr_gb_s\": %.2f, \"reader_gb_s\": %.2f, \"import_ms\": %.3f, \"digest_ms\": %.3f,"
                     " \"allocations\": %zu, \"peak_in_files\": %.1f}\n"
                   : "memchr per line   %6.2f GB/s\nCSV reader        %6.2f GB/s\n"
                     "import            %6.3f ms for 1,000 rows, bytes to report\n"
                     "digest of cells   %6.3f ms for 1,000 rows\nallocations       %6zu in that import\n"
                     "memory            %6.1f times the file of 200,000 rows\n",
              figures.memchr, figures.reader, figures.import, figures.digest, figures.allocations, figures.peak);
  return 0;
}
