/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "decode/client_certificate.h"
#include "tests/fuzz/fuzz.h"

/* Whatever is borrowed lies within the input. */
static void check_within(const uint8_t *at, size_t size, const uint8_t *bytes, size_t length)
{
    if (at && (at < bytes || size > length || at > bytes + length - size)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct client_certificate certificate;

    if (client_certificate_read(bytes, length, &certificate)) {
        check_within(certificate.modulus, certificate.modulus_length, bytes, length);
        check_within(certificate.common_name, certificate.common_name_length, bytes, length);
    }
    return 0;
}
