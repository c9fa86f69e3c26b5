/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/outcome.h"

#include <errno.h>

enum evidence_outcome outcome_of_errno(long code)
{
    switch (code) {
    case ECONNREFUSED:
        return OUTCOME_REFUSED;
    case ETIMEDOUT:
        return OUTCOME_TIMEOUT;
    case ECONNRESET:
    case EPIPE:
        return OUTCOME_CLOSED;
    default:
        return OUTCOME_UNREACHABLE;
    }
}
