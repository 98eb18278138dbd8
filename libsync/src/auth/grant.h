/* auth: grants: who may do what in which scope until when (proto/authority.md 3). Pure. */
#ifndef LINLI_AUTH_GRANT_H
#define LINLI_AUTH_GRANT_H

#include "auth/certificate.h"
#include "auth/path.h"
#include "auth/root.h"

enum grant_role { ROLE_NODE = 1, ROLE_CLERK = 2, ROLE_CAPTAIN = 3, ROLE_VIEWER = 4 };
enum {
    RIGHT_READ_PUBLIC = 1, RIGHT_READ_PERSONAL = 2, RIGHT_READ_SENSITIVE = 4, RIGHT_READ = 7,
    RIGHT_WRITE_PUBLIC = 8, RIGHT_WRITE_PERSONAL = 16, RIGHT_WRITE_SENSITIVE = 32, RIGHT_WRITE = 56,
    RIGHT_MANAGE = 64,
    SEAL_SHIFT = 7, RIGHT_OPEN = 0x3f << SEAL_SHIFT /* bit 6 + k: open sealed class k (proto/sealing.md 4) */
};
enum { AFTER_MAX = 16 };
extern const char GRANT_CONTEXT[]; /* what a grant is signed over, beside its body */
enum { RIGHT_ALL = 8191, GRANT_ROLE_MAX = 255 }; /* a role is a word for people; a newer one's number is kept as it is */

struct grant {
    linli_hash id;
    bool by_root;
    uint64_t root_version;  /* when by_root: of the document under which the root says it */
    linli_hash issuer;      /* that document, else the issuer's grant */
    linli_hash network;
    struct scope_path path;
    linli_id scope;         /* of the path */
    uint8_t subject[KEY_BYTES], seal[KEY_BYTES];
    unsigned role, rights;
    uint64_t issued_ms, expires_ms; /* expires 0 = no end of its own */
    uint8_t salt[16];
    linli_id after[AFTER_MAX]; /* acts of revocation that it supersedes, rising (statement.h) */
    unsigned after_count;
    span certificate;       /* lent */
};

/* node, clerk: all; captain: all but to manage; viewer: read public */
unsigned grant_rights_of_role(enum grant_role role);
/* The id of the record that a grant travels in (proto/authority.md 3). */
void grant_record_id(const linli_hash *grant, linli_id *record);
/*
 * Encode and sign (what the root says: as key 0 of a threshold of one; secret NULL: not yet); the certificate is appended. `id` and
 * `scope` are filled in `g`; `certificate` is not: where the bytes will stay is for the caller to say.
 * Returns: LINLI_OK; LINLI_E_ARG (a field that no certificate may hold); LINLI_E_LIMIT; LINLI_E_NOMEM.
 */
int grant_make(const uint8_t *issuer_secret, struct grant *g, struct buf *certificate);
/* Form only. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_VERSION (a body of a newer version than 1). */
int grant_decode(span certificate, struct grant *out);

/* Finds a grant that was verified before. LINLI_OK; LINLI_E_NOT_FOUND when it is not held; or what stopped the search. */
struct grant_source {
    int (*find)(void *ctx, const linli_hash *id, struct grant *out);
    void *ctx;
    int (*document)(void *ctx, const linli_hash *id, struct root_document *out); /* the same for later versions of the root's;
                                                                                      NULL: none */
};
/*
 * The version of the root document that is named. LINLI_OK; LINLI_E_WAIT (it is not held);
 * LINLI_E_SIGNATURE (its number is another: no honest signer says so).
 */
int document_get(const struct root *root, const struct issuer *by, const struct grant_source *source, struct root_document *out);
/*
 * Did its issuer sign it? The issuer's grant is handed out when it is one.
 * LINLI_OK; LINLI_E_WAIT (the issuer is not held), LINLI_E_SIGNATURE.
 */
int issuer_check(const struct root *root, const struct issuer *by, const char *context, const struct certified *said,
                 const struct grant_source *source, struct grant *issuer);
/*
 * Is this grant good? What is judged is what the certificate says, not the other fields of `g`.
 * Returns: LINLI_OK; LINLI_E_WAIT (its issuer, or one above, is not held); LINLI_E_SIGNATURE; LINLI_E_NETWORK;
 *          LINLI_E_REFUSED (issuer may not manage, path or rights beyond the issuer's, issued after the issuer's term, chain
 *          too long); what the source says;
 *          as grant_decode when the certificate itself is not well-formed.
 */
int grant_check(const struct root *root, const struct grant *g, const struct grant_source *source);
/*
 * The end of the term of g's chain in ms, UINT64_MAX when there is none.
 * Returns: LINLI_OK; LINLI_E_WAIT (a link is not held); LINLI_E_REFUSED (the chain is too long); what the source says.
 */
int grant_term(const struct grant *g, const struct grant_source *source, uint64_t *end_ms);
/* Was it issued, or said, before the issuer's term was over? LINLI_OK, LINLI_E_REFUSED; as grant_term. */
int grant_in_term(const struct grant *issuer, const struct grant_source *source, uint64_t issued_ms);
/* The issuer of a grant or a statement. LINLI_OK; LINLI_E_WAIT when it is not held; what the source says. */
int grant_issuer_find(const struct grant_source *source, const linli_hash *id, struct grant *out);

#endif
