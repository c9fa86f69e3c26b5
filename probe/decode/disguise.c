/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/disguise.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum {
    KEY_SIZE = 32,
    DIGEST_SIZE = 32,  /* SHA-256 */
    LABEL_LIMIT = 64,  /* bytes that are looked at as one label (RFC 1035 2.3.4: 63) */
    FIRST_SLOTS = 256, /* of a table of labels: a power of two, at least twice as many as they */
    LABELS_MAX = 32 * 1024,
    TRIES = 64, /* for a stand-in that no other label has */
};

/* A label in lower case, and its stand-in. */
struct label {
    struct label *next;     /* in its slot */
    struct label *next_out; /* in the slot of its stand-in */
    struct label *next_all;
    uint8_t length;
    uint8_t in[LABEL_LIMIT];
    uint8_t out[LABEL_LIMIT];
};

struct disguise {
    uint8_t key[KEY_SIZE];
    struct label **labels; /* by label */
    struct label **taken;  /* by stand-in */
    size_t slots;          /* of each of these */
    struct label *all;
    size_t count;
};

/* Words that are no names: of services, of DNS, of distinguished names, of addresses. */
static const char *const KEPT[] = {
    "krbtgt",   "http",   "https",     "host",    "hosts",   "restrictedkrbhost",
    "ldap",     "ldaps",  "cifs",      "dns",     "gc",      "dc",
    "pdc",      "cn",     "ou",        "domains", "arpa",    "ip6",
    "in-addr",  "kadmin", "changepw",  "rpcss",   "termsrv", "wsman",
    "mssqlsvc", "guid",   "localhost", "wpad",    "in",      "addr",
};

/* It begins with what nobody else knows, so that no one can choose labels that share a slot. */
static size_t slot_of(const struct disguise *disguise, const uint8_t *bytes, size_t length)
{
    uint32_t hash;

    memcpy(&hash, disguise->key, sizeof(hash));
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ bytes[i]) * 16777619U; /* FNV-1a */
    }
    return (hash ^ hash >> 16) & (disguise->slots - 1);
}

static void put_in_slots(struct disguise *disguise, struct label *label)
{
    struct label **of_in = &disguise->labels[slot_of(disguise, label->in, label->length)];
    struct label **of_out = &disguise->taken[slot_of(disguise, label->out, label->length)];

    label->next = *of_in;
    *of_in = label;
    label->next_out = *of_out;
    *of_out = label;
}

/* Replaces the two tables. */
static void make_slots(struct disguise *disguise, size_t slots)
{
    free(disguise->labels);
    free(disguise->taken);
    disguise->slots = slots;
    disguise->labels = calloc(slots, sizeof(struct label *));
    disguise->taken = calloc(slots, sizeof(struct label *));
    if (!disguise->labels || !disguise->taken) {
        abort();
    }
    for (struct label *label = disguise->all; label; label = label->next_all) {
        put_in_slots(disguise, label);
    }
}

struct disguise *disguise_new(void)
{
    struct disguise *disguise = calloc(1, sizeof(*disguise));

    if (!disguise) {
        abort();
    }
    if (getrandom(disguise->key, sizeof(disguise->key), 0) != (ssize_t)sizeof(disguise->key)) {
        disguise_free(disguise);
        return NULL;
    }
    make_slots(disguise, FIRST_SLOTS);
    return disguise;
}

void disguise_free(struct disguise *disguise)
{
    if (!disguise) {
        return;
    }
    while (disguise->all) {
        struct label *label = disguise->all;

        disguise->all = label->next_all;
        free(label);
    }
    free(disguise->labels);
    free(disguise->taken);
    explicit_bzero(disguise->key, sizeof(disguise->key));
    free(disguise);
}

static void digest(const struct disguise *disguise, const uint8_t *bytes, size_t length,
                   uint8_t out[DIGEST_SIZE])
{
    unsigned size = DIGEST_SIZE;

    if (!HMAC(EVP_sha256(), disguise->key, KEY_SIZE, bytes, length, out, &size)) {
        abort(); /* SHA-256 is always there; going on would tell the bytes themselves */
    }
}

void disguise_bytes(const struct disguise *disguise, const uint8_t *bytes, size_t length,
                    uint8_t *out)
{
    struct {
        uint8_t digest[DIGEST_SIZE];
        uint32_t part;
    } seed = {.part = 0};
    uint8_t block[DIGEST_SIZE];

    digest(disguise, length > 0 ? bytes : (const uint8_t *)"", length, seed.digest);
    for (size_t at = 0; at < length; at += DIGEST_SIZE, seed.part++) {
        digest(disguise, (const uint8_t *)&seed, sizeof(seed), block);
        memcpy(out + at, block, length - at < DIGEST_SIZE ? length - at : DIGEST_SIZE);
    }
}

static bool is_upper(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || is_upper(byte) || byte >= 0x80;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_label_byte(uint8_t byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '-' || byte == '_';
}

static bool is_kept(const uint8_t *text, size_t length)
{
    bool has_letter = false;

    for (size_t i = 0; i < length; i++) {
        has_letter |= is_letter(text[i]);
    }
    if (!has_letter || length < 2 || text[0] == '_') {
        return true;
    }
    for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
        if (strlen(KEPT[i]) == length && strncasecmp(KEPT[i], (const char *)text, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_taken(const struct disguise *disguise, const struct label *label)
{
    const struct label *other = disguise->taken[slot_of(disguise, label->out, label->length)];

    for (; other; other = other->next_out) {
        if (other->length == label->length && memcmp(other->out, label->out, label->length) == 0) {
            return true;
        }
    }
    return is_kept(label->out, label->length) || memcmp(label->in, label->out, label->length) == 0;
}

/* A stand-in of the same form: letters for letters, digits for digits. */
static void make_up(const struct disguise *disguise, struct label *label, uint8_t attempt)
{
    uint8_t seed[LABEL_LIMIT + 1];
    uint8_t random[2 * DIGEST_SIZE];

    memcpy(seed, label->in, label->length);
    seed[label->length] = attempt;
    digest(disguise, seed, (size_t)label->length + 1, random);
    digest(disguise, random, DIGEST_SIZE, random + DIGEST_SIZE);
    for (size_t i = 0; i < label->length; i++) {
        const uint8_t byte = label->in[i];

        label->out[i] = is_letter(byte)  ? (uint8_t)('a' + random[i] % 26)
                        : is_digit(byte) ? (uint8_t)('0' + random[i] % 10)
                                         : byte;
    }
}

static const struct label *find_label(struct disguise *disguise, const uint8_t *text, size_t length,
                                      struct label *spare)
{
    struct label *label;

    *spare = (struct label){.length = (uint8_t)length};
    for (size_t i = 0; i < length; i++) {
        spare->in[i] = is_upper(text[i]) ? (uint8_t)(text[i] - 'A' + 'a') : text[i];
    }
    label = disguise->labels[slot_of(disguise, spare->in, length)];
    for (; label; label = label->next) {
        if (label->length == length && memcmp(label->in, spare->in, length) == 0) {
            return label;
        }
    }
    for (uint8_t attempt = 0; attempt < TRIES; attempt++) {
        make_up(disguise, spare, attempt);
        if (!is_taken(disguise, spare)) {
            break;
        }
    }
    if (disguise->count >= LABELS_MAX) {
        return spare;
    }
    label = malloc(sizeof(*label));
    if (!label) {
        abort();
    }
    *label = *spare;
    label->next_all = disguise->all;
    disguise->all = label;
    put_in_slots(disguise, label);
    if (2 * ++disguise->count > disguise->slots) {
        make_slots(disguise, 2 * disguise->slots);
    }
    return label;
}

static void put_label(struct disguise *disguise, const uint8_t *text, size_t length, uint8_t *out)
{
    const struct label *label;
    struct label spare;

    if (is_kept(text, length)) {
        memcpy(out, text, length);
        return;
    }
    label = find_label(disguise, text, length, &spare);
    for (size_t i = 0; i < length; i++) {
        out[i] = is_upper(text[i]) ? (uint8_t)(label->out[i] - 'a' + 'A') : label->out[i];
    }
}

void disguise_text(struct disguise *disguise, const uint8_t *text, size_t length, uint8_t *out)
{
    size_t at = 0;

    while (at < length) {
        size_t end = at;

        while (end < length && end - at < LABEL_LIMIT && is_label_byte(text[end])) {
            end++;
        }
        if (end > at) {
            put_label(disguise, text + at, end - at, out + at);
        } else {
            out[end] = text[end];
            end++;
        }
        at = end;
    }
}

void disguise_utf16(struct disguise *disguise, const uint8_t *text, size_t length, uint8_t *out)
{
    enum { TEXT_LIMIT = 1024 };
    uint8_t narrow[TEXT_LIMIT] = {0};
    const size_t units = length / 2 < TEXT_LIMIT ? length / 2 : TEXT_LIMIT;

    memset(out, 0, length);
    for (size_t i = 0; i < units; i++) {
        narrow[i] = text[2 * i + 1] == 0 && text[2 * i] < 0x80 ? text[2 * i] : 'x';
    }
    disguise_text(disguise, narrow, units, narrow);
    for (size_t i = 0; i < units; i++) {
        out[2 * i] = narrow[i];
    }
}

void disguise_blot(const uint8_t *text, size_t length, uint8_t *out)
{
    for (size_t i = 0; i < length; i++) {
        out[i] = is_letter(text[i]) || is_digit(text[i]) ? 'x'
                 : text[i] < 0x20 && text[i] != '\t'     ? ' '
                                                         : text[i];
    }
}
