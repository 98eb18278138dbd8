/*
 * codec: bulk bytes made smaller by zstd: one frame for each run, so that nothing of one author or scope shows in the length of
 * another's. The size that comes out is known, and checked, before anything is reserved for it.
 */
#ifndef LINLI_CODEC_SQUEEZE_H
#define LINLI_CODEC_SQUEEZE_H

#include "base/arena.h"
#include "base/bytes.h"

/* Append one zstd frame. LINLI_OK; LINLI_E_NOMEM; what `out` says of its room. */
int squeeze(span plain, struct buf *out);
/* One whole frame back, in the arena. LINLI_OK; LINLI_E_LIMIT (over `max`, or it does not say); LINLI_E_FORMAT; LINLI_E_NOMEM. */
int unsqueeze(struct arena *a, span squeezed, size_t max, span *plain);

#endif
