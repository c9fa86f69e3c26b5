/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trusts between the client's domain and the MP's, as the directory shows them. What was not read
 * gives nothing; what was is proven by a KDC that does not let the client pass.
 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

static bool has_bit(int64_t bits, int64_t bit)
{
    return bits != EVIDENCE_UNKNOWN && (bits & bit) != 0;
}

static const char *direction_text(const struct evidence_trust *trust)
{
    switch (trust->direction) {
    case TRUST_DIRECTION_DISABLED:
        return phrase(PHRASE_DIRECTION_DISABLED);
    case TRUST_DIRECTION_INBOUND:
        return phrase(PHRASE_DIRECTION_INBOUND);
    case TRUST_DIRECTION_OUTBOUND:
        return phrase(PHRASE_DIRECTION_OUTBOUND);
    case TRUST_DIRECTION_BIDIRECTIONAL:
        return phrase(PHRASE_DIRECTION_BOTH);
    default:
        return phrase(PHRASE_UNKNOWN);
    }
}

static enum finding_id finding_of(enum way way)
{
    switch (way) {
    case WAY_EXTERNAL:
        return FINDING_TRUST_EXTERNAL;
    case WAY_NONE:
        return FINDING_TRUST_NONE;
    case WAY_DIRECTION:
        return FINDING_TRUST_DIRECTION;
    case WAY_SUFFIX:
        return FINDING_TRUST_SUFFIX;
    case WAY_UNKNOWN:
    case WAY_OPEN:
        break;
    }
    return FINDING_NONE;
}

/* The enumerators of a suffix's states are in the order of their phrases. */
static const char *suffix_state_text(enum suffix_state state)
{
    return phrase(PHRASE_SUFFIX_NEW + (enum phrase)state - (enum phrase)SUFFIX_NEW);
}

static void describe(struct rule_output *out, struct draft *draft, const struct trust_path *path)
{
    const struct evidence_record *record = path->trust ? path->trust : path->other;
    const char *client = fact_client_domain(out->view, out->arena);

    draft_evidence(draft, path->trust);
    draft_evidence(draft, path->other);
    draft_argument(draft, "domain", record ? record->trust->domain : client);
    draft_argument(draft, "mp_domain", fact_mp_domain(out->view, out->arena));
    if (path->way == WAY_NONE) {
        draft_evidence(draft, fact_trust_search(out->view, out->arena, client));
        draft_evidence(draft, fact_trust_search(out->view, out->arena,
                                                fact_forest(out->view, out->arena, client)));
    }
    if (record) {
        draft_argument(draft, "partner", record->trust->partner);
        draft_argument(draft, "direction", direction_text(record->trust));
        draft_argument(draft, "kind",
                       phrase(fact_trust_class(record->trust) == TRUST_CLASS_NT4
                                  ? PHRASE_TRUST_KIND_NT4
                                  : PHRASE_TRUST_KIND_EXTERNAL));
    }
    if (path->suffix >= SUFFIX_NEW) {
        draft_argument(draft, "suffix",
                       path->suffix_name ? path->suffix_name->name : fact_target(out->view));
        draft_argument(draft, "state", suffix_state_text(path->suffix));
    }
}

/* A domain below its forest's root may have an external trust, and the root a forest trust that
   serves: who has not read the root's trusts cannot tell. */
static bool root_unread(struct rule_output *out, const struct trust_path *path)
{
    const char *client = fact_client_domain(out->view, out->arena);
    const char *root = fact_forest(out->view, out->arena, client);
    const struct evidence_record *search = fact_trust_search(out->view, out->arena, root);

    return path->way == WAY_EXTERNAL && root && !same_name(root, client) && path->trust &&
           !same_name(path->trust->trust->domain, root) &&
           !(search && fact_search_complete(search->search));
}

/* Over a trust that should not carry it, a ticket proves that the trust was misread, except for an
   external one, which works by chance. */
static void blocked(const struct case_view *view, struct rule_output *out)
{
    struct trust_path path = fact_case_path(view, out->arena);
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    enum finding_id id = finding_of(path.way);
    bool stopped = fact_way_blocked(view, out->arena, &path);
    bool refused = ticket.code == KRB_CODE_S_PRINCIPAL_UNKNOWN;
    struct draft *draft;

    if (id == FINDING_NONE || (!stopped && id != FINDING_TRUST_EXTERNAL)) {
        return;
    }
    draft = draft_new(out, id, stopped ? LEVEL_FAIL : LEVEL_WARN,
                      (stopped && !refused) || !path.trust || root_unread(out, &path)
                          ? CONFIDENCE_LIKELY
                          : CONFIDENCE_PROVEN);
    describe(out, draft, &path);
    draft_evidence(draft, ticket.error);
    draft_evidence(draft, ticket.issued);
    draft_argument(draft, "basis",
                   phrase(ticket.issued          ? PHRASE_TRUST_WORKS
                          : refused && stopped   ? PHRASE_TRUST_REFUSED
                          : ticket.error != NULL ? PHRASE_TRUST_NOT_SOLVED
                                                 : PHRASE_TRUST_UNTESTED));
}

static void path_differs(const struct case_view *view, struct rule_output *out)
{
    struct trust_path path = fact_case_path(view, out->arena);
    size_t hop = fact_path_differs(view, out->arena, &path);
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    const char *realms[PATH_LIMIT];
    size_t count = fact_observed_path(view, realms);
    struct draft *draft;

    if (hop == 0) {
        return;
    }
    draft = draft_new(out, FINDING_TRUST_PATH_DIFFERS, ticket.issued ? LEVEL_INFO : LEVEL_FAIL,
                      ticket.issued ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);
    draft_evidence(draft, path.trust);
    draft_evidence(draft, ticket.issued);
    draft_evidence(draft, ticket.error);
    draft_argument(draft, "predicted", fact_path_text(out->arena, &path));
    draft_argument(draft, "ladder", fact_ladder_text(view, out->arena, STEP_TICKET));
    draft_argument(draft, "hop", path.hops[hop - 1]);
    draft_argument(draft, "expected", path.hops[hop]);
    draft_argument(draft, "observed", hop < count ? realms[hop] : phrase(PHRASE_NO_REFERRAL));
}

/* Was a ticket refused for it, by the KDC or by the MP? The rules for these say so. */
static bool refused_by_policy(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) == ANSWER_SELECTIVE) {
            return true;
        }
    }
    return fact_ladder(view, STEP_TICKET).code == KRB_CODE_POLICY;
}

static void selective(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *trust = fact_selective_trust(view, out->arena);
    struct draft *draft;

    if (!trust || refused_by_policy(view)) {
        return;
    }
    draft = draft_new(out, FINDING_TRUST_SELECTIVE, LEVEL_INFO, CONFIDENCE_PROVEN);
    draft_evidence(draft, trust);
    draft_argument(draft, "basis", phrase(PHRASE_SELECTIVE_HARMLESS));
    draft_argument(draft, "principal", fact_principal(view));
    draft_default(draft, "principal", phrase(PHRASE_CLIENTS));
}

enum { LEVEL_2003 = 2 }; /* msDS-Behavior-Version, [MS-ADTS] 6.1.4.2 */

/* The server that shows a forest to be older; NULL when none does. */
static const struct evidence_record *old_forest(const struct case_view *view, struct arena *arena,
                                                const char *forest)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_directory *directory = view->records[i]->directory;

        if (view->records[i]->kind == EVIDENCE_DIRECTORY &&
            directory->forest_level != EVIDENCE_UNKNOWN && directory->forest_level < LEVEL_2003 &&
            same_name(fact_dn_domain(arena, directory->root_context), forest)) {
            return view->records[i];
        }
    }
    return NULL;
}

static void forest_level(const struct case_view *view, struct rule_output *out)
{
    struct trust_path path = fact_case_path(view, out->arena);
    const struct evidence_record *record = path.trust ? path.trust : path.other;
    const char *ends[2];

    if (!record || fact_trust_class(record->trust) != TRUST_CLASS_FOREST) {
        return;
    }
    ends[0] = record->trust->domain;
    ends[1] = record->trust->partner;
    for (size_t i = 0; i < 2; i++) {
        const struct evidence_record *old = old_forest(view, out->arena, ends[i]);

        if (old) {
            struct draft *draft = draft_new(
                out, FINDING_TRUST_FOREST_LEVEL,
                fact_ladder(view, STEP_TICKET).issued ? LEVEL_INFO : LEVEL_NONE, CONFIDENCE_PROVEN);

            draft_evidence(draft, record);
            draft_evidence(draft, old);
            draft_argument(draft, "forest", ends[i]);
            draft_number(draft, "level", old->directory->forest_level);
        }
    }
}

/* A forest trust that is quarantined, on the side that trusts, lets pass the SIDs of the partner's
   domain alone: it matters to clients of the other domains of that forest. */
static void sid_filter(const struct case_view *view, struct rule_output *out)
{
    struct trust_path path = fact_case_path(view, out->arena);
    const char *client = fact_client_domain(view, out->arena);
    const char *domain = fact_mp_domain(view, out->arena);
    const char *forest = fact_forest(view, out->arena, domain);
    const struct evidence_record *sides[] = {path.trust, path.other};

    for (size_t i = 0; client && i < 2; i++) {
        const struct evidence_trust *trust = sides[i] ? sides[i]->trust : NULL;
        struct draft *draft;

        if (!trust || fact_trust_class(trust) != TRUST_CLASS_FOREST ||
            !has_bit(trust->attributes, TRUST_ATTRIBUTE_QUARANTINED_DOMAIN) ||
            !(same_name(trust->domain, domain) || same_name(trust->domain, forest)) ||
            same_name(trust->partner, client)) {
            continue;
        }
        draft = draft_new(out, FINDING_TRUST_SID_FILTER, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_evidence(draft, sides[i]);
        draft_argument(draft, "domain", trust->domain);
        draft_argument(draft, "partner", trust->partner);
        draft_argument(draft, "client_domain", client);
        return;
    }
}

/* The referral from one domain to the other, NULL when none was seen. */
static const struct evidence_record *referral(const struct case_view *view,
                                              const struct evidence_trust *trust)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_kdc *kdc = view->records[i]->kdc;

        if (view->records[i]->kind == EVIDENCE_KDC && kdc->step == STEP_TICKET && kdc->reply &&
            kdc->reply->ticket && same_name(kdc->realm, trust->domain) &&
            same_name(kdc->reply->referral, trust->partner)) {
            return view->records[i];
        }
    }
    return NULL;
}

static bool is_weak(int64_t etype)
{
    return etype == ETYPE_CODE_RC4_HMAC || etype == ETYPE_CODE_DES_CBC_MD5 ||
           etype == ETYPE_CODE_DES_CBC_CRC;
}

static void note_etypes(struct draft *draft, int64_t bits)
{
    /* The same bits as of accounts: [MS-KILE] 2.2.7. */
    if (has_bit(bits, 0x3)) {
        draft_item(draft, "etypes", code_symbol(CODE_SPACE_ETYPE, ETYPE_CODE_DES_CBC_MD5));
    }
    if (has_bit(bits, 0x4)) {
        draft_item(draft, "etypes", code_symbol(CODE_SPACE_ETYPE, ETYPE_CODE_RC4_HMAC));
    }
}

/* Does a domain on one end of the trust refuse the request for its encryption type? */
static bool refused_for_etype(const struct case_view *view, const struct evidence_trust *trust)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);

    return ticket.code == KRB_CODE_ETYPE_NOSUPP &&
           (same_name(ticket.realm, trust->domain) || same_name(ticket.realm, trust->partner));
}

/* A trust without AES on the way: by its own setting, or by the referral that was issued. */
static void weak_trust(const struct case_view *view, struct rule_output *out,
                       const struct evidence_record *record)
{
    const struct evidence_trust *trust = record->trust;
    const struct evidence_record *seen = referral(view, trust);
    const struct krb_ticket *ticket = seen ? seen->kdc->reply->ticket : NULL;
    bool set = etypes_lack_aes(trust->etypes);
    bool used = ticket && is_weak(ticket->etype);
    bool refused = refused_for_etype(view, trust);
    struct draft *draft;

    if (!set && !used) {
        return;
    }
    draft = draft_new(out, FINDING_TRUST_ETYPE, refused ? LEVEL_FAIL : LEVEL_WARN,
                      refused || (set && ticket && !used) ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
    draft_evidence(draft, record);
    draft_evidence(draft, seen);
    draft_evidence(draft, refused ? fact_ladder(view, STEP_TICKET).error : NULL);
    draft_argument(draft, "domain", trust->domain);
    draft_argument(draft, "partner", trust->partner);
    if (used) {
        draft_item(draft, "etypes", code_symbol(CODE_SPACE_ETYPE, ticket->etype));
    } else {
        note_etypes(draft, trust->etypes);
    }
}

/* A trust that was read (its direction shows that), without a type of its own: the referral that
   was seen tells, else it is said. Within a forest the default is of no concern. */
static void unset_types(const struct case_view *view, struct rule_output *out,
                        const struct evidence_record *record)
{
    const struct evidence_trust *trust = record ? record->trust : NULL;
    struct draft *draft;

    if (!trust || trust->direction == EVIDENCE_UNKNOWN || trust->type != TRUST_TYPE_UPLEVEL ||
        fact_trust_class(trust) == TRUST_CLASS_IN_FOREST || etypes_named(trust->etypes) ||
        referral(view, trust)) {
        return;
    }
    draft = draft_new(out, FINDING_TRUST_ETYPE_UNSET, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, record);
    draft_argument(draft, "domain", trust->domain);
    draft_argument(draft, "partner", trust->partner);
}

/* The trust that leaves the forest, and those between the domains of the way. Of the two objects
   of a trust the first that shows it is told. */
static void etypes(const struct case_view *view, struct rule_output *out)
{
    struct trust_path path = fact_case_path(view, out->arena);

    if (path.trust) {
        weak_trust(view, out, path.trust);
    }
    if (path.way == WAY_OPEN) {
        unset_types(view, out, path.trust);
    }
    if (path.other && !draft_find(out, FINDING_TRUST_ETYPE)) {
        weak_trust(view, out, path.other);
    }
    for (size_t i = 0; i + 1 < path.count; i++) {
        const struct evidence_record *trust = fact_trust(view, path.hops[i], path.hops[i + 1]);

        if (trust && trust != path.trust) {
            weak_trust(view, out, trust);
        }
    }
}

rule_fn *const RULES_TRUST[] = {blocked,    path_differs, selective, forest_level,
                                sid_filter, etypes,       NULL};
