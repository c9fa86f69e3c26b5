/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do, as it is shown. A remedy holds commands that people copy into a console, and names in
 * it come from the network or from a file that somebody sent.
 */
#ifndef CCM_REPORT_REMEDY_H
#define CCM_REPORT_REMEDY_H

#include "base/buffer.h"
#include "rules/finding.h"

/* A paragraph of a remedy that is indented so far is a command. */
enum { REMEDY_COMMAND = 4 };

/*
 * The finding for the expansion of its remedy: an argument that is no plain name (letters, digits
 * and . _ - / : @ $ \ [ ], not beginning with -) has its own name in capitals for value, as the
 * catalogue writes what the reader has to fill in. "HTTP/a & format c:" becomes SPN; title and
 * reason still show it.
 */
const struct finding *remedy_finding(struct arena *arena, const struct finding *finding);

/*
 * Appends the next paragraph of a remedy, without its indentation, and passes over it; returns the
 * indentation. The catalogue fills its lines: one into which the next word would not have fitted
 * goes on with the next, as does a command whose next line is indented further. Expand paragraphs
 * one by one, so that an argument cannot add lines.
 */
size_t remedy_paragraph(const char **remedy, struct buffer *paragraph);

#endif
