/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a client registers agrees with itself, and whether two names are of one machine. */
#ifndef CCM_EVIDENCE_REGISTRATION_H
#define CCM_EVIDENCE_REGISTRATION_H

#include <stdbool.h>

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

/* May two names be of one machine? Sources know it as "WK01", "wk01.contoso.lab", "WK01$" and
   "CONTOSO\\WK01$", and by NetBIOS with 15 letters at most. Two domains are two machines. */
bool registration_same_machine(const char *a, const char *b);

#endif
