/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a client registers agrees with itself. */
#ifndef CCM_EVIDENCE_REGISTRATION_H
#define CCM_EVIDENCE_REGISTRATION_H

#include "evidence/recorded.h"

/* What is stated beside a certificate, and what it says itself, may differ in. */
enum registration_part {
    REGISTRATION_THUMBPRINT = 1 << 0,
    REGISTRATION_ENCRYPTION = 1 << 1, /* thumbprint of the encryption certificate */
    REGISTRATION_KEY = 1 << 2,
    REGISTRATION_SUBJECT = 1 << 3,
    REGISTRATION_VALIDITY = 1 << 4,
};

/* The parts that are known to differ, added; 0: none. What is stated or read of one side only is
   not known to. */
unsigned registration_differences(const struct evidence_registration *stated);

#endif
