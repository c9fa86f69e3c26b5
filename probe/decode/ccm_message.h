/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message that a client sends with CCM_POST, and the MP's answer to it: multipart/mixed, a
 * <Msg> header in UTF-16, then a body that is often compressed with zlib, in which stands UTF-16
 * XML (the forms are those of Microsoft.ConfigurationManagement.Messaging.dll).
 *
 * A body may be cut at its end; what could be read is told, the rest is unknown and `problem` says
 * where it broke. Certificates are taken for their thumbprints and validity only; signatures are
 * passed over.
 */
#ifndef CCM_DECODE_CCM_MESSAGE_H
#define CCM_DECODE_CCM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/* The most that the compressed parts of one message are inflated to together; more is a problem
   that is told. A registration request with both of its certificates takes 20 to 30 KiB. */
enum { CCM_MESSAGE_LIMIT = 128 * 1024 };

/* Is this body a CCM message (does it begin as multipart with a <Msg> part, or does its
   Content-Type, which may be NULL, say multipart)? Looks at the beginning only. */
bool ccm_message_identify(const char *content_type, const void *body, size_t length);

/* Reads a registration request, a registration response or a confirmation into `into`: type, name,
   fqdn, smsid, hardware_id, agent, agent_version, thumbprints, validity, key_type, status and
   approval, and problem; nothing else is touched, and what the message does not say stays as it is,
   so that an answer completes its request's record. False, and nothing touched, when the message is
   for another endpoint (policy, inventory, ...) or is no CCM message. */
bool ccm_message_decode(struct arena *arena, const void *body, size_t length,
                        struct evidence_registration *into);

/* A certificate in a registration request, in the arena; NULL when there is none. */
struct ccm_certificate {
    const uint8_t *der;
    size_t length;
};

struct ccm_certificates {
    struct ccm_certificate signing;
    struct ccm_certificate encryption;
};

/* The same, and the certificates themselves. */
bool ccm_message_decode_certificates(struct arena *arena, const void *body, size_t length,
                                     struct evidence_registration *into,
                                     struct ccm_certificates *certificates_out);

#endif
