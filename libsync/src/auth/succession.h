/*
 * auth: later versions of the root document, and what that means for all that the root ever said (proto/authority.md 7). Each
 * version is signed by enough keys of the one before, and by enough of its own. Pure.
 */
#ifndef LINLI_AUTH_SUCCESSION_H
#define LINLI_AUTH_SUCCESSION_H

#include "auth/statement.h"

struct root_version {
    struct statement head;         /* issuer: the version before */
    unsigned signers;              /* so many keys of that sign it; 0: as many as it asks for */
    struct root_document document; /* id: the statement's */
};
/* What the root said under versions that do not count by themselves any more, said again. */
struct affirmation {
    struct statement head;
    span ids;                      /* array, lent by the certificate */
};

/*
 * Encode, unsigned: it takes several keys to sign (root_sign). `head`: issuer, network, time and salt; `document`: version,
 * threshold, keys, oldest. LINLI_OK; LINLI_E_ARG (what no document may say); LINLI_E_NOMEM.
 */
int root_version_make(struct root_version *v, struct buf *certificate);
/* The ids need not be sorted, and are sorted by this call. LINLI_OK; LINLI_E_ARG (none, or one twice); LINLI_E_LIMIT; LINLI_E_NOMEM. */
int affirmation_make(struct affirmation *a, linli_hash *ids, size_t count, struct buf *certificate);
/* Form only. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_VERSION. */
int root_version_decode(span certificate, struct root_version *out);
int affirmation_decode(span certificate, struct affirmation *out);
bool affirmation_lists(const struct affirmation *a, const linli_hash *id);
/*
 * Is the version, which follows `before`, good: signed by exactly as many of that one's keys as it says, then by exactly its own
 * threshold of its own? LINLI_OK, LINLI_E_SIGNATURE, LINLI_E_REFUSED (it takes back what `before` says of the oldest).
 */
int root_version_check(const struct root_document *before, span certificate);

/* Of two that follow the same one: below 0 when `a` goes before `b`: the one that more keys sign, then that of the lesser id. */
int root_version_order(const struct root_version *a, const struct root_version *b);

/* All that is held of both. */
struct root_said {
    const struct root_version *versions;
    size_t version_count;
    const struct affirmation *affirmations;
    size_t affirmation_count;
};
/*
 * The versions that hold: of two that follow the same one, that which goes before; and the least version under which what the
 * root said counts by itself. `said` is lent.
 */
struct succession {
    linli_hash ids[LIMIT_ROOT_VERSIONS]; /* of version i + 1 */
    size_t length;                       /* 0: no later version is held, so the first holds */
    uint64_t oldest;
    const struct root_said *said;
};
void succession_find(const struct root_said *said, struct succession *out);
/* Does this version hold? */
bool succession_holds(const struct succession *s, uint64_t version, const linli_hash *document);
/* An affirmation that counts and lists this id; NULL when there is none. */
const struct affirmation *succession_affirmed(const struct succession *s, const linli_hash *id);
/* Does a thing of this id stand that the root said under that version? A version itself is asked about by succession_holds. */
bool succession_stands(const struct succession *s, uint64_t version, const linli_hash *document, const linli_hash *id);

#endif
