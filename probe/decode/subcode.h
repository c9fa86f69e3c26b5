/* SPDX-License-Identifier: Apache-2.0 */
/* The reason behind "invalid credentials" in the diagnostic message of an LDAP bind. */
#ifndef CCM_DECODE_SUBCODE_H
#define CCM_DECODE_SUBCODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Active Directory hides a Win32 error in hexadecimal in its words:
 *
 *     80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563
 *
 * gives 0x52e, 1326 (CODE_SPACE_WIN32). False, with EVIDENCE_UNKNOWN, when there is none: no
 * "data", "data 0", or a message about a "problem", where the number after "data" is another one.
 */
bool directory_subcode(const char *diagnostic, int64_t *win32_out);

#endif
