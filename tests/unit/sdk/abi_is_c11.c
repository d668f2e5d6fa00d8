/* The ABI header must be plain C11: this file is compiled so, with every warning an error. */
#include "veleta/abi.h"

_Static_assert(sizeof(veleta_status) == 4, "a status is an int32_t");

int veleta_abi_is_c11(void);
int veleta_abi_is_c11(void) {
  const veleta_library library = {sizeof library, VELETA_ABI_VERSION, 0, 0};
  return library.abi_version == 1u;
}
