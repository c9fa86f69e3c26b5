/* SPDX-License-Identifier: Apache-2.0 */
/* --client: one of all clients that several files tell of together. */
#ifndef CCM_CLI_CHOOSE_H
#define CCM_CLI_CHOOSE_H

#include "base/status.h"
#include "evidence/evidence.h"

/* Leaves the cases of the clients that are called so in some source, with what was read, and the
   GUIDs that they share. CCM_ERROR_NOTHING when none is, with a sentence that names those there
   are; evidence without any client is left as it is. */
enum ccm_status choose_client(const char *name, struct evidence_set *evidence,
                              struct ccm_error *error) CCM_MUST_CHECK;

#endif
