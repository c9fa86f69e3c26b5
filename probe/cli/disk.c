/* SPDX-License-Identifier: Apache-2.0 */
/* `image` and `residue`: what the disk of a Windows computer shows. */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "captures/disk.h"
#include "cli/command.h"
#include "cli/interrupt.h"

/* A site code is three letters or digits; KB 828370 puts it into names of groups and shares. */
enum { SITE_CODE_LENGTH = 3 };

static enum ccm_status collect_folder(const char *folder, enum run_origin origin, const char *site,
                                      struct evidence_set *evidence, struct ccm_error *error)
{
    const struct disk_settings disk = {
        .origin = origin,
        .folder = folder,
        .site = site,
        .case_id = evidence->count > 0 ? evidence->records[evidence->count - 1].case_id + 1 : 1,
        .at = clock_wall_us(),
    };

    return disk_collect(&disk, evidence, error);
}

/* One folder of the command line: an image, or with --each a folder of images. */
static enum ccm_status collect_argument(const struct cli_settings *settings, const char *folder,
                                        struct evidence_set *evidence, struct ccm_error *error)
{
    struct arena arena = {0};
    const char **folders = NULL;
    size_t count = 0;
    enum ccm_status status;

    if (!settings->each) {
        return collect_folder(folder, ORIGIN_IMAGE, NULL, evidence, error);
    }
    status = disk_folders(folder, &arena, &folders, &count, error);
    if (status == CCM_OK && count == 0) {
        status = ccm_fail(error, CCM_ERROR_NOTHING, "--each %s: there is no folder in it", folder);
    }
    for (size_t i = 0; i < count && status == CCM_OK && !interrupt_seen(); i++) {
        status = collect_folder(folders[i], ORIGIN_IMAGE, NULL, evidence, error);
    }
    arena_release(&arena);
    return status;
}

enum ccm_status collect_image(const struct cli_settings *settings, struct evidence_set *evidence,
                              struct ccm_error *error)
{
    enum ccm_status status = CCM_OK;

    for (size_t i = 0; i < settings->arguments.count && status == CCM_OK; i++) {
        status = collect_argument(settings, settings->arguments.items[i], evidence, error);
    }
    return status;
}

enum ccm_status collect_residue(const struct cli_settings *settings, struct evidence_set *evidence,
                                struct ccm_error *error)
{
    char site[SITE_CODE_LENGTH + 1] = "";
    const char *given = settings->site;

    if (!given) {
        return ccm_fail(error, CCM_ERROR_USAGE, "residue needs --site CODE, as --site S01");
    }
    for (size_t i = 0; i < SITE_CODE_LENGTH && isalnum((unsigned char)given[i]); i++) {
        site[i] = (char)toupper((unsigned char)given[i]);
    }
    if (strlen(site) != SITE_CODE_LENGTH || strlen(given) != SITE_CODE_LENGTH) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "--site %.80s: expected three letters or digits, as S01", given);
    }
    return collect_folder(settings->arguments.items[0], ORIGIN_RESIDUE, site, evidence, error);
}
