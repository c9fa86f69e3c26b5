/* SPDX-License-Identifier: Apache-2.0 */
/* Of which MP a line of a web server's log is, as far as its columns name the server. */
#ifndef CCM_CAPTURES_IIS_MP_H
#define CCM_CAPTURES_IIS_MP_H

#include "captures/iis_line.h"
#include "evidence/evidence.h"

/* Is it of the MP that is called `mp`: a name, an address or a site ("W3SVC1")? By s-ip,
   s-sitename, s-computername and cs-host; unknown when the line has none of the kind that `mp` is.
 */
enum evidence_tri iis_line_is_of(const struct iis_line *line, const char *mp);

/* Is a file kept in a folder that is called like it, as logs of several MPs are? */
bool iis_path_is_of(const char *path, const char *mp);

#endif
