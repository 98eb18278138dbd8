/* auth: what all statements about grants have in common: their head, their id, and who may say them. */
#include "auth/erasure.h"
#include "auth/statement_form.h"
#include "auth/succession.h"
#include "codec/reader.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

static int revocation_form(span certificate)
{
    struct revocation said;

    return revocation_decode(certificate, &said);
}

static int ruling_form(span certificate)
{
    struct ruling said;

    return ruling_decode(certificate, &said);
}

static int version_form(span certificate)
{
    struct root_version said;

    return root_version_decode(certificate, &said);
}

static int affirmation_form(span certificate)
{
    struct affirmation said;

    return affirmation_decode(certificate, &said);
}

static int erasure_form(span certificate)
{
    struct erasure said;

    return erasure_decode(certificate, &said);
}

/* What each kind is signed over, and its own form: what is not of that is no statement. A grant is read by grant.c. */
static const struct {
    const char *context;
    int (*form)(span certificate);
} KINDS[] = {
    [STATEMENT_GRANT] = {GRANT_CONTEXT, NULL},
    [STATEMENT_REVOCATION] = {"linli/revocation/1", revocation_form},
    [STATEMENT_RULING] = {"linli/ruling/1", ruling_form},
    [STATEMENT_ERASURE] = {"linli/erasure/1", erasure_form},
    [STATEMENT_ROOT] = {"linli/root-version/1", version_form},
    [STATEMENT_AFFIRMATION] = {"linli/affirmation/1", affirmation_form},
};
enum { KIND_MAX = STATEMENT_AFFIRMATION, HEAD_FIELDS = 6 };

const char *statement_context(unsigned kind)
{
    return KINDS[kind].context;
}

bool statement_counted_with(const struct statement *a, const struct statement *b)
{
    return a->by_root == b->by_root && hash_equal(&a->issuer, &b->issuer) && id_equal(&a->scope, &b->scope);
}

bool statement_pooled(unsigned kind)
{
    return kind == STATEMENT_REVOCATION || kind == STATEMENT_RULING || kind == STATEMENT_ERASURE;
}

void statement_record_id(const linli_hash *statement, linli_id *record)
{
    memcpy(record->b, statement->b, ID_BYTES);
    id_of_managed(record);
}

void statement_head_write(const struct statement *head, size_t more, struct buf *out)
{
    write_array(out, HEAD_FIELDS + more);
    write_uint(out, head->kind);
    write_bin(out, head->network.b, HASH_BYTES);
    issuer_write(out, &(struct issuer){head->by_root, head->root_version, head->issuer});
    path_write(out, &head->path);
    write_uint(out, head->issued_ms);
    write_bin(out, head->salt, sizeof(head->salt));
}

static void names_fill(struct statement *head, span body)
{
    crypto_hash(KINDS[head->kind].context, &body, 1, &head->id);
    path_scope(&head->network, &head->path, &head->scope);
}

int statement_sign(const uint8_t *secret, struct statement *head, span body, struct buf *certificate)
{
    struct issuer by = {head->by_root, head->root_version, head->issuer};
    size_t start = certificate->size;
    int rv = certificate_sign(secret, &by, KINDS[head->kind].context, body, certificate);

    if (rv == LINLI_OK && certificate->size - start > LIMIT_STATEMENT_BYTES) {
        certificate->size = start;
        rv = LINLI_E_LIMIT;
    }
    if (rv == LINLI_OK)
        names_fill(head, body);
    return rv;
}

int statement_open(span certificate, struct reader *r, struct statement *out, size_t *fields, struct certified *said)
{
    struct issuer by;

    *out = (struct statement){.certificate = certificate};
    int rv = certificate_split(certificate, LIMIT_STATEMENT_BYTES, said);
    if (rv != LINLI_OK)
        return rv;
    reader_start(r, said->body);
    *fields = reader_array(r, SIZE_MAX);
    uint64_t kind = reader_uint(r, UINT64_MAX);
    if (r->failed != LINLI_OK || kind <= STATEMENT_GRANT)
        return LINLI_E_FORMAT;
    if (kind > KIND_MAX)
        return LINLI_E_VERSION;
    out->kind = (unsigned)kind;
    reader_fixed(r, out->network.b, HASH_BYTES);
    issuer_read(r, &by);
    out->by_root = by.by_root;
    out->root_version = by.version;
    out->issuer = by.id;
    path_read(r, &out->path);
    out->issued_ms = reader_uint(r, UINT64_MAX);
    reader_fixed(r, out->salt, sizeof(out->salt));
    if (r->failed != LINLI_OK || !signatures_fit(&by, said->signatures))
        return LINLI_E_FORMAT;
    *fields -= HEAD_FIELDS; /* so many were read, and the body is one array */
    names_fill(out, said->body);
    return LINLI_OK;
}

static int decode(span certificate, struct statement *out, struct certified *said)
{
    struct reader r;
    size_t fields;
    int rv = statement_open(certificate, &r, out, &fields, said);

    return rv == LINLI_OK ? KINDS[out->kind].form(certificate) : rv; /* statement_open lets no grant through */
}

int statement_decode(span certificate, struct statement *out)
{
    struct certified said;

    return decode(certificate, out, &said);
}

int statement_check(const struct root *root, span certificate, const struct grant_source *source)
{
    struct statement said;
    struct certified bytes;
    struct grant issuer;
    struct root_document before;
    int rv = decode(certificate, &said, &bytes);

    if (rv != LINLI_OK)
        return rv;
    if (!hash_equal(&said.network, &root->network))
        return LINLI_E_NETWORK;
    struct issuer by = {said.by_root, said.root_version, said.issuer};
    if (said.kind == STATEMENT_ROOT) {
        rv = document_get(root, &by, source, &before);
        return rv == LINLI_OK ? root_version_check(&before, certificate) : rv;
    }
    rv = issuer_check(root, &by, KINDS[said.kind].context, &bytes, source, &issuer);
    if (rv != LINLI_OK || said.by_root)
        return rv;
    if ((issuer.rights & RIGHT_MANAGE) == 0 || !path_contains(&issuer.path, &said.path))
        return LINLI_E_REFUSED;
    return grant_in_term(&issuer, source, said.issued_ms);
}
