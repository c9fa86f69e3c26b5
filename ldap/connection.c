/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/connection.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decode/outcome.h"
#include "ldap/private.h"
#include "ldap/search.h"

enum { GC_PORT = 3268, GC_TLS_PORT = 3269 }; /* [MS-ADTS] 3.1.1.3.1.10 */

/* Waits until a connection is made; the socket's error, 0 when there is none. */
static int finish_connect(const struct stopper *stopper, int fd)
{
    const int64_t end = clock_monotonic_us() + CONNECT_LIMIT_US;
    struct pollfd fds[2];
    socklen_t size = sizeof(int);
    int error = 0;

    for (;;) {
        int64_t left = end - clock_monotonic_us();

        fds[0] = (struct pollfd){.fd = fd, .events = POLLOUT};
        if (stopper_poll(stopper, fds, 1, left) > 0) {
            break;
        }
        if (left <= 0 || stopper_left(stopper) <= 0) {
            return ETIMEDOUT;
        }
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/* A connected socket, which never blocks, or -1 with the reason in errno. */
static int connect_to(const struct stopper *stopper, const char *address, uint16_t port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    int error = EADDRNOTAVAIL;
    int fd = -1;

    snprintf(service, sizeof(service), "%u", (unsigned)port);
    if (getaddrinfo(address, service, &hints, &found) == 0) {
        fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        error = fd < 0 ? errno : 0;
        if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
            error = errno == EINPROGRESS ? finish_connect(stopper, fd) : errno;
        }
        freeaddrinfo(found);
    }
    if (error != 0 && fd >= 0) {
        close(fd);
        fd = -1;
    }
    errno = error;
    return fd;
}

enum evidence_outcome directory_poll(struct directory *directory, int id, int64_t since,
                                     LDAPMessage **message_out)
{
    struct timeval none = {0, 0};
    int type;

    *message_out = NULL;
    if (directory->lost) {
        return OUTCOME_CLOSED;
    }
    /* Now and then suffices for a server that never ends its answer: asking costs a system call. */
    if (directory->messages % STOPPER_STRIDE == 0 &&
        stopper_left(directory->settings.stopper) <= 0) {
        return OUTCOME_TIMEOUT;
    }
    type = ldap_result(directory->ld, id, LDAP_MSG_ONE, &none, message_out);
    if (type > 0) {
        directory->messages++;
        return OUTCOME_REPLY;
    }
    if (type < 0) {
        directory->lost = true;
        return OUTCOME_CLOSED;
    }
    return clock_monotonic_us() - since >= REPLY_LIMIT_US ||
                   stopper_left(directory->settings.stopper) <= 0
               ? OUTCOME_TIMEOUT
               : OUTCOME_UNKNOWN;
}

void directory_pause(struct directory *directory, int64_t since)
{
    const int64_t left = since + REPLY_LIMIT_US - clock_monotonic_us();
    struct pollfd fds[2];
    int fd = -1;

    if (ldap_get_option(directory->ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS || fd < 0) {
        directory->lost = true;
        return;
    }
    fds[0] = (struct pollfd){.fd = fd, .events = POLLIN};
    stopper_poll(directory->settings.stopper, fds, 1, left < PAUSE_US ? left : PAUSE_US);
}

enum evidence_outcome directory_wait(struct directory *directory, int id, LDAPMessage **message_out)
{
    const int64_t since = clock_monotonic_us();
    enum evidence_outcome outcome;

    while ((outcome = directory_poll(directory, id, since, message_out)) == OUTCOME_UNKNOWN) {
        directory_pause(directory, since);
    }
    return outcome;
}

void reply_read(struct directory *directory, LDAPMessage *message, struct arena *arena,
                struct reply *reply)
{
    char *words = NULL;
    int code = 0;

    *reply = (struct reply){OUTCOME_REPLY, EVIDENCE_UNKNOWN, NULL};
    if (ldap_parse_result(directory->ld, message, &code, NULL, &words, NULL, NULL, 0) !=
        LDAP_SUCCESS) {
        reply->outcome = OUTCOME_MALFORMED;
        return;
    }
    reply->result = code;
    if (words && words[0]) {
        reply->diagnostic = evidence_text(arena, words, strlen(words), DIAGNOSTIC_LIMIT);
    }
    ldap_memfree(words);
}

/* The library's handle for a connected socket, which it owns from then on. */
static bool set_up(struct directory *directory, const struct directory_address *address, int fd)
{
    const struct timeval limit = {CONNECT_LIMIT_US / CLOCK_US_PER_SECOND, 0};
    const char *name = address->host_name;
    const ber_len_t message_max = MESSAGE_BYTES_MAX;
    const int version = LDAP_VERSION3;
    Sockbuf *socket_buffer = NULL;
    struct buffer url = {0};
    int code;

    buffer_printf(&url, strchr(name, ':') ? "ldap://[%s]" : "ldap://%s", name);
    code = ldap_init_fd(fd, LDAP_PROTO_TCP, buffer_text(&url), &directory->ld);
    buffer_release(&url);
    if (code != LDAP_SUCCESS) {
        directory->ld = NULL;
        close(fd);
        directory->record->diagnostic = ldap_err2string(code);
        return false;
    }
    if (ldap_set_option(directory->ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_SUCCESS ||
        ldap_set_option(directory->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != LDAP_SUCCESS ||
        ldap_set_option(directory->ld, LDAP_OPT_NETWORK_TIMEOUT, &limit) != LDAP_SUCCESS ||
        ldap_set_option(directory->ld, LDAP_OPT_TIMEOUT, &limit) != LDAP_SUCCESS ||
        ldap_get_option(directory->ld, LDAP_OPT_SOCKBUF, &socket_buffer) != LDAP_SUCCESS) {
        return false;
    }
    ber_sockbuf_ctrl(socket_buffer, LBER_SB_OPT_SET_MAX_INCOMING, (void *)&message_max);
    return true;
}

static bool open_connection(struct directory *directory, const struct directory_address *address)
{
    struct evidence_directory *record = directory->record;
    int64_t start = clock_monotonic_us();
    int fd;

    record->phase = PHASE_CONNECT;
    fd = connect_to(directory->settings.stopper, address->address, (uint16_t)record->port);
    if (fd < 0) {
        record->outcome = outcome_of_errno(errno);
        return false;
    }
    record->connect_us = clock_monotonic_us() - start;
    record->outcome = OUTCOME_REPLY;
    record->phase = PHASE_REQUEST;
    record->protection = PROTECTION_NONE;
    if (!set_up(directory, address, fd)) {
        return false;
    }
    return directory->settings.security == SECURITY_SEALED || tls_start(directory);
}

/* currentTime has whole seconds: the truth lies half a second later, half a second around. */
static void add_clock(struct directory *directory, int64_t remote, int64_t local, int64_t rtt_us,
                      struct evidence_set *evidence)
{
    const int64_t half_second = CLOCK_US_PER_SECOND / 2;
    struct evidence_clock *seen;

    if (remote == EVIDENCE_UNKNOWN) {
        return;
    }
    seen = evidence_add(evidence, EVIDENCE_CLOCK, directory->settings.case_id, local);
    seen->source = CLOCK_DIRECTORY;
    seen->method = CLOCK_ROOT_DSE;
    seen->name = directory->record->domain;
    seen->address = directory->record->address;
    seen->remote_at = remote + half_second;
    seen->local_at = local + rtt_us / 2;
    seen->offset_us = seen->remote_at - seen->local_at;
    seen->uncertainty_us = half_second + rtt_us / 2;
}

struct root_dse {
    struct directory *directory;
    int64_t current_time;
};

static bool take_root_dse(struct directory_entry *entry, void *context)
{
    struct root_dse *root = context;
    struct evidence_directory *record = root->directory->record;
    struct arena *arena = root->directory->arena;

    root->current_time = entry_time(entry, "currentTime");
    record->default_context = entry_string(entry, "defaultNamingContext", arena);
    record->configuration_context = entry_string(entry, "configurationNamingContext", arena);
    record->root_context = entry_string(entry, "rootDomainNamingContext", arena);
    record->host_name = entry_string(entry, "dnsHostName", arena);
    record->domain_level = entry_integer(entry, "domainFunctionality");
    record->forest_level = entry_integer(entry, "forestFunctionality");
    if (entry_boolean(entry, "isGlobalCatalogReady") != TRI_UNKNOWN) {
        record->global_catalog = entry_boolean(entry, "isGlobalCatalogReady");
    }
    return true;
}

static bool read_root_dse(struct directory *directory, struct evidence_set *evidence)
{
    static const char *const attributes[] = {"currentTime",
                                             "defaultNamingContext",
                                             "configurationNamingContext",
                                             "rootDomainNamingContext",
                                             "dnsHostName",
                                             "domainFunctionality",
                                             "forestFunctionality",
                                             "isGlobalCatalogReady",
                                             NULL};
    const struct directory_query query = {"rootDSE",         "",         SCOPE_BASE,
                                          "(objectClass=*)", attributes, 1};
    struct root_dse root = {directory, EVIDENCE_UNKNOWN};
    const size_t before = evidence->count;
    const bool whole = directory_search(directory, &query, take_root_dse, &root, evidence);
    const struct evidence_record *record = &evidence->records[before];

    if (!whole) {
        if (directory->record->result == LDAP_SUCCESS) { /* else the bind says more */
            directory->record->outcome = record->search->outcome;
        }
        return false;
    }
    add_clock(directory, root.current_time, record->at, record->search->rtt_us, evidence);
    return true;
}

/* "ldap/dc1.contoso.lab@CONTOSO.LAB" */
static const char *default_principal(struct arena *arena, const struct directory_address *address)
{
    char *realm = arena_strdup(arena, address->domain ? address->domain : "");

    for (char *at = realm; *at; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    return arena_printf(arena, "ldap/%s@%s", address->host_name, realm);
}

static bool bind_identity(struct directory *directory, const struct directory_address *address)
{
    const char *principal =
        address->principal ? address->principal : default_principal(directory->arena, address);
    int64_t start = clock_monotonic_us();
    bool bound;

    if (!directory->settings.cache) {
        return false;
    }
    bound = sasl_bind(directory, principal);
    directory->record->bind_us = clock_monotonic_us() - start;
    return bound;
}

static uint16_t default_port(const struct directory_settings *settings,
                             const struct directory_address *address)
{
    bool tls = settings->security == SECURITY_LDAPS;

    if (address->global_catalog) {
        return tls ? GC_TLS_PORT : GC_PORT;
    }
    return tls ? LDAPS_PORT : LDAP_PORT;
}

static struct directory *make(const struct directory_settings *settings,
                              const struct directory_address *address,
                              struct evidence_set *evidence)
{
    struct directory *directory = calloc(1, sizeof(*directory));
    struct evidence_directory *record =
        evidence_add(evidence, EVIDENCE_DIRECTORY, settings->case_id, clock_wall_us());
    struct arena *arena = &evidence->arena;

    record->domain = arena_strdup(arena, address->domain);
    record->server = arena_strdup(arena, address->host_name);
    record->address = arena_strdup(arena, address->address);
    record->port = address->port ? address->port : default_port(settings, address);
    record->site = arena_strdup(arena, address->site);
    record->server_site = arena_strdup(arena, address->server_site);
    if (directory) {
        directory->settings = *settings;
        directory->record = record;
        directory->arena = arena;
        directory->principal = arena_strdup(arena, address->principal);
        directory->global_catalog =
            address->global_catalog || record->port == GC_PORT || record->port == GC_TLS_PORT;
    }
    return directory;
}

struct directory *directory_open(const struct directory_settings *settings,
                                 const struct directory_address *address,
                                 struct evidence_set *evidence)
{
    struct directory *directory = make(settings, address, evidence);
    bool usable = false;

    if (!directory) {
        return NULL;
    }
    if (open_connection(directory, address)) {
        bool bound = bind_identity(directory, address);

        /* After a refused bind too: a wrong clock may be the reason for it. */
        usable = !directory->lost && read_root_dse(directory, evidence) && bound;
    }
    if (usable) {
        directory->record->phase = PHASE_DONE;
        directory->arena = NULL; /* the set may give its memory to another one */
    } else {
        directory_close(directory);
        directory = NULL;
    }
    return directory;
}

struct directory *directory_open_another(const struct directory *directory,
                                         struct evidence_set *evidence)
{
    const struct evidence_directory *record = directory->record;
    const struct directory_address address = {.host_name = record->server,
                                              .address = record->address,
                                              .port = (uint16_t)record->port,
                                              .global_catalog = directory->global_catalog,
                                              .domain = record->domain,
                                              .principal = directory->principal,
                                              .site = record->site,
                                              .server_site = record->server_site};

    return directory_open(&directory->settings, &address, evidence);
}

void directory_set_case(struct directory *directory, uint32_t case_id)
{
    directory->settings.case_id = case_id;
}

bool directory_is_lost(const struct directory *directory)
{
    return directory->lost;
}

void directory_close(struct directory *directory)
{
    OM_uint32 minor;

    if (!directory) {
        return;
    }
    if (directory->ld) {
        ldap_unbind_ext(directory->ld, NULL, NULL);
    }
    gss_delete_sec_context(&minor, &directory->seal.context, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &directory->service);
    gss_release_cred(&minor, &directory->credential);
    free(directory);
}

struct evidence_directory *directory_record(struct directory *directory)
{
    return directory->record;
}
