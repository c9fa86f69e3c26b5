/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, by its first bytes. */
#ifndef CCM_CAPTURES_FILE_KIND_H
#define CCM_CAPTURES_FILE_KIND_H

#include <stddef.h>
#include <stdint.h>

enum file_kind {
    FILE_KIND_OTHER,
    FILE_KIND_PCAP,
    FILE_KIND_PCAPNG,
    FILE_KIND_NETMON,
};

enum { FILE_KIND_BYTES = 512 }; /* as many as are looked at */

/* `words` is set for FILE_KIND_OTHER: what it is and what to do, to follow "is no network capture
   but" or "is". Fewer bytes than FILE_KIND_BYTES are all there are. */
enum file_kind file_kind(const uint8_t *bytes, size_t length, const char **words);

#endif
