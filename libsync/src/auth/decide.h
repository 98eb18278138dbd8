/* auth: the decision who may write and read what, from grants that are good and still stand. Pure: the time is an argument. */
#ifndef LINLI_AUTH_DECIDE_H
#define LINLI_AUTH_DECIDE_H

#include "auth/grant.h"

/*
 * Kept with each part, so the numbers stay. A changeset with the verdict subject is never stored (proto/changeset.md 6);
 * partly: nothing against it so far, but its content is not judged before all parts of its class are here. erased: an order
 * names it, and its content is nowhere; covered: it is here, and of a record that an order has erased.
 */
enum verdict {
    VERDICT_ACCEPTED, VERDICT_SUBJECT, VERDICT_SCOPE, VERDICT_TERM, VERDICT_RIGHT, VERDICT_CONTENT, VERDICT_FORK,
    VERDICT_PARTLY, VERDICT_REVOKED, VERDICT_REJECTED, VERDICT_ERASED, VERDICT_COVERED
};
/* Kept and not merged: shown to the office, which may rule on it. */
static inline bool verdict_aside(unsigned verdict)
{
    return verdict != VERDICT_ACCEPTED && verdict != VERDICT_PARTLY && verdict != VERDICT_ERASED;
}

/* Do the rights allow a part of this class and right? */
bool decide_right(unsigned rights, unsigned cls, bool manage);
/*
 * May the holder of g write a part of this class and right in the scope at `path`, at `stamp`? Why not, otherwise: the
 * first of subject, scope, term, right. `manage` asks for the right to manage beside the right to write the class. The
 * term is over from its end on.
 */
enum verdict decide_write(const struct grant *g, uint64_t term_end_ms, const linli_author *author, const struct scope_path *path,
                          unsigned cls, bool manage, linli_stamp stamp);
/* Classes (bit 1 << class) that the holder of these grants may read in the scope at `path`, now; see authority.md 4. */
unsigned decide_read(const struct grant *grants, const uint64_t *term_end_ms, size_t count, const struct scope_path *path,
                     uint64_t now_ms);

#endif
