#include <unistd.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <utility>

#include "daemon/commands/client_reading.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/commands/named_file.hpp"
#include "daemon/files/output_file.hpp"
#include "daemon/files/rename.hpp"
#include "daemon/terminal/terminal.hpp"
#include "importer/client_csv.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct ExportArguments {
  FilterArguments filters;
  std::filesystem::path output;  ///< empty, or `-`: standard output
  std::optional<Language> language;
  bool no_ref = false, split = false;

  [[nodiscard]] bool to_standard_output() const { return output.empty() || output == "-"; }
};

/// How much was written.
struct Written {
  std::size_t clients = 0, without_number = 0, bytes = 0;
};

using Put = std::function<void(const std::string& record)>;

/// `clients-2.csv` for `clients.csv`.
std::string part_name(const std::filesystem::path& file, std::size_t number) {
  return file.stem().string() + "-" + std::to_string(number) + file.extension().string();
}

/// The files of an export within the limits of an inbox. None of them is seen before all of them are written.
class Parts {
 public:
  Parts(const Directory& directory, std::filesystem::path file, const SheetRules& limits, std::string head)
      : directory_(directory), file_(std::move(file)), limits_(limits), head_(std::move(head)) {
    begin();
  }

  void add(const std::string& record) {
    if (rows_ == limits_.max_rows || bytes_ + record.size() > limits_.max_bytes) begin();
    if (bytes_ + record.size() > limits_.max_bytes)
      throw UsageError("limits.bytes is too small for a file with one client; nothing was written");
    files_.back().write(record);
    bytes_ += record.size();
    ++rows_;
  }

  /// Puts the files in their places. Returns how many there are.
  std::size_t finish() {
    files_.back().finish();
    for (OutputFile& file : files_) file.replace();
    return files_.size();
  }

 private:
  void begin() {
    if (!files_.empty()) files_.back().finish();
    std::string name = part_name(file_, files_.size() + 1);
    require_replaceable(directory_, name);
    files_.emplace_back(directory_, std::move(name)).write(head_);
    rows_ = 0;
    bytes_ = head_.size();
  }

  const Directory& directory_;
  std::filesystem::path file_;
  const SheetRules& limits_;
  std::string head_;
  std::deque<OutputFile> files_;
  std::size_t rows_ = 0, bytes_ = 0;
};

/// True if the file starts as an export does, in any language.
bool is_export(const Directory& directory, const std::string& name) {
  const auto file = read_file(directory, name, file_head);
  if (!file) return false;
  for (const Language language : all_languages) {
    for (const bool ref : {false, true}) {
      const ClientCsv form{language, {all_client_columns.begin(), all_client_columns.end()}, ref};
      if (file->bytes.starts_with(csv_head(form))) return true;
    }
  }
  return false;
}

/// Removes what an earlier export that had more parts left behind the last part.
void remove_stale_parts(const Directory& directory, const std::filesystem::path& file, std::size_t parts) {
  for (std::size_t number = parts + 1; directory.look(part_name(file, number)); ++number) {
    const std::string name = part_name(file, number);
    if (!is_export(directory, name)) continue;
    unlink_if_there(directory, name);
    std::cout << escape(name) << ": removed, because the export has no more than " << counted(parts, "part") << "\n";
  }
  sync_directory(directory);
}

/// What the reader of the files should know.
void tell(const Written& written, const InboxConfig& inbox, bool split) {
  const SheetRules& limits = inbox.rules.sheet;
  if (written.without_number > 0 && inbox.rules.policy.blank_number == Policy::BlankNumber::reject)
    std::cerr << "clientsync: " << counted(written.without_number, "client")
              << (written.without_number == 1 ? " has" : " have")
              << " no number; an import of the file answers such rows with client_number_blank and changes nothing\n";
  if (!split && (written.clients > limits.max_rows || written.bytes > limits.max_bytes))
    std::cerr << "clientsync: the file is over the limits of the inbox " << inbox.name << " (" << limits.max_rows
              << " rows, " << limits.max_bytes << " bytes); with --split it is written in parts that an import takes\n";
}

/// Reads the clients and gives their records to `put`.
using Read = std::function<Written(const Put& put)>;

void write_file(const std::filesystem::path& output, const std::string& head, const Read& read) {
  const Directory directory = directory_of(output);
  remove_unfinished(directory);
  require_replaceable(directory, output.filename());
  OutputFile file(directory, output.filename());
  file.write(head);
  const Written written = read([&](const std::string& record) { file.write(record); });
  file.finish();
  file.replace();
  std::cout << escape(output.native()) << ": " << counted(written.clients, "client") << "\n";
}

void write_parts(const std::filesystem::path& output, const SheetRules& limits, const std::string& head,
                 const Read& read) {
  const Directory directory = directory_of(output);
  remove_unfinished(directory);
  Parts parts(directory, output.filename(), limits, head);
  const Written written = read([&](const std::string& record) { parts.add(record); });
  const std::size_t count = parts.finish();
  std::cout << escape((output.parent_path() / part_name(output, 1)).native());
  if (count > 1) std::cout << " … " << escape(part_name(output, count));
  std::cout << ": " << counted(written.clients, "client") << "\n";
  remove_stale_parts(directory, output.filename(), count);
}

ExitStatus export_clients(const Options& options, const ExportArguments& arguments) {
  if (options.format == Format::json) throw UsageError("this command has no --format json; it writes CSV");
  if (arguments.split && arguments.to_standard_output()) throw UsageError("--split needs -o FILE");
  if (!arguments.output.empty() && !arguments.output.has_filename()) throw UsageError("-o needs the name of a file");
  const ClientFilter filter = filter_of(arguments.filters);
  const Config config = read_config(options);
  const InboxConfig inbox = firm_inbox(config, options);
  const ClientCsv form{.language = arguments.language.value_or(inbox.rules.sheet.language),
                       .columns = {all_client_columns.begin(), all_client_columns.end()},
                       .ref = !arguments.no_ref};
  const std::string head = csv_head(form);
  Written written{.bytes = head.size()};
  const bool seen = arguments.to_standard_output() && terminal_at(STDOUT_FILENO);
  const Read read = [&](const Put& put) {
    static_cast<void>(
        read_clients(config.database, inbox.rules.firm, filter, std::nullopt, !seen, [&](const Client& client) {
          const std::string record = csv_record(client, form);
          put(record);
          ++written.clients;
          if (!client.number) ++written.without_number;
          written.bytes += record.size();
        }));
    return written;
  };
  if (arguments.to_standard_output()) {
    std::cout << head;
    static_cast<void>(read([](const std::string& record) { std::cout << record; }));
  } else if (arguments.split) {
    write_parts(arguments.output, inbox.rules.sheet, head, read);
  } else {
    write_file(arguments.output, head, read);
  }
  tell(written, inbox, arguments.split);
  return ExitStatus::all_good;
}

}  // namespace

void add_export(CLI::App& app, CommandLine& line) {
  const auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command = app.add_subcommand("export", "Write the register as a CSV file that an import takes");
  command
      ->add_option("-o,--output", arguments->output,
                   "The file, which is replaced whole or not at all (default: standard output)")
      ->option_text("FILE");
  std::vector<std::string> languages;
  languages.reserve(std::size(all_languages));
  for (const Language language : all_languages) languages.emplace_back(tag(language));
  CLI::Option* option = command->add_option_function<std::string>(
      "--language", [arguments = arguments.get()](const std::string& typed) { arguments->language = read_tag(typed); },
      "The language of the headers and of the status (default: the inbox's)");
  take_one_of(*option, languages);
  add_filters(*command, arguments->filters);
  command->add_flag("--no-ref", arguments->no_ref, "Leave out the column Ref, which undoes what spreadsheets damage");
  command->add_flag("--split", arguments->split,
                    "Write FILE in parts within the inbox's limits: clients-1.csv, clients-2.csv, ...");
  add_examples(*command,
               "  clientsync export -o clients.csv\n"
               "  clientsync export -o clientes.csv --language pt-BR --split\n"
               "  clientsync export --lead ana --status active > ana.csv");
  on_command<ExportArguments>(*command, line, arguments, export_clients);
}

}  // namespace clientsync
