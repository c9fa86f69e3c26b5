/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/client_certificate.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "decode/der.h"

enum { DER_UTC_TIME = 0x17, DER_SET = 0x31, SHA1_SIZE = 20 };

/* rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017 A.1); id-at-commonName, 2.5.4.3 (RFC 5280 A.1). */
static const uint8_t RSA_ENCRYPTION[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};
static const uint8_t COMMON_NAME[] = {0x55, 0x04, 0x03};

static bool oid_is(struct der *der, const uint8_t *oid, size_t size)
{
    size_t length;
    const uint8_t *bytes = der_bytes(der, DER_OID, &length);

    return bytes && length == size && memcmp(bytes, oid, size) == 0;
}

static int two_digits(const uint8_t *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* UTCTime as RFC 5280 4.1.2.5.1 wants it, YYMMDDHHMMSSZ: 50 to 99 are of the 20th century. */
static bool read_utc_time(struct der *der, int64_t *wall_us_out)
{
    enum { LENGTH = 13 };
    size_t length;
    const uint8_t *text = der_bytes(der, DER_UTC_TIME, &length);
    int year;

    if (!text || length != LENGTH || text[LENGTH - 1] != 'Z') {
        return false;
    }
    for (size_t i = 0; i < LENGTH - 1; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    year = two_digits(text);
    *wall_us_out = clock_from_calendar(year + (year < 50 ? 2000 : 1900), two_digits(text + 2),
                                       two_digits(text + 4), two_digits(text + 6),
                                       two_digits(text + 8), two_digits(text + 10)) *
                   CLOCK_US_PER_SECOND;
    return true;
}

static bool read_time(struct der *der, int64_t *wall_us_out)
{
    return der_peek(der) == DER_UTC_TIME ? read_utc_time(der, wall_us_out)
                                         : der_time(der, wall_us_out);
}

/* The first common name of a Name: a sequence of sets of attributes. */
static void read_subject(struct der *subject, struct client_certificate *out)
{
    struct der set;
    struct der attribute;

    while (!out->common_name && der_more(subject) && der_open(subject, DER_SET, &set)) {
        while (!out->common_name && der_more(&set) && der_open(&set, DER_SEQUENCE, &attribute)) {
            const bool is_name = oid_is(&attribute, COMMON_NAME, sizeof(COMMON_NAME));
            uint8_t tag;
            struct der value;

            if (is_name && der_next(&attribute, &tag, &value)) {
                out->common_name = value.in.at;
                out->common_name_length = value.in.left;
            }
        }
    }
}

/* SubjectPublicKeyInfo: the algorithm, and a bit string that holds RSAPublicKey. Keys of other
   kinds are passed over. */
static void read_key(struct der *info, struct client_certificate *out)
{
    struct der algorithm;
    struct der inside;
    struct der key;
    bool malformed;
    size_t length;
    const uint8_t *bits;

    if (!der_open(info, DER_SEQUENCE, &algorithm) ||
        !oid_is(&algorithm, RSA_ENCRYPTION, sizeof(RSA_ENCRYPTION))) {
        return;
    }
    bits = der_bytes(info, DER_BIT_STRING, &length);
    if (!bits || length < 1 || bits[0] != 0) {
        return;
    }
    der_init(&inside, bits + 1, length - 1, &malformed);
    if (!der_open(&inside, DER_SEQUENCE, &key)) {
        return;
    }
    bits = der_bytes(&key, DER_INTEGER, &length);
    while (bits && length > 1 && bits[0] == 0) {
        bits++;
        length--;
    }
    if (bits && der_integer(&key, DER_INTEGER, &out->exponent) && !malformed) {
        out->modulus = bits;
        out->modulus_length = length;
    }
}

/* TBSCertificate (RFC 5280 4.1). */
static bool read_body(struct der *body, struct client_certificate *out)
{
    struct der part;
    size_t length;
    const uint8_t *serial;

    if (der_peek(body) == DER_CONTEXT && !der_open(body, DER_CONTEXT, &part)) { /* version */
        return false;
    }
    serial = der_bytes(body, DER_INTEGER, &length);
    if (!serial || length < 1 || !der_open(body, DER_SEQUENCE, &part) || /* signature algorithm */
        !der_open(body, DER_SEQUENCE, &part) ||                          /* issuer */
        !der_open(body, DER_SEQUENCE, &part)) {
        return false;
    }
    out->negative_serial = (serial[0] & 0x80) != 0;
    if (!read_time(&part, &out->not_before) || !read_time(&part, &out->not_after) ||
        !der_open(body, DER_SEQUENCE, &part)) {
        return false;
    }
    read_subject(&part, out);
    if (!der_open(body, DER_SEQUENCE, &part)) {
        return false;
    }
    read_key(&part, out);
    return true;
}

static EVP_MD *sha1;

/* Kept until the program ends: to look for it takes as long as to hash a certificate. */
static void find_sha1(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
}

static bool write_thumbprint(const void *der, size_t length, char *text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    pthread_once(&once, find_sha1);
    if (!sha1 || EVP_Digest(der, length, hash, &size, sha1, NULL) != 1 || size != SHA1_SIZE) {
        return false;
    }
    hex_encode(hash, size, text);
    return true;
}

bool client_certificate_read(const void *der, size_t length, struct client_certificate *out)
{
    struct der whole;
    struct der certificate;
    struct der body;
    bool malformed;

    memset(out, 0, sizeof(*out));
    der_init(&whole, der, length, &malformed);
    if (!der_open(&whole, DER_SEQUENCE, &certificate) || der_is_cut(&certificate) ||
        der_more(&whole) || !der_open(&certificate, DER_SEQUENCE, &body) ||
        !read_body(&body, out)) {
        return false;
    }
    return !malformed && write_thumbprint(der, length, out->thumbprint);
}
