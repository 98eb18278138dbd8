/* changeset: what the files of this folder share about the bytes of an entry (proto/changeset.md 3 and 4). */
#ifndef LINLI_CHANGESET_LAYOUT_H
#define LINLI_CHANGESET_LAYOUT_H

#include "changeset/changeset.h"
#include "codec/reader.h"

/*
 * An entry's own bounds, the same whether it stands alone or in a run in a message: a changeset must not be
 * well-formed in one wrapping and not in another. What is left of LIMIT_DEPTH and LIMIT_MESSAGE_ITEMS is the
 * wrapping's.
 */
enum { ENTRY_DEPTH = LIMIT_DEPTH - 6, ENTRY_ITEMS = LIMIT_MESSAGE_ITEMS - 64 };
enum { TAIL_FIELDS = 5, PART_FIELDS = 4 };
/* A tail marks a part with class << 1 | right; group numbers give a class two bits (proto/record.md 1). */
enum { PART_CLASSES = 4, PART_MARK_MAX = 2 * PART_CLASSES - 1 };

/* A hasher that has taken in all of the header but the parts' hashes. */
void changeset_hash_start(struct hasher *h, const struct position *at, span tail);
void part_hash(span bytes, linli_hash *out);

/*
 * Read the next part of an entry, in either form; the hash of one that is carried is not computed here. What is
 * wrong fails the reader. `cls` and `manage` are left alone.
 */
void part_read(struct reader *r, struct part *out);

/* As changeset_decode, for an entry whose bounds were checked and scanned by the caller. */
int changeset_decode_scanned(struct arena *a, const struct position *at, span entry, struct changeset *out);

#endif
