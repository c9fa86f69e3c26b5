/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/shape_rows.h"

const char *const WORDS_PROTECTION[] = {"unknown", "none", "sealed", "tls", NULL};
const char *const WORDS_ACCOUNT_ROLE[] = {"unknown", "spn-owner", "mp-computer", "client", NULL};
const char *const WORDS_ACCOUNT_KIND[] = {"unknown", "computer", "user", "group-managed",
                                          "managed", "other",    NULL};
const char *const WORDS_TRUST_NAME[] = {"unknown", "top-level", "exclusion",
                                        "domain",  "other",     NULL};

static const struct field DIRECTORY_FIELDS[] = {
    REQUIRED_STRING(evidence_directory, domain),
    STRING(evidence_directory, server),
    STRING(evidence_directory, address),
    INTEGER(evidence_directory, port),
    WORD(evidence_directory, global_catalog, WORDS_TRI),
    WORD(evidence_directory, outcome, WORDS_OUTCOME),
    WORD(evidence_directory, phase, WORDS_PHASE),
    WORD(evidence_directory, protection, WORDS_PROTECTION),
    INTEGER(evidence_directory, result),
    STRING(evidence_directory, diagnostic),
    INTEGER(evidence_directory, connect_us),
    INTEGER(evidence_directory, bind_us),
    STRING(evidence_directory, site),
    STRING(evidence_directory, server_site),
    STRING(evidence_directory, default_context),
    STRING(evidence_directory, configuration_context),
    STRING(evidence_directory, root_context),
    STRING(evidence_directory, host_name),
    INTEGER(evidence_directory, domain_level),
    INTEGER(evidence_directory, forest_level),
    STRINGS(evidence_directory, spn_mappings, spn_mapping_count),
    END,
};

const struct shape SHAPE_DIRECTORY = {"directory", sizeof(struct evidence_directory),
                                      DIRECTORY_FIELDS};

static const struct field SEARCH_FIELDS[] = {
    STRING(evidence_search, server),
    INTEGER(evidence_search, port),
    STRING(evidence_search, purpose),
    STRING(evidence_search, base),
    STRING(evidence_search, scope),
    STRING(evidence_search, filter),
    STRINGS(evidence_search, attributes, attribute_count),
    WORD(evidence_search, outcome, WORDS_OUTCOME),
    INTEGER(evidence_search, result),
    STRING(evidence_search, diagnostic),
    INTEGER(evidence_search, entries),
    INTEGER(evidence_search, pages),
    INTEGER(evidence_search, rtt_us),
    STRINGS(evidence_search, referrals, referral_count),
    END,
};

const struct shape SHAPE_SEARCH = {"search", sizeof(struct evidence_search), SEARCH_FIELDS};

static const struct field ACCOUNT_FIELDS[] = {
    REQUIRED_WORD(evidence_account, role, WORDS_ACCOUNT_ROLE),
    STRING(evidence_account, spn),
    STRING(evidence_account, server),
    INTEGER(evidence_account, port),
    STRING(evidence_account, domain),
    REQUIRED_STRING(evidence_account, dn),
    STRING(evidence_account, sid),
    STRING(evidence_account, name),
    WORD(evidence_account, type, WORDS_ACCOUNT_KIND),
    INTEGER(evidence_account, control),
    WORD(evidence_account, enabled, WORDS_TRI),
    WORD(evidence_account, locked, WORDS_TRI),
    WORD(evidence_account, password_expired, WORDS_TRI),
    STRINGS(evidence_account, spns, spn_count),
    INTEGER(evidence_account, etypes),
    INTEGER(evidence_account, kvno),
    TIME(evidence_account, password_set_at),
    TIME(evidence_account, changed_at),
    STRING(evidence_account, dns_host_name),
    STRINGS(evidence_account, other_dns_names, other_dns_name_count),
    END,
};

const struct shape SHAPE_ACCOUNT = {"account", sizeof(struct evidence_account), ACCOUNT_FIELDS};

static const struct field TRUST_NAME_FIELDS[] = {
    WORD(trust_name, kind, WORDS_TRUST_NAME),
    INTEGER(trust_name, flags),
    TIME(trust_name, set_at),
    STRING(trust_name, name),
    STRING(trust_name, netbios),
    STRING(trust_name, sid),
    END,
};

const struct shape SHAPE_TRUST_NAME = {"trust_name", sizeof(struct trust_name), TRUST_NAME_FIELDS};

static const struct field TRUST_FIELDS[] = {
    REQUIRED_STRING(evidence_trust, domain),
    STRING(evidence_trust, server),
    REQUIRED_STRING(evidence_trust, partner),
    STRING(evidence_trust, flat_name),
    STRING(evidence_trust, sid),
    INTEGER(evidence_trust, direction),
    INTEGER(evidence_trust, type),
    INTEGER(evidence_trust, attributes),
    INTEGER(evidence_trust, etypes),
    OBJECTS(evidence_trust, names, name_count, &SHAPE_TRUST_NAME),
    WORD(evidence_trust, names_malformed, WORDS_TRI),
    END,
};

const struct shape SHAPE_TRUST = {"trust", sizeof(struct evidence_trust), TRUST_FIELDS};

static const struct field DOMAIN_FIELDS[] = {
    STRING(evidence_domain, forest),
    REQUIRED_STRING(evidence_domain, name),
    STRING(evidence_domain, netbios),
    STRING(evidence_domain, dn),
    STRING(evidence_domain, parent),
    INTEGER(evidence_domain, level),
    END,
};

const struct shape SHAPE_DOMAIN = {"domain", sizeof(struct evidence_domain), DOMAIN_FIELDS};

static const struct field PUBLISHED_FIELDS[] = {
    STRING(evidence_published, forest),
    STRING(evidence_published, server),
    STRING(evidence_published, dn),
    STRING(evidence_published, site_code),
    REQUIRED_STRING(evidence_published, name),
    STRING(evidence_published, dns_name),
    WORD(evidence_published, is_default, WORDS_TRI),
    INTEGER(evidence_published, http_port),
    INTEGER(evidence_published, https_port),
    INTEGER(evidence_published, ssl_state),
    STRING(evidence_published, version),
    STRING(evidence_published, srv),
    INTEGER(evidence_published, srv_port),
    END,
};

const struct shape SHAPE_PUBLISHED = {"published", sizeof(struct evidence_published),
                                      PUBLISHED_FIELDS};
