/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk of a Windows computer as evidence: a mounted disk, a Windows folder, or a bag of files
 * copied from one. Every item of evidence/disk.def is looked for; nothing is judged, and nothing is
 * written.
 */
#ifndef CCM_CAPTURES_DISK_H
#define CCM_CAPTURES_DISK_H

#include "base/status.h"
#include "evidence/evidence.h"

struct disk_settings {
    enum run_origin origin; /* ORIGIN_IMAGE or ORIGIN_RESIDUE */
    const char *folder;
    const char *site; /* of ORIGIN_RESIDUE: the site code */
    uint32_t case_id;
    int64_t at; /* of the records */
};

/* Adds a run, a source record for everything that was opened or missed, and the items. An error is
   only that the folder cannot be opened (CCM_ERROR_IO). */
enum ccm_status disk_collect(const struct disk_settings *settings, struct evidence_set *evidence,
                             struct ccm_error *error) CCM_MUST_CHECK;

/* The folders in a folder, in the order of their names, as paths that begin with it; links are left
   out. The list is in `arena`. */
enum ccm_status disk_folders(const char *folder, struct arena *arena, const char ***folders_out,
                             size_t *count_out, struct ccm_error *error) CCM_MUST_CHECK;

#endif
