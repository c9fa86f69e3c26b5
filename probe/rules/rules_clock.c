/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is off? Every clock that was seen, the observer's own included, is one party; offsets are
 * against the observer. The clocks that agree with most others are right. With two clocks, or
 * when no two agree, there is a difference and no majority: the domain controller is the
 * authority, and the finding says that it may be the other way round.
 */
#include <inttypes.h>
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

enum {
    PARTY_LIMIT = 16,
    SKEW_FAIL_S = 300, /* "Maximum tolerance for computer clock synchronization", 5 minutes */
    SKEW_WARN_S = 120, /* ours: well below, and far above what time synchronisation leaves */
};

static const int64_t SECOND = 1000000;

struct party {
    enum clock_source source; /* CLOCK_SOURCE_UNKNOWN is the observer */
    const char *name;
    const char *address;
    int64_t offset_us;
    int64_t uncertainty_us;
    const struct evidence_record *record;
};

struct parties {
    struct party items[PARTY_LIMIT];
    size_t count;
};

/* "dc1.contoso.lab" is a domain controller of CONTOSO.LAB, as is what a KDC's clock is named by. */
static bool is_of_realm(const char *name, const char *realm)
{
    const char *dot = name ? strchr(name, '.') : NULL;

    return same_name(name, realm) || (dot && same_name(dot + 1, realm));
}

/* The most exact observation of each machine counts. A directory server is a domain controller. */
static void add_party(struct parties *parties, const struct party *party)
{
    for (size_t i = 1; i < parties->count; i++) {
        struct party *known = &parties->items[i];
        bool same = party->address && known->address ? strcmp(party->address, known->address) == 0
                                                     : same_name(party->name, known->name);

        if (known->source == party->source && same) {
            if (party->uncertainty_us < known->uncertainty_us) {
                *known = *party;
            }
            return;
        }
    }
    if (parties->count < PARTY_LIMIT) {
        parties->items[parties->count++] = *party;
    }
}

static struct parties find_parties(const struct case_view *view)
{
    struct parties parties = {.count = 1};

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_clock *clock = record->clock;

        if (record->kind == EVIDENCE_CLOCK && clock->source != CLOCK_SOURCE_UNKNOWN &&
            clock->method != CLOCK_AP_REP && clock->offset_us != EVIDENCE_UNKNOWN) {
            add_party(&parties,
                      &(struct party){
                          .source = clock->source == CLOCK_DIRECTORY ? CLOCK_KDC : clock->source,
                          .name = clock->name,
                          .address = clock->address,
                          .offset_us = clock->offset_us,
                          .uncertainty_us = clock->uncertainty_us == EVIDENCE_UNKNOWN
                                                ? SECOND
                                                : clock->uncertainty_us,
                          .record = record,
                      });
        }
    }
    return parties;
}

/* The least that the two clocks differ by, what was not measured exactly granted. */
static int64_t difference(const struct party *a, const struct party *b)
{
    int64_t offset =
        a->offset_us > b->offset_us ? a->offset_us - b->offset_us : b->offset_us - a->offset_us;
    int64_t least = offset - a->uncertainty_us - b->uncertainty_us;

    return least > 0 ? least : 0;
}

static size_t count_agreeing(const struct parties *parties, size_t index)
{
    size_t count = 0;

    for (size_t i = 0; i < parties->count; i++) {
        count += difference(&parties->items[index], &parties->items[i]) <= SKEW_WARN_S * SECOND;
    }
    return count;
}

/* The reply that the client's library refused because the KDC's time differs from its own; NULL
   when there is none. It says no more of the KDC's clock than that. */
static const struct evidence_record *refused_reply(const struct case_view *view)
{
    const int64_t kdcrep_skew = -1765328236; /* KRB5_KDCREP_SKEW of MIT krb5 */
    const enum evidence_step steps[] = {STEP_IDENTITY, STEP_TICKET};

    for (size_t i = 0; i < 2; i++) {
        const struct evidence_record *stuck = fact_ladder(view, steps[i]).stuck;

        if (stuck && stuck->kdc->problem_code == kdcrep_skew) {
            return stuck;
        }
    }
    return NULL;
}

/* Of equally trusted clocks: the KDC of the account's realm, another KDC, the observer
   unless the KDC differs from it as well, the MP. */
static int authority(const struct case_view *view, const struct party *party)
{
    if (party->source == CLOCK_KDC) {
        return is_of_realm(party->name, fact_client_realm(view)) ? 4 : 3;
    }
    return party->source == CLOCK_MP ? 1 : refused_reply(view) ? 0 : 2;
}

struct reference {
    size_t index;
    bool majority;
};

static struct reference find_reference(const struct case_view *view, const struct parties *parties)
{
    struct reference best = {0};
    size_t most = 0;

    for (size_t i = 0; i < parties->count; i++) {
        size_t agreeing = count_agreeing(parties, i);

        if (agreeing > most ||
            (agreeing == most &&
             authority(view, &parties->items[i]) > authority(view, &parties->items[best.index]))) {
            most = agreeing;
            best.index = i;
        }
    }
    best.majority = most * 2 > parties->count && most >= 2;
    return best;
}

bool fact_clock_differs(const struct case_view *view)
{
    struct parties parties = find_parties(view);
    struct reference reference = find_reference(view, &parties);

    return count_agreeing(&parties, reference.index) < parties.count;
}

/* "10 min 1 s": the size of a difference is read by people who compare it with 5 minutes. */
static const char *span_text(struct arena *arena, int64_t span_us)
{
    int64_t seconds = (span_us + SECOND / 2) / SECOND;

    if (seconds >= 86400) {
        return arena_printf(arena, "%" PRId64 " d %" PRId64 " h", seconds / 86400,
                            seconds % 86400 / 3600);
    }
    if (seconds >= 3600) {
        return arena_printf(arena, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
                            seconds % 3600 / 60);
    }
    return arena_printf(arena, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
}

static const char *party_text(const struct case_view *view, const struct party *party)
{
    if (party->source == CLOCK_SOURCE_UNKNOWN) {
        if (fact_is_recorded(view)) { /* the client, the MP, or one between */
            return phrase(PHRASE_CLOCK_CAPTURING);
        }
        return view->run && view->run->client_host ? view->run->client_host
                                                   : phrase(PHRASE_CLOCK_THIS_MACHINE);
    }
    if (party->name) {
        return party->name;
    }
    return phrase(party->source == CLOCK_KDC ? PHRASE_CLOCK_THE_KDC : PHRASE_CLOCK_THE_MP);
}

/* Did somebody refuse a message for its time? */
static bool skew_refused(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) == ANSWER_SKEW) {
            return true;
        }
    }
    return fact_ladder(view, STEP_IDENTITY).code == KRB_CODE_SKEW ||
           fact_ladder(view, STEP_TICKET).code == KRB_CODE_SKEW;
}

/* Is one of the two the clock of a machine that only captured? Whose it is is not known: the
   client's, the MP's, or that of one between that has no part in the exchange. */
static bool is_bystander(const struct case_view *view, const struct party *a, const struct party *b)
{
    return fact_is_recorded(view) &&
           (a->source == CLOCK_SOURCE_UNKNOWN || b->source == CLOCK_SOURCE_UNKNOWN);
}

/* When the client signed in all the same, the libraries made up for the difference. */
static enum finding_level skew_level(const struct case_view *view, const struct party *off,
                                     const struct party *right)
{
    const bool refused = skew_refused(view);

    if (fact_signed_in(view) || (is_bystander(view, off, right) && !refused)) {
        return LEVEL_WARN;
    }
    return refused || difference(off, right) > SKEW_FAIL_S * SECOND ? LEVEL_FAIL : LEVEL_WARN;
}

static enum phrase basis_of(const struct case_view *view, const struct parties *parties,
                            const struct reference *reference)
{
    if (reference->majority) {
        return PHRASE_CLOCK_MOST_AGREE;
    }
    if (parties->count > 2) {
        return PHRASE_CLOCK_NO_TWO_AGREE;
    }
    return refused_reply(view) ? PHRASE_CLOCK_LIBRARY_AGREES : PHRASE_CLOCK_ONLY_TWO;
}

/* The party `index` differs from the reference. The finding rests on all clocks that were seen. */
static void blame(const struct case_view *view, struct rule_output *out,
                  const struct parties *parties, const struct reference *reference, size_t index)
{
    static const enum finding_id ids[] = {
        [CLOCK_SOURCE_UNKNOWN] = FINDING_CLOCK_CLIENT,
        [CLOCK_KDC] = FINDING_CLOCK_KDC,
        [CLOCK_MP] = FINDING_CLOCK_MP,
    };
    const struct party *off = &parties->items[index];
    const struct party *right = &parties->items[reference->index];
    int64_t ahead = off->offset_us - right->offset_us;
    const bool bystander = is_bystander(view, off, right);
    const char *basis = phrase(basis_of(view, parties, reference));
    struct draft *draft =
        draft_new(out, ids[off->source], skew_level(view, off, right),
                  reference->majority && !bystander ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);

    for (size_t i = 0; i < parties->count; i++) {
        draft_evidence(draft, parties->items[i].record);
    }
    draft_evidence(draft, refused_reply(view));
    draft_argument(draft, "machine", party_text(view, off));
    draft_argument(draft, "reference", party_text(view, right));
    draft_argument(draft, "address", off->address ? off->address : phrase(PHRASE_UNKNOWN));
    draft_argument(draft, "offset", span_text(out->arena, ahead < 0 ? -ahead : ahead));
    draft_number(draft, "offset_seconds", ahead / SECOND);
    draft_argument(draft, "direction",
                   phrase(ahead < 0 ? PHRASE_CLOCK_BEHIND : PHRASE_CLOCK_AHEAD));
    draft_argument(draft, "basis",
                   bystander
                       ? arena_printf(out->arena, "%s %s", basis, phrase(PHRASE_CLOCK_BYSTANDER))
                       : basis);
}

static void clocks(const struct case_view *view, struct rule_output *out)
{
    struct parties parties = find_parties(view);
    struct reference reference = find_reference(view, &parties);

    for (size_t i = 0; i < parties.count; i++) {
        if (difference(&parties.items[i], &parties.items[reference.index]) > SKEW_WARN_S * SECOND) {
            blame(view, out, &parties, &reference, i);
        }
    }
}

/* --- clocks that logs show --- */

/* Is the first clock the MP's? */
static bool is_against_mp(const struct clock_link *link)
{
    return link->records[0] && (link->records[0]->kind == EVIDENCE_WEB_CLIENT ||
                                link->records[0]->kind == EVIDENCE_LOG_EVENT);
}

static bool signed_in_by_log(const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_web_client *web = view->records[i]->web_client;

        for (size_t k = 0; view->records[i]->kind == EVIDENCE_WEB_CLIENT && k < web->request_count;
             k++) {
            if (web_is_accepted(&web->requests[k])) {
                return true;
            }
        }
    }
    return false;
}

static void blame_client(const struct case_view *view, struct rule_output *out,
                         const struct clock_link *link)
{
    const int64_t ahead = clock_link_least(link);
    struct draft *draft =
        draft_new(out, FINDING_CLOCK_CLIENT, signed_in_by_log(view) ? LEVEL_WARN : LEVEL_NONE,
                  CONFIDENCE_LIKELY);

    draft_evidence(draft, link->records[0]);
    draft_evidence(draft, link->records[1]);
    draft_argument(draft, "machine", client_label(link->client));
    draft_argument(draft, "reference", phrase(PHRASE_CLOCK_THE_MPS_LOG));
    draft_argument(draft, "offset", span_text(out->arena, ahead < 0 ? -ahead : ahead));
    draft_number(draft, "offset_seconds", ahead / SECOND);
    draft_argument(draft, "direction",
                   phrase(ahead < 0 ? PHRASE_CLOCK_BEHIND : PHRASE_CLOCK_AHEAD));
    draft_argument(draft, "basis",
                   phrase(link->high_us == EVIDENCE_UNKNOWN ? PHRASE_CLOCK_MADE_BEFORE
                                                            : PHRASE_CLOCK_OWN_LOG));
}

/* A client's clock as its certificate and its own logs show it. Told in the case that has the MP's
   side of it. Whole quarters of an hour are a log's zone, and no clock's fault. */
static void own_clock(const struct case_view *view, struct rule_output *out)
{
    const struct client *client =
        view->clients ? clients_of_case(view->clients, view->case_id) : NULL;
    size_t count = 0;
    const struct clock_link *links = client ? clocks_of_client(view->clocks, client, &count) : NULL;

    for (size_t i = 0; i < count; i++) {
        const int64_t least = clock_link_least(&links[i]);

        if (is_against_mp(&links[i]) && links[i].zone_minutes == 0 &&
            links[i].records[0]->case_id == view->case_id &&
            (least > SKEW_FAIL_S * SECOND || least < -SKEW_FAIL_S * SECOND)) {
            blame_client(view, out, &links[i]);
        }
    }
}

rule_fn *const RULES_CLOCK[] = {clocks, own_clock, NULL};
