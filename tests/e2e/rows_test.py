"""What a file's rows do to the register: numbers that move between clients, and rows that fail."""

import itertools

from support import PT_BR, REPORT_EN, REPORT_PT_BR, EN, WorldTest, main, sheet, table


class Group:
    """The clients of one file. Many files share a register, so each has clients of its own. Letters name clients and
    numbers."""

    def __init__(self, at, letters):
        self.ids = {letter: str(1000 + at * 10 + n) for n, letter in enumerate(letters)}
        self.names = {letter: f"Client {letter}{at}" for letter in letters}
        self.at = at

    def number(self, letter):
        return f"{letter.upper()}-{self.at}"

    def clients(self):
        return [(self.ids[c], self.names[c], self.number(c)) for c in self.ids]

    def row(self, client, number):
        return (self.ids[client], self.names[client], self.number(number))


class MoveTest(WorldTest):
    """`moves` are pairs of a client and the client whose number it gets. Each file has them in another order."""

    def try_all_orders(self, letters, moves, expected, failing=()):
        orders = list(itertools.permutations(moves))
        groups = [Group(at, letters) for at in range(len(orders))]
        world = self.world(clients=[client for group in groups for client in group.clients()], start=True)
        for group, order in zip(groups, orders):
            world.inbox.drop(f"order{group.at}.csv", sheet([group.row(*move) for move in order]))
        for group, order in zip(groups, orders):
            with self.subTest(order=order):
                report = world.inbox.report(f"order{group.at}.errors.csv")
                rows = [n + 2 for n, (client, _) in enumerate(order) if client in failing]
                self.assertEqual(self.codes(report), [(str(row), "client_number_taken") for row in rows])
                self.assertEqual([line[:3] for line in report], [group.row(*order[row - 2]) for row in rows])
                self.assertEqual([line[6] for line in report], [f"id:{line[0]} no:{line[2]}" for line in report])
                row = world.inbox.wait_imports(f"order{group.at}.csv", 1)[0]
                self.assertEqual((row["updated"], row["failed"]), (len(moves) - len(rows), len(rows)))
        numbers = world.numbers()
        for group, order in zip(groups, orders):
            with self.subTest(order=order):
                found = {client: numbers[group.ids[client]] for client in letters}
                self.assertEqual(found, {client: group.number(expected.get(client, client)) for client in letters})

    def test_two_clients_swap_numbers(self):
        self.try_all_orders("abz", ["ab", "ba"], {"a": "b", "b": "a"})

    def test_three_clients_exchange_numbers_in_a_cycle(self):
        self.try_all_orders("abcz", ["ab", "bc", "ca"], {"a": "b", "b": "c", "c": "a"})

    def test_a_chain_moves_into_a_number_that_the_file_frees(self):
        self.try_all_orders("abc", ["ab", "bc", "cn"], {"a": "b", "b": "c", "c": "n"})

    def test_a_chain_fails_back_from_the_row_whose_number_is_taken(self):
        self.try_all_orders("abcz", ["ab", "bc", "cz"], {}, failing="abc")

    def test_a_broken_chain_leaves_a_swap_beside_it_alone(self):
        self.try_all_orders("abcdz", ["ab", "bz", "cd", "dc"], {"c": "d", "d": "c"}, failing="ab")


class LimitTest(WorldTest):
    LANGUAGES = {
        "en": (EN, ",", REPORT_EN),
        "pt-BR": (PT_BR, ";", REPORT_PT_BR),
    }

    def drop_one(self, clients, rows, language, expected, words, after, content=None):
        """Drops a file in a language and checks the codes, a part of each message, and the whole register."""
        headers, delimiter, report_headers = self.LANGUAGES[language]
        world = self.world(clients=clients, start=True)
        world.inbox.drop("file.csv", content or sheet(rows, headers, delimiter))
        report = world.inbox.report("file.errors.csv", delimiter)
        self.assertEqual(table(world.inbox.read("file.errors.csv"), delimiter)[0], report_headers)
        self.assertEqual(self.codes(report), expected)
        for line, word in zip(report, words):
            self.assertIn(word, line[5])
        self.assertEqual(world.numbers(), after)
        return world

    def in_each_language(self, clients, rows, expected, words, changed, content=None):
        before = {company: number for company, _, number in clients}
        for language, phrases in words.items():
            with self.subTest(language=language):
                made = content(*self.LANGUAGES[language][:2]) if content else None
                world = self.drop_one(clients, rows, language, expected, phrases, {**before, **changed}, made)
                self.assertEqual(
                    sorted(row["company_id"] for row in world.ledger("select * from changes where field = 'number'"
                                                                     " and import_id > 1")), sorted(changed))

    @staticmethod
    def many(count):
        return [(str(n), f"Client {n}", f"N{n}") for n in range(1, count + 1)]

    def test_a_file_of_1001_rows_is_rejected_whole(self):
        clients = self.many(1001)
        rows = [(company, name, f"X{number}") for company, name, number in clients]
        self.in_each_language(clients, rows, [("", "too_many_rows")],
                              {"en": ["1001 rows"], "pt-BR": ["1001 linhas"]}, {})

    def test_a_file_of_1000_rows_is_imported(self):
        clients = self.many(1001)
        rows = [(company, name, f"X{number}") for company, name, number in clients[:1000]]
        after = {company: number for company, _, number in [*rows, clients[1000]]}
        self.drop_one(clients, rows, "en", [], [], after)

    @staticmethod
    def of_size(size):
        def content(headers, delimiter):
            start = sheet([("1", "Client 1", "X1")], (*headers, "Note"), delimiter)
            return start[:-2] + delimiter.encode() + b"x" * (size - len(start) - 1) + b"\r\n"
        return content

    def test_a_file_of_102401_bytes_is_rejected_whole(self):
        content = self.of_size(102_401)
        self.assertEqual(len(content(EN, ",")), 102_401)
        self.in_each_language(self.many(3), [], [("", "file_too_large")],
                              {"en": ["101 KB, more than the 100 KB"], "pt-BR": ["101 KB, mais do que os 100 KB"]}, {}, content)

    def test_a_file_of_102400_bytes_is_imported(self):
        content = self.of_size(102_400)(EN, ",")
        self.assertEqual(len(content), 102_400)
        self.drop_one(self.many(3), [], "en", [], [], {"1": "X1", "2": "N2", "3": "N3"}, content)

    def test_a_row_with_a_blank_id_fails_alone(self):
        rows = [("1", "Client 1", "X1"), (" ", "Client 2", "X2"), ("3", "Client 3", "X3")]
        self.in_each_language(self.many(4), rows, [("3", "company_id_blank")],
                              {"en": ["company ID is blank"], "pt-BR": ["ID da empresa está em branco"]},
                              {"1": "X1", "3": "X3"})

    def test_a_number_of_101_characters_fails_alone_and_one_of_100_is_accepted(self):
        rows = [("1", "Client 1", "é" * 100), ("2", "Client 2", "é" * 101)]
        self.in_each_language(self.many(3), rows, [("3", "client_number_too_long")],
                              {"en": ["101 characters"], "pt-BR": ["101 caracteres"]}, {"1": "é" * 100})

    def test_a_number_that_a_client_outside_the_file_holds_is_taken(self):
        rows = [("1", "Client 1", "N3"), ("2", "Client 2", "X2")]
        self.in_each_language(self.many(3), rows, [("2", "client_number_taken")],
                              {"en": ['already belongs to "Client 3"'], "pt-BR": ['já pertence a "Client 3"']},
                              {"2": "X2"})

    def test_all_or_nothing_applies_no_row_and_reports_the_right_ones_too(self):
        world = self.world("settle: 200ms\napply: all_or_nothing", clients=self.many(3), start=True)
        world.inbox.drop("file.csv", sheet([("1", "Client 1", "X1"), ("2", "Client 2", "N3")]))
        self.assertEqual(self.codes(world.inbox.report("file.errors.csv")),
                         [("2", "not_applied"), ("3", "client_number_taken")])
        self.assertEqual(world.numbers(), {"1": "N1", "2": "N2", "3": "N3"})


class DamagedIdTest(WorldTest):
    """Company IDs that a spreadsheet damaged: `9.13035E+15`, or 15 digits followed by zeros."""

    CLIENTS = [("9130351530529746", "Alpha", "A1"), ("9130351530529747", "Beta", "B2"),
               ("913035153052975123", "Gamma", "G3"), ("9130351530530000", "Twin", "T4"),
                ("9130351530540000", "Twin", "T5")]
    ROWS = [("9.13035E+15", "Alpha", "X1"), ("9130351530529750", "Beta", "X2"), ("913035153052975000", "Gamma", "X3"),
            ("9.13035E+15", "Twin", "X4"), ("9.13035E+15", "Nobody", "X5")]

    def drop(self, options):
        world = self.world(options, clients=self.CLIENTS, start=True)
        world.inbox.drop("clients.csv", sheet(self.ROWS))
        [row] = world.inbox.wait_imports("clients.csv", 1)
        [logged] = world.wait_until(lambda: world.events("file.imported"), "the log line of the import")
        return world, row, logged

    def test_a_damaged_id_is_restored_if_exactly_one_client_fits_by_name_and_digits(self):
        world, row, logged = self.drop("settle: 200ms")
        self.assertEqual((row["row_count"], row["updated"], row["failed"]), (5, 3, 2))
        self.assertEqual((logged["updated"], logged["failed"], logged["restored"]), ("3", "2", "3"))
        self.assertEqual(self.codes(world.inbox.report("clients.errors.csv")),
                         [("5", "company_id_reformatted"), ("6", "company_id_reformatted")])
        numbers = {company: number for (company, _, _), number in zip(self.CLIENTS, ("X1", "X2", "X3", "T4", "T5"))}
        self.assertEqual(world.numbers(), numbers)

    def test_a_damaged_id_fails_if_the_inbox_rejects_such_ids_and_the_message_names_the_client(self):
        world, row, logged = self.drop("settle: 200ms\ndamaged_ids: reject")
        self.assertEqual((row["updated"], row["failed"], logged["restored"]), (0, 5, "0"))
        report = world.inbox.report("clients.errors.csv")
        self.assertIn("9130351530529746", report[0][5])
        self.assertEqual(report[0][6], "")
        self.assertEqual(world.numbers(), {company: number for company, _, number in self.CLIENTS})


if __name__ == "__main__":
    main()
