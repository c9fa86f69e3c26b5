/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/kerberos.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "decode/kerberos_parts.h"
#include "evidence/shape.h"

/* The only version there is (RFC 4120 5.4.1). */
enum { KERBEROS_VERSION = 5 };

/* No client offers more encryption types; Windows sends 5 to 8. */
enum { ETYPE_LIMIT = 64 };

enum kerberos_message kerberos_identify(const void *bytes, size_t length)
{
    struct der root, content;
    bool malformed;
    uint8_t tag;

    der_init(&root, bytes, length, &malformed);
    if (!der_next(&root, &tag, &content)) {
        return KERBEROS_NONE;
    }
    switch (tag) {
    case DER_APPLICATION + KERBEROS_AS_REQ:
    case DER_APPLICATION + KERBEROS_AS_REP:
    case DER_APPLICATION + KERBEROS_TGS_REQ:
    case DER_APPLICATION + KERBEROS_TGS_REP:
    case DER_APPLICATION + KERBEROS_AP_REQ:
    case DER_APPLICATION + KERBEROS_AP_REP:
    case DER_APPLICATION + KERBEROS_ERROR:
        return (enum kerberos_message)(tag - DER_APPLICATION);
    default:
        return KERBEROS_NONE;
    }
}

size_t kerberos_message_size(const void *bytes, size_t length)
{
    struct der root, content;
    bool malformed;
    uint8_t tag;

    if (kerberos_identify(bytes, length) == KERBEROS_NONE) {
        return 0;
    }
    der_init(&root, bytes, length, &malformed);
    der_next(&root, &tag, &content);
    return (size_t)(content.in.at - (const uint8_t *)bytes) + content.in.left + content.missing;
}

/* A message opened up to its fields, with the two that every message begins with. */
struct message {
    enum kerberos_message type;
    struct der fields;
    int64_t version;
    int64_t msg_type;
    bool malformed;
};

/* False when it is another message. `message` must stay where it is: the tree points to its flag.
 */
static bool message_open(struct message *message, const void *bytes, size_t length)
{
    struct der root, application;

    message->type = kerberos_identify(bytes, length);
    message->version = EVIDENCE_UNKNOWN;
    message->msg_type = EVIDENCE_UNKNOWN;
    der_init(&root, bytes, length, &message->malformed);
    if (message->type == KERBEROS_NONE ||
        !der_open(&root, (uint8_t)(DER_APPLICATION + message->type), &application)) {
        return false;
    }
    der_open(&application, DER_SEQUENCE, &message->fields);
    return !message->malformed;
}

/* Whether it was read without contradiction. `complete` says that the fields which RFC 4120 demands
   were there; a message that is cut may lack them, except the first two: without those it is no
   message but bytes that begin like one. */
static bool message_ok(const struct message *message, bool complete)
{
    return !message->malformed && message->version == KERBEROS_VERSION &&
           message->msg_type == (int64_t)message->type &&
           (complete || der_is_cut(&message->fields));
}

/* The realm that a TGT for another realm leads to (RFC 4120 3.3.1, RFC 6806 8). The case of realms
   is no difference: Active Directory has none. */
static const char *referral_realm(struct arena *arena, const struct krb_ticket *ticket)
{
    static const char krbtgt[] = "krbtgt/";
    const char *target;

    if (!ticket || !ticket->service || !ticket->realm ||
        strncmp(ticket->service, krbtgt, strlen(krbtgt)) != 0) {
        return NULL;
    }
    target = ticket->service + strlen(krbtgt);
    return strcasecmp(target, ticket->realm) == 0 ? NULL : arena_strdup(arena, target);
}

/* KDC-REP ::= SEQUENCE { pvno [0], msg-type [1], padata [2], crealm [3], cname [4], ticket [5],
   enc-part [6] } */
static struct kdc_reply *decode_kdc_rep(struct arena *arena, struct message *message)
{
    struct kdc_reply *reply = evidence_new(arena, &SHAPE_KDC_REPLY);
    const char *realm = NULL;
    const char *name = NULL;
    struct der part;
    uint8_t tag;

    while (der_next(&message->fields, &tag, &part)) {
        if (tag == DER_CONTEXT + 0) {
            der_integer(&part, DER_INTEGER, &message->version);
        } else if (tag == DER_CONTEXT + 1) {
            der_integer(&part, DER_INTEGER, &message->msg_type);
        } else if (tag == DER_CONTEXT + 3) {
            realm = kerberos_string(arena, &part);
        } else if (tag == DER_CONTEXT + 4) {
            name = kerberos_principal_of_realm(arena, &part);
        } else if (tag == DER_CONTEXT + 5) {
            reply->ticket = kerberos_ticket(arena, &part);
        } else if (tag == DER_CONTEXT + 6) {
            kerberos_encrypted(&part, &reply->etype, &reply->kvno);
        }
    }
    if (!message_ok(message, reply->ticket && realm && name)) {
        return NULL;
    }
    reply->client = kerberos_with_realm(arena, name, realm);
    if (message->type == KERBEROS_AS_REP) {
        reply->kind = KDC_REPLY_AS;
    } else {
        reply->kind = KDC_REPLY_TGS;
        reply->referral = referral_realm(arena, reply->ticket);
    }
    return reply;
}

/* Seconds with the microseconds that a field of their own holds (KerberosTime has none). */
struct split_time {
    int64_t seconds_us;
    int64_t micros;
};

/* A message that is whole leaves the microseconds out when they are zero or were not measured; in
   one that is cut they may have stood behind the cut. */
static int64_t joined_time(const struct split_time *time, bool cut)
{
    int64_t micros = time->micros == EVIDENCE_UNKNOWN && !cut ? 0 : time->micros;

    if (time->seconds_us == EVIDENCE_UNKNOWN || micros < 0 || micros >= CLOCK_US_PER_SECOND) {
        return EVIDENCE_UNKNOWN;
    }
    return time->seconds_us + micros;
}

static void decode_edata(struct krb_error *error, struct der *part)
{
    size_t length;
    const uint8_t *bytes = der_bytes(part, DER_OCTET_STRING, &length);

    if (bytes) {
        error->edata_length = (int64_t)length;
        error->ntstatus = kerberos_edata_status(bytes, length);
    }
}

/* One field of KRB-ERROR but its times. */
static void error_field(struct arena *arena, struct krb_error *error, uint8_t tag, struct der *part)
{
    switch (tag - DER_CONTEXT) {
    case 6:
        der_integer(part, DER_INTEGER, &error->code);
        break;
    case 7:
        error->client_realm = kerberos_string(arena, part);
        break;
    case 8:
        error->client = kerberos_principal(arena, part);
        break;
    case 9:
        error->realm = kerberos_string(arena, part);
        break;
    case 10:
        error->service = kerberos_principal(arena, part);
        break;
    case 11:
        error->text = kerberos_string(arena, part);
        break;
    case 12:
        decode_edata(error, part);
        break;
    default:
        break;
    }
}

/* KRB-ERROR ::= SEQUENCE { pvno [0], msg-type [1], ctime [2], cusec [3], stime [4], susec [5],
   error-code [6], crealm [7], cname [8], realm [9], sname [10], e-text [11], e-data [12] } */
static struct krb_error *decode_error(struct arena *arena, struct message *message)
{
    struct krb_error *error = evidence_new(arena, &SHAPE_KRB_ERROR);
    struct split_time client = {EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN};
    struct split_time server = {EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN};
    struct der part;
    uint8_t tag;

    while (der_next(&message->fields, &tag, &part)) {
        if (tag == DER_CONTEXT + 0) {
            der_integer(&part, DER_INTEGER, &message->version);
        } else if (tag == DER_CONTEXT + 1) {
            der_integer(&part, DER_INTEGER, &message->msg_type);
        } else if (tag == DER_CONTEXT + 2) {
            der_time(&part, &client.seconds_us);
        } else if (tag == DER_CONTEXT + 3) {
            der_integer(&part, DER_INTEGER, &client.micros);
        } else if (tag == DER_CONTEXT + 4) {
            der_time(&part, &server.seconds_us);
        } else if (tag == DER_CONTEXT + 5) {
            der_integer(&part, DER_INTEGER, &server.micros);
        } else {
            error_field(arena, error, tag, &part);
        }
    }
    error->client_time = joined_time(&client, der_is_cut(&message->fields));
    error->server_time = joined_time(&server, der_is_cut(&message->fields));
    return message_ok(message, error->code != EVIDENCE_UNKNOWN) ? error : NULL;
}

struct krb_error *kerberos_decode_error(struct arena *arena, const void *bytes, size_t length)
{
    struct message message;

    if (!message_open(&message, bytes, length) || message.type != KERBEROS_ERROR) {
        return NULL;
    }
    return decode_error(arena, &message);
}

struct kdc_reply *kerberos_decode_reply(struct arena *arena, const void *bytes, size_t length)
{
    struct kdc_reply *reply;
    struct krb_error *error;
    struct message message;

    if (!message_open(&message, bytes, length)) {
        return NULL;
    }
    if (message.type == KERBEROS_AS_REP || message.type == KERBEROS_TGS_REP) {
        return decode_kdc_rep(arena, &message);
    }
    error = message.type == KERBEROS_ERROR ? decode_error(arena, &message) : NULL;
    if (!error) {
        return NULL;
    }
    reply = evidence_new(arena, &SHAPE_KDC_REPLY);
    reply->kind = KDC_REPLY_ERROR;
    reply->error = error;
    return reply;
}

struct krb_ticket *kerberos_decode_ap_req(struct arena *arena, const void *bytes, size_t length)
{
    struct krb_ticket *ticket = NULL;
    struct message message;
    struct der part;
    uint8_t tag;

    if (!message_open(&message, bytes, length) || message.type != KERBEROS_AP_REQ) {
        return NULL;
    }
    while (der_next(&message.fields, &tag, &part)) {
        if (tag == DER_CONTEXT + 0) {
            der_integer(&part, DER_INTEGER, &message.version);
        } else if (tag == DER_CONTEXT + 1) {
            der_integer(&part, DER_INTEGER, &message.msg_type);
        } else if (tag == DER_CONTEXT + 3) {
            ticket = kerberos_ticket(arena, &part);
        }
    }
    return message_ok(&message, ticket) ? ticket : NULL;
}

/* What a request asks for. */
struct request {
    const char *realm;
    const char *client; /* without realm */
    const char *service;
    int64_t *etypes;
    size_t etype_count;
};

static void decode_etypes(struct arena *arena, struct der *part, struct request *request)
{
    struct der list;

    if (!der_open(part, DER_SEQUENCE, &list) || der_is_cut(&list)) {
        return;
    }
    while (der_more(&list) && request->etype_count < ETYPE_LIMIT) {
        int64_t *etype = arena_push(arena, (void **)&request->etypes, &request->etype_count,
                                    sizeof(*request->etypes));

        der_integer(&list, DER_INTEGER, etype);
    }
}

/* KDC-REQ-BODY ::= SEQUENCE { kdc-options [0], cname [1], realm [2], sname [3], from [4], till [5],
   rtime [6], nonce [7], etype [8], ... } */
static void decode_request_body(struct arena *arena, struct der *part, struct request *request)
{
    struct der body, field;
    uint8_t tag;

    if (!der_open(part, DER_SEQUENCE, &body)) {
        return;
    }
    while (der_next(&body, &tag, &field)) {
        if (tag == DER_CONTEXT + 1) {
            request->client = kerberos_principal_of_realm(arena, &field);
        } else if (tag == DER_CONTEXT + 2) {
            request->realm = kerberos_string(arena, &field);
        } else if (tag == DER_CONTEXT + 3) {
            request->service = kerberos_principal(arena, &field);
        } else if (tag == DER_CONTEXT + 8) {
            decode_etypes(arena, &field, request);
        }
    }
}

/* KDC-REQ ::= SEQUENCE { pvno [1], msg-type [2], padata [3], req-body [4] } */
bool kerberos_decode_request(struct arena *arena, const void *bytes, size_t length,
                             struct evidence_kdc *request_out)
{
    struct request request = {0};
    struct message message;
    struct der part;
    uint8_t tag;

    if (!message_open(&message, bytes, length) ||
        (message.type != KERBEROS_AS_REQ && message.type != KERBEROS_TGS_REQ)) {
        return false;
    }
    while (der_next(&message.fields, &tag, &part)) {
        if (tag == DER_CONTEXT + 1) {
            der_integer(&part, DER_INTEGER, &message.version);
        } else if (tag == DER_CONTEXT + 2) {
            der_integer(&part, DER_INTEGER, &message.msg_type);
        } else if (tag == DER_CONTEXT + 4) {
            decode_request_body(arena, &part, &request);
        }
    }
    if (!message_ok(&message, request.realm)) {
        return false;
    }
    request_out->purpose = message.type == KERBEROS_AS_REQ ? KDC_AS : KDC_TGS;
    request_out->client = kerberos_with_realm(arena, request.client, request.realm);
    request_out->service = request.service;
    request_out->realm = request.realm;
    request_out->etypes = request.etypes;
    request_out->etype_count = request.etype_count;
    return true;
}
