/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by libldap, on the connection that is there: LDAPS at once, StartTLS after a request. */
#include <fcntl.h>
#include <string.h>

#include "decode/certificate.h"
#include "ldap/private.h"

static bool set_options(struct directory *directory)
{
    const int check = directory->settings.insecure ? LDAP_OPT_X_TLS_NEVER : LDAP_OPT_X_TLS_HARD;
    const char *ca_file = directory->settings.ca_file;
    const int client = 0;
    LDAP *ld = directory->ld;

    return ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &check) == LDAP_SUCCESS &&
           (!ca_file || ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca_file) == LDAP_SUCCESS) &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_SUCCESS;
}

/* The handshake. Only in its asynchronous mode does libldap keep to the network time-out. */
static int shake_hands(struct directory *directory)
{
    LDAP *ld = directory->ld;
    int code;
    int fd;

    ldap_set_option(ld, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON);
    code = ldap_install_tls(ld);
    ldap_set_option(ld, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_OFF);
    if (code == LDAP_SUCCESS && ldap_get_option(ld, LDAP_OPT_DESC, &fd) == LDAP_OPT_SUCCESS) {
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    }
    return code;
}

/* Asks the server for TLS (RFC 4511 4.14). */
static bool request(struct directory *directory)
{
    struct evidence_directory *record = directory->record;
    struct reply reply = {OUTCOME_CLOSED, EVIDENCE_UNKNOWN, NULL};
    LDAPMessage *message = NULL;
    int id;

    if (ldap_start_tls(directory->ld, NULL, NULL, &id) == LDAP_SUCCESS) {
        reply.outcome = directory_wait(directory, id, &message);
    }
    if (message) {
        reply_read(directory, message, directory->arena, &reply);
        ldap_msgfree(message);
    }
    if (reply.outcome == OUTCOME_REPLY && reply.result == LDAP_SUCCESS) {
        return true;
    }
    record->outcome = reply.outcome == OUTCOME_REPLY ? OUTCOME_TLS_FAILED : reply.outcome;
    record->result = reply.result;
    record->diagnostic = reply.diagnostic;
    return false;
}

/* The library's words for what went wrong last. */
static const char *library_words(struct directory *directory, int code)
{
    char *words = NULL;
    const char *text = ldap_err2string(code);

    if (ldap_get_option(directory->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words) == LDAP_OPT_SUCCESS &&
        words && words[0]) {
        /* What the GnuTLS part says of its own checks of a certificate. */
        text = strcmp(words, "(unknown error code)") == 0
                   ? "the server's certificate was not accepted: its issuer, its name or its dates"
                   : words;
    }
    text = evidence_text(directory->arena, text, strlen(text), DIAGNOSTIC_LIMIT);
    ldap_memfree(words);
    return text;
}

bool tls_start(struct directory *directory)
{
    struct evidence_directory *record = directory->record;
    int code = LDAP_LOCAL_ERROR;

    record->phase = PHASE_TLS;
    if (directory->settings.security == SECURITY_STARTTLS && !request(directory)) {
        return false;
    }
    if (set_options(directory)) {
        code = shake_hands(directory);
    }
    if (code != LDAP_SUCCESS) {
        record->outcome = code == LDAP_TIMEOUT ? OUTCOME_TIMEOUT : OUTCOME_TLS_FAILED;
        record->diagnostic = library_words(directory, code);
        return false;
    }
    record->phase = PHASE_REQUEST;
    record->protection = PROTECTION_TLS;
    return true;
}

bool tls_bindings(struct directory *directory, struct buffer *out)
{
    struct berval der = {0};
    bool made;

    if (ldap_get_option(directory->ld, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS ||
        !der.bv_val) {
        return false;
    }
    made = certificate_bindings_of_der(der.bv_val, der.bv_len, out);
    ber_memfree(der.bv_val);
    return made;
}
