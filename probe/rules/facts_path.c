/* SPDX-License-Identifier: Apache-2.0 */
/* The way between the case's own client and MP: as predicted, and as observed. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"

struct trust_path fact_case_path(const struct case_view *view, struct arena *arena)
{
    return fact_trust_path(view, arena, fact_client_domain(view, arena),
                           fact_mp_domain(view, arena), fact_target(view));
}

const char *fact_path_text(struct arena *arena, const struct trust_path *path)
{
    const char *text = path->count > 0 ? path->hops[0] : NULL;

    for (size_t i = 1; i < path->count; i++) {
        text = arena_printf(arena, "%s -> %s", text, path->hops[i]);
    }
    return text;
}

static size_t add_realm(const char *realms[PATH_LIMIT], size_t count, const char *realm)
{
    if (realm && count < PATH_LIMIT && (count == 0 || !same_name(realms[count - 1], realm))) {
        realms[count++] = realm;
    }
    return count;
}

size_t fact_observed_path(const struct case_view *view, const char *realms[PATH_LIMIT])
{
    size_t count = 0;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_kdc *kdc = view->records[i]->kdc;

        if (view->records[i]->kind == EVIDENCE_KDC && kdc->step == STEP_TICKET) {
            count = add_realm(realms, count, kdc->realm);
            count = add_realm(realms, count, kdc->reply ? kdc->reply->referral : NULL);
        }
    }
    return count;
}

bool fact_way_blocked(const struct case_view *view, struct arena *arena,
                      const struct trust_path *path)
{
    const char *client = fact_client_domain(view, arena);
    const char *forest = fact_forest(view, arena, client);
    const char *realms[PATH_LIMIT];
    size_t count = fact_observed_path(view, realms);

    if (path->way <= WAY_OPEN || fact_ladder(view, STEP_TICKET).issued) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!same_name(realms[i], client) &&
            !(forest && same_name(fact_forest(view, arena, realms[i]), forest))) {
            return false;
        }
    }
    return true;
}

/* Does the way leave the client's forest at this hop or a later one? */
static bool leaves_forest_from(const struct trust_path *path, size_t hop)
{
    for (size_t i = hop; path->trust && i < path->count; i++) {
        if (same_name(path->hops[i], path->trust->trust->partner)) {
            return true;
        }
    }
    return false;
}

/* Does one account alone, and enabled, hold the SPN? Then the KDC has to find it. */
static bool holder_is_clear(const struct case_view *view, struct arena *arena)
{
    struct ownership ownership = fact_ownership(view, arena);

    return ownership.holders.count == 1 &&
           fact_account(view, ownership.holders.items[0]).enabled != TRI_NO;
}

/* Within a forest a KDC looks an SPN up in the global catalog, and refers nobody for one that it
   does not find; names of another forest it refers by their suffix, unseen. */
static bool ends_early(const struct case_view *view, struct arena *arena,
                       const struct trust_path *path, size_t hop)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);

    return ticket.code == KRB_CODE_S_PRINCIPAL_UNKNOWN &&
           same_name(ticket.realm, path->hops[hop - 1]) &&
           (leaves_forest_from(path, hop) || holder_is_clear(view, arena));
}

size_t fact_path_differs(const struct case_view *view, struct arena *arena,
                         const struct trust_path *path)
{
    const char *realms[PATH_LIMIT];
    size_t count = fact_observed_path(view, realms);
    size_t hop = 0;

    if (path->way != WAY_OPEN || count == 0 || !same_name(realms[0], path->hops[0])) {
        return 0;
    }
    while (hop < count && hop < path->count && same_name(realms[hop], path->hops[hop])) {
        hop++;
    }
    /* Behind the last hop that is known there may be more. */
    if (hop == path->count) {
        return 0;
    }
    return hop < count || ends_early(view, arena, path, hop) ? hop : 0;
}

/* The attribute belongs to the side that trusts ([MS-ADTS] 6.1.6.7.9): the MP's. */
const struct evidence_record *fact_selective_trust(const struct case_view *view,
                                                   struct arena *arena)
{
    struct trust_path path = fact_case_path(view, arena);
    const char *domain = fact_mp_domain(view, arena);
    const struct evidence_record *sides[] = {path.trust, path.other};

    for (size_t i = 0; i < 2; i++) {
        const struct evidence_trust *trust = sides[i] ? sides[i]->trust : NULL;

        if (trust && trust->attributes != EVIDENCE_UNKNOWN &&
            (trust->attributes & TRUST_ATTRIBUTE_CROSS_ORGANIZATION) &&
            (same_name(trust->domain, domain) ||
             same_name(trust->domain, fact_forest(view, arena, domain)))) {
            return sides[i];
        }
    }
    return NULL;
}
