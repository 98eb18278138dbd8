/* auth: statements: revocations, rulings, and what orders to erase (erasure.h) share with them (proto/authority.md 6). Encode, decode, check the form. Pure. */
#ifndef LINLI_AUTH_STATEMENT_H
#define LINLI_AUTH_STATEMENT_H

#include "auth/grant.h"

/* 4: erasure.h; 5 and 6: succession.h */
enum statement_kind {
    STATEMENT_GRANT = 1, STATEMENT_REVOCATION = 2, STATEMENT_RULING = 3, STATEMENT_ERASURE = 4, STATEMENT_ROOT = 5, STATEMENT_AFFIRMATION = 6
};

struct statement { /* what all kinds have */
    linli_hash id;
    unsigned kind;
    bool by_root;
    uint64_t root_version; /* when by_root: of the document under which it is said */
    linli_hash issuer;   /* that document, else the grant under which it is said */
    linli_hash network;
    struct scope_path path;
    linli_id scope;      /* of the path */
    uint64_t issued_ms;
    uint8_t salt[16];
    span certificate;    /* lent */
};

enum revocation_reason { REASON_NONE, REASON_LEFT, REASON_MOVED, REASON_LOST, REASON_STOLEN, REASON_ERROR, REASON_RETIRED };
/* How far one log of the device is accepted. */
struct cut_row {
    linli_id scope;
    uint64_t incarnation, seq;
    linli_hash id;
};
/*
 * An act has at most so many pages; of one issuer in one scope at most so many revocations of one device are kept, and rulings on
 * one log, beside those that an act lists: those with the least ids.
 */
enum { REVOCATION_PAGES_MAX = 24, REVOCATIONS_KEPT = 64, RULINGS_KEPT = 256 };
/* And of one issuer in one scope so many statements that an act which ended its grant does not keep. */
enum { UNKEPT_MAX = 256 };
/* What is left of something said when all acts are heard that end its issuer's grant (of the root: its oldest version). */
enum kept {
    KEPT_UNKNOWN, /* not asked yet */
    KEPT_FREELY,  /* it stands, and nothing ends what its issuer says, or not of this kind */
    KEPT_LISTED,  /* its issuer's word has ended, and this is listed by whatever ended it */
    KEPT_NOT      /* it does not stand */
};
struct revocation {
    struct statement head;
    linli_id act;        /* those of one act and one issuer are read as one (act.h) */
    unsigned page, pages; /* 1 is the first */
    uint8_t device[KEY_BYTES];
    unsigned reason;     /* enum revocation_reason, or a newer one's number */
    bool strict;         /* also the revocations that the device signed fall, when they are not kept */
    bool admits;         /* the device goes on elsewhere, under: */
    linli_hash admitted;
    span cuts, kept;     /* arrays, lent by the certificate */
    enum kept is_kept;   /* for whoever asks what stands (standing.c); decoding leaves it unknown */
};
struct ruling {
    struct statement head;
    linli_id scope;
    linli_author author;
    bool adopt;
    span items;          /* array, lent by the certificate */
};
struct ruling_item {
    uint64_t seq;
    uint32_t part;
    linli_hash id;       /* of the changeset */
};

/* The id of the record that a statement travels in. */
void statement_record_id(const linli_hash *statement, linli_id *record);

/*
 * Encode and sign (as grant_make); the certificate is appended, `head.id` and `head.scope` are filled in. The rows need not be
 * sorted, and are sorted by this call. LINLI_OK; LINLI_E_ARG (one row twice); LINLI_E_LIMIT (more than a certificate holds); LINLI_E_NOMEM.
 */
int revocation_make(const uint8_t *secret, struct revocation *r, struct cut_row *cuts, size_t cut_count,
                    linli_hash *kept, size_t kept_count, struct buf *certificate);
int ruling_make(const uint8_t *secret, struct ruling *r, struct ruling_item *items, size_t count,
                struct buf *certificate);
/* Form only. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_VERSION (a kind of a newer version). */
int revocation_decode(span certificate, struct revocation *out);
int ruling_decode(span certificate, struct ruling *out);
int statement_decode(span certificate, struct statement *out); /* what all kinds have, of any of them */
/*
 * Is it good: said by the holder of a good grant, who may manage there? LINLI_OK; LINLI_E_WAIT (the issuer is not held),
 * LINLI_E_SIGNATURE, LINLI_E_NETWORK, LINLI_E_REFUSED; as statement_decode.
 */
int statement_check(const struct root *root, span certificate, const struct grant_source *source);
/*
 * Are the two of one issuer and in one scope, so that bounds count them together? Each version of the root document is an issuer of
 * its own: else whoever has the old keys could put out what is said under the new ones. And who holds a scope need not hold another.
 */
bool statement_counted_with(const struct statement *a, const struct statement *b);
/* Is it of a kind of which only so much is held that is not kept? */
bool statement_pooled(unsigned kind);
/* What the signatures of this kind (a grant is one) are made over, beside the body. */
const char *statement_context(unsigned kind);

/* Looking things up in one that was decoded. */
bool revocation_cut(const struct revocation *r, const linli_id *scope, uint64_t incarnation, struct cut_row *out);
bool revocation_closes(const struct revocation *r, uint64_t incarnation); /* lists it for any scope */
bool revocation_keeps(const struct revocation *r, const linli_hash *statement);
bool ruling_lists(const struct ruling *r, uint64_t seq, uint32_t part, const linli_hash *changeset);
/* Item `i`; false past the end. */
bool ruling_item(const struct ruling *r, size_t i, struct ruling_item *out);

#endif
