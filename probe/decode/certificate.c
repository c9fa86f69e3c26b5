/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/certificate.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/clock.h"

enum { TEXT_LIMIT = 400 };

static X509 *parse(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    return certificate;
}

static const char *name_text(struct arena *arena, X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *text = NULL;
    char *data = NULL;

    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        long length = BIO_get_mem_data(bio, &data);

        text = evidence_text(arena, data, (size_t)length, TEXT_LIMIT);
    }
    BIO_free(bio);
    return text;
}

static int64_t time_of(const ASN1_TIME *time)
{
    struct tm calendar;

    return ASN1_TIME_to_tm(time, &calendar) == 1
               ? clock_from_calendar(calendar.tm_year + 1900, calendar.tm_mon + 1, calendar.tm_mday,
                                     calendar.tm_hour, calendar.tm_min, calendar.tm_sec) *
                     CLOCK_US_PER_SECOND
               : EVIDENCE_UNKNOWN;
}

static const char *alternative_text(struct arena *arena, const GENERAL_NAME *name)
{
    char address[INET6_ADDRSTRLEN];

    if (name->type == GEN_DNS) {
        return evidence_text(arena, ASN1_STRING_get0_data(name->d.dNSName),
                             (size_t)ASN1_STRING_length(name->d.dNSName), TEXT_LIMIT);
    }
    if (name->type == GEN_IPADD) {
        int length = ASN1_STRING_length(name->d.iPAddress);
        int family = length == 4 ? AF_INET : AF_INET6;

        if ((length == 4 || length == 16) &&
            inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), address, sizeof(address))) {
            return arena_strdup(arena, address);
        }
    }
    return NULL;
}

static void take_names(struct arena *arena, X509 *certificate, struct evidence_tls *record)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    void *items = NULL;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const char *text = alternative_text(arena, sk_GENERAL_NAME_value(names, i));

        if (text) {
            const char **slot = arena_push(arena, &items, &record->name_count, sizeof(text));

            *slot = text;
        }
    }
    record->names = items;
    GENERAL_NAMES_free(names);
}

bool certificate_describe(struct arena *arena, const char *pem, struct evidence_tls *record)
{
    X509 *certificate = parse(pem);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (!certificate) {
        return false;
    }
    record->subject = name_text(arena, X509_get_subject_name(certificate));
    record->issuer = name_text(arena, X509_get_issuer_name(certificate));
    record->not_before = time_of(X509_get0_notBefore(certificate));
    record->not_after = time_of(X509_get0_notAfter(certificate));
    take_names(arena, certificate, record);
    if (X509_digest(certificate, EVP_sha256(), digest, &length) == 1) {
        char *text = arena_alloc(arena, (size_t)length * 2 + 1);

        for (unsigned i = 0; i < length; i++) {
            text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
            text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
        }
        record->sha256 = text;
    }
    X509_free(certificate);
    return true;
}

/* Frees the certificate. */
static bool add_bindings(X509 *certificate, struct buffer *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *hash = NULL;
    unsigned length = 0;
    bool ok = false;
    int nid = NID_undef;

    if (certificate && X509_get_signature_info(certificate, &nid, NULL, NULL, NULL) == 1) {
        hash = nid == NID_md5 || nid == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(nid);
    }
    if (hash && X509_digest(certificate, hash, digest, &length) == 1) {
        buffer_puts(out, "tls-server-end-point:");
        buffer_append(out, digest, length);
        ok = true;
    }
    X509_free(certificate);
    return ok;
}

bool certificate_bindings(const char *pem, struct buffer *out)
{
    return add_bindings(parse(pem), out);
}

bool certificate_bindings_of_der(const void *der, size_t length, struct buffer *out)
{
    const unsigned char *at = der;

    return add_bindings(d2i_X509(NULL, &at, (long)length), out);
}
