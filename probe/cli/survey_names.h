/* SPDX-License-Identifier: Apache-2.0 */
/* What a case's evidence says of the MP's name, to find the directory that knows it. */
#ifndef CCM_CLI_SURVEY_NAMES_H
#define CCM_CLI_SURVEY_NAMES_H

#include "evidence/evidence.h"

/* The name that DNS leads to from the target, when that is an alias; NULL when it is none. */
const char *survey_alias(const struct evidence_set *evidence, const char *target);

/* The partner of the trust whose suffixes (enabled or not) cover the name, the longest of them;
   NULL when no trust that was read does. */
const char *survey_suffix_owner(const struct evidence_set *evidence, const char *name);

#endif
