/* auth: root documents, scope paths, grants, and the decision who may do what (proto/authority.md). Pure: no store, no clock. */
#ifndef LINLI_AUTH_AUTH_H
#define LINLI_AUTH_AUTH_H

#include "base/arena.h"
#include "base/crypto.h"
#include "codec/limits.h"

/* --- root.c --- */
enum { ROOT_KEYS_MAX = 16 };
struct root {
    uint64_t version;
    unsigned threshold, key_count;
    uint8_t keys[ROOT_KEYS_MAX][KEY_BYTES];
    uint8_t salt[16];
    uint64_t created_ms;
    linli_hash network;   /* of version 1 */
    linli_id scope;       /* the root scope */
};
/* Make version 1, signed by each of `secrets` (count of them, threshold 1..count); the root file is appended to `out`. */
int root_make(const struct rng *rng, uint64_t now_ms, unsigned threshold, const uint8_t (*secrets)[SIGN_SECRET_BYTES],
              unsigned count, struct buf *out);
/* Decode a root file and check its signatures. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_SIGNATURE. */
int root_open(span file, struct root *out);

/* --- path.c --- */
struct scope_path {
    size_t depth;                                 /* 0 = the root scope itself */
    uint8_t nonce[LIMIT_SCOPE_DEPTH - 1][16];
};
void scope_child(const linli_id *parent, const uint8_t nonce[16], linli_id *out);
/* ids[0] = root scope ... ids[depth] = the scope. */
void path_ids(const linli_hash *network, const struct scope_path *path, linli_id ids[LIMIT_SCOPE_DEPTH]);
void path_scope(const linli_hash *network, const struct scope_path *path, linli_id *out);
bool path_contains(const struct scope_path *above, const struct scope_path *below); /* equal counts as contained */
void path_write(struct buf *out, const struct scope_path *path);   /* array of bin 16 */

/* --- grant.c --- */
enum grant_role { ROLE_NODE = 1, ROLE_CLERK = 2, ROLE_CAPTAIN = 3, ROLE_VIEWER = 4 };
enum {
    RIGHT_READ_PUBLIC = 1, RIGHT_READ_PERSONAL = 2, RIGHT_READ_SENSITIVE = 4, RIGHT_READ = 7,
    RIGHT_WRITE_PUBLIC = 8, RIGHT_WRITE_PERSONAL = 16, RIGHT_WRITE_SENSITIVE = 32, RIGHT_WRITE = 56,
    RIGHT_MANAGE = 64
};
struct grant {
    linli_hash id;
    bool by_root;
    unsigned root_key;      /* when by_root */
    linli_hash issuer;      /* else: the issuer's grant */
    linli_hash network;
    struct scope_path path;
    linli_id scope;         /* of the path */
    uint8_t subject[KEY_BYTES], seal[KEY_BYTES];
    unsigned role, rights;
    uint64_t issued_ms, expires_ms; /* expires 0 = no end of its own */
    uint8_t salt[16];
    span certificate;       /* lent */
};
unsigned grant_rights_of_role(enum grant_role role);  /* node, clerk: all; captain: read and write all, no manage; viewer: read public */
/* Encode and sign; id and scope are filled in `g`. */
int grant_make(const uint8_t issuer_secret[SIGN_SECRET_BYTES], struct grant *g, struct buf *certificate);
int grant_decode(span certificate, struct grant *out); /* form only. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT */

/* Finds a grant that was verified before. False when it is not held. */
struct grant_source {
    bool (*find)(void *ctx, const linli_hash *id, struct grant *out);
    void *ctx;
};
/*
 * Is this grant good? LINLI_OK; LINLI_E_WAIT (its issuer is not held); LINLI_E_SIGNATURE; LINLI_E_NETWORK;
 * LINLI_E_REFUSED (issuer may not manage, path or rights beyond the issuer's, chain too long).
 */
int grant_check(const struct root *root, const struct grant *g, const struct grant_source *source);
/* The end of the term of g's chain in ms, UINT64_MAX when there is none. LINLI_E_WAIT when a link is not held. */
int grant_term(const struct grant *g, const struct grant_source *source, uint64_t *end_ms);

/* --- decide.c --- */
/* May the holder of g write a part of this class and right in the scope at `path`, at `stamp`? Why not, otherwise. */
enum verdict { VERDICT_ACCEPTED, VERDICT_SUBJECT, VERDICT_SCOPE, VERDICT_TERM, VERDICT_RIGHT, VERDICT_CONTENT, VERDICT_FORK };
enum verdict decide_write(const struct grant *g, uint64_t term_end_ms, const linli_author *author, const struct scope_path *path,
                          unsigned cls, bool manage, linli_stamp stamp);
/* Classes (bit 1 << class) that the holder of these grants may read in the scope at `path`, now; see authority.md 4. */
unsigned decide_read(const struct grant *grants, const uint64_t *term_end_ms, size_t count, const struct scope_path *path,
                     uint64_t now_ms);

/* --- invitation.c --- */
struct invitation {
    linli_hash network;
    uint8_t secret[32];
    uint64_t expires_ms;
    char addresses[8][64];   /* host:port */
    size_t address_count;
};
int invitation_text(const struct invitation *inv, struct buf *uri);      /* NUL-terminated */
int invitation_parse(const char *uri, struct invitation *out);           /* LINLI_OK, LINLI_E_FORMAT, LINLI_E_VERSION */

#endif
