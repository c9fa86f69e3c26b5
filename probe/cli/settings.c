/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settings.h"

#include <string.h>

const char *const WORDS_SCHEME[] = {"http", "https", NULL};
const char *const WORDS_FORMAT[] = {"text", "json", NULL};
const char *const WORDS_LIST_FORMAT[] = {"text", "json", "csv", NULL};
const char *const WORDS_LDAP_SECURITY[] = {"sealed", "ldaps", "starttls", NULL};
const char *const WORDS_COLOR[] = {"auto", "always", "never", NULL};
const char *const WORDS_LEVEL[] = {"ok", "info", "skip", "warn", "unknown", "fail", NULL};

void settings_init(struct cli_settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    settings->path = "/ccm_system_windowsauth/request";
}
