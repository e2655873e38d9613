#include "importer/plan/row_hints.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace clientsync;

TEST_CASE("the label beside a sum is recognised in English and Portuguese", "[hints]") {
  for (const auto* label :
       {"Total", "TOTAL", "Grand total", "Total geral", "Subtotal", "Soma", "total:", "Total: 5,"}) {
    CAPTURE(label);
    CHECK(is_total_label(label));
  }
  for (const auto* name : {"", "Total Energies", "Summit", "Sum Up Ltda", "Totalmente", "31"}) {
    CAPTURE(name);
    CHECK_FALSE(is_total_label(name));
  }
}

TEST_CASE("damaged accents are recognised in every shape", "[hints]") {
  const std::string name = "Clínica José São João – Água";
  for (const auto* value :
       {"ClÃ\u00adnica JosÃ© SÃ£o JoÃ£o â€“ Ã\u0081gua", "Cl?nica Jos? S?o Jo?o ? ?gua",
        "Cl??nica Jos?? S??o Jo??o ??? ??gua", "Cl\uFFFDnica Jos\uFFFD S\uFFFDo Jo\uFFFDo \uFFFD \uFFFDgua",
        "Cl¡nica Jos‚ SÆo JoÆo – µgua", "Cl’nica JosŽ S‹o Jo‹o – çgua"}) {
    CAPTURE(value);
    CHECK(has_damaged_accents(value, name));
  }
  CHECK(has_damaged_accents("JosÃ©", "José"));
  CHECK(has_damaged_accents("?gua", "Água"));
}

TEST_CASE("another name has no damaged accents", "[hints]") {
  for (const auto* value : {"", "Jose", "José", "Josè", "Jos", "Joss?", "Jos? Lima", "?os?", "Jos?????"}) {
    CAPTURE(value);
    CHECK_FALSE(has_damaged_accents(value, "José"));
  }
  CHECK_FALSE(has_damaged_accents("Ana?", "Ana"));
  CHECK_FALSE(has_damaged_accents("Bia", "Ana"));
  CHECK_FALSE(has_damaged_accents("é", ""));
}
