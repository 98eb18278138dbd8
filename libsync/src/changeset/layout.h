/* changeset: what the files of this folder share about the bytes of an entry (proto/changeset.md 3 and 4). */
#ifndef LINLI_CHANGESET_LAYOUT_H
#define LINLI_CHANGESET_LAYOUT_H

#include "changeset/changeset.h"
#include "codec/reader.h"

/*
 * An entry's own bounds, the same whether it stands alone or in a run in a message: a changeset must not be
 * well-formed in one wrapping and not in another. What is left of LIMIT_DEPTH is the wrapping's. Items have no bound but
 * the bytes: a part says how long it is, so that sizes add up before its content is here, and of its items it says nothing.
 */
enum { ENTRY_DEPTH = LIMIT_DEPTH - 6, PART_DEPTH = ENTRY_DEPTH - 2, ENTRY_ITEMS = LIMIT_CHANGESET_BYTES };
enum { TAIL_FIELDS = 5, PART_FIELDS = 4 };
/* The least part: heads of one byte and two, a type of one, no op. What stands in the place of one left out is smaller. */
enum { PART_BYTES_MIN = 1 + 2 + SALT_BYTES + 1 + 2 + ID_BYTES + 1 };
/* A tail marks a part with length << 3 | class << 1 | right; group numbers give a class two bits (proto/record.md 1). */
enum { PART_CLASSES = 4, PART_MARK_MAX = LIMIT_CHANGESET_BYTES << 3 | (PART_CLASSES - 1) << 1 | 1 };

/* A hasher that has taken in all of the header but the parts' hashes. */
void changeset_hash_start(struct hasher *h, const struct position *at, span tail);
void part_hash(span bytes, linli_hash *out);

/* Read the next mark of a tail: what it declares of a part, and nothing yet of its content. What is wrong fails the reader. */
void mark_read(struct reader *marks, struct part *out);
/*
 * Read the next part of an entry, in either form; the hash of one that is carried is not computed here. What is
 * wrong fails the reader, and so does another size than `out` declares. What the mark said is left alone.
 */
void part_read(struct reader *r, struct part *out);

/* As changeset_decode, for an entry whose bounds were checked and scanned by the caller. */
int changeset_decode_scanned(struct arena *a, const struct position *at, span entry, struct changeset *out);

#endif
