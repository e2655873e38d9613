// The register against which the fuzzers judge: a few clients whose numbers and IDs are easily confused.
#pragma once

#include "tests/support/builders.hpp"

namespace clientsync::testing {

[[nodiscard]] inline const Register& small_firm() {
  static const Register firm =
      register_of({a_client("9130351530529746").named("Alder & Finch Bakery, LLC").numbered("00123"),
                   a_client("9130351530529741").named("Barlow Plumbing Inc.").numbered("1043"),
                   a_client("145877417413898").named("Açougue Boa Vista Ltda").numbered("B-201"),
                   a_client("2").named("Bia").numbered("5"), a_client("3").named("Caio"),
                   a_client("4").named("Davi").numbered("1-2").inactive(), a_client("6").named("Eva").numbered("123"),
                   a_client("0007").named("Eva").numbered("Ação"), a_client("AB-1").named("Félix").numbered("1E+10")});
  return firm;
}

}  // namespace clientsync::testing
