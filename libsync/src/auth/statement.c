/* auth: what all statements about grants have in common: their head, their id, and who may say them. */
#include "auth/erasure.h"
#include "auth/statement_form.h"
#include "auth/succession.h"
#include "codec/reader.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

static const char *const CONTEXTS[] = {
    [STATEMENT_REVOCATION] = "linli/revocation/1", [STATEMENT_RULING] = "linli/ruling/1",
    [STATEMENT_ERASURE] = "linli/erasure/1", [STATEMENT_ROOT] = "linli/root-version/1", [STATEMENT_AFFIRMATION] = "linli/affirmation/1"};
enum { KIND_MAX = STATEMENT_AFFIRMATION, HEAD_FIELDS = 6 };

const char *statement_context(unsigned kind)
{
    return kind == STATEMENT_GRANT ? GRANT_CONTEXT : CONTEXTS[kind];
}

bool statement_same_issuer(const struct statement *a, const struct statement *b)
{
    return a->by_root == b->by_root && hash_equal(&a->issuer, &b->issuer);
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
    crypto_hash(CONTEXTS[head->kind], &body, 1, &head->id);
    path_scope(&head->network, &head->path, &head->scope);
}

int statement_sign(const uint8_t *secret, struct statement *head, span body, struct buf *certificate)
{
    struct issuer by = {head->by_root, head->root_version, head->issuer};
    size_t start = certificate->size;
    int rv = certificate_sign(secret, &by, CONTEXTS[head->kind], body, certificate);

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
    if (kind > KIND_MAX || CONTEXTS[kind] == NULL)
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

/* Every kind's own form, through its own decoder: what is not of that form is no statement. */
static int decode(span certificate, struct statement *out, struct certified *said)
{
    struct revocation revocation;
    struct ruling ruling;
    struct root_version version;
    struct affirmation affirmation;
    struct erasure erasure;
    struct reader r;
    size_t fields;
    int rv = statement_open(certificate, &r, out, &fields, said);

    if (rv != LINLI_OK)
        return rv;
    switch ((enum statement_kind)out->kind) {
    case STATEMENT_REVOCATION: return revocation_decode(certificate, &revocation);
    case STATEMENT_RULING: return ruling_decode(certificate, &ruling);
    case STATEMENT_ERASURE: return erasure_decode(certificate, &erasure);
    case STATEMENT_ROOT: return root_version_decode(certificate, &version);
    case STATEMENT_AFFIRMATION: return affirmation_decode(certificate, &affirmation);
    case STATEMENT_GRANT: break;
    }
    return LINLI_E_FORMAT; /* statement_open lets no other kind through */
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
    rv = issuer_check(root, &by, CONTEXTS[said.kind], &bytes, source, &issuer);
    if (rv != LINLI_OK || said.by_root)
        return rv;
    if ((issuer.rights & RIGHT_MANAGE) == 0 || !path_contains(&issuer.path, &said.path))
        return LINLI_E_REFUSED;
    return grant_in_term(&issuer, source, said.issued_ms);
}
