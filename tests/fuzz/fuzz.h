/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target defines and replay.c calls; libFuzzer has its own declaration. */
#ifndef CCM_TESTS_FUZZ_H
#define CCM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Runs the decoder over one input. 0; anything wrong ends the program (sanitizers, abort). */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
