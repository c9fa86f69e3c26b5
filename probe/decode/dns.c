/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/dns.h"

#include <arpa/inet.h>
#include <strings.h>

#include "base/cursor.h"
#include "decode/labels.h"
#include "evidence/shape.h"

/* RFC 1035 3.2.2, RFC 3596 2.1, RFC 2782, RFC 6891 6.1.1, RFC 1035 3.2.3. */
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_PTR = 12, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_OPT = 41 };

/* Header bits and rcodes (RFC 1035 4.1.1). */
enum {
    FLAG_REPLY = 0x8000,
    OPCODE_MASK = 0x7800,
    FLAG_TRUNCATED = 0x0200,
    RCODE_MASK = 0x000F,
};
enum { RCODE_NOERROR = 0, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };

/* More than a message of 64 KiB holds in records that say something; the rest is left out. */
enum { RECORD_LIMIT = 1024 };

struct message {
    struct labels_message whole;
    struct cursor in;
    struct arena *arena;
};

static const char *read_name(const struct message *message, struct cursor *in)
{
    return labels_read(message->arena, &message->whole, in);
}

static const char *type_word(struct arena *arena, unsigned type)
{
    switch (type) {
    case TYPE_A:
        return "A";
    case TYPE_CNAME:
        return "CNAME";
    case TYPE_PTR:
        return "PTR";
    case TYPE_AAAA:
        return "AAAA";
    case TYPE_SRV:
        return "SRV";
    default:
        return arena_printf(arena, "TYPE%u", type); /* RFC 3597 5 */
    }
}

static const char *read_address(struct arena *arena, int family, struct cursor *data, size_t size)
{
    const uint8_t *bytes = cursor_bytes(data, size);
    char text[INET6_ADDRSTRLEN];

    if (!bytes || !inet_ntop(family, bytes, text, sizeof(text))) {
        return NULL;
    }
    return arena_strdup(arena, text);
}

/* A record's data; what is left of it, or is missing, makes it unreadable. */
static void read_data(const struct message *message, unsigned type, struct cursor *data,
                      struct dns_answer *record)
{
    switch (type) {
    case TYPE_A:
        record->value = read_address(message->arena, AF_INET, data, 4);
        break;
    case TYPE_AAAA:
        record->value = read_address(message->arena, AF_INET6, data, 16);
        break;
    case TYPE_SRV:
        record->priority = cursor_u16be(data);
        record->weight = cursor_u16be(data);
        record->port = cursor_u16be(data);
        record->value = read_name(message, data);
        break;
    case TYPE_CNAME:
    case TYPE_PTR:
        record->value = read_name(message, data);
        break;
    default:
        return;
    }
    if (data->left > 0) {
        cursor_fail(data);
    }
}

/* One resource record into `record`. False, with the cursor failed, when it is unreadable; OPT
   gives a record without a type. */
static bool read_record(struct message *message, struct dns_answer *record)
{
    const struct dns_answer *made = evidence_new(message->arena, &SHAPE_DNS_ANSWER);
    struct cursor *in = &message->in;
    struct cursor data;
    unsigned type;

    *record = *made;
    record->name = read_name(message, in);
    type = cursor_u16be(in);
    cursor_u16be(in); /* class */
    record->ttl = (int64_t)cursor_u32be(in);
    data = cursor_sub(in, cursor_u16be(in));
    if (in->failed) {
        return false;
    }
    if (type == TYPE_OPT) {
        return true;
    }
    record->type = type_word(message->arena, type);
    read_data(message, type, &data, record);
    if (data.failed) {
        cursor_fail(in);
    }
    return !in->failed;
}

/* A section of `count` records; records behind an unreadable one are lost. */
static void read_section(struct message *message, unsigned count, struct dns_answer **records_out,
                         size_t *count_out)
{
    for (unsigned i = 0; i < count && !message->in.failed; i++) {
        struct dns_answer record;

        if (read_record(message, &record) && record.type && *count_out < RECORD_LIMIT) {
            struct dns_answer *kept =
                arena_push(message->arena, (void **)records_out, count_out, sizeof(**records_out));

            *kept = record;
        }
    }
}

static void read_questions(struct message *message, unsigned count, struct evidence_dns *dns)
{
    for (unsigned i = 0; i < count && !message->in.failed; i++) {
        const char *name = read_name(message, &message->in);
        unsigned type = cursor_u16be(&message->in);

        cursor_u16be(&message->in); /* class */
        if (i == 0 && !message->in.failed) {
            dns->name = dns->name ? dns->name : name;
            dns->type = dns->type ? dns->type : type_word(message->arena, type);
        }
    }
}

static bool has_type(const struct evidence_dns *dns)
{
    for (size_t i = 0; i < dns->answer_count; i++) {
        if (dns->type && strcasecmp(dns->answers[i].type, dns->type) == 0) {
            return true;
        }
    }
    return false;
}

static enum dns_outcome judge(const struct evidence_dns *dns, unsigned flags)
{
    switch (flags & RCODE_MASK) {
    case RCODE_NOERROR:
        if (has_type(dns)) {
            return DNS_ANSWER;
        }
        return flags & FLAG_TRUNCATED || !dns->type ? DNS_UNKNOWN : DNS_NODATA;
    case RCODE_SERVFAIL:
        return DNS_SERVFAIL;
    case RCODE_NXDOMAIN:
        return DNS_NXDOMAIN;
    case RCODE_REFUSED:
        return DNS_REFUSED;
    default:
        return DNS_OTHER_RCODE;
    }
}

bool dns_decode_question(struct arena *arena, const void *message, size_t length,
                         struct dns_question_head *head_out, struct evidence_dns *dns)
{
    struct message question = {.whole = {message, length}, .arena = arena};
    unsigned flags, questions;

    cursor_init(&question.in, message, length);
    head_out->id = cursor_u16be(&question.in);
    flags = cursor_u16be(&question.in);
    questions = cursor_u16be(&question.in);
    cursor_bytes(&question.in, 6); /* the other counts */
    head_out->is_reply = flags & FLAG_REPLY;
    if (question.in.failed || flags & OPCODE_MASK || (questions == 0 && !head_out->is_reply)) {
        return false;
    }
    read_questions(&question, questions, dns);
    return !question.in.failed;
}

bool dns_decode(struct arena *arena, const void *message, size_t length, struct evidence_dns *dns)
{
    struct message reply = {.whole = {message, length}, .arena = arena};
    struct cursor *in = &reply.in;
    unsigned flags, questions, answers, authorities, additional;
    struct dns_answer *unused = NULL;
    size_t unused_count = 0;

    dns->outcome = DNS_MALFORMED;
    cursor_init(in, message, length);
    cursor_u16be(in); /* id */
    flags = cursor_u16be(in);
    questions = cursor_u16be(in);
    answers = cursor_u16be(in);
    authorities = cursor_u16be(in);
    additional = cursor_u16be(in);
    if (in->failed || !(flags & FLAG_REPLY)) {
        return false;
    }
    read_questions(&reply, questions, dns);
    read_section(&reply, answers, &dns->answers, &dns->answer_count);
    read_section(&reply, authorities, &unused, &unused_count);
    read_section(&reply, additional, &dns->additional, &dns->additional_count);
    if (in->failed) {
        return false;
    }
    dns->outcome = judge(dns, flags);
    return true;
}
