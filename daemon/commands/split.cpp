#include <algorithm>
#include <deque>
#include <iostream>
#include <stdexcept>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/named_file.hpp"
#include "daemon/files/output_file.hpp"
#include "importer/sheet/split.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct SplitArguments {
  std::filesystem::path file, folder;  ///< folder: empty: that of the file
};

/// `clients.part-2.csv` for `clients.csv`.
std::string part_name(const std::filesystem::path& file, std::size_t number) {
  return file.stem().string() + ".part-" + std::to_string(number) + file.extension().string();
}

void tell(const std::filesystem::path& file, const SplitFault& fault, const SheetRules& limits) {
  const std::string start = "clientsync: " + escape(file.native()) + ": ";
  for (const Problem& problem : fault.problems) std::cerr << start << escape(sentence(problem, fault.language)) << "\n";
  if (fault.problems.empty())
    std::cerr << start << "row " << fault.too_large_row << " alone is over limits.bytes (" << limits.max_bytes
              << " bytes); nothing was written\n";
}

void require_free(const Directory& directory, const std::string& name) {
  if (directory.look(name))
    throw std::runtime_error(escape((directory.path() / name).native()) +
                             " is there already; move it away, or choose another folder with -o");
}

/// Writes the parts, and puts them in their places once all of them are written.
void write_parts(const std::filesystem::path& file, const Directory& folder, const SheetParts& split,
                 std::uint32_t mode) {
  for (std::size_t number = 1; number <= split.parts.size(); ++number) require_free(folder, part_name(file, number));
  std::deque<OutputFile> files;
  for (const SheetPart& part : split.parts) {
    OutputFile& written = files.emplace_back(folder, part_name(file, files.size() + 1));
    written.write(split.head);
    written.write(part.records);
    written.finish(mode);
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].move_to_free_place()) require_free(folder, files[i].place());
    std::cout << escape((folder.path() / files[i].place()).native()) << ": " << counted(split.parts[i].rows, "row")
              << "\n";
  }
}

ExitStatus split_file(const Options& options, const SplitArguments& arguments) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 30;
  if (options.format != Format::table) throw UsageError("this command has no --format json or csv; use table");
  const Config config = read_config(options);
  const SheetRules limits = chosen_inbox(config, options).rules.sheet;
  const std::filesystem::path& file = arguments.file;
  const Directory directory = directory_of(file);
  const InputFile input = read_named_file(directory, file, largest);
  if (input.file.over_limit) throw std::runtime_error(escape(file.native()) + " is larger than 1 GB");
  const Result<SheetParts, SplitFault> split = split_sheet(input.file.bytes, limits);
  if (!split) {
    tell(file, split.error(), limits);
    return ExitStatus::file_rejected;
  }
  if (split->parts.size() <= 1) {
    std::cerr << "clientsync: " << escape(file.native()) << " is within the limits; there is nothing to split\n";
    return ExitStatus::all_good;
  }
  const Directory folder(arguments.folder.empty() ? directory.path() : arguments.folder);
  remove_unfinished(folder);
  write_parts(file.filename(), folder, *split, input.file.mode);
  return ExitStatus::all_good;
}

}  // namespace

void add_split(CLI::App& app, CommandLine& line) {
  const auto arguments = std::make_shared<SplitArguments>();
  CLI::App* command = app.add_subcommand("split", "Cut a file that is over the limits of the inbox into parts");
  command->add_option("FILE", arguments->file, "CSV file; it stays as it is")->required();
  command->add_option("-o,--output", arguments->folder, "The folder for the parts (default: that of FILE)")
      ->option_text("DIR");
  add_examples(*command,
               "  clientsync split clients.csv\n"
               "  clientsync --inbox main split clients.csv -o /srv/clientsync/inbox");
  on_command<SplitArguments>(*command, line, arguments, split_file);
}

}  // namespace clientsync
