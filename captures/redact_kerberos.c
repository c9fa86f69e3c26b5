/* SPDX-License-Identifier: Apache-2.0 */
/* Kerberos (RFC 4120), SPNEGO (RFC 4178) and NTLM ([MS-NLMP]) without what is secret in them. */
#include <string.h>

#include "base/cursor.h"
#include "captures/redact_der.h"

enum {
    NODE_KERBEROS = NODE_FIRST,
    NODE_REQUEST,
    NODE_REQUEST_BODY,
    NODE_REPLY,
    NODE_ERROR,
    NODE_AP_REQ,
    NODE_AP_REP,
    NODE_TICKET,
    NODE_ENCRYPTED,
    NODE_PRINCIPAL,
    NODE_PADATA,
    NODE_PADATA_TYPE,
    NODE_PADATA_VALUE,
    NODE_ERROR_TEXT,
    NODE_ERROR_DATA,
    NODE_SPNEGO,
    NODE_INIT,
    NODE_RESPONSE,
    NODE_TOKEN,
};

static const struct der_row ROWS[] = {
    {NODE_KERBEROS, 0x6A, NODE_REQUEST}, /* AS-REQ */
    {NODE_KERBEROS, 0x6B, NODE_REPLY},
    {NODE_KERBEROS, 0x6C, NODE_REQUEST}, /* TGS-REQ */
    {NODE_KERBEROS, 0x6D, NODE_REPLY},
    {NODE_KERBEROS, 0x6E, NODE_AP_REQ},
    {NODE_KERBEROS, 0x6F, NODE_AP_REP},
    {NODE_KERBEROS, 0x7E, NODE_ERROR},
    /* pvno, msg-type, padata, req-body */
    {NODE_REQUEST, 0xA1, NODE_COPY},
    {NODE_REQUEST, 0xA2, NODE_COPY},
    {NODE_REQUEST, 0xA3, NODE_PADATA},
    {NODE_REQUEST, 0xA4, NODE_REQUEST_BODY},
    /* options, cname, realm, sname, times, nonce, etypes; enc-authorization-data, tickets. The
       nonce tells a request from a repetition. */
    {NODE_REQUEST_BODY, 0xA0, NODE_COPY},
    {NODE_REQUEST_BODY, 0xA1, NODE_PRINCIPAL},
    {NODE_REQUEST_BODY, 0xA2, NODE_TEXT},
    {NODE_REQUEST_BODY, 0xA3, NODE_PRINCIPAL},
    {NODE_REQUEST_BODY, 0xA4, NODE_COPY},
    {NODE_REQUEST_BODY, 0xA5, NODE_COPY},
    {NODE_REQUEST_BODY, 0xA6, NODE_COPY},
    {NODE_REQUEST_BODY, 0xA7, NODE_COPY},
    {NODE_REQUEST_BODY, 0xA8, NODE_COPY},
    {NODE_REQUEST_BODY, 0xAA, NODE_ENCRYPTED},
    {NODE_REQUEST_BODY, 0xAB, NODE_TICKET},
    /* pvno, msg-type, padata, crealm, cname, ticket, enc-part */
    {NODE_REPLY, 0xA0, NODE_COPY},
    {NODE_REPLY, 0xA1, NODE_COPY},
    {NODE_REPLY, 0xA2, NODE_PADATA},
    {NODE_REPLY, 0xA3, NODE_TEXT},
    {NODE_REPLY, 0xA4, NODE_PRINCIPAL},
    {NODE_REPLY, 0xA5, NODE_TICKET},
    {NODE_REPLY, 0xA6, NODE_ENCRYPTED},
    /* pvno, msg-type, times, code; crealm, cname, realm, sname, e-text, e-data */
    {NODE_ERROR, 0xA7, NODE_TEXT},
    {NODE_ERROR, 0xA8, NODE_PRINCIPAL},
    {NODE_ERROR, 0xA9, NODE_TEXT},
    {NODE_ERROR, 0xAA, NODE_PRINCIPAL},
    {NODE_ERROR, 0xAB, NODE_ERROR_TEXT},
    {NODE_ERROR, 0xAC, NODE_ERROR_DATA},
    {NODE_ERROR, 0xA0, NODE_COPY},
    {NODE_ERROR, 0xA1, NODE_COPY},
    {NODE_ERROR, 0xA2, NODE_COPY},
    {NODE_ERROR, 0xA3, NODE_COPY},
    {NODE_ERROR, 0xA4, NODE_COPY},
    {NODE_ERROR, 0xA5, NODE_COPY},
    {NODE_ERROR, 0xA6, NODE_COPY},
    /* pvno, msg-type, ap-options, ticket, authenticator */
    {NODE_AP_REQ, 0xA0, NODE_COPY},
    {NODE_AP_REQ, 0xA1, NODE_COPY},
    {NODE_AP_REQ, 0xA2, NODE_COPY},
    {NODE_AP_REQ, 0xA3, NODE_TICKET},
    {NODE_AP_REQ, 0xA4, NODE_ENCRYPTED},
    {NODE_AP_REP, 0xA0, NODE_COPY},
    {NODE_AP_REP, 0xA1, NODE_COPY},
    {NODE_AP_REP, 0xA2, NODE_ENCRYPTED},
    /* tkt-vno, realm, sname, enc-part */
    {NODE_TICKET, 0x61, NODE_TICKET},
    {NODE_TICKET, 0xA0, NODE_COPY},
    {NODE_TICKET, 0xA1, NODE_TEXT},
    {NODE_TICKET, 0xA2, NODE_PRINCIPAL},
    {NODE_TICKET, 0xA3, NODE_ENCRYPTED},
    {NODE_ENCRYPTED, 0xA0, NODE_COPY},
    {NODE_ENCRYPTED, 0xA1, NODE_COPY},
    {NODE_ENCRYPTED, 0xA2, NODE_SECRET},
    {NODE_PRINCIPAL, 0xA0, NODE_COPY},
    {NODE_PRINCIPAL, 0xA1, NODE_TEXT},
    {NODE_PADATA, 0xA1, NODE_PADATA_TYPE},
    {NODE_PADATA, 0xA2, NODE_PADATA_VALUE},
    {NODE_PADATA_TYPE, 0x02, NODE_PADATA_TYPE},
    {NODE_PADATA_VALUE, 0x04, NODE_PADATA_VALUE},
    {NODE_ERROR_TEXT, 0x1B, NODE_ERROR_TEXT},
    {NODE_ERROR_DATA, 0x04, NODE_ERROR_DATA},
    /* mechanisms, flags, token; state, mechanism, token */
    {NODE_SPNEGO, 0x60, NODE_SPNEGO},
    {NODE_SPNEGO, 0x06, NODE_COPY},
    {NODE_SPNEGO, 0xA0, NODE_INIT},
    {NODE_SPNEGO, 0xA1, NODE_RESPONSE},
    {NODE_INIT, 0xA0, NODE_COPY},
    {NODE_INIT, 0xA1, NODE_COPY},
    {NODE_INIT, 0xA2, NODE_TOKEN},
    {NODE_RESPONSE, 0xA0, NODE_COPY},
    {NODE_RESPONSE, 0xA1, NODE_COPY},
    {NODE_RESPONSE, 0xA2, NODE_TOKEN},
    {NODE_TOKEN, 0x04, NODE_TOKEN},
    {0, 0, 0},
};

/* Of the pre-authentication data under way. */
struct walk_state {
    int64_t type;
    bool in_error;
    unsigned depth; /* messages inside of messages */
};

enum {
    PADATA_TGS_REQ = 1,
    PADATA_ENC_TIMESTAMP = 2,
    PADATA_EXTENDED_ERROR = 3, /* in e-data: [MS-KILE] 2.2.2 */
    NESTING_LIMIT = 4,
};

static void take_content(const struct image *content, uint8_t node, void *context);

static const struct der_schema SCHEMA = {ROWS, take_content};

static void walk(const struct image *image, uint8_t node, const struct walk_state *above)
{
    struct walk_state state = *above;

    state.depth++;
    if (state.depth < NESTING_LIMIT) {
        redact_der(image, &SCHEMA, node, &state);
    }
}

/* What is there by all signs, with nothing behind it: else its shape would be of random bytes. */
static bool is_whole(const struct image *image)
{
    struct der_span span;

    return redact_der_next(image->in, image->length, &span) &&
           span.head + span.content == image->length && (span.tag & 0x20);
}

static void take_padata(const struct image *content, const struct walk_state *state)
{
    if (state->in_error) {
        /* An NTSTATUS of severity "error", followed by two numbers that are not looked at. */
        if (state->type == PADATA_EXTENDED_ERROR && content->length >= 4 &&
            content->in[3] >> 6 == 3) {
            memcpy(content->out, content->in, 4);
        } else if (is_whole(content)) {
            walk(content, NODE_SHAPE, state);
        }
    } else if (state->type == PADATA_TGS_REQ) {
        walk(content, NODE_KERBEROS, state);
    } else if (state->type == PADATA_ENC_TIMESTAMP) {
        walk(content, NODE_ENCRYPTED, state);
    } else if (is_whole(content)) {
        walk(content, NODE_SHAPE, state);
    }
}

/* KDCs write constants there ("NEEDED_PREAUTH"); what may be a name goes. */
static void take_error_text(const struct image *content)
{
    for (size_t i = 0; i < content->length; i++) {
        const uint8_t byte = content->in[i];

        if ((byte < 'A' || byte > 'Z') && byte != '_' && byte != ' ' && byte != 0) {
            memset(content->out, 'x', content->length);
            return;
        }
        content->out[i] = byte;
    }
}

static void take_mech_token(const struct image *content);

static void take_content(const struct image *content, uint8_t node, void *context)
{
    struct walk_state *state = context;

    switch (node) {
    case NODE_PADATA_TYPE:
        state->type = 0;
        for (size_t i = 0; i < content->length && i < 4; i++) {
            state->type = state->type << 8 | content->in[i];
        }
        memcpy(content->out, content->in, content->length);
        break;
    case NODE_PADATA_VALUE:
        take_padata(content, state);
        break;
    case NODE_ERROR_TEXT:
        take_error_text(content);
        break;
    case NODE_ERROR_DATA:
        walk(content, NODE_PADATA, &(struct walk_state){.in_error = true, .depth = state->depth});
        break;
    case NODE_TOKEN:
        take_mech_token(content);
        break;
    default:
        break;
    }
}

void redact_kerberos(const struct image *image)
{
    walk(image, NODE_KERBEROS, &(struct walk_state){.depth = 0});
}

/* --- NTLM --- */

static const char NTLM_SIGNATURE[8] = "NTLMSSP";
static const char NEGOEX_SIGNATURE[8] = "NEGOEXTS";

static void copy_range(const struct image *image, size_t from, size_t to)
{
    to = to < image->length ? to : image->length;
    if (from < to) {
        memcpy(image->out + from, image->in + from, to - from);
    }
}

/* [MS-NLMP] 2.2.1: signature, type, then lengths and places of what follows, and flags. Of the
   contents only the target's name is shown anywhere. */
static void redact_ntlm(const struct image *image)
{
    struct cursor in;
    uint32_t type, place;
    size_t length;

    cursor_init(&in, image->in, image->length);
    cursor_bytes(&in, sizeof(NTLM_SIGNATURE));
    type = cursor_u32le(&in);
    copy_range(image, 0, 12);
    if (type == 1) {
        copy_range(image, 12, 40);
    } else if (type == 3) {
        copy_range(image, 12, 72);
    } else if (type == 2) {
        copy_range(image, 12, 24); /* then the challenge, and zeros */
        copy_range(image, 40, 56);
        length = cursor_u16le(&in);
        cursor_u16le(&in);
        place = cursor_u32le(&in);
        if (!in.failed && place >= 48 && place <= image->length &&
            length <= image->length - place) {
            disguise_utf16(image->disguise, image->in + place, length, image->out + place);
        }
    }
}

/* --- tokens --- */

static bool begins_with(const struct image *image, const void *start, size_t length)
{
    return image->length >= length && memcmp(image->in, start, length) == 0;
}

/* A Kerberos message behind its TOK_ID (RFC 4121 4.1), or without. */
static void take_message(const struct image *image)
{
    size_t at = 0;

    if (image->length >= 2 && image->in[0] >= 1 && image->in[0] <= 3 && image->in[1] == 0) {
        copy_range(image, 0, 2);
        at = 2;
    }
    const struct image message = image_part(image, at, image->length - at);

    redact_kerberos(&message);
}

static void take_mech_token(const struct image *content)
{
    struct der_span frame, mechanism;

    if (begins_with(content, NTLM_SIGNATURE, sizeof(NTLM_SIGNATURE))) {
        redact_ntlm(content);
    } else if (begins_with(content, NEGOEX_SIGNATURE, sizeof(NEGOEX_SIGNATURE))) {
        copy_range(content, 0, sizeof(NEGOEX_SIGNATURE));
    } else if (redact_der_next(content->in, content->length, &frame) && frame.tag == 0x60 &&
               redact_der_next(content->in + frame.head, frame.content, &mechanism) &&
               mechanism.tag == 0x06) {
        const size_t at = frame.head + mechanism.head + mechanism.content;
        const struct image inner =
            image_part(content, at, frame.content - mechanism.head - mechanism.content);

        copy_range(content, 0, at);
        take_message(&inner);
    } else {
        take_message(content);
    }
}

void redact_negotiate(const struct image *image)
{
    static const uint8_t spnego[] = {0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02};
    struct der_span frame;

    if (redact_der_next(image->in, image->length, &frame) &&
        (frame.tag == 0xA0 || frame.tag == 0xA1 ||
         (frame.tag == 0x60 && frame.content >= sizeof(spnego) &&
          memcmp(image->in + frame.head, spnego, sizeof(spnego)) == 0))) {
        walk(image, NODE_SPNEGO, &(struct walk_state){.depth = 0});
    } else {
        take_mech_token(image);
    }
}
