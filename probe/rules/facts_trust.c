/* SPDX-License-Identifier: Apache-2.0 */
/* Trusts, and the way that referrals take over them. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"

enum {
    /* LSA_TLN_DISABLED_NEW, _ADMIN, _CONFLICT: [MS-ADTS] 6.1.6.9.3.2. */
    SUFFIX_FLAG_NEW = 1,
    SUFFIX_FLAG_ADMIN = 2,
    SUFFIX_FLAG_CONFLICT = 4,
};

static bool has_bit(int64_t bits, int64_t bit)
{
    return bits != EVIDENCE_UNKNOWN && (bits & bit) != 0;
}

enum trust_class fact_trust_class(const struct evidence_trust *trust)
{
    if (trust->type == TRUST_TYPE_DOWNLEVEL) {
        return TRUST_CLASS_NT4;
    }
    if (trust->type != EVIDENCE_UNKNOWN && trust->type != TRUST_TYPE_UPLEVEL) {
        return TRUST_CLASS_REALM;
    }
    if (trust->type == EVIDENCE_UNKNOWN || trust->attributes == EVIDENCE_UNKNOWN) {
        return TRUST_CLASS_UNKNOWN;
    }
    if (has_bit(trust->attributes, TRUST_ATTRIBUTE_WITHIN_FOREST)) {
        return TRUST_CLASS_IN_FOREST;
    }
    return has_bit(trust->attributes, TRUST_ATTRIBUTE_FOREST_TRANSITIVE) ? TRUST_CLASS_FOREST
                                                                         : TRUST_CLASS_EXTERNAL;
}

static enum suffix_state state_of(const struct trust_name *name)
{
    if (has_bit(name->flags, SUFFIX_FLAG_CONFLICT)) {
        return SUFFIX_CONFLICT;
    }
    if (has_bit(name->flags, SUFFIX_FLAG_ADMIN)) {
        return SUFFIX_DISABLED;
    }
    return has_bit(name->flags, SUFFIX_FLAG_NEW) ? SUFFIX_NEW : SUFFIX_ROUTED;
}

/* The entry of a kind that covers the host: one that is enabled, else the last of the others. */
static const struct trust_name *covering(const struct evidence_trust *trust, const char *host,
                                         enum trust_name_kind kind)
{
    const struct trust_name *found = NULL;

    for (size_t i = 0; i < trust->name_count; i++) {
        const struct trust_name *name = &trust->names[i];

        if (name->kind == kind && name->name && name_is_within(host, name->name) &&
            (!found || state_of(found) != SUFFIX_ROUTED)) {
            found = name;
        }
    }
    return found;
}

/* A top level name covers itself and all below, except what an exclusion takes out. */
enum suffix_state fact_suffix(const struct evidence_trust *trust, const char *host,
                              const struct trust_name **name_out)
{
    const struct trust_name *suffix = covering(trust, host, TRUST_NAME_TOP_LEVEL);
    const struct trust_name *exclusion = covering(trust, host, TRUST_NAME_EXCLUSION);

    *name_out = NULL;
    if (exclusion && state_of(exclusion) == SUFFIX_ROUTED) {
        *name_out = exclusion;
        return SUFFIX_EXCLUDED;
    }
    if (suffix) {
        *name_out = suffix;
        return state_of(suffix);
    }
    return trust->names_malformed == TRI_NO ||
                   (trust->names_malformed == TRI_UNKNOWN && trust->name_count > 0)
               ? SUFFIX_MISSING
               : SUFFIX_UNKNOWN;
}

const struct evidence_record *fact_trust(const struct case_view *view, const char *domain,
                                         const char *partner)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_trust *trust = view->records[i]->trust;

        if (view->records[i]->kind == EVIDENCE_TRUST && same_name(trust->domain, domain) &&
            same_name(trust->partner, partner)) {
            return view->records[i];
        }
    }
    return NULL;
}

const struct evidence_record *fact_trust_search(const struct case_view *view, struct arena *arena,
                                                const char *domain)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_search *search = view->records[i]->search;

        if (view->records[i]->kind == EVIDENCE_SEARCH && search->filter &&
            strstr(search->filter, "trustedDomain") &&
            same_name(fact_dn_domain(arena, search->base), domain)) {
            return view->records[i];
        }
    }
    return NULL;
}

/* Were all trusts of the domain read? The search says so, else that there are some. */
static bool trusts_read(const struct case_view *view, struct arena *arena, const char *domain)
{
    const struct evidence_record *search = fact_trust_search(view, arena, domain);

    for (size_t i = 0; !search && i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_TRUST &&
            same_name(view->records[i]->trust->domain, domain)) {
            return true;
        }
    }
    return search && fact_search_complete(search->search);
}

static const struct evidence_domain *find_domain(const struct case_view *view, const char *name)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_DOMAIN &&
            same_name(view->records[i]->domain->name, name)) {
            return view->records[i]->domain;
        }
    }
    return NULL;
}

struct chain {
    const char *names[PATH_LIMIT];
    size_t count;
};

/* From a domain up to the root of its forest. False when a domain on the way is not known. */
static bool climb(const struct case_view *view, const char *domain, const char *root,
                  struct chain *chain)
{
    chain->count = 0;
    while (chain->count < PATH_LIMIT) {
        const struct evidence_domain *here;

        chain->names[chain->count++] = domain;
        if (same_name(domain, root)) {
            return true;
        }
        here = find_domain(view, domain);
        if (!here) {
            return false;
        }
        /* The roots of other trees trust the forest's root. */
        domain = here->parent ? here->parent : root;
    }
    return false;
}

static void add_hop(struct trust_path *path, const char *name)
{
    if (path->count < PATH_LIMIT) {
        path->hops[path->count++] = name;
    }
}

/* From each domain the farthest that it has a trust with: parent and child, or a shortcut. */
static void take_shortcuts(const struct case_view *view, struct trust_path *path, size_t from)
{
    for (size_t i = from; i < path->count; i++) {
        for (size_t k = path->count - 1; k > i + 1; k--) {
            const struct evidence_record *trust = fact_trust(view, path->hops[i], path->hops[k]);

            if (trust && fact_trust_class(trust->trust) == TRUST_CLASS_IN_FOREST) {
                memmove(&path->hops[i + 1], &path->hops[k],
                        (path->count - k) * sizeof(path->hops[0]));
                path->count -= k - i - 1;
                break;
            }
        }
    }
}

/* Adds the way from one domain to another of the same forest, both included: up to the nearest
   domain above both, and down. */
static bool add_inner_way(const struct case_view *view, struct trust_path *path, const char *from,
                          const char *to, const char *root)
{
    struct chain up;
    struct chain down;
    size_t start = path->count;
    size_t turn = 0;

    if (!climb(view, from, root, &up) || !climb(view, to, root, &down)) {
        return false;
    }
    for (size_t i = 0; i < up.count; i++) {
        add_hop(path, up.names[i]);
        for (turn = 0; turn < down.count && !same_name(down.names[turn], up.names[i]);) {
            turn++;
        }
        if (turn < down.count) {
            break;
        }
    }
    for (; turn > 0; turn--) {
        add_hop(path, down.names[turn - 1]);
    }
    take_shortcuts(view, path, start);
    return true;
}

/* May a forest trust lead to the domain? By its partner, or by the names that it lists. */
static enum evidence_tri leads_to(const struct evidence_trust *trust, const char *to,
                                  const char *root, const char *host)
{
    const struct trust_name *name;
    enum suffix_state suffix = fact_suffix(trust, host, &name);

    if (root || same_name(trust->partner, to)) {
        return same_name(trust->partner, root ? root : to) ? TRI_YES : TRI_NO;
    }
    if (name_is_within(to, trust->partner)) {
        return TRI_YES;
    }
    for (size_t i = 0; i < trust->name_count; i++) {
        if (trust->names[i].kind == TRUST_NAME_DOMAIN && same_name(trust->names[i].name, to)) {
            return TRI_YES;
        }
    }
    return suffix == SUFFIX_UNKNOWN ? TRI_UNKNOWN : suffix == SUFFIX_MISSING ? TRI_NO : TRI_YES;
}

/* What is known of the two ends: the domains and the roots of their forests. */
struct ends {
    const char *from;
    const char *to;
    const char *from_root;
    const char *to_root;
    const char *host;
};

/* The forest trust from the client's side; `open_out` becomes true when one of the trusts cannot
   be judged, so that it may be the one. */
static const struct evidence_record *forest_trust(const struct case_view *view,
                                                  const struct ends *ends, bool *open_out)
{
    const char *domain = ends->from_root ? ends->from_root : ends->from;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_trust *trust = view->records[i]->trust;
        enum trust_class class;

        if (view->records[i]->kind != EVIDENCE_TRUST || !same_name(trust->domain, domain)) {
            continue;
        }
        class = fact_trust_class(trust);
        if (class == TRUST_CLASS_FOREST) {
            enum evidence_tri leads = leads_to(trust, ends->to, ends->to_root, ends->host);

            if (leads == TRI_YES) {
                return view->records[i];
            }
            *open_out = *open_out || leads == TRI_UNKNOWN;
        }
    }
    return NULL;
}

static bool is_end(const char *name, const char *domain, const char *root)
{
    return same_name(name, domain) || same_name(name, root);
}

/* A trust between the two ends that is no forest trust, as either side's object shows it. */
static const struct evidence_record *other_trust(const struct case_view *view,
                                                 const struct ends *ends)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_trust *trust = view->records[i]->trust;

        if (view->records[i]->kind == EVIDENCE_TRUST &&
            ((is_end(trust->domain, ends->from, ends->from_root) &&
              is_end(trust->partner, ends->to, ends->to_root)) ||
             (is_end(trust->domain, ends->to, ends->to_root) &&
              is_end(trust->partner, ends->from, ends->from_root)))) {
            return view->records[i];
        }
    }
    return NULL;
}

static void without_forest_trust(const struct case_view *view, struct arena *arena,
                                 const struct ends *ends, bool open, struct trust_path *path)
{
    const struct evidence_record *trust = other_trust(view, ends);
    enum trust_class class = trust ? fact_trust_class(trust->trust) : TRUST_CLASS_UNKNOWN;

    if (class == TRUST_CLASS_EXTERNAL || class == TRUST_CLASS_NT4) {
        path->trust = trust;
        path->other = fact_trust(view, trust->trust->partner, trust->trust->domain);
        path->way = WAY_EXTERNAL;
    } else if (!trust && !open && ends->from_root && trusts_read(view, arena, ends->from) &&
               trusts_read(view, arena, ends->from_root)) {
        path->way = WAY_NONE;
    } else if (class == TRUST_CLASS_FOREST) {
        path->other = trust; /* the MP's side only was read */
        path->way = trust->trust->direction != EVIDENCE_UNKNOWN &&
                            !has_bit(trust->trust->direction, TRUST_DIRECTION_OUTBOUND)
                        ? WAY_DIRECTION
                        : WAY_UNKNOWN;
    }
}

static enum way way_over(const struct trust_path *path, bool hops_known)
{
    const struct evidence_trust *near = path->trust->trust;
    const struct evidence_trust *far = path->other ? path->other->trust : NULL;

    if ((near->direction != EVIDENCE_UNKNOWN &&
         !has_bit(near->direction, TRUST_DIRECTION_INBOUND)) ||
        (far && far->direction != EVIDENCE_UNKNOWN &&
         !has_bit(far->direction, TRUST_DIRECTION_OUTBOUND))) {
        return WAY_DIRECTION;
    }
    if (path->suffix >= SUFFIX_NEW) {
        return WAY_SUFFIX;
    }
    return path->suffix == SUFFIX_ROUTED && near->direction != EVIDENCE_UNKNOWN && hops_known
               ? WAY_OPEN
               : WAY_UNKNOWN;
}

static void over_forest_trust(const struct case_view *view, const struct ends *ends,
                              struct trust_path *path)
{
    const struct evidence_trust *trust = path->trust->trust;
    const char *root = trust->domain;
    bool known = add_inner_way(view, path, ends->from, root, root);

    path->other = fact_trust(view, trust->partner, root);
    path->suffix = fact_suffix(trust, ends->host, &path->suffix_name);
    if (ends->to_root && known &&
        add_inner_way(view, path, ends->to_root, ends->to, ends->to_root)) {
        path->complete = true;
    } else {
        add_hop(path, trust->partner);
        path->complete = same_name(trust->partner, ends->to);
    }
    path->way = way_over(path, known);
}

struct trust_path fact_trust_path(const struct case_view *view, struct arena *arena,
                                  const char *from, const char *to, const char *host)
{
    struct trust_path path = {.way = WAY_UNKNOWN};
    struct ends ends = {.from = from, .to = to, .host = host};
    bool open = false;

    if (!from || !to) {
        return path;
    }
    ends.from_root = fact_forest(view, arena, from);
    ends.to_root = fact_forest(view, arena, to);
    if (same_name(from, to)) {
        add_hop(&path, from);
        path.complete = true;
        path.way = WAY_OPEN;
    } else if (ends.from_root && same_name(ends.from_root, ends.to_root)) {
        path.complete = add_inner_way(view, &path, from, to, ends.from_root);
        path.way = path.complete ? WAY_OPEN : WAY_UNKNOWN;
    } else if ((path.trust = forest_trust(view, &ends, &open)) != NULL) {
        over_forest_trust(view, &ends, &path);
    } else {
        without_forest_trust(view, arena, &ends, open, &path);
    }
    return path;
}
