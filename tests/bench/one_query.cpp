// usage: one_query PATH
//
// Opens an SQLite database and asks it one question: the floor below the start of a program that uses one.
#include <sqlite3.h>

#include <cstdio>

int main(int count, char** arguments) {
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  const bool answered =
      count == 2 && sqlite3_open(arguments[1], &database) == SQLITE_OK &&
      sqlite3_prepare_v2(database, "select count(*) from firms", -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW;
  if (answered) std::printf("%d\n", sqlite3_column_int(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return answered ? 0 : 1;
}
