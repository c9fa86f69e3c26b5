/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/sighting.h"

#include <string.h>

#include "base/clock.h"
#include "evidence/basics.h"

/* A word of eight bytes, all of them this one. */
#define EVERY(byte) (0x0101010101010101ULL * (byte))

/* In a word without bytes over 127: the highest bit of each that is at least `least`. */
static uint64_t at_least(uint64_t word, uint8_t least)
{
    return word + EVERY(0x80U - least);
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static void upper_eight(const char *text, char *to)
{
    uint64_t word;
    uint64_t small;

    memcpy(&word, text, sizeof(word));
    small = at_least(word & EVERY(0x7F), 'a') & ~at_least(word & EVERY(0x7F), 'z' + 1);
    word ^= (small & ~word & EVERY(0x80)) >> 2; /* 0x20 */
    memcpy(to, &word, sizeof(word));
}

/* Eight at a time; the last eight may have some of those before, too. */
static void copy_upper(const char *text, size_t length, char *to)
{
    if (length < 8) {
        for (size_t i = 0; i < length; i++) {
            to[i] = upper(text[i]);
        }
        return;
    }
    for (size_t i = 0; i + 8 < length; i += 8) {
        upper_eight(text + i, to + i);
    }
    upper_eight(text + length - 8, to + length - 8);
}

/* Never 0, which stands for unknown. */
static uint32_t hash_text(const char *text, size_t length)
{
    uint64_t hash = 14695981039346656037ULL;

    if (!text || length == 0) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)upper(text[i])) * 1099511628211ULL; /* FNV-1a */
    }
    hash ^= hash >> 32;
    return (uint32_t)hash ? (uint32_t)hash : 1;
}

static uint32_t seconds_of(int64_t at)
{
    return at == EVIDENCE_UNKNOWN || at < CLOCK_US_PER_SECOND
               ? 0
               : (uint32_t)(at / CLOCK_US_PER_SECOND);
}

void sighting_prepare(const struct sighting *sighting, char *name, struct ready_sighting *ready_out)
{
    const size_t length =
        sighting->name_length < SIGHTING_NAME_SIZE ? sighting->name_length : SIGHTING_NAME_SIZE - 1;

    copy_upper(sighting->name, length, name);
    name[length] = '\0';
    memcpy(ready_out->guid, sighting->guid, sizeof(ready_out->guid));
    ready_out->name = name;
    ready_out->name_length = (uint32_t)length;
    ready_out->certificate = hash_text(sighting->certificate, sighting->certificate_length);
    ready_out->hardware = hash_text(sighting->hardware, sighting->hardware_length);
    ready_out->at = seconds_of(sighting->at);
    ready_out->place = sighting->place;
}
