/* SPDX-License-Identifier: Apache-2.0 */
/* Where the KDCs of a realm are: as the user said, as krb5.conf says, as DNS says. */
#ifndef CCM_LIVE_KDC_LIST_H
#define CCM_LIVE_KDC_LIST_H

#include <krb5.h>

#include "live/dns.h"

/* --kdc REALM=HOST[:PORT] */
struct kdc_override {
    const char *realm;
    const char *host; /* with the port, if one was given */
};

/* One place to send a request to. */
struct kdc_address {
    const char *host;    /* the name, or the address where only that is known */
    const char *kdc;     /* the name or address it was found under, with a port where not 88 */
    const char *address; /* numeric */
    uint16_t port;
};

enum { KDC_LIST_MAX = 8 };

struct kdc_list {
    const char *realm;
    struct kdc_address items[KDC_LIST_MAX]; /* in the order in which they are tried */
    size_t count;
};

struct kdc_finder {
    krb5_context krb;
    const struct kdc_override *overrides;
    size_t override_count;
    const struct dns_settings *dns;
    const struct stopper *stopper;
    uint32_t case_id;
};

/* Finds at most KDC_LIST_MAX; the questions to DNS become evidence. Strings live in the set's
   arena. An empty list says that none is known. */
void kdc_list_find(const struct kdc_finder *finder, const char *realm,
                   struct evidence_set *evidence, struct kdc_list *list_out);

/* The servers that the SRV records of a name point to, each with its port: for services other than
   Kerberos too ("_gc._tcp.CONTOSO.LAB"). */
void kdc_list_by_service(const struct kdc_finder *finder, const char *service_name,
                         struct evidence_set *evidence, struct kdc_list *list_out);

/* The same for a host that the user named, "HOST[:PORT]"; `port` where it names none. */
void kdc_list_by_host(const struct kdc_finder *finder, const char *text, uint16_t port,
                      struct evidence_set *evidence, struct kdc_list *list_out);

/* Who names a realm's KDCs, so that DNS is not asked. */
enum kdc_source {
    KDC_SOURCE_DNS = 0,
    KDC_SOURCE_OVERRIDE,   /* the user, for this run */
    KDC_SOURCE_CONFIGURED, /* krb5.conf */
};

enum kdc_source kdc_list_source(const struct kdc_finder *finder, const char *realm);

/* Splits "host", "host:port", "1.2.3.4:88", "[fd00::1]:88" or "fd00::1"; false for nonsense. The
   host lives in the arena. `*port` is untouched when the text has none. */
bool kdc_list_split(struct arena *arena, const char *text, const char **host_out, uint16_t *port);

#endif
