/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/negotiate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decode/der.h"
#include "decode/kerberos.h"
#include "decode/utf16.h"
#include "evidence/shape.h"

/* NetBIOS and DNS names are shorter. */
enum { NTLM_TARGET_LIMIT = 256 };

/* NTLMSSP_NEGOTIATE_UNICODE ([MS-NLMP] 2.2.2.5). */
enum { NTLM_FLAG_UNICODE = 0x00000001 };

static const char NTLM_SIGNATURE[8] = "NTLMSSP";   /* with its NUL ([MS-NLMP] 2.2.1) */
static const char NEGOEX_SIGNATURE[] = "NEGOEXTS"; /* [MS-NEGOEX] 2.2.1 */

/* Mechanisms by the content of their OBJECT IDENTIFIER. */
static const struct mechanism {
    const char *name;
    uint8_t length;
    uint8_t oid[10];
} mechanisms[] = {
    /* 1.3.6.1.5.5.2 (RFC 4178 3.1) */
    {"spnego", 6, {0x2B, 0x06, 0x01, 0x05, 0x05, 0x02}},
    /* 1.2.840.113554.1.2.2 (RFC 4121 4.1) */
    {"krb5", 9, {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02}},
    /* 1.2.840.48018.1.2.2, Windows' 16-bit form of the one above ([MS-SPNG] 3.1.5.2) */
    {"ms-krb5", 9, {0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02}},
    /* 1.3.6.1.4.1.311.2.2.10 ([MS-SPNG] 1.9) */
    {"ntlm", 10, {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A}},
    /* 1.3.6.1.4.1.311.2.2.30 ([MS-NEGOEX] 1.9) */
    {"negoex", 10, {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1E}},
};

/* An OBJECT IDENTIFIER's content in dotted form (X.690 8.19); NULL when it is none. */
static const char *dotted_oid(struct arena *arena, const uint8_t *bytes, size_t length)
{
    char text[128];
    size_t used = 0;
    uint64_t arc = 0;

    if (length == 0 || bytes[length - 1] & 0x80) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        if (arc >> 57) {
            return NULL;
        }
        arc = arc << 7 | (bytes[i] & 0x7F);
        if (bytes[i] & 0x80) {
            continue;
        }
        if (sizeof(text) - used < 24) { /* two numbers of 64 bits would not fit */
            return NULL;
        }
        if (used == 0) {
            uint64_t first = arc < 80 ? arc / 40 : 2;

            used = (size_t)snprintf(text, sizeof(text), "%" PRIu64, first);
            arc -= 40 * first;
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, ".%" PRIu64, arc);
        arc = 0;
    }
    return arena_strndup(arena, text, used);
}

/* Reads the next element, an OID, and names it; NULL when it is cut or malformed. */
static const char *read_mech(struct arena *arena, struct der *der)
{
    size_t length;
    const uint8_t *bytes = der_bytes(der, DER_OID, &length);

    for (size_t i = 0; bytes && i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
        if (length == mechanisms[i].length && memcmp(bytes, mechanisms[i].oid, length) == 0) {
            return mechanisms[i].name;
        }
    }
    return bytes ? dotted_oid(arena, bytes, length) : NULL;
}

static bool begins_with(const struct cursor *in, const char *start, size_t length)
{
    return in->left >= length && memcmp(in->at, start, length) == 0;
}

/* TargetName of CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2): length, room and offset at 12, flags at 20.
 */
static const char *ntlm_target(struct arena *arena, const struct cursor *message)
{
    struct cursor fields = *message;
    struct cursor payload = *message;
    char text[NTLM_TARGET_LIMIT];
    const uint8_t *bytes;
    size_t length;
    uint32_t offset, flags;

    cursor_bytes(&fields, 12);
    length = cursor_u16le(&fields);
    cursor_u16le(&fields);
    offset = cursor_u32le(&fields);
    flags = cursor_u32le(&fields);
    cursor_bytes(&payload, offset);
    bytes = cursor_bytes(&payload, length);
    if (fields.failed || payload.failed || length == 0) {
        return NULL;
    }
    if (!(flags & NTLM_FLAG_UNICODE)) {
        return evidence_text(arena, bytes, length, NTLM_TARGET_LIMIT);
    }
    length = utf16le_to_utf8(bytes, length, text, sizeof(text));
    return evidence_text(arena, text, length, NTLM_TARGET_LIMIT);
}

/* False when it is of no type that there is ([MS-NLMP] 2.2.1). */
static bool decode_ntlm(struct arena *arena, const struct cursor *message,
                        struct negotiate_token *token)
{
    struct cursor in = *message;
    uint32_t type;

    token->kind = NEGOTIATE_NTLM;
    token->mech = token->mech ? token->mech : "ntlm";
    cursor_bytes(&in, sizeof(NTLM_SIGNATURE));
    type = cursor_u32le(&in);
    if (type == 1) {
        token->content = "NTLM NEGOTIATE";
    } else if (type == 2) {
        token->content = "NTLM CHALLENGE";
        token->ntlm_target = ntlm_target(arena, message);
    } else if (type == 3) {
        token->content = "NTLM AUTHENTICATE";
    }
    return token->content || in.failed;
}

/* A Kerberos message, with or without its TOK_ID (RFC 4121 4.1: 01 00, 02 00, 03 00); other tokens
   of the mechanism are passed over. False when it is malformed. */
static bool decode_kerberos(struct arena *arena, const struct der *content,
                            struct negotiate_token *token)
{
    struct cursor in = content->in;

    if (in.left >= 2 && in.at[0] >= 1 && in.at[0] <= 3 && in.at[1] == 0) {
        cursor_bytes(&in, 2);
    }
    if (!der_is_cut(content) && kerberos_message_size(in.at, in.left) > in.left) {
        return false;
    }
    switch (kerberos_identify(in.at, in.left)) {
    case KERBEROS_AP_REQ:
        token->content = "AP-REQ";
        token->ticket = kerberos_decode_ap_req(arena, in.at, in.left);
        return token->ticket || der_is_cut(content);
    case KERBEROS_AP_REP:
        token->content = "AP-REP";
        return true;
    case KERBEROS_ERROR:
        token->content = "KRB-ERROR";
        token->error = kerberos_decode_error(arena, in.at, in.left);
        return token->error || der_is_cut(content);
    case KERBEROS_NONE:
    case KERBEROS_AS_REQ:
    case KERBEROS_AS_REP:
    case KERBEROS_TGS_REQ:
    case KERBEROS_TGS_REP:
    default:
        return true;
    }
}

/* The token of a mechanism inside SPNEGO: mechToken or responseToken. Another mechanism's is passed
   over; of a damaged one only its name is known. */
static void decode_inner(struct arena *arena, struct der *field, struct negotiate_token *token)
{
    struct der octets, framed, plain;
    const char *mech;

    if (!der_open(field, DER_OCTET_STRING, &octets)) {
        return;
    }
    if (begins_with(&octets.in, NTLM_SIGNATURE, sizeof(NTLM_SIGNATURE))) {
        decode_ntlm(arena, &octets.in, token);
        return;
    }
    if (begins_with(&octets.in, NEGOEX_SIGNATURE, strlen(NEGOEX_SIGNATURE))) {
        token->content = "NEGOEX";
        return;
    }
    plain = octets;
    if (der_peek(&octets) == DER_APPLICATION && der_open(&octets, DER_APPLICATION, &framed)) {
        mech = read_mech(arena, &framed);
        token->mech = token->mech ? token->mech : mech;
        plain = framed;
    }
    decode_kerberos(arena, &plain, token);
}

/* NegTokenInit ::= SEQUENCE { mechTypes [0], reqFlags [1], mechToken [2], mechListMIC [3] };
   NegTokenInit2 of a server puts negHints at [3] ([MS-SPNG] 2.2.1). */
static void decode_init(struct arena *arena, struct der *choice, struct negotiate_token *token)
{
    struct der sequence, field, list;
    uint8_t tag;

    token->kind = NEGOTIATE_SPNEGO_INIT;
    der_open(choice, DER_SEQUENCE, &sequence);
    while (der_next(&sequence, &tag, &field)) {
        if (tag == DER_CONTEXT + 0 && der_open(&field, DER_SEQUENCE, &list)) {
            token->mech = read_mech(arena, &list);
        } else if (tag == DER_CONTEXT + 2) {
            decode_inner(arena, &field, token);
        }
    }
}

static enum spnego_state spnego_state(int64_t neg_state)
{
    return neg_state >= 0 && neg_state <= 3
               ? (enum spnego_state)(neg_state + SPNEGO_ACCEPT_COMPLETED)
               : SPNEGO_UNKNOWN;
}

/* NegTokenResp ::= SEQUENCE { negState [0], supportedMech [1], responseToken [2],
   mechListMIC [3] } */
static void decode_resp(struct arena *arena, struct der *choice, struct negotiate_token *token)
{
    struct der sequence, field;
    int64_t state = -1;
    uint8_t tag;

    token->kind = NEGOTIATE_SPNEGO_RESP;
    der_open(choice, DER_SEQUENCE, &sequence);
    while (der_next(&sequence, &tag, &field)) {
        if (tag == DER_CONTEXT + 0) {
            der_integer(&field, DER_ENUMERATED, &state);
        } else if (tag == DER_CONTEXT + 1) {
            token->mech = read_mech(arena, &field);
        } else if (tag == DER_CONTEXT + 2) {
            decode_inner(arena, &field, token);
        }
    }
    token->state = spnego_state(state);
}

/* NegotiationToken ::= CHOICE { negTokenInit [0], negTokenResp [1] }. False for anything else. */
static bool decode_spnego(struct arena *arena, struct der *der, struct negotiate_token *token)
{
    struct der choice;
    uint8_t tag;

    der_next(der, &tag, &choice);
    if (tag == DER_CONTEXT + 0) {
        decode_init(arena, &choice, token);
    } else if (tag == DER_CONTEXT + 1) {
        decode_resp(arena, &choice, token);
    } else {
        return false;
    }
    return true;
}

/* InitialContextToken of GSS-API (RFC 2743 3.1): [APPLICATION 0] { mechanism, its token }. */
static bool decode_framed(struct arena *arena, struct der *root, struct negotiate_token *token)
{
    struct der framed;
    const char *mech;

    if (!der_open(root, DER_APPLICATION, &framed)) {
        return false;
    }
    mech = read_mech(arena, &framed);
    if (!mech) {
        return false;
    }
    if (strcmp(mech, "spnego") == 0) {
        return decode_spnego(arena, &framed, token);
    }
    token->mech = mech;
    if (strcmp(mech, "krb5") != 0 && strcmp(mech, "ms-krb5") != 0) {
        return true;
    }
    token->kind = NEGOTIATE_KERBEROS;
    return decode_kerberos(arena, &framed, token);
}

struct negotiate_token *negotiate_decode(struct arena *arena, const void *bytes, size_t length)
{
    struct negotiate_token *token = evidence_new(arena, &SHAPE_NEGOTIATE_TOKEN);
    struct der root;
    bool malformed;
    bool known;

    token->bytes = (int64_t)length;
    der_init(&root, bytes, length, &malformed);
    if (begins_with(&root.in, NTLM_SIGNATURE, sizeof(NTLM_SIGNATURE))) {
        known = decode_ntlm(arena, &root.in, token);
    } else if (der_peek(&root) == DER_APPLICATION) {
        known = decode_framed(arena, &root, token);
    } else {
        known = decode_spnego(arena, &root, token);
    }
    if (!known || malformed) {
        token = evidence_new(arena, &SHAPE_NEGOTIATE_TOKEN);
        token->kind = NEGOTIATE_MALFORMED;
        token->bytes = (int64_t)length;
    }
    return token;
}
